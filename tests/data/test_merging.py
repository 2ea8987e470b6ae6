"""Several datasets become one on the unified types."""

import logging

import pytest
from datasets import Dataset, DatasetDict

from tner_hf.data import annotated_types, labels_of, load_dataset, merge_datasets
from tner_hf.data.record import read_record
from tner_hf.errors import DataError, SettingError


@pytest.fixture
def letters(tmp_path):
    """A folder of IOB files with PER and Ort, `train` and `test`; what is its name is private."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "train.txt").write_text("Ada B-PER\n\nUlm B-Ort\n", encoding="utf-8")
    (tmp_path / "letters" / "test.txt").write_text("Bob B-PER\n", encoding="utf-8")
    return str(tmp_path / "letters")


@pytest.fixture
def notes(tmp_path):
    """An IOB file with LOC and PERSON, train and validation."""
    (tmp_path / "notes").mkdir()
    path = tmp_path / "notes" / "diary.txt"
    path.write_text("Eve I-PERSON\nin O\nNew I-LOC\nYork I-LOC\n", encoding="utf-8")
    return {"train": path, "validation": path}


def test_rows_of_all_in_one_label_space(letters, notes):
    dataset = load_dataset([letters, notes])
    sizes = [(split, rows.num_rows) for split, rows in dataset.items()]
    assert sizes == [("train", 3), ("validation", 1), ("test", 1)]
    assert labels_of(dataset).types == ("location", "person", "Ort")
    assert dataset["train"]["corpus"][:] == ["train", "train", "diary"]
    assert dataset["train"]["ner_tags"][:] == [[3], [5], [3, 0, 1, 2]]


def test_label_order_does_not_depend_on_the_order_of_the_list(letters, notes):
    assert labels_of(load_dataset([letters, notes])) == labels_of(load_dataset([notes, letters]))


def test_which_types_each_corpus_annotates_survives_processing(letters, notes):
    rows = load_dataset([letters, notes], split="train").filter(lambda row: row["id"] != "1")
    rows = rows.map(lambda row: {"length": len(row["tokens"])})
    assert annotated_types(rows) == {
        "train": ("person", "Ort"), "diary": ("location", "person"),
    }  # fmt: skip


def test_what_was_mapped_is_joined(letters, notes):
    report = read_record(load_dataset([letters, notes])).unification
    assert report.mapped == {"PER": "person", "PERSON": "person", "LOC": "location"}
    assert report.kept == ("Ort",)


def test_merged_dataset_can_be_merged_again(letters, notes, toy_iob):
    merged = load_dataset([letters, notes])
    again = merge_datasets({"both": merged, "toy": load_dataset({"train": toy_iob}, unify=True)})
    assert list(annotated_types(again)) == ["train", "diary", "toy"]
    assert set(again["train"]["corpus"]) == {"train", "diary", "toy"}


def test_list_of_one_is_merged_too(letters):
    dataset = load_dataset([letters])
    assert labels_of(dataset).types == ("person", "Ort")
    assert set(dataset["test"]["corpus"]) == {"train"}


def test_streams_are_merged(letters, notes):
    rows = load_dataset([letters, notes], streaming=True, split="train")
    assert [row["corpus"] for row in rows] == ["train", "train", "diary"]
    assert annotated_types(rows)["diary"] == ("location", "person")


def test_own_map_holds_for_every_part(letters, notes):
    dataset = load_dataset([letters, notes], label_map={"Ort": "location"})
    assert labels_of(dataset).types == ("location", "person")


def test_same_file_names_get_names_of_their_own(toy_iob):
    dataset = load_dataset([{"train": toy_iob}, {"train": toy_iob}])
    assert list(annotated_types(dataset)) == ["toy", "toy-2"]


def test_folders_with_files_of_one_name_are_told_apart(letters, tmp_path):
    other = tmp_path / "ada"
    other.mkdir()
    (other / "train.txt").write_text("Rom B-Ort\n", encoding="utf-8")
    dataset = load_dataset([letters, str(other)])
    assert dataset["train"]["corpus"][:] == ["train", "train", "train-2"]
    assert list(annotated_types(dataset)) == ["train", "train-2"]
    with pytest.raises(SettingError, match="is listed twice"):
        load_dataset([letters, letters])


def test_nothing_is_logged_as_a_question_where_types_are_known(toy_iob, caplog):
    caplog.set_level(logging.WARNING, logger="tner_hf")
    load_dataset([{"train": toy_iob}])
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("sources", "options", "said"),
    [
        ([], {}, "list of datasets is empty"),
        (["wnut2017", "wnut2017"], {}, "'wnut2017' is listed twice"),
        (["wnut2017", "fin"], {"native": True}, "merging needs the unified types"),
        (["wikiann", "fin"], {"config": "ja"}, "write it into the name, as in 'wikiann/ja'"),
    ],
)
def test_lists_that_cannot_be_merged(sources, options, said, monkeypatch):
    from tner_hf.data.sources import CorpusSource

    rows = Dataset.from_dict({"tokens": [["w"]], "tags": [["B-x"]]})
    ready = load_dataset(DatasetDict({"train": rows}))
    monkeypatch.setattr(CorpusSource, "load", lambda *_: ready)
    with pytest.raises(SettingError, match=said):
        load_dataset(sources, **options)


def test_parts_must_be_in_canonical_form():
    with pytest.raises(DataError, match="load_dataset"):
        merge_datasets({"a": DatasetDict({"train": Dataset.from_dict({"tokens": [["w"]]})})})
