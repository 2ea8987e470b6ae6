"""Entities come out as seqeval finds them, as positions in the flat array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Tokens

from tner_hf.metrics.spans import Spans, TagTable, find_spans, match_spans, sentence_of

TAGS = ("I-b", "O", "B-a", "B-b", "I-a")  # in no order, and with O in the middle


def lay_flat(sentences: list[list[str]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.array([TAGS.index(t) for s in sentences for t in s], dtype=np.intp)
    return ids, np.cumsum([0, *map(len, sentences)])


def as_triples(spans: Spans, table: TagTable) -> list[tuple[str, int, int]]:
    kinds = [table.types[k] for k in spans.kind]
    return list(zip(kinds, spans.start.tolist(), spans.end.tolist(), strict=True))


@given(st.lists(st.lists(st.sampled_from(TAGS), max_size=7), max_size=5))
def test_spans_equal_seqeval_in_both_modes(sentences: list[list[str]]) -> None:
    ids, offsets = lay_flat(sentences)
    table = TagTable(TAGS)
    spans = find_spans(ids, offsets, table)["type_aware"]
    default, strict = [], []
    for sentence, first in zip(sentences, offsets.tolist(), strict=False):
        # seqeval counts the last token of a default entity, not the one after it.
        default += [(t, first + s, first + e + 1) for t, s, e in get_entities(sentence)]
        found = Tokens(sentence, IOB2).entities
        strict += [(e.tag, first + e.start, first + e.end) for e in found]
    assert as_triples(spans, table) == default
    assert as_triples(spans.select(spans.begins), table) == strict


@pytest.mark.parametrize(
    ("tags", "aware", "ignored"),
    [
        ("B-a I-b", [("a", 0, 1), ("b", 1, 2)], [(0, 2)]),
        ("O I-a I-a", [("a", 1, 3)], [(1, 3)]),
        ("B-a B-a", [("a", 0, 1), ("a", 1, 2)], [(0, 1), (1, 2)]),
        ("I-a I-b O I-b", [("a", 0, 1), ("b", 1, 2), ("b", 3, 4)], [(0, 2), (3, 4)]),
    ],
)
def test_a_change_of_type_splits_only_where_types_count(
    tags: str, aware: list[tuple[str, int, int]], ignored: list[tuple[int, int]]
) -> None:
    ids, offsets = lay_flat([tags.split()])
    table = TagTable(TAGS)
    spans = find_spans(ids, offsets, table)
    assert as_triples(spans["type_aware"], table) == aware
    collapsed = spans["type_ignored"]
    found = zip(collapsed.start.tolist(), collapsed.end.tolist(), strict=True)
    assert list(found) == ignored


def test_an_entity_never_crosses_a_sentence() -> None:
    ids, offsets = lay_flat([["B-a"], [], ["I-a"], []])
    spans = find_spans(ids, offsets, TagTable(TAGS))["type_aware"]
    assert spans.start.tolist() == [0, 1]
    assert sentence_of(spans.end - 1, offsets).tolist() == [0, 2]


def test_matching_asks_for_start_end_and_type() -> None:
    gold, offsets = lay_flat([["B-a", "I-a", "O", "B-b", "B-a", "I-a"]])
    predicted, _ = lay_flat([["B-a", "I-a", "O", "B-a", "O", "B-a"]])
    table = TagTable(TAGS)
    sides = [find_spans(ids, offsets, table)["type_aware"] for ids in (gold, predicted)]
    assert [side.tolist() for side in match_spans(*sides, len(gold))] == [[0], [0]]
