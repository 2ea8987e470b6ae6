"""Folders of `save_to_disk`, whole and damaged: nothing outside of them is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from tner_hf.data import load_dataset
from tner_hf.errors import DataError

ARROW = "train/data-00000-of-00001.arrow"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "good"
    rows = Dataset.from_dict({"tokens": [["a", "b"]] * 50, "ner_tags": [["O", "B-x"]] * 50})
    DatasetDict({"train": rows}).save_to_disk(str(folder))
    return folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "copy"))


def test_a_whole_one_loads(folder: Path) -> None:
    assert load_dataset(folder)["train"]["ner_tags"][0] == [0, 1]


@pytest.mark.parametrize("content", ["", "{", "[]", "5", "[" * 100_000, b"\xff\xfe", "{}"])
@pytest.mark.parametrize("name", ["dataset_dict.json", "train/state.json"])
def test_damaged_json_names_its_file(folder: Path, name: str, content: str | bytes) -> None:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=name):
        load_dataset(folder)


@pytest.mark.parametrize("splits", [5, [], ["../good"], ["/etc"], [5], ["nope"], ["x" * 5000]])
def test_splits_lie_in_the_folder(folder: Path, splits: Any) -> None:
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": splits}))
    with pytest.raises(DataError, match=str(folder)):
        load_dataset(folder)


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    "files", [[], 5, None, [{}], [{"filename": "/etc/passwd"}], [{"filename": "../x"}], ["y"]]
)
def test_rows_lie_beside_their_state(folder: Path, files: Any) -> None:
    edit(folder / "train/state.json", _data_files=files)
    with pytest.raises(DataError, match=r"_data_files|no such file"):
        load_dataset(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": 5},
        {"features": {"tokens": {"_type": "Nothing"}}},
        {"features": {"a": {"num_classes": 10**9, "_type": "ClassLabel"}}},
        {"features": {"a": {"names": ["O", "O"], "_type": "ClassLabel"}}},
        {"splits": 5},
        {"description": 5},
        {"description": "tner-hf record: {"},
        {"description": 'tner-hf record: {"annotated": 5}'},
    ],
)
def test_odd_descriptions_are_refused(folder: Path, changes: dict[str, Any]) -> None:
    edit(folder / "train/dataset_info.json", **changes)
    with pytest.raises(DataError):
        load_dataset(folder)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no rows": lambda folder: (folder / ARROW).unlink(),
    "empty rows": lambda folder: (folder / ARROW).write_bytes(b""),
    "half the rows": lambda folder: (folder / ARROW).write_bytes(
        (folder / ARROW).read_bytes()[:300]
    ),
    "other rows": lambda folder: (folder / ARROW).write_bytes(b"<html>" * 50),
    "no split": lambda folder: shutil.rmtree(folder / "train"),
    "no state": lambda folder: (folder / "train/state.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_missing_parts_are_one_line(folder: Path, damage: str) -> None:
    DAMAGE[damage](folder)
    with pytest.raises(DataError, match=str(folder)) as caught:
        load_dataset(folder)
    assert len(str(caught.value).splitlines()) == 1
