"""The record of how a checkpoint came about: read back, absent, damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.errors import DataError
from tner_hf.runs.origins import Averaged


def test_a_record_is_read_back_and_its_file_names_no_folder(tmp_path: Path) -> None:
    assert Averaged.read(tmp_path) is None
    assert Averaged.facts(tmp_path) == {}
    made = Averaged(str(tmp_path), {"a": 1.0, "b": 0.5}, {"PER": 2, "LOC": 1}, ("btc",))
    made.write(tmp_path)
    assert str(tmp_path) not in (tmp_path / "average.json").read_text()
    assert Averaged.read(tmp_path) == made
    facts = {"models": {"a": 1.0, "b": 0.5}, "types": {"PER": 2, "LOC": 1}, "dropped": ["btc"]}
    assert Averaged.facts(tmp_path) == facts
    assert next(iter(made.lines())) == f"{tmp_path}: the average of 1 of a, 0.5 of b"


def test_a_damaged_record_says_what_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "average.json").write_text('{"models": 3}')
    with pytest.raises(DataError, match=r"average\.json is no record of an average: .*models"):
        Averaged.read(tmp_path)
