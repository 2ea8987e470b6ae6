"""`load_dataset` on everything it accepts, and what it says of everything else."""

import json
import logging
import os
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value

from tner_hf.data import annotated_types, labels_of, load_dataset, unification_report
from tner_hf.data.record import read_record
from tner_hf.errors import DataError, SettingError, SourceError, UnknownNameError
from tner_hf.labels import LabelSpace

WNUT_FILES = {
    "wnut17train.conll": "Ada\tB-person\nL.\tI-person\n\t\nParis\tB-location\n",
    "emerging.dev.conll": "Dune\tB-creative-work\n\nhi\tO\n",
    "emerging.test.annotated": "Rome\tB-location\nRome\tB-location\n",
}
WNUT_TYPES = ("corporation", "work_of_art", "group", "location", "person", "product")


@pytest.fixture
def wnut(tmp_path: Path) -> dict[str, Path]:
    """A corpus of four sentences in the files of WNUT 2017, as arguments of `load_dataset`."""
    folder = tmp_path / "raw"
    folder.mkdir()
    for name, text in WNUT_FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {"data_dir": folder, "cache_dir": tmp_path / "cache"}


def write_jsonl(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def tags_of(rows: Dataset) -> list[list[str]]:
    names = labels_of(rows).names
    return [[names[label] for label in labels] for labels in rows["ner_tags"]]


class TestCorpora:
    def test_unified_types_by_default(self, wnut):
        dataset = load_dataset("wnut2017", **wnut)
        assert {name: rows.num_rows for name, rows in dataset.items()} == {
            "train": 2, "validation": 2, "test": 1,
        }  # fmt: skip
        assert labels_of(dataset) == LabelSpace(WNUT_TYPES)
        assert tags_of(dataset["validation"]) == [["B-work_of_art"], ["O"]]
        assert unification_report(dataset).mapped == {"creative-work": "work_of_art"}
        assert annotated_types(dataset) == {"wnut2017": WNUT_TYPES}

    def test_native_keeps_the_types_of_the_authors(self, wnut):
        dataset = load_dataset("wnut2017", native=True, **wnut)
        assert tags_of(dataset["validation"]) == [["B-creative-work"], ["O"]]
        assert unification_report(dataset).mapped == {}

    def test_own_entries_go_on_top_of_the_shipped_map(self, wnut):
        dataset = load_dataset("wnut2017", label_map={"creative-work": "title"}, **wnut)
        assert tags_of(dataset["validation"]) == [["B-title"], ["O"]]
        assert read_record(dataset).label_map == "own@658109c396eb"
        assert labels_of(dataset).types[:2] == ("location", "person")

    def test_touching_entities_stay_apart(self, wnut):
        assert tags_of(load_dataset("wnut2017", split="test", **wnut)) == [["B-location"] * 2]

    def test_configuration_in_the_name_or_beside_it(self, wnut):
        beside = load_dataset("wnut2017", "paper", split="train", **wnut)
        inside = load_dataset("wnut2017/paper", split="train", **wnut)
        assert beside["tokens"][:] == inside["tokens"][:] == [["Ada", "L.", "Paris"]]
        assert list(annotated_types(inside)) == ["wnut2017/paper"]

    def test_streaming(self, wnut):
        rows = load_dataset("wnut2017", streaming=True, split="train", **wnut)
        assert [row["tokens"] for row in rows] == [["Ada", "L."], ["Paris"]]
        assert labels_of(rows).types == WNUT_TYPES

    def test_raw_files_that_are_not_there(self, tmp_path):
        with pytest.raises(SourceError, match="data_dir"):
            load_dataset("wnut2017", data_dir=tmp_path, cache_dir=tmp_path / "cache")

    def test_real_wnut(self, raw_corpora, tmp_path, monkeypatch):
        monkeypatch.setenv("TNER_HF_SOURCES", os.fspath(raw_corpora))
        dataset = load_dataset("wnut2017", cache_dir=tmp_path)
        assert [dataset[s].num_rows for s in dataset] == [3394, 1009, 1287]


class TestSplits:
    def test_slices_and_sums(self, toy_iob):
        files = {"train": toy_iob, "test": toy_iob}
        assert load_dataset(files, split="train[:2]").num_rows == 2
        assert load_dataset(files, split="train[40%:]").num_rows == 3
        assert load_dataset(files, split="train[1:2]+test")["id"][:] == list("101234")

    def test_slice_of_own_files_keeps_labels_and_record(self, toy_iob):
        rows = load_dataset({"test": toy_iob}, split="test[2:3]")
        assert labels_of(rows).types == ("LOC", "ORG", "PER")
        assert annotated_types(rows) == {"toy": ("LOC", "ORG", "PER")}

    def test_unknown_split_lists_those_there_are(self, toy_iob):
        with pytest.raises(UnknownNameError, match=r"'tran'.*mean 'train'.*Known: train"):
            load_dataset({"train": toy_iob}, split="tran")

    def test_slice_that_cannot_be_read(self, toy_iob):
        with pytest.raises(SettingError, match="Accepted"):
            load_dataset({"train": toy_iob}, split="train[a]")

    def test_stream_cannot_be_sliced(self, toy_iob):
        with pytest.raises(SettingError, match=r"\.take and \.skip"):
            load_dataset({"train": toy_iob}, split="train[:1]", streaming=True)


class TestFiles:
    def test_iob_files_keep_their_types(self, toy_iob):
        dataset = load_dataset({"train": toy_iob})
        assert dataset["train"].column_names == ["id", "tokens", "ner_tags"]
        assert labels_of(dataset) == LabelSpace(("LOC", "ORG", "PER"))
        assert dataset["train"][3] == {
            "id": "3", "tokens": ["Paris", "London", "Rome"], "ner_tags": [1, 1, 1],
        }  # fmt: skip

    def test_unify_maps_types_and_reports(self, tmp_path, caplog):
        path = tmp_path / "a.txt"
        path.write_text("Ada B-PER\nParis B-Ort\nfoo B-Persn\n", encoding="utf-8")
        caplog.set_level(logging.INFO, logger="tner_hf")
        dataset = load_dataset({"train": path}, unify=True)
        assert labels_of(dataset).types == ("person", "Ort", "Persn")
        report = unification_report(dataset)
        assert report.mapped == {"PER": "person"}
        assert report.kept == ("Ort", "Persn")
        assert report.near == {"Persn": "person"}
        assert "a: PER -> person" in caplog.messages
        assert any("label_map={'Persn': 'person'}" in message for message in caplog.messages)

    def test_all_splits_share_one_label_space(self, toy_iob, tmp_path):
        other = tmp_path / "other.txt"
        other.write_text("x\tB-DATE\n", encoding="utf-8")
        dataset = load_dataset({"train": toy_iob, "test": other})
        assert dataset["train"].features == dataset["test"].features
        assert labels_of(dataset).types == ("DATE", "LOC", "ORG", "PER")

    def test_several_files_for_one_split(self, toy_iob):
        assert load_dataset({"train": [toy_iob, toy_iob]})["train"].num_rows == 10

    def test_other_columns_delimiter_and_scheme(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("U-PER|x|Ada\nB-LOC|x|New\nL-LOC|x|York\n", encoding="utf-8")
        dataset = load_dataset({"train": path}, token_column=2, tag_column=0, delimiter="|")
        assert tags_of(dataset["train"]) == [["B-PER", "B-LOC", "I-LOC"]]
        assert dataset["train"][0]["tokens"] == ["Ada", "New", "York"]

    def test_errors_of_a_file_are_those_of_check(self, tmp_path):
        path = tmp_path / "a.txt"
        path.write_text("Ada B-PER\nParis\n", encoding="utf-8")
        with pytest.raises(DataError, match=r"a\.txt:2: missing column"):
            load_dataset({"train": path})

    def test_warnings_are_logged_with_their_line(self, tmp_path, caplog):
        path = tmp_path / "a.txt"
        path.write_text("Ada B-PER\nL. I-PER\n\nBob B-PER\n\nParis I-PER\n", encoding="utf-8")
        dataset = load_dataset({"train": path})
        assert tags_of(dataset["train"])[2] == ["B-PER"]
        assert any("a.txt:6: stray I- start" in message for message in caplog.messages)
        with pytest.raises(DataError, match=r"a\.txt:6"):
            load_dataset({"train": path}, strict=True)

    def test_empty_file(self, tmp_path):
        (tmp_path / "a.txt").write_text("", encoding="utf-8")
        dataset = load_dataset({"train": tmp_path / "a.txt"})
        assert dataset["train"].num_rows == 0
        assert labels_of(dataset) == LabelSpace(())

    def test_one_path_is_the_train_split(self, toy_iob):
        assert load_dataset(str(toy_iob), split="train").num_rows == 5

    def test_streaming(self, toy_iob):
        rows = load_dataset({"train": toy_iob}, streaming=True, split="train")
        assert next(iter(rows))["ner_tags"] == [5, 6, 0, 0, 1, 0]

    def test_missing_file_lists_its_neighbours(self, toy_iob):
        with pytest.raises(DataError, match=r"no such file \(split 'dev'\).*toy\.txt"):
            load_dataset({"dev": toy_iob.parent / "tyo.txt"})

    def test_unknown_option(self, toy_iob):
        with pytest.raises(UnknownNameError, match="mean 'delimiter'"):
            load_dataset({"train": toy_iob}, delimeter="\t")


class TestJson:
    def test_text_tags(self, tmp_path):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["Ada", "x"], "tags": ["B-PER", "O"]})
        dataset = load_dataset({"train": path})
        assert dataset["train"][0] == {"id": "0", "tokens": ["Ada", "x"], "ner_tags": [1, 0]}

    def test_a_list_of_objects_and_ids(self, tmp_path):
        path = tmp_path / "a.json"
        path.write_text('[{"id": 7, "tokens": ["Ada"], "ner_tags": ["I-PER"]}]', encoding="utf-8")
        row = load_dataset({"train": path})["train"][0]
        assert row == {"id": "7", "tokens": ["Ada"], "ner_tags": [1]}

    def test_integer_tags_with_a_label_file_beside(self, tmp_path):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["Ada", "x"], "tags": [0, 2]})
        (tmp_path / "label.json").write_text('{"B-PER": 0, "I-PER": 1, "O": 2}', encoding="utf-8")
        assert tags_of(load_dataset({"train": path})["train"]) == [["B-PER", "O"]]

    def test_text_tags_need_no_label_file(self, tmp_path):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["Ulm"], "tags": ["B-LOC"]})
        (tmp_path / "label.json").write_text('{"O": 0, "B-PER": 1}', encoding="utf-8")
        assert tags_of(load_dataset({"train": path})["train"]) == [["B-LOC"]]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{oops", "label.json:1: not JSON"),
            ('{"O": 0, "B-PER": 0}', "an id or a tag occurs twice"),
            ('{"O": -1}', "ids count from 0, but 'O' has -1"),
            ("3", "no label ids in 3"),
        ],
    )
    def test_label_file_that_cannot_be_used(self, tmp_path, text, said):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["Ada"], "tags": [1]})
        (tmp_path / "label.json").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=said):
            load_dataset({"train": path})

    def test_integer_tags_with_label2id(self, tmp_path):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["Ada"], "tags": [1]})
        dataset = load_dataset({"train": path}, label2id={"O": 0, "B-PER": 1})
        assert tags_of(dataset["train"]) == [["B-PER"]]

    def test_integer_tags_without_names(self, tmp_path):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["Ada"], "tags": [1]})
        with pytest.raises(DataError, match=r"nothing says which tag each one is.*label2id"):
            load_dataset({"train": path})

    def test_label_without_a_name(self, tmp_path):
        rows = [{"tokens": ["a"], "tags": [0]}, {"tokens": ["b", "c"], "tags": [0, 5]}]
        path = write_jsonl(tmp_path / "a.jsonl", *rows)
        with pytest.raises(DataError, match=r"'train', row 1, token 1: label 5 .* has no name"):
            load_dataset({"train": path}, label2id={"O": 0, "B-PER": 1})

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ({"tokens": ["a", "b"], "tags": ["O"]}, "2 words but 1 tags"),
            ({"words_": ["a"], "tags": ["O"]}, "no list of words.*'words_', 'tags'.*token_column"),
            ({"tokens": ["a"], "labels": ["O"]}, "no list of tags.*tag_column"),
            ({"tokens": [1], "tags": ["O"]}, "word 1 is no text"),
            ({"tokens": ["a"], "tags": [1.5]}, "tag 1.5 is no text or id"),
            ({"tokens": ["a"], "tags": [1]}, "text in some places and ids in others"),
            (["a"], "no object"),
        ],
    )
    def test_bad_rows_are_told_with_their_line(self, tmp_path, row, said):
        path = write_jsonl(tmp_path / "a.jsonl", {"tokens": ["a"], "tags": ["O"]}, row)
        with pytest.raises(DataError, match=rf"(?s)a\.jsonl:2: .*{said}"):
            load_dataset({"train": path})

    def test_line_that_is_no_json(self, tmp_path):
        (tmp_path / "a.jsonl").write_text('{"tokens": [], "tags": []}\n{oops\n', encoding="utf-8")
        with pytest.raises(DataError, match=r"a\.jsonl:2: not JSON"):
            load_dataset({"train": tmp_path / "a.jsonl"})

    def test_named_columns(self, tmp_path):
        path = write_jsonl(tmp_path / "a.jsonl", {"w": ["Ada"], "t": ["B-PER"]})
        dataset = load_dataset({"train": path}, token_column="w", tag_column="t")
        assert dataset["train"][0]["tokens"] == ["Ada"]


