"""Error classes against hand-made cases and a slow, obvious implementation."""

from __future__ import annotations

import json
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tner_hf.errors import DataError
from tner_hf.metrics import score
from tner_hf.metrics.errors import ErrorAnalysis, analyse_errors

CORPUS = ("O", "B-a", "I-a", "B-b", "I-b", "B-song", "I-song")
MODEL = ("B-b", "I-b", "O", "B-law", "I-law", "B-a", "I-a")


class Span(NamedTuple):
    sentence: int
    start: int
    end: int
    type: str


def analyse(gold: list[list[str]], predicted: list[list[str]]) -> ErrorAnalysis:
    return analyse_errors(
        np.array([CORPUS.index(t) for s in gold for t in s], dtype=int),
        np.array([MODEL.index(t) for s in predicted for t in s], dtype=int),
        offsets=np.cumsum([0, *map(len, gold)]),
        corpus_names=CORPUS,
        model_names=MODEL,
    )


def list_spans(sentences: list[list[str]]) -> list[Span]:
    return [
        Span(number, start, end + 1, entity_type)
        for number, sentence in enumerate(sentences)
        for entity_type, start, end in get_entities(sentence)
    ]


def classify_slowly(
    span: Span, others: list[Span], known: set[str], untouched: str
) -> tuple[str, int | None]:
    def count_shared(other: Span) -> int:
        if other.sentence != span.sentence:
            return 0
        return len(set(range(span.start, span.end)) & set(range(other.start, other.end)))

    touching = [i for i, other in enumerate(others) if count_shared(other)]
    ranked = sorted(
        touching, key=lambda i: (others[i].type != span.type, -count_shared(others[i]), i)
    )
    partner = ranked[0] if ranked else None
    if span.type not in known:
        return "schema_gap", partner
    if partner is None:
        return untouched, None
    other = others[partner]
    same_tokens = (other.start, other.end) == (span.start, span.end)
    if same_tokens:
        return ("correct" if other.type == span.type else "type_error"), partner
    return ("boundary_error" if other.type == span.type else "both"), partner


@st.composite
def tagged_sides(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]]]:
    lengths = draw(st.lists(st.integers(0, 8), max_size=4))
    return tuple(
        [[draw(st.sampled_from(names)) for _ in range(n)] for n in lengths]
        for names in (CORPUS, MODEL)
    )


@given(tagged_sides())
def test_classes_and_partners_equal_the_slow_implementation(
    sides: tuple[list[list[str]], list[list[str]]],
) -> None:
    gold, predicted = map(list_spans, sides)
    found = analyse(*sides)
    for spans, others, entities, known, untouched in (
        (gold, predicted, found.gold, {"a", "b", "law"}, "missed"),
        (predicted, gold, found.predicted, {"a", "b", "song"}, "spurious"),
    ):
        assert [Span(e.sentence, e.start, e.end, e.type) for e in entities] == spans
        expected = [classify_slowly(span, others, known, untouched) for span in spans]
        assert [(e.error, e.partner) for e in entities] == expected


@given(tagged_sides())
def test_counts_agree_with_the_scores_and_with_each_other(
    sides: tuple[list[list[str]], list[list[str]]],
) -> None:
    found = analyse(*sides)
    micro = score(*sides)["type_aware"]["default"]["micro"]
    correct = Counter(e.error for e in found.gold)["correct"]
    assert correct == Counter(e.error for e in found.predicted)["correct"]
    assert micro["support"] == len(found.gold)
    assert micro["recall"] == (correct / len(found.gold) if found.gold else 0.0)
    counted = found.count_classes("gold")
    assert sum(sum(classes.values()) for classes in counted.values()) == len(found.gold)
    matrix = found.confuse_types()
    for entity_type, classes in counted.items():
        assert sum(matrix[entity_type].values()) == sum(classes.values())


@pytest.mark.parametrize(
    ("gold", "predicted", "gold_classes", "predicted_classes"),
    [
        ("B-a I-a O", "B-a I-a O", ["correct"], ["correct"]),
        ("B-a I-a O", "B-b I-b O", ["type_error"], ["type_error"]),
        ("B-a I-a O", "O B-a I-a", ["boundary_error"], ["boundary_error"]),
        ("B-a I-a O", "O B-b I-b", ["both"], ["both"]),
        ("B-a I-a O", "O O B-a", ["missed"], ["spurious"]),
        ("B-song I-song O", "O O O", ["schema_gap"], []),
        ("B-a I-a O", "B-law I-law O", ["type_error"], ["schema_gap"]),
        # Cut in two: one boundary error in gold, one in each half, nothing missed.
        ("B-a I-a I-a", "B-a B-a I-a", ["boundary_error"], ["boundary_error"] * 2),
        # The right type comes before the longer overlap.
        ("B-a I-a I-a", "B-b I-b B-a", ["boundary_error"], ["both", "boundary_error"]),
    ],
)
def test_one_case_of_each_class(
    gold: str, predicted: str, gold_classes: list[str], predicted_classes: list[str]
) -> None:
    found = analyse([gold.split()], [predicted.split()])
    assert [e.error for e in found.gold] == gold_classes
    assert [e.error for e in found.predicted] == predicted_classes


def test_counts_and_confusion_matrix_by_hand() -> None:
    found = analyse(
        [["B-a", "I-a", "O", "B-b"], ["B-song", "O", "B-a"]],
        [["B-b", "I-b", "B-a", "B-b"], ["B-law", "B-law", "O"]],
    )
    assert found.count_classes("gold") == {
        "a": {"type_error": 1, "missed": 1},
        "b": {"correct": 1},
        "song": {"schema_gap": 1},
    }
    assert found.count_classes("predicted") == {
        "a": {"spurious": 1},
        "b": {"correct": 1, "type_error": 1},
        "law": {"schema_gap": 2},
    }
    assert found.confuse_types() == {
        "a": {"b": 1, "O": 1},
        "b": {"b": 1},
        "song": {"law": 1},
        "O": {"a": 1, "law": 1},
    }


def test_analysis_survives_json() -> None:
    found = analyse([["B-a", "O"]], [["B-a", "B-b"]])
    assert ErrorAnalysis.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_nothing_to_analyse() -> None:
    assert analyse([], []) == analyse([[]], [[]]) == ErrorAnalysis((), ())


def test_other_schemes_are_refused() -> None:
    with pytest.raises(DataError, match="'S-a'"):
        analyse_errors(
            np.array([0]),
            np.array([0]),
            offsets=np.array([0, 1]),
            corpus_names=["S-a"],
            model_names=["O"],
        )
