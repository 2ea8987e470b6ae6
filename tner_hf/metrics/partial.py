"""Agreement that gives half points: SemEval-2013's four ways of matching, as nervaluate has them.

* `strict`: tokens and type must agree;
* `exact`: tokens must agree, types are not looked at;
* `partial`: as `exact`, and an overlap is worth half;
* `ent_type`: some token in common and the same type.

Entities are paired within their sentence, each with at most one of the other side, in order of
appearance; counts are added over all sentences before anything is divided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from tner_hf.metrics.errors import pair_overlapping
from tner_hf.metrics.spans import Labels, Positions, Spans, TagTable, find_spans, sentence_of
from tner_hf.plain import Stored

Matching = Literal["strict", "exact", "partial", "ent_type"]
MATCHINGS: tuple[Matching, ...] = ("strict", "exact", "partial", "ent_type")


@dataclass(frozen=True)
class Agreement(Stored):
    """Counts of one way of matching; scores follow from them.

    Attributes:
        correct: pairs that agree.
        incorrect: pairs that overlap and do not.
        partial: pairs that overlap and are worth half.
        missed: gold entities without a partner.
        spurious: predicted entities without a partner.
    """

    derived: ClassVar = ("precision", "recall", "f1")

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int

    @property
    def precision(self) -> float:
        return self._share_of(self.spurious)

    @property
    def recall(self) -> float:
        return self._share_of(self.missed)

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def _share_of(self, unpaired: int) -> float:
        total = self.correct + self.incorrect + self.partial + unpaired
        return (self.correct + 0.5 * self.partial) / total if total else 0.0


def score_partial(
    gold: Labels, predicted: Labels, *, names: Sequence[str], offsets: Positions
) -> dict[Matching, Agreement]:
    """Agreement in the four ways, over all types; arguments as for `score_flat`.

    Examples:
        >>> found = score_partial(
        ...     np.array([1, 2, 0]), np.array([1, 0, 0]), names=["O", "B-x", "I-x"],
        ...     offsets=np.array([0, 3]))
        >>> found["partial"].f1, found["strict"].f1, found["ent_type"].f1
        (0.5, 0.0, 1.0)
    """
    matched = match_partially(gold, predicted, names=names, offsets=offsets)
    return {
        matching: Agreement(*map(int, counts.sum(axis=1))) for matching, counts in matched.items()
    }


def match_partially(
    gold: Labels, predicted: Labels, *, names: Sequence[str], offsets: Positions
) -> dict[Matching, Positions]:
    """The counts of `Agreement` in each sentence; arguments as for `score_partial`.

    *Shape:* [5, n_sentences] for each way.
    """
    table = TagTable(tuple(names), "strict")
    gold_spans = find_spans(gold, offsets, table)["type_aware"]
    predicted_spans = find_spans(predicted, offsets, table)["type_aware"]
    by_order, by_type = _pair_one_to_one(gold_spans, predicted_spans)
    return {
        matching: _count(
            gold_spans,
            predicted_spans,
            by_type if matching == "ent_type" else by_order,
            matching,
            offsets,
        )
        for matching in MATCHINGS
    }


def divide_by_sentence(counts: Positions) -> NDArray[np.float64]:
    """F1 of each sentence, 0 where there is nothing. *Shape:* [5, n_sentences] to [n_sentences]."""
    correct, incorrect, partial, missed, spurious = counts
    total = 2 * (correct + incorrect + partial) + missed + spurious
    found: NDArray[np.float64] = (2 * correct + partial) / np.maximum(total, 1)
    return found


def _pair_one_to_one(gold: Spans, predicted: Spans) -> tuple[Positions, Positions]:
    """For each prediction its gold partner or -1, by order and by type. *Shape:* [n_predicted].

    Predictions choose in order of appearance. By order each takes the first gold entity that it
    touches and that nobody has; by type it prefers one of its own type, of these the one with the
    nearest boundaries.
    """
    right, left = pair_overlapping(predicted, gold)
    by_order, by_type = (np.full(len(predicted), -1, dtype=np.intp) for _ in range(2))
    # A pair that touches nobody else needs no choice; that is nearly all of them.
    alone = (np.bincount(right, minlength=len(predicted))[right] == 1) & (
        np.bincount(left, minlength=len(gold))[left] == 1
    )
    for chosen in (by_order, by_type):
        chosen[right[alone]] = left[alone]
    distance = np.abs(predicted.start[right] - gold.start[left])
    distance += np.abs(predicted.end[right] - gold.end[left])
    differ = predicted.kind[right] != gold.kind[left]
    # Of another type, the first one counts and not the nearest.
    distance[differ] = 0
    ordered = np.flatnonzero(~alone)
    ranked = ordered[
        np.lexsort((left[ordered], distance[ordered], differ[ordered], right[ordered]))
    ]
    for chosen, places in ((by_order, ordered), (by_type, ranked)):
        taken = set()
        for p, g in zip(right[places].tolist(), left[places].tolist(), strict=True):
            if chosen[p] < 0 and g not in taken:
                chosen[p] = g
                taken.add(g)
    return by_order, by_type


def _count(
    gold: Spans, predicted: Spans, partner: Positions, matching: Matching, offsets: Positions
) -> Positions:
    paired = np.flatnonzero(partner >= 0)
    other = partner[paired]
    same_type = predicted.kind[paired] == gold.kind[other]
    same_tokens = (predicted.start[paired] == gold.start[other]) & (
        predicted.end[paired] == gold.end[other]
    )
    agrees = {
        "strict": same_tokens & same_type,
        "exact": same_tokens,
        "partial": same_tokens,
        "ent_type": same_type,
    }[matching]

    def count(ends: Positions) -> Positions:
        return np.bincount(sentence_of(ends - 1, offsets), minlength=len(offsets) - 1)

    pairs, correct = count(predicted.end[paired]), count(predicted.end[paired[agrees]])
    rest, nothing = pairs - correct, np.zeros_like(pairs)
    incorrect, partial = (nothing, rest) if matching == "partial" else (rest, nothing)
    missed, spurious = count(gold.end) - pairs, count(predicted.end) - pairs
    return np.stack([correct, incorrect, partial, missed, spurious])
