"""Predictions as lines of JSON: what is written is read, and what is wrong has a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tner_hf.errors import DataError
from tner_hf.labels import UNIFIED
from tner_hf.predictions import PredictedSplit, read_predictions, write_predictions


def sample(documents: list[int] | None = None) -> PredictedSplit:
    return PredictedSplit(
        sentences=[["Ada", "in", "Rome"], [], ["日本", "x"]],
        gold=np.array([1, 0, 0, 1, 2]),
        predicted=np.array([1, 2, 0, 3, 0]),
        offsets=np.array([0, 3, 3, 5]),
        corpus_names=("O", "B-person", "I-person", "B-date", "I-date"),
        own_names=("O", "B-PER", "I-PER", "B-cell type", "I-cell type"),
        label_map=UNIFIED,
        documents=None if documents is None else np.array(documents, np.int32),
    )


@pytest.mark.parametrize("documents", [None, [0, 0, 1]])
def test_what_is_written_is_read(documents: list[int] | None, tmp_path: Path) -> None:
    made = sample(documents)
    write_predictions(made, tmp_path / "p.jsonl")
    again = read_predictions(tmp_path / "p.jsonl")
    assert again.sentences == made.sentences
    for side in ("gold", "predicted"):
        assert list(again.tags(side)) == list(made.tags(side))
    assert again.score() == made.score()  # the file names the types that never occur
    assert (None if again.documents is None else again.documents.tolist()) == documents
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert rows[0]["types"] == {"gold": ["person", "date"], "predicted": ["person", "cell_type"]}
    assert ("document" in rows[1]) == (documents is not None)


def test_a_file_without_types_has_no_schema_gaps(tmp_path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"tokens": ["a"], "gold": ["B-x"], "predicted": ["O"]}\n')
    loaded = read_predictions(path)
    assert loaded.corpus_names == loaded.model_names == ("O", "B-x", "I-x")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "2: no JSON"),
        ('{"tokens": ["a"]}', "2: each of tokens, gold, predicted must be a list of strings"),
        (
            '{"tokens": ["a"], "gold": [], "predicted": ["O"]}',
            "2: 1 tokens, 0 gold, 1 predicted; each word needs both tags",
        ),
        ('{"tokens": ["a"], "gold": ["O"], "predicted": ["PER"]}', "2: .*PER"),
        ('{"tokens": [], "gold": [], "predicted": [], "types": ["x"]}', "2: types must name"),
        (
            '{"tokens": [], "gold": [], "predicted": [], "document": 1}',
            "2: either every line names its document, or none does",
        ),
        (
            '{"tokens": [], "gold": [], "predicted": [], "document": "a"}',
            "2: document is 'a'; accepted: a whole number from 0",
        ),
    ],
)
def test_a_broken_line_of_predictions_is_named(line, message, tmp_path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"tokens": ["a"], "gold": ["O"], "predicted": ["O"]}\n' + line + "\n")
    with pytest.raises(DataError, match=message):
        read_predictions(path)
