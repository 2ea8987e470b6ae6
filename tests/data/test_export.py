"""Exports are read back by the plain datasets library, labels and all."""

import json
import os
import subprocess
import sys

import datasets
import pyarrow.parquet as pq
import pytest
import yaml

from tner_hf.data import annotated_types, export_dataset, labels_of, load_dataset
from tner_hf.data.dataset_card import CardConfig, may_be_published, render_dataset_card
from tner_hf.data.record import DatasetRecord, read_record
from tner_hf.data.stats import SplitStats
from tner_hf.errors import SettingError
from tner_hf.labels import LabelSpace

READER = """
import json, sys, datasets
dataset = datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[2])
assert not any(name.startswith("tner_hf") for name in sys.modules)
feature = dataset["train"].features["ner_tags"]
print(json.dumps([{s: d.num_rows for s, d in dataset.items()}, feature.feature.names,
                  dataset["train"][0]]))
"""


@pytest.fixture
def exported(toy_iob, tmp_path):
    return export_dataset({"train": toy_iob, "test": toy_iob}, tmp_path / "out", unify=True)


def front_matter(folder):
    return yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---")[1])


def test_plain_datasets_reads_splits_and_label_names(exported, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", READER, os.fspath(exported), os.fspath(tmp_path / "cache")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    sizes, names, first = json.loads(done.stdout)
    assert sizes == {"train": 5, "test": 5}
    assert names == list(LabelSpace(("location", "organization", "person")).names)
    assert first["tokens"] == ["Ada", "Lovelace", "lived", "in", "London", "."]
    assert first["ner_tags"] == [5, 6, 0, 0, 1, 0]


def test_further_columns_are_read_back_and_named(tmp_path):
    text = '{"text": "Ada saw Zembla.", "entities": [[0, 3, "PER"]], "doc_id": "a"}\n'
    (tmp_path / "spans.jsonl").write_text(text, encoding="utf-8")
    folder = export_dataset({"train": tmp_path / "spans.jsonl"}, tmp_path / "out")
    rows = datasets.load_dataset(os.fspath(folder), cache_dir=tmp_path / "cache", split="train")
    assert rows.column_names == ["id", "tokens", "ner_tags", "doc_id", "text", "offsets"]
    assert rows[0]["offsets"] == [[0, 3], [4, 7], [8, 14], [14, 15]]
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "`doc_id` (the document that it stands in)" in card


def test_a_file_alone_knows_its_label_names(exported, tmp_path):
    file = os.fspath(exported / "data" / "train-00000-of-00001.parquet")
    rows = datasets.load_dataset("parquet", data_files=file, cache_dir=tmp_path, split="train")
    assert rows.features["ner_tags"].feature.names[5] == "B-person"


def test_lists_are_described_in_words_that_old_versions_know(exported):
    schema = pq.read_schema(exported / "data" / "train-00000-of-00001.parquet")
    described = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert described["ner_tags"]["_type"] == "Sequence"
    assert "sequence" in front_matter(exported)["dataset_info"][0]["features"][1]


def test_our_own_loader_gets_everything_back(exported, toy_iob, tmp_path):
    before = load_dataset({"train": toy_iob, "test": toy_iob}, unify=True)
    after = load_dataset(exported, cache_dir=tmp_path / "cache")
    assert labels_of(after) == labels_of(before)
    assert after["train"][:] == before["train"][:]
    assert read_record(after) == read_record(before)


def test_merged_dataset_keeps_what_each_corpus_annotates(toy_iob, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("Ulm B-Ort\n", encoding="utf-8")
    folder = export_dataset([{"train": toy_iob}, {"train": other}], tmp_path / "out")
    after = load_dataset(folder, cache_dir=tmp_path / "cache")
    assert annotated_types(after) == {
        "toy": ("location", "organization", "person"), "other": ("Ort",),
    }  # fmt: skip
    assert set(after["train"]["corpus"]) == {"toy", "other"}
    assert "there `O` says nothing about it" in (folder / "README.md").read_text(encoding="utf-8")


def test_several_configurations(raw_corpora, tmp_path, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(raw_corpora))
    cache = tmp_path / "cache"
    folder = export_dataset("wikiann", tmp_path / "out", configs=["ja", "ko"], cache_dir=cache)
    assert front_matter(folder)["language"] == ["ja", "ko"]
    assert datasets.get_dataset_config_names(os.fspath(folder)) == ["ja", "ko"]
    for config, arguments in (("ja", []), ("ja", ["ja"]), ("ko", ["ko"])):
        read = datasets.load_dataset(os.fspath(folder), *arguments, cache_dir=os.fspath(cache))
        built = load_dataset("wikiann", config, cache_dir=cache)
        assert read["train"]["tokens"][:] == built["train"]["tokens"][:]
    ko = load_dataset(folder, "ko", cache_dir=cache)
    assert list(annotated_types(ko)) == ["wikiann/ko"]


def test_card_says_what_was_checked(exported, toy_iob, tmp_path):
    card = (exported / "README.md").read_text(encoding="utf-8")
    assert "- test: 5 of 5 sentences (5 distinct) are in train too, word for word" in card
    alone = export_dataset({"train": toy_iob}, tmp_path / "alone")
    assert "lengths.\n\nNothing was found." in (alone / "README.md").read_text(encoding="utf-8")


def test_folder_that_holds_something_is_left_alone(toy_iob, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(SettingError, match="not empty"):
        export_dataset({"train": toy_iob}, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.tex").read_text(encoding="utf-8") == "years of work"


def test_overwrite_replaces_the_folder(exported, toy_iob):
    export_dataset({"test": toy_iob}, exported, overwrite=True)
    files = [path.name for path in sorted(exported.rglob("*.parquet"))]
    assert files == ["test-00000-of-00001.parquet"]


def test_failure_leaves_nothing_behind(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        export_dataset({"train": tmp_path / "nothing.txt"}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_card_of_a_corpus(raw_corpora, tmp_path, monkeypatch):
    monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(raw_corpora))
    folder = export_dataset("wnut2017", tmp_path / "out", cache_dir=tmp_path / "cache")
    card = (folder / "README.md").read_text(encoding="utf-8")
    front = front_matter(folder)
    assert front["license"] == "cc-by-4.0"
    assert front["tner_hf"]["may_be_published"] is True
    assert front["size_categories"] == ["1K<n<10K"]
    for said in (
        "# WNUT 2017",
        "| train | 3,394 | 62,730 | 1,975 | 221 |",
        "| `creative-work` | `work_of_art` |",
        "@inproceedings{derczynski-etal-2017-results",
        "emerging_entities_17/master/emerging.dev.conll",
    ):
        assert said in card
    assert "Do not publish" not in card


def test_card_of_a_licensed_corpus_forbids_publishing():
    space = LabelSpace(("person",))
    config = CardConfig(
        name="default",
        folder="data",
        space=space,
        more=(),
        stats={"train": SplitStats(1, 2, 1, {"person": 1})},
        sizes={"train": (10, 5)},
        record=DatasetRecord({"conll2003": ("person",)}),
    )
    assert not may_be_published([config])
    card = render_dataset_card("conll2003", [config])
    assert "**Do not publish this folder.**" in card
    assert "may_be_published: false" in card
