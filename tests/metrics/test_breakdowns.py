"""F1 by kinds of entities and sentences, and where the scorers differ."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tner_hf.errors import DataError
from tner_hf.metrics.breakdowns import (
    Bucket,
    ScorerDifference,
    break_down_by_familiarity,
    break_down_by_length,
    break_down_by_sentence_length,
    collect_surfaces,
    find_scorer_differences,
)
from tner_hf.metrics.errors import ErrorAnalysis, analyse_errors

NAMES = ("O", "B-a", "I-a", "B-b", "I-b")
TOKENS = [["Ada", "Lovelace", "wrote", "."], ["Paris", "and", "Rome", "in", "Ohio"]]
GOLD = [["B-a", "I-a", "O", "O"], ["B-b", "O", "B-b", "O", "B-b"]]
PREDICTED = [["B-a", "I-a", "O", "O"], ["B-b", "O", "B-a", "O", "O"]]
OFFSETS = np.array([0, 4, 9])


def lay_flat(sentences: list[list[str]]) -> np.ndarray:
    return np.array([NAMES.index(t) for s in sentences for t in s], dtype=int)


@pytest.fixture
def analysis() -> ErrorAnalysis:
    return analyse_errors(
        lay_flat(GOLD), lay_flat(PREDICTED), offsets=OFFSETS, corpus_names=NAMES, model_names=NAMES
    )


def test_buckets_of_entity_length(analysis: ErrorAnalysis) -> None:
    buckets = break_down_by_length(analysis)
    assert [b.name for b in buckets] == ["1", "2", "3", "4", "5+"]
    assert buckets[0] == Bucket("1", gold=3, predicted=2, correct=1)
    assert buckets[0].f1 == 2 / 5
    assert buckets[1] == Bucket("2", gold=1, predicted=1, correct=1)
    assert buckets[4] == Bucket("5+", 0, 0, 0)
    assert (buckets[4].precision, buckets[4].recall, buckets[4].f1) == (0.0, 0.0, 0.0)


def test_buckets_of_sentence_length() -> None:
    offsets = np.array([0, 10, 21, 72])
    ids = np.zeros(72, dtype=int)
    ids[[9, 20, 71]] = 1
    found = analyse_errors(ids, ids, offsets=offsets, corpus_names=NAMES, model_names=NAMES)
    buckets = break_down_by_sentence_length(found, offsets)
    assert {b.name: b.correct for b in buckets} == {
        "1–10": 1,
        "11–20": 1,
        "21–30": 0,
        "31–50": 0,
        "51+": 1,
    }


def test_seen_and_unseen_surface_forms(analysis: ErrorAnalysis) -> None:
    surfaces = {"Ada Lovelace": frozenset({"a"}), "Rome": frozenset({"b"})}
    seen, other, _, unseen = break_down_by_familiarity(analysis, TOKENS, surfaces)
    assert seen == Bucket("seen", gold=2, predicted=1, correct=1)
    assert other == Bucket("seen_as_other_type", gold=0, predicted=1, correct=0)
    assert unseen == Bucket("unseen", gold=2, predicted=1, correct=1)


def test_a_surface_form_in_another_case_is_not_new(analysis: ErrorAnalysis) -> None:
    surfaces = {"ADA Lovelace": frozenset({"a"}), "Rome": frozenset({"b"})}
    buckets = {b.name: b for b in break_down_by_familiarity(analysis, TOKENS, surfaces)}
    assert buckets["seen_in_other_case"] == Bucket("seen_in_other_case", 1, 1, 1)
    assert buckets["unseen"] == Bucket("unseen", 2, 1, 1)


def test_surfaces_keep_every_type() -> None:
    found = collect_surfaces(
        [["Rome"], ["Rome", "Rome"]],
        lay_flat([["B-a"], ["B-b", "I-b"]]),
        names=NAMES,
        offsets=np.array([0, 1, 3]),
    )
    assert found == {"Rome": {"a"}, "Rome Rome": {"b"}}
    with pytest.raises(DataError, match="1 sentences of tokens, 2 of labels"):
        collect_surfaces([["Rome"]], lay_flat(GOLD), names=NAMES, offsets=OFFSETS)


def test_scorers_differ_where_prefixes_or_boundaries_do() -> None:
    gold = [["B-a", "I-a"], ["B-a"], ["B-a", "I-a"], ["O"], ["B-a"]]
    predicted = [["I-a", "I-a"], ["B-a"], ["B-a", "O"], ["O"], ["B-b"]]
    found = find_scorer_differences(
        lay_flat(gold), lay_flat(predicted), names=NAMES, offsets=np.array([0, 2, 3, 5, 6, 7])
    )
    assert found == (
        ScorerDifference(0, default=1.0, strict=0.0, partial=1.0),
        ScorerDifference(2, default=0.0, strict=0.0, partial=0.5),
        ScorerDifference(4, default=0.0, strict=0.0, partial=1.0),
    )


def test_results_survive_json() -> None:
    bucket, difference = Bucket("1", 3, 2, 1), ScorerDifference(0, 1.0, 0.0, 0.5)
    for result in (bucket, difference):
        assert type(result).from_dict(json.loads(json.dumps(result.to_dict()))) == result
