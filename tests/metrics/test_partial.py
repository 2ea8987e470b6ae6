"""Partial matching equals nervaluate's on each document, and adds up over documents."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tner_hf.metrics.partial import (
    MATCHINGS,
    Agreement,
    divide_by_sentence,
    match_partially,
    score_partial,
)

NAMES = ("O", "B-a", "I-a", "B-b", "I-b")

Sides = tuple[list[list[str]], list[list[str]]]


def run(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Agreement]:
    return score_partial(*lay_flat(gold, predicted), names=NAMES, offsets=count_offsets(gold))


def lay_flat(*sides: list[list[str]]) -> list[np.ndarray]:
    return [np.array([NAMES.index(t) for s in side for t in s], dtype=int) for side in sides]


def count_offsets(sentences: list[list[str]]) -> np.ndarray:
    return np.cumsum([0, *map(len, sentences)])


@st.composite
def tagged_sides(draw: st.DrawFn) -> Sides:
    lengths = draw(st.lists(st.integers(1, 10), min_size=1, max_size=4))
    return tuple(
        [[draw(st.sampled_from(NAMES)) for _ in range(n)] for n in lengths] for _ in range(2)
    )


@given(tagged_sides())
def test_equals_nervaluate(sides: Sides) -> None:
    nervaluate = pytest.importorskip("nervaluate")
    documents = [
        [
            [{"label": t, "start": s, "end": e} for t, s, e in get_entities(sentence)]
            for sentence in side
        ]
        for side in sides
    ]
    referee = nervaluate.Evaluator(*documents, tags=["a", "b"], loader="dict").evaluate()["overall"]
    for matching, found in run(*sides).items():
        expected = referee[matching]
        for name in ("correct", "incorrect", "partial", "missed", "spurious"):
            assert getattr(found, name) == getattr(expected, name), (matching, name)
        for name in ("precision", "recall", "f1"):
            assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-12)


@given(tagged_sides())
def test_sentences_add_up(sides: Sides) -> None:
    arguments = {"names": NAMES, "offsets": count_offsets(sides[0])}
    found = match_partially(*lay_flat(*sides), **arguments)
    for number, (gold, predicted) in enumerate(zip(*sides, strict=True)):
        alone = run([gold], [predicted])
        for matching in MATCHINGS:
            assert divide_by_sentence(found[matching])[number] == pytest.approx(
                alone[matching].f1, abs=1e-12
            )


def test_two_documents_by_hand() -> None:
    # First: exact hit of the right type. Second: half an entity, and one of the wrong type.
    gold = [["B-a", "I-a", "O"], ["B-a", "I-a", "O", "B-b"]]
    predicted = [["B-a", "I-a", "O"], ["B-a", "O", "O", "B-a"]]
    found = run(gold, predicted)
    assert found["strict"] == Agreement(1, 2, 0, 0, 0)
    assert found["exact"] == Agreement(2, 1, 0, 0, 0)
    assert found["partial"] == Agreement(2, 0, 1, 0, 0)
    assert found["ent_type"] == Agreement(2, 1, 0, 0, 0)
    assert found["partial"].f1 == pytest.approx(2.5 / 3)


def test_agreement_survives_json() -> None:
    found = run([["B-a", "I-a"]], [["B-a", "O"]])["partial"]
    assert Agreement.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_nothing_agrees_with_nothing() -> None:
    assert run([], [])["partial"] == Agreement(0, 0, 0, 0, 0)
    assert run([], [])["partial"].f1 == 0.0