class TestColumns:
    """Datasets with label columns of every kind, given as objects or Parquet."""

    def make(self, names: list[str], *labels: list[int], column: str = "ner_tags") -> Dataset:
        tokens = [["w"] * len(row) for row in labels]
        features = {"tokens": List(Value("string")), column: List(ClassLabel(names=names))}
        return Dataset.from_dict({"tokens": tokens, column: list(labels)}, Features(features))

    def test_other_order_and_scheme_become_canonical(self):
        rows = self.make(["I-LOC", "O", "B-LOC"], [0, 2, 0, 1, 0], column="tags")
        out = load_dataset(DatasetDict({"test": rows}))["test"]
        assert out.features["ner_tags"].feature.names == ["O", "B-LOC", "I-LOC"]
        assert out[0]["ner_tags"] == [1, 1, 2, 0, 1]

    def test_declared_types_keep_their_order(self):
        rows = self.make(["O", "B-z", "I-z", "B-a", "I-a"], [1, 3])
        assert labels_of(load_dataset(rows)).types == ("z", "a")

    def test_a_dataset_with_a_split_keeps_its_name(self):
        rows = datasets.Dataset.from_dict({"tokens": [["w"]], "tags": [["B-a"]]}, split="test")
        assert list(load_dataset(rows)) == ["test"]

    def test_loading_twice_changes_nothing(self, toy_iob):
        once = load_dataset({"train": toy_iob}, unify=True)
        twice = load_dataset(once)
        assert twice["train"][:] == once["train"][:]
        assert read_record(twice) == read_record(once)

    def test_columns_that_are_missing(self):
        rows = Dataset.from_dict({"text": ["a"], "labels": [["O"]]})
        with pytest.raises(DataError, match=r"called 'tokens' or 'words'; .* 'text', 'labels'"):
            load_dataset(rows)
        with pytest.raises(DataError, match=r"no column 'word' \(token_column\)"):
            load_dataset(rows, token_column="word")
        with pytest.raises(DataError, match="not lists of words"):
            load_dataset(rows, token_column="text", tag_column="labels")

    def test_lengths_that_differ_name_the_row(self):
        rows = Dataset.from_dict({"tokens": [["a"], ["a", "b"]], "tags": [["O"], ["O"]]})
        with pytest.raises(DataError, match="'train', row 1: 2 words in 'tokens' but 1 tags"):
            load_dataset(rows)

    def test_text_that_is_no_tag_names_the_row(self):
        rows = Dataset.from_dict({"tokens": [["a"], ["b"]], "tags": [["O"], ["B-\x1b[1mX"]]})
        with pytest.raises(DataError, match=r"column 'tags', row 1: .* has a control character"):
            load_dataset(rows)

    def test_classes_that_are_no_tags(self):
        with pytest.raises(DataError, match="split 'train', column 'ner_tags': tag 'person' has"):
            load_dataset(self.make(["O", "person"], [1]))

    def test_null_words_and_tags(self):
        rows = Dataset.from_dict({"tokens": [["a", None]], "tags": [["O", "O"]]})
        with pytest.raises(DataError, match="row 0, token 1: the word in 'tokens' is null"):
            load_dataset(rows)

    def test_parquet_with_and_without_class_labels(self, tmp_path):
        self.make(["O", "B-LOC", "I-LOC"], [1, 2]).to_parquet(tmp_path / "a.parquet")
        pq.write_table(pa.table({"tokens": [["w"]], "tags": [["B-PER"]]}), tmp_path / "b.parquet")
        dataset = load_dataset({"train": tmp_path / "a.parquet", "test": tmp_path / "b.parquet"})
        assert tags_of(dataset["train"]) == [["B-LOC", "I-LOC"]]
        assert tags_of(dataset["test"]) == [["B-PER"]]

    def test_streamed_text_tags_need_their_names(self):
        rows = Dataset.from_dict({"tokens": [["a"]], "tags": [["B-x"]]}).to_iterable_dataset()
        with pytest.raises(DataError, match=r"cannot be streamed.*label2id"):
            load_dataset({"train": rows})
        out = load_dataset({"train": rows}, label2id={"O": 0, "B-x": 1})
        assert [row["ner_tags"] for row in out["train"]] == [[1]]


