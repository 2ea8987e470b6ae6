"""Files of lines, cut and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.errors import DataError
from tner_hf.inference.shards.lines import LinesSource


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_file_that_begins_like_utf_16_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path.write_bytes(f"{mark}Zoë\nok\n".encode(encoding))
    with pytest.raises(DataError, match=r"a\.txt: the file begins like utf-16.*iconv"):
        LinesSource(str(path), "a.txt", "text").cut(100)


def test_a_mark_of_utf_8_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffZoë\nok\n".encode())
    source = LinesSource(str(path), "a.txt", "text")
    (part,) = source.cut(100)[1]
    assert [item for batch in source.read(part) for item in batch.items] == ["Zoë", "ok"]
