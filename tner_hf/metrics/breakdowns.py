"""Where a model is right and where it is not: F1 by what entities and sentences are like.

A correct entity has the same tokens on both sides, so it falls in the same bucket on both, and
the F1 of a bucket is well defined: recall over its gold entities, precision over its predictions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from tner_hf.errors import DataError
from tner_hf.metrics.counts import list_entities
from tner_hf.metrics.errors import Entity, ErrorAnalysis
from tner_hf.metrics.partial import divide_by_sentence, match_partially
from tner_hf.metrics.spans import Labels, Positions, TagTable, find_spans
from tner_hf.plain import Stored

#: Longest length of each bucket but the last, which is open.
ENTITY_LENGTHS = (1, 2, 3, 4)
SENTENCE_LENGTHS = (10, 20, 30, 50)

Familiarity = Literal["seen", "seen_as_other_type", "seen_in_other_case", "unseen"]
FAMILIARITIES: tuple[Familiarity, ...] = get_args(Familiarity)

#: Surface form to the types that it was annotated with.
Surfaces = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Bucket(Stored):
    """How many entities have something in common, e.g. `2` or `unseen`; correct are in both."""

    derived: ClassVar = ("precision", "recall", "f1")

    name: str
    gold: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        total = self.gold + self.predicted
        return 2 * self.correct / total if total else 0.0


@dataclass(frozen=True)
class ScorerDifference(Stored):
    """A sentence on which the scorers do not agree: its F1 by each, fractions of 1."""

    sentence: int
    default: float
    strict: float
    partial: float


def break_down_by_length(analysis: ErrorAnalysis) -> tuple[Bucket, ...]:
    """F1 by the number of tokens in an entity."""
    names = _name_lengths(ENTITY_LENGTHS)
    return _fill(analysis, names, lambda e: names[bisect_left(ENTITY_LENGTHS, e.end - e.start)])


def break_down_by_sentence_length(
    analysis: ErrorAnalysis, offsets: Positions
) -> tuple[Bucket, ...]:
    """F1 by the number of tokens in an entity's sentence; `offsets` as for `score_flat`."""
    names = _name_lengths(SENTENCE_LENGTHS)
    lengths = np.diff(offsets).tolist()
    return _fill(
        analysis, names, lambda e: names[bisect_left(SENTENCE_LENGTHS, lengths[e.sentence])]
    )


def break_down_by_familiarity(
    analysis: ErrorAnalysis, sentences: Sequence[Sequence[str]], surfaces: Surfaces
) -> tuple[Bucket, ...]:
    """F1 on entities whose surface form occurs in training, and on those that are new.

    A form may occur with this type, with other types only, or in another case only.
    """

    def name_entity(entity: Entity) -> Familiarity:
        surface = " ".join(sentences[entity.sentence][entity.start : entity.end])
        return name_familiarity(surface, entity.type, surfaces, folded)

    folded = {surface.casefold() for surface in surfaces}
    return _fill(analysis, FAMILIARITIES, name_entity)


def name_familiarity(
    surface: str, entity_type: str, known: Mapping[str, Collection[str]], folded: Collection[str]
) -> Familiarity:
    """How familiar an entity is.

    Args:
        surface: its tokens as written, joined by a space.
        entity_type: its type.
        known: surface form to the types that it was seen with.
        folded: the known forms without their case.
    """
    if (types := known.get(surface)) is None:
        return "seen_in_other_case" if surface.casefold() in folded else "unseen"
    return "seen" if entity_type in types else "seen_as_other_type"


def collect_surfaces(
    sentences: Sequence[Sequence[str]], labels: Labels, *, names: Sequence[str], offsets: Positions
) -> dict[str, frozenset[str]]:
    """The surface form of each entity, tokens joined by a space, with all its types.

    `labels`, `names` and `offsets` are as for `score_flat`.

    Examples:
        >>> collect_surfaces(
        ...     [["New", "York"]], np.array([1, 2]), names=["O", "B-place", "I-place"],
        ...     offsets=np.array([0, 2]))
        {'New York': frozenset({'place'})}
    """
    if len(sentences) != len(offsets) - 1:
        raise DataError(
            f"{len(sentences)} sentences of tokens, {len(offsets) - 1} of labels; each needs both."
        )
    table = TagTable(tuple(names), "strict")
    spans = find_spans(labels, offsets, table)["type_aware"]
    found: dict[str, set[str]] = {}
    for row, start, end, kind in spans.within(offsets):
        found.setdefault(" ".join(sentences[row][start:end]), set()).add(table.types[kind])
    return {surface: frozenset(types) for surface, types in found.items()}


def find_scorer_differences(
    gold: Labels, predicted: Labels, *, names: Sequence[str], offsets: Positions
) -> tuple[ScorerDifference, ...]:
    """The sentences whose F1 is not the same in default, strict and partial scoring.

    Arguments as for `score_flat`.

    Examples:
        >>> find_scorer_differences(
        ...     np.array([1, 2]), np.array([2, 2]), names=["O", "B-x", "I-x"],
        ...     offsets=np.array([0, 2]))
        (ScorerDifference(sentence=0, default=1.0, strict=0.0, partial=1.0),)
    """
    listed = list_entities(gold, predicted, names=names, offsets=offsets)["type_aware"]
    sides = []
    for entries in (listed["default"], listed["strict"]):
        correct, other = (
            np.bincount(entries.sentences[chosen], minlength=len(offsets) - 1)
            for chosen in (entries.sides == 0, entries.sides > 0)
        )
        sides.append(2 * correct / np.maximum(other, 1))
    matched = match_partially(gold, predicted, names=names, offsets=offsets)
    sides.append(divide_by_sentence(matched["partial"]))
    f1 = np.stack(sides)
    differing = np.flatnonzero((f1 != f1[0]).any(axis=0))
    rows = zip(differing.tolist(), *f1[:, differing].tolist(), strict=True)
    return tuple(ScorerDifference(*row) for row in rows)


def _fill(
    analysis: ErrorAnalysis, names: Sequence[str], name_of: Callable[[Entity], str]
) -> tuple[Bucket, ...]:
    gold = Counter(map(name_of, analysis.gold))
    predicted = Counter(map(name_of, analysis.predicted))
    correct = Counter(name_of(e) for e in analysis.gold if e.error == "correct")
    return tuple(Bucket(name, gold[name], predicted[name], correct[name]) for name in names)


def _name_lengths(longest: Sequence[int]) -> tuple[str, ...]:
    """`1–10`, `11–20`, …, `51+`, and one number where a bucket holds one length."""
    names = []
    first = 1
    for limit in longest:
        names.append(str(limit) if first == limit else f"{first}–{limit}")
        first = limit + 1
    return (*names, f"{first}+")