class TestFolders:
    def test_iob_files_named_by_split(self, tmp_path):
        for name in ("train", "eng.testa", "testb"):
            (tmp_path / f"{name}.txt").write_text("Ada B-PER\n", encoding="utf-8")
        dataset = load_dataset(tmp_path)
        assert list(dataset) == ["train", "validation", "test"]
        assert list(annotated_types(dataset)) == ["train"]  # the folder is nobody's business

    def test_iob_files_whose_split_nobody_knows(self, tmp_path):
        (tmp_path / "letters.txt").write_text("Ada B-PER\n", encoding="utf-8")
        with pytest.raises(DataError, match="which file is which split"):
            load_dataset(tmp_path)

    def test_saved_to_disk(self, toy_iob, tmp_path):
        before = load_dataset({"train": toy_iob}, unify=True)
        before.save_to_disk(tmp_path / "saved")
        after = load_dataset(tmp_path / "saved")
        assert after["train"][:] == before["train"][:]
        assert read_record(after) == read_record(before)

    def test_folder_of_json_lines(self, tmp_path):
        (tmp_path / "data").mkdir()
        write_jsonl(tmp_path / "data" / "train.jsonl", {"tokens": ["Ada"], "tags": ["B-PER"]})
        dataset = load_dataset(tmp_path / "data", cache_dir=tmp_path / "cache")
        assert tags_of(dataset["train"]) == [["B-PER"]]


