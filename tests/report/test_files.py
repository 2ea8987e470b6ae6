"""Files that are either whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.report.files import write_file


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken():
        yield "half"
        raise RuntimeError("disk full")

    target = tmp_path / "s.json"
    target.write_text("before")
    with pytest.raises(RuntimeError):
        write_file(target, broken())
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["s.json"]
