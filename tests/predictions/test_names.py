"""What models and test sets are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset

from tner_hf.data import load_dataset
from tner_hf.errors import SettingError
from tner_hf.predictions.names import knows_corpus, name_datasets, name_models, name_source


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("runs/a/best", "runs/b/best", "here/deep"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_folders_of_one_name_are_told_apart_by_their_parents_or_by_a_number(folders: Path) -> None:
    given = [str(folders / "runs" / name / "best") for name in ("a", "b")]
    assert list(name_models(given)) == ["a/best", "b/best"]
    # What a demo shows says nothing about where its models lie.
    assert list(name_models(given, private=True)) == ["best", "best (2)"]
    assert list(name_models(given).values()) == list(name_models(given, private=True).values())


def test_a_folder_has_a_name_however_it_is_written(folders: Path) -> None:
    assert list(name_models(["."])) == ["here"]
    assert list(name_models([".."])) == [folders.name]
    assert list(name_models(["deep/"])) == ["deep"]
    assert list(name_models(["../runs/a/best", "owner/model"])) == ["best", "owner/model"]


def test_a_link_is_called_what_it_is_called(folders: Path) -> None:
    (folders / "newest").symlink_to(folders / "runs" / "a" / "best")
    assert list(name_models([str(folders / "newest")])) == ["newest"]
    assert list(name_models([str(folders / "newest")], private=True)) == ["newest"]


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(SettingError, match="model 'x' is given 2 times"):
        name_models(["x=a/b", "x=c/d"])
    with pytest.raises(SettingError, match="dataset 'fin' is given 2 times"):
        name_datasets(["fin", "fin"])
    with pytest.raises(SettingError, match="a int among the datasets has no name"):
        name_datasets([3])


def test_own_data_is_called_by_its_file_and_never_by_its_folder(folders: Path) -> None:
    for name in ("a", "b"):
        (folders / "runs" / name / "test.txt").write_text("Ada B-person\n")
    one, other = (str(folders / "runs" / name / "test.txt") for name in ("a", "b"))
    assert list(name_datasets([one, f"mine={other}"])) == ["test", "mine"]
    assert list(name_datasets([str(folders / "runs" / "a"), "wnut2017"])) == ["test", "wnut2017"]
    with pytest.raises(SettingError, match=f"'test' is given 2 times .* apart: NAME={one}"):
        name_datasets([one, other])


def test_what_a_result_calls_its_data() -> None:
    assert name_source("wikiann", "ja") == "wikiann/ja"
    assert name_source({"test": ["x/a", "b"]}) == "a + 1 more"
    assert name_source(object()) == "dataset"
    assert name_source(["fin", {"test": "/home/ada/x.txt"}]) == "fin + x"
    rows = Dataset.from_dict({"tokens": [["w"]], "tags": [["B-x"]]})
    assert name_source(rows) == "dataset"
    assert name_source(load_dataset({"train": rows}, name="Letters")["train"]) == "Letters"


@pytest.mark.parametrize(
    ("trained", "source", "inside"),
    [
        (("ontonotes5",), "ontonotes5/unescaped", True),
        (("btc",), "btc/a", True),
        (("btc/a",), "btc", False),
        (("wikiann/en",), "wikiann", True),
        (("wikiann/en",), "wikiann/ja", False),
        (("org/notes",), "org/notes", True),
        (("wnut2017 (own data)",), "wnut2017", False),
    ],
)
def test_corpora_are_in_domain_by_what_they_hold(
    trained: tuple[str, ...], source: str, inside: bool
) -> None:
    assert knows_corpus(trained, source) is inside