class TestNames:
    def test_unknown_corpus(self):
        with pytest.raises(UnknownNameError, match=r"'wnut2016'. Did you mean 'wnut2017'"):
            load_dataset("wnut2016")

    def test_unknown_configuration(self):
        with pytest.raises(UnknownNameError, match="configuration of wnut2017 'x'"):
            load_dataset("wnut2017/x")

    def test_path_that_is_not_there(self):
        with pytest.raises(DataError, match=r"\./nothing: no such file or folder"):
            load_dataset("./nothing")

    def test_hub_dataset_that_cannot_be_had(self):
        with pytest.raises(SourceError, match="owner/nothing"):
            load_dataset("owner/nothing")

    def test_hub_dataset_is_asked_for_with_revision_and_token(self, monkeypatch):
        asked = {}

        def pretend(source, config, **passed):
            asked.update(passed, source=source, config=config)
            rows = Dataset.from_dict({"tokens": [["Ada"]], "tags": [["B-PER"]]})
            return DatasetDict({"train": rows})

        monkeypatch.setattr(datasets, "load_dataset", pretend)
        dataset = load_dataset("owner/name", "en", revision="main", token="secret")
        assert asked == {
            "source": "owner/name", "config": "en", "revision": "main", "token": "secret",
            "streaming": False, "cache_dir": None,
        }  # fmt: skip
        assert annotated_types(dataset) == {"owner/name": ("PER",)}

    def test_hub_dataset_with_integer_tags_and_a_label_file(self, monkeypatch, tmp_path):
        from tner_hf.data import folders

        rows = Dataset.from_dict({"tokens": [["Ada"]], "tags": [[1]]})
        monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: DatasetDict(test=rows))
        (tmp_path / "label.json").write_text('{"O": 0, "B-PER": 1}', encoding="utf-8")
        files = {"dataset/label.json": tmp_path / "label.json"}
        monkeypatch.setattr(folders, "find_hub_file", lambda _, name, *__: files.get(name))
        assert tags_of(load_dataset("owner/name")["test"]) == [["B-PER"]]

    def test_hub_dataset_that_we_exported_brings_its_record(self, monkeypatch, toy_iob, tmp_path):
        from tner_hf.data import export_dataset, folders

        export_dataset([{"train": toy_iob}], tmp_path / "out")
        before = load_dataset([{"train": toy_iob}])
        monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: before)
        card = tmp_path / "out" / "README.md"
        monkeypatch.setattr(folders, "find_hub_file", lambda *_: card)
        assert read_record(load_dataset("owner/name")) == read_record(before)

    def test_script_on_the_hub_is_not_run(self, monkeypatch):
        def refuse(*_, **__):
            raise RuntimeError("Dataset scripts are no longer supported, but found x.py")

        monkeypatch.setattr(datasets, "load_dataset", refuse)
        with pytest.raises(DataError, match="refs/convert/parquet"):
            load_dataset("owner/name")

    @pytest.mark.parametrize("source", [3, None, {"train": 3}, {}])
    def test_nonsense(self, source):
        with pytest.raises(SettingError):
            load_dataset(source)

    def test_settings_that_contradict_each_other(self, toy_iob):
        with pytest.raises(SettingError, match="choose one"):
            load_dataset({"train": toy_iob}, native=True, unify=True)


