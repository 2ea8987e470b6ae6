"""Datasets after a change: gold, documents and corpora stay true."""

from __future__ import annotations

from datasets import ClassLabel, Dataset, Features, List, Value

from tner_hf.data.changed_rows import augment_rows, change_rows
from tner_hf.data.record import DatasetRecord, read_record, write_record

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def build(**columns: list[object]) -> Dataset:
    sentences = {
        "tokens": [["Ada", "Lovelace", "sang"], ["In", "London", "."], ["Oslo"]],
        "ner_tags": [[1, 2, 0], [0, 3, 0], [3]],
    }
    kinds = {
        "tokens": List(Value("string")),
        "ner_tags": List(ClassLabel(names=TAGS)),
        **{name: Value("string") for name in columns},
    }
    rows = Dataset.from_dict({**sentences, **columns}, Features(kinds))
    write_record(rows, DatasetRecord({"letters": ("PER", "LOC")}))
    return rows


def test_what_a_change_leaves_true_stays():
    rows = build(doc_id=["a", "b", "b"], text=["Ada Lovelace sang", "In London.", "Oslo"])
    changed, done = change_rows(rows, "joined")
    assert changed["tokens"][:] == [["Ada", "Lovelace", "sang"], ["In", "London", ".", "Oslo"]]
    assert changed["ner_tags"][:] == [[1, 2, 0], [0, 3, 0, 3]]
    assert changed["doc_id"][:] == ["a", "b"]
    assert done.origins == [0, 1]
    assert "text" not in changed.column_names
    assert read_record(changed) == read_record(rows)


def test_sentences_of_two_corpora_are_never_joined():
    changed, _ = change_rows(build(corpus=["x", "y", "y"]), "joined")
    assert [len(words) for words in changed["tokens"]] == [3, 4]
    assert changed["corpus"][:] == ["x", "y"]


def test_each_change_adds_a_copy():
    rows = build(corpus=["x", "y", "y"])
    more = augment_rows(rows, ["upper", "no_punctuation"])
    assert more["tokens"][3:6] == [["ADA", "LOVELACE", "SANG"], ["IN", "LONDON", "."], ["OSLO"]]
    assert more["tokens"][6:] == [["Ada", "Lovelace", "sang"], ["In", "London"], ["Oslo"]]
    assert more["ner_tags"][6:] == [[1, 2, 0], [0, 3], [3]]
    assert more["corpus"][:] == ["x", "y", "y"] * 3
    assert augment_rows(rows, []) is rows
