"""What went wrong: each gold and each predicted entity in one class.

An entity's class is what it has to do with the entity of the other side that comes closest to
it: of those that share a token with it the one of the same type, then the one that shares most
tokens, then the first. So a gold entity that a model cut in two is one boundary error, and so is
each half; nothing is called missed that was touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tner_hf.labels import OUTSIDE
from tner_hf.metrics.protocols import SharedSpace, join_labels
from tner_hf.metrics.spans import Labels, Mask, Positions, Spans, TagTable, find_spans
from tner_hf.plain import Stored

Side = Literal["gold", "predicted"]
SIDES: tuple[Side, ...] = ("gold", "predicted")

ErrorClass = Literal[
    "correct", "type_error", "boundary_error", "both", "missed", "spurious", "schema_gap"
]
#: In the order in which they are looked for; `missed` is for gold, `spurious` for predictions.
ERROR_CLASSES: tuple[ErrorClass, ...] = (
    "schema_gap",  # its type does not exist on the other side
    "correct",  # same tokens, same type
    "type_error",  # same tokens, another type
    "boundary_error",  # some tokens in common, same type
    "both",  # some tokens in common, another type
    "missed",  # gold, and nothing was predicted on its tokens
    "spurious",  # predicted, and nothing is gold on its tokens
)


@dataclass(frozen=True)
class Entity:
    """One entity of one side, and what became of it.

    Attributes:
        sentence: which sentence it is in, from 0.
        start: its first token in that sentence, from 0.
        end: the token after its last.
        partner: the index of the closest entity among those of the other side, or None.
    """

    side: Side
    sentence: int
    start: int
    end: int
    type: str
    error: ErrorClass
    partner: int | None


@dataclass(frozen=True)
class ErrorAnalysis(Stored):
    """All entities of a test set with their classes, those of each side in order of appearance."""

    gold: tuple[Entity, ...]
    predicted: tuple[Entity, ...]

    def count_classes(self, side: Side) -> dict[str, dict[ErrorClass, int]]:
        """How many entities of each type fall in each class; classes that do not occur are left
        out.
        """
        counted = Counter((e.type, e.error) for e in getattr(self, side))
        order = {name: i for i, name in enumerate(ERROR_CLASSES)}
        out: dict[str, dict[ErrorClass, int]] = {}
        for entity_type, error in sorted(counted, key=lambda key: (key[0], order[key[1]])):
            out.setdefault(entity_type, {})[error] = counted[entity_type, error]
        return out

    def confuse_types(self) -> dict[str, dict[str, int]]:
        """Gold types against predicted types, `O` for nothing.

        Each gold entity stands once in the row of its type, under the type of the predicted
        entity closest to it; the row `O` holds the predicted entities that touch no gold one.
        Pairs that do not occur are left out, so that it is no larger than the entities are many.
        """
        pairs = Counter(
            (e.type, OUTSIDE if e.partner is None else self.predicted[e.partner].type)
            for e in self.gold
        )
        pairs.update((OUTSIDE, e.type) for e in self.predicted if e.partner is None)
        matrix: dict[str, dict[str, int]] = {}
        for row, column in sorted(pairs, key=lambda p: [(n == OUTSIDE, n) for n in p]):
            matrix.setdefault(row, {})[column] = pairs[row, column]
        return matrix


def analyse_errors(
    gold: Labels,
    predicted: Labels,
    *,
    offsets: Positions,
    corpus_names: Sequence[str],
    model_names: Sequence[str],
) -> ErrorAnalysis:
    """The class of each gold and each predicted entity, read in the default mode.

    Arguments as for `score_protocols`.

    Examples:
        >>> names = ["O", "B-person", "I-person", "B-place"]
        >>> found = analyse_errors(
        ...     np.array([1, 2, 0, 3]), np.array([1, 0, 0, 1]), offsets=np.array([0, 4]),
        ...     corpus_names=names, model_names=names)
        >>> [entity.error for entity in found.gold]
        ['boundary_error', 'type_error']
        >>> found.confuse_types()["place"]
        {'person': 1}
    """
    space = SharedSpace.of(corpus_names, model_names)
    joint = join_labels(gold, predicted, space, (corpus_names, model_names))[:2]
    table = TagTable(space.names, "strict")
    sides = [find_spans(ids, offsets, table)["type_aware"] for ids in joint]
    shared = np.isin(table.types, space.shared_types)
    partners = pair_closest(*sides), pair_closest(*reversed(sides))
    return ErrorAnalysis(
        *(
            _list_entities(side, sides[i], sides[1 - i], partners[i], shared, table, offsets)
            for i, side in enumerate(SIDES)
        )
    )


def pair_overlapping(spans: Spans, others: Spans) -> tuple[Positions, Positions]:
    """All pairs that share a token, ordered by the first side, then by the second.

    Returns:
        Indices into `spans` and into `others`. *Shape:* [n_pairs] each.
    """
    # Spans of one side never overlap, so what a span touches on the other side is one run.
    first = np.searchsorted(others.end, spans.start, side="right")
    last = np.searchsorted(others.start, spans.end, side="left")
    counts = np.maximum(last - first, 0)
    left = np.repeat(np.arange(len(spans)), counts)
    right = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    return left, right


def pair_closest(spans: Spans, others: Spans) -> Positions:
    """For each span the closest one of the other side, or -1. *Shape:* [n_spans]."""
    left, right = pair_overlapping(spans, others)
    shared = np.minimum(spans.end[left], others.end[right]) - np.maximum(
        spans.start[left], others.start[right]
    )
    differ = spans.kind[left] != others.kind[right]
    best = np.lexsort((right, -shared, differ, left))
    closest = np.full(len(spans), -1, dtype=np.intp)
    heads = np.flatnonzero(np.diff(left, prepend=-1))  # `left` is sorted, in `best` as well
    closest[left[heads]] = right[best[heads]]
    return closest


def _list_entities(
    side: Side,
    spans: Spans,
    others: Spans,
    partner: Positions,
    shared: Mask,
    table: TagTable,
    offsets: Positions,
) -> tuple[Entity, ...]:
    untouched: ErrorClass = "missed" if side == "gold" else "spurious"
    errors = _classify(spans, others, partner, shared, untouched)
    rows = zip(spans.within(offsets), errors, partner.tolist(), strict=True)
    return tuple(
        Entity(side, number, start, end, table.types[kind], error, None if p < 0 else p)
        for (number, start, end, kind), error, p in rows
    )


def _classify(
    spans: Spans, others: Spans, partner: Positions, shared: Mask, untouched: ErrorClass
) -> list[ErrorClass]:
    touched = np.flatnonzero(partner >= 0)
    other = partner[touched]
    same_tokens = np.zeros(len(spans), dtype=bool)
    same_type = np.zeros(len(spans), dtype=bool)
    same_tokens[touched] = (spans.start[touched] == others.start[other]) & (
        spans.end[touched] == others.end[other]
    )
    same_type[touched] = spans.kind[touched] == others.kind[other]
    chosen = np.select(
        [~shared[spans.kind], partner < 0, same_tokens & same_type, same_tokens, same_type],
        [0, 1, 2, 3, 4],
        default=5,
    )
    classes: tuple[ErrorClass, ...] = (
        "schema_gap", untouched, "correct", "type_error", "boundary_error", "both",
    )  # fmt: skip
    return [classes[i] for i in chosen.tolist()]