def test_labels_in_another_order_are_told(toy_iob):
    features = Features({"ner_tags": List(ClassLabel(names=["B-x", "O"]))})
    rows = Dataset.from_dict({"ner_tags": [[0]]}, features)
    with pytest.raises(DataError, match=r"order O, B-x, I-x.*load_dataset\(dataset\)"):
        labels_of(rows)


def test_a_users_own_data_is_called_as_told(toy_iob) -> None:
    files = {"train": toy_iob}
    kept = annotated_types(load_dataset(files))
    named = load_dataset(files, name="Letters of a port")
    assert annotated_types(named) == {"Letters of a port": next(iter(kept.values()))}
    assert annotated_types(load_dataset(named)) == annotated_types(named)


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        ("sample", "mine", "sample has its own name"),
        (["sample", "wnut2017"], "mine", "has its own name"),
        ("own", "conll2003", "'conll2003' is a corpus that others know"),
        ("own", "wikiann/ja", "'wikiann/ja' is a corpus that others know"),
        ("own", "org/letters", "reads as a dataset of the Hub"),
        ("own", "  ", "is no name"),
        ("own", "two\nlines", "is no name"),
    ],
)
def test_names_that_would_mislead_are_refused(toy_iob, source, name, told) -> None:
    with pytest.raises(SettingError, match=told):
        load_dataset({"train": toy_iob} if source == "own" else source, name=name)


@pytest.mark.parametrize("opening", ["[", "[\n"])
def test_deep_json_in_a_folder_does_not_end_the_process(tmp_path, opening):
    (tmp_path / "test.jsonl").write_text('{"tokens":["a"],"ner_tags":["O"]}\n')
    deep = opening * 100_000 + "]" * 100_000
    (tmp_path / "train.jsonl").write_text(
        '{"tokens":["a"],"ner_tags":["O"],"x":"' + "[" * 500 + '"}\n{"tokens":' + deep + "}\n"
    )
    with pytest.raises(DataError, match=r"train\.jsonl:\d+: not JSON: nested too deeply"):
        load_dataset(tmp_path, cache_dir=tmp_path / ".cache")


def test_text_may_hold_any_number_of_brackets(tmp_path):
    (tmp_path / "train.jsonl").write_text(
        json.dumps({"tokens": ["[" * 500, '"[' * 99], "ner_tags": ["O", "O"]}) + "\n"
    )
    assert load_dataset(tmp_path, cache_dir=tmp_path / ".cache")["train"].num_rows == 1
