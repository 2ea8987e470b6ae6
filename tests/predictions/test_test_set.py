"""Test sets: identified by what is in them, documents numbered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tner_hf
from tner_hf.data import labels_of
from tner_hf.data.fingerprints import fingerprint_sentences
from tner_hf.errors import SettingError
from tner_hf.labels import UNIFIED
from tner_hf.predictions import GoldSplit, PredictOptions


def test_the_fingerprint_depends_on_tokens_labels_and_names(tmp_path) -> None:
    def of(text: str) -> str:
        path = tmp_path / "f.txt"
        path.write_text(text, encoding="utf-8")
        rows = tner_hf.load_dataset({"test": path}, split="test")
        return fingerprint_sentences(rows, labels_of(rows).names)

    texts = ["a B-X\n", "b B-X\n", "a O\n\nb B-X\n", "a B-Y\n", "a B-X\n\na B-X\n"]
    assert len({of(text) for text in texts}) == len(texts)
    assert of(texts[0]) == of(texts[0])


def with_documents(documents: list[Any], words: str = "a") -> Any:
    from datasets import ClassLabel, Dataset, Features, List, Value

    features = Features(
        {
            "tokens": List(Value("string")),
            "ner_tags": List(ClassLabel(names=["O", "B-PER", "I-PER"])),
            "doc_id": Value("string"),
        }
    )
    rows = [[words, "b"]] * len(documents)
    columns = {"tokens": rows, "ner_tags": [[1, 0]] * len(documents), "doc_id": documents}
    return Dataset.from_dict(columns, features)


def test_documents_come_from_the_column_doc_id() -> None:
    data = with_documents(["x", "x", "7", None, "x", ""])
    test_set = GoldSplit.load(data, options=PredictOptions())
    assert test_set.documents is not None
    # A sentence that names none is a document of its own.
    assert test_set.documents.tolist() == [0, 0, 1, 2, 0, 3]
    assert test_set.documents.dtype == np.int32


def test_documents_are_unknown_where_nobody_names_them(toy_iob: Path) -> None:
    assert GoldSplit.load(toy_iob, options=PredictOptions()).documents is None
    blank = with_documents([None, ""])
    assert GoldSplit.load(blank, options=PredictOptions()).documents is None


def test_documents_of_a_conll_file_are_those_between_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "marked.txt"
    sentence = "Ada B-PER\nleft O\n\n"
    mark = "-DOCSTART- O\n\n"
    path.write_text(mark + 2 * sentence + mark + sentence, encoding="utf-8")
    test_set = GoldSplit.load(path, options=PredictOptions())
    assert test_set.documents is not None
    assert test_set.documents.tolist() == [0, 0, 1]


def test_documents_of_merged_corpora_are_told_apart(toy_iob: Path) -> None:
    parts = [{"test": with_documents(["1", "2"])}, {"test": with_documents(["1", "1"], "z")}]
    merged = GoldSplit.load(parts, options=PredictOptions())
    assert merged.documents is not None
    assert merged.documents.tolist() == [0, 1, 2, 2]
    mixed = GoldSplit.load([parts[0], {"test": str(toy_iob)}], options=PredictOptions())
    assert mixed.documents is not None
    assert mixed.documents.tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_a_test_set_knows_its_labels_and_what_they_were() -> None:
    data = with_documents(["x"])
    mapped = GoldSplit.load(data, options=PredictOptions(), name="mine")
    assert (mapped.name, mapped.split, mapped.label_map) == ("mine", "test", UNIFIED)
    assert mapped.labels.types == ("person",)
    assert mapped.unification.mapped == {"PER": "person"}
    native = GoldSplit.load(data, options=PredictOptions(native=True))
    assert (native.labels.types, native.label_map) == (("PER",), None)


def test_types_are_mapped_or_kept() -> None:
    with pytest.raises(SettingError, match="native=True keeps types, label_map maps them"):
        PredictOptions(native=True, label_map={"A": "B"})
    with pytest.raises(SettingError, match="label map"):
        PredictOptions(label_map={"A": "no_such_type"})
