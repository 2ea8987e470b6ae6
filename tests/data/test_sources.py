"""What kind of source is this? One question, one answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from tner_hf.data.sources import (
    CorpusSource,
    FilesSource,
    FolderSource,
    HubSource,
    ListSource,
    RowsSource,
    identify,
)
from tner_hf.errors import DataError, SettingError, UnknownNameError

ROWS = Dataset.from_dict({"tokens": [["a"]], "tags": [["O"]]})


@pytest.mark.parametrize(
    ("source", "kind", "name"),
    [
        ("wnut2017", CorpusSource, "wnut2017"),
        ("wikiann/ja", CorpusSource, "wikiann/ja"),
        ("owner/name", HubSource, "owner/name"),
        ({"train": "letters/train.txt"}, FilesSource, "train"),
        ({"test": "b.txt", "train": ["a/notes.conll.gz"]}, FilesSource, "notes"),
        (
            {"validation": ["a/dev.txt", "b/dev.txt"], "test": "test.txt"},
            FilesSource,
            "dev + 1 more",
        ),
        ({"train": "x/wnut2017.txt"}, FilesSource, "wnut2017 (own data)"),
        ({}, FilesSource, "files"),
        (ROWS, RowsSource, "dataset"),
        ({"train": ROWS}, RowsSource, "dataset"),
        (["wnut2017", {"train": "a.txt"}], ListSource, "dataset"),
    ],
)
def test_each_kind_is_recognised_and_named(source: Any, kind: type, name: str) -> None:
    found = identify(source)
    assert type(found) is kind
    assert found.name == name


def test_files_and_folders_are_told_by_what_is_there(toy_iob: Path) -> None:
    assert identify(toy_iob) == identify(str(toy_iob)) == FilesSource({"train": (toy_iob,)})
    assert identify(toy_iob.parent) == FolderSource(toy_iob.parent)


def test_no_folder_gives_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "ada"
    folder.mkdir()
    assert identify(folder).name == "dataset"
    (folder / "train.jsonl").write_text('{"tokens": ["a"], "tags": ["O"]}\n')
    assert identify(str(folder)).name == "train"
    (folder / "train.jsonl").unlink()
    (folder / "letters-train.txt").write_text("a O\n")
    assert identify(str(folder)).name == identify(f"{folder}/letters-*.txt").name == "letters-train"


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (3, SettingError, "cannot load a int"),
        ("wnut2071", UnknownNameError, "mean 'wnut2017'"),
        ("no/such/file.txt", DataError, "no such file or folder"),
        ("none.txt", DataError, "no such file or folder"),
        ({"train": 3}, SettingError, "no file"),
    ],
)
def test_what_can_be_no_source(source: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        identify(source)


def test_a_configuration_of_a_list() -> None:
    with pytest.raises(SettingError, match="'wikiann/ja'"):
        identify(["wnut2017"], "x")


def test_a_fingerprint_follows_the_content(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one.txt", "same.txt", "other.txt"))
    for path, text in ((one, "a O\n"), (same, "a O\n"), (other, "b O\n")):
        path.write_text(text)
    files = [identify({"train": path}).fingerprint() for path in (one, same, other)]
    assert files[0] == files[1] != files[2]
    assert identify({"test": one}).fingerprint() != files[0]

    before = identify(tmp_path).fingerprint()
    other.write_text("c O\n")
    assert identify(tmp_path).fingerprint() != before


def test_a_fingerprint_of_what_is_no_file() -> None:
    named = [identify(name).fingerprint() for name in ("wikiann/ja", "wikiann/en", "owner/name")]
    assert len(set(named)) == 3
    assert identify("wikiann", "ja").fingerprint() == named[0]
    assert identify(ROWS).fingerprint() == identify({"train": ROWS}).fingerprint()
    pair = ["wikiann/ja", "wnut2017"]
    assert identify(pair).fingerprint() != identify(pair[::-1]).fingerprint()
