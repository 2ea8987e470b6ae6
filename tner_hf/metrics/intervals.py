"""Confidence intervals of every score: exact ones, or those of a bootstrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import SettingError
from tner_hf.metrics.bootstrap import bound_resampled, resample_scores
from tner_hf.metrics.exact import bound_scores
from tner_hf.metrics.resampling import (
    Unit,
    UnitCounts,
    check_resamples,
    count_sentences,
    nest_values,
)
from tner_hf.metrics.spans import Labels, Positions
from tner_hf.plain import Stored

Method = Literal["exact", "bca", "percentile"]
METHODS: tuple[Method, ...] = ("exact", "bca", "percentile")

_NAMES = {
    "exact": "exact (Clopper-Pearson at the effective number of entities; macro: MOVER)",
    "bca": "BCa bootstrap",
    "percentile": "percentile bootstrap",
}

#: With fewer documents, how much they differ is hardly known, and intervals get very wide.
FEW_DOCUMENTS = 10

#: With as few sentences as 30 intervals of macro averages covered 91 % (benchmarks/coverage.py).
FEW_SENTENCES = 50


def check_level(level: float) -> None:
    """Refuse what is no confidence level."""
    if not 0 < level < 1:
        raise SettingError(
            f"confidence={level} is no confidence level; accepted: between 0 and 1, e.g. 0.95."
        )


@dataclass(frozen=True)
class IntervalOptions:
    """How intervals are made; what gives none is refused before hours of tagging.

    Attributes:
        level: the share of repetitions that should contain the true score, e.g. 0.95.
        method: `exact`, see `tner_hf.metrics.exact`; or of a bootstrap `bca` (bias-corrected and
            accelerated) or `percentile`.
        n_resamples: resampled test sets of a bootstrap.
        seed: of `numpy.random.default_rng`.

    Raises:
        SettingError: a level outside 0 to 1, a method that is not known, or no resamples.
    """

    level: float = 0.95
    method: Method = "exact"
    n_resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.method not in METHODS:
            raise SettingError(
                f"{self.method!r} is no method of confidence intervals; accepted: "
                f"{', '.join(METHODS)}."
            )
        check_resamples(self.n_resamples)


#: What `evaluate` does unless asked for something else.
EXACT = IntervalOptions()


@dataclass(frozen=True)
class HowBounded(Stored):
    """How confidence intervals were made, as `IntervalOptions` said.

    Attributes:
        unit: what was taken as drawn independently.
        n_units: how many of those the test set has.
        n_resamples: 0 for `exact`, for which nothing is drawn.
    """

    level: float
    method: Method
    unit: Unit
    n_units: int
    n_resamples: int = 0
    seed: int = 0

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; what earlier versions wrote is read too."""
        return super().from_dict(name_unit(stored))


@dataclass(frozen=True, kw_only=True)
class Intervals(HowBounded):
    """Confidence intervals in the layout of `Scores`, and how they were made.

    Attributes:
        bounds: as `Scores`, with `[low, high]` in place of each score and without support.
    """

    bounds: dict[str, Any]


def confidence_intervals(
    gold: Labels,
    predicted: Labels,
    *,
    names: Sequence[str],
    offsets: Positions,
    documents: NDArray[np.integer] | None = None,
    level: float = 0.95,
    method: Method = "exact",
    n_resamples: int = 1000,
    seed: int = 0,
) -> Intervals:
    """Confidence intervals of all scores.

    Args:
        gold: gold label ids. *Shape:* [n_tokens].
        predicted: predicted label ids. *Shape:* [n_tokens].
        names: the tag of each id, for both sides.
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        documents: the document of each sentence; without, sentences are taken as independent.
            *Shape:* [n_sentences].
        level: as in `IntervalOptions`, like what follows.
        method: how they are made.
        n_resamples: resampled test sets of a bootstrap.
        seed: of its draws.

    Examples:
        >>> gold, predicted = np.array([1, 0, 1, 0]), np.array([1, 0, 1, 0])
        >>> found = confidence_intervals(
        ...     gold, predicted, names=["O", "B-x"], offsets=np.array([0, 2, 4]))
        >>> [round(bound, 2) for bound in found.bounds["type_aware"]["default"]["micro"]["recall"]]
        [0.16, 1.0]
    """
    counts = count_sentences(gold, predicted, names=names, offsets=offsets)
    how = IntervalOptions(level, method, n_resamples, seed)
    return bound_counts(counts.by_document(documents), how)


def bound_counts(counts: UnitCounts, how: IntervalOptions) -> Intervals:
    """Confidence intervals of all scores, from counts."""
    drawn = 0, 0
    if how.method == "exact":
        bounds = bound_scores(counts, how.level)
    else:
        drawn = how.n_resamples, how.seed
        values = resample_scores(counts, n_resamples=how.n_resamples, seed=how.seed)
        bounds = bound_resampled(counts, values, how.level, corrected=how.method == "bca")
    nested = nest_values(counts.keys, bounds.T.tolist())
    made = how.level, how.method, counts.unit, counts.n_units, *drawn
    return Intervals(*made, bounds=nested)


def name_unit(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with `unit` and `n_units`; earlier versions resampled `n_sentences` sentences.

    >>> name_unit({"method": "bca", "n_sentences": 5})
    {'method': 'bca', 'unit': 'sentences', 'n_units': 5}
    """
    fields = dict(stored)
    if "n_sentences" in fields:
        fields |= {"unit": "sentences", "n_units": fields.pop("n_sentences")}
    return fields


def describe_intervals(intervals: Mapping[str, Any]) -> str:
    """How intervals were made, for a reader.

    Args:
        intervals: fields of `Intervals`, or those of an earlier version, which resampled sentences.

    >>> describe_intervals({"level": 0.95, "method": "bca", "unit": "documents", "n_units": 231})
    '95 % confidence intervals, BCa bootstrap over 231 documents'
    """
    fields = name_unit(intervals)
    method = _NAMES.get(fields["method"], fields["method"])
    told = (
        f"{100 * fields['level']:g} % confidence intervals, {method} "
        f"{describe_units(fields['unit'], fields['n_units'])}"
    )
    if drawn := fields.get("n_resamples"):
        told += f", {drawn:,} resamples, seed {fields['seed']}"
    few = fields["n_units"] < FEW_SENTENCES and fields["unit"] == "sentences"
    if few and fields["method"] == "exact":
        told += "; of so few those of macro averages may be too narrow"
    return told


def show_score(fraction: float, bounds: Sequence[float] | None = None) -> str:
    """A score in percent, with its interval where there is one.

    >>> show_score(0.439), show_score(0.439, [0.41, 0.466])
    ('43.90', '43.90 [41.0, 46.6]')
    """
    ends = f" [{100 * bounds[0]:.1f}, {100 * bounds[1]:.1f}]" if bounds else ""
    return f"{100 * fraction:.2f}{ends}"


def describe_units(unit: Unit, number: int) -> str:
    """What was taken as drawn independently, for a reader.

    >>> describe_units("sentences", 1287)
    'over 1,287 sentences taken as independent'
    """
    if unit == "sentences":
        return f"over {number:,} sentences taken as independent"
    few = " (few: intervals are wide)" if number < FEW_DOCUMENTS else ""
    return f"over {number:,} documents{few}"
