"""Is one system better than another on the same sentences, or was it luck?

Two tests, both over whole sentences and for every score at once:

* paired bootstrap: resample sentences, the same ones for both systems, and ask how often the
  difference strays from the observed one by as much as the observed one is from zero;
* approximate randomisation: swap the two systems' outputs on random sentences, and ask how often
  the difference is at least as large as the observed one. It asks nothing of the distribution of
  scores, so it is the one to quote.

Both p-values are two-sided and count the observed outcome itself, so that they are never 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from math import lcm
from statistics import fmean, stdev
from typing import Any, TypeVar

import numpy as np

from tner_hf.errors import SettingError
from tner_hf.metrics.bootstrap import bound_values
from tner_hf.metrics.resampling import (
    METRICS,
    Matrix,
    UnitCounts,
    check_resamples,
    count_systems,
    draw_swaps,
    draw_weights,
    nest_values,
    score_sums,
)
from tner_hf.metrics.scores import Score, Scores
from tner_hf.metrics.spans import Labels, Positions

Name = TypeVar("Name", bound=Hashable)

#: Differences that should be equal may differ in the last digits of floating-point sums.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Difference:
    """One score of two systems.

    Attributes:
        first: the first system's score, a fraction of 1.
        second: the second system's score.
        difference: `second - first`.
        low: lower bound of the difference, by percentiles of the paired bootstrap.
        high: upper bound of the difference.
        p_bootstrap: p-value of the paired bootstrap.
        p_randomisation: p-value of approximate randomisation.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_bootstrap: float
    p_randomisation: float


@dataclass(frozen=True)
class Comparison:
    """Every score of two systems, in the layout of `Scores`.

    Attributes:
        differences: as `Scores`, with a `Difference` in place of each score.
        level: of the intervals.
        n_resamples: of either test.
        n_sentences: sentences in the test set.
        seed: of `numpy.random.default_rng`.
    """

    differences: dict[str, Any]
    level: float
    n_resamples: int
    n_sentences: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "differences": _map_leaves(self.differences, asdict)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Comparison:
        differences = _map_leaves(stored["differences"], lambda leaf: Difference(**leaf))
        return cls(**{**stored, "differences": differences})


@dataclass(frozen=True)
class SeedSummary:
    """Several runs of one recipe.

    Attributes:
        scores: as `Scores`, with `{"mean", "std"}` in place of each score; the deviation is that
            of a sample (n - 1), None for a single run.
        n_runs: how many runs.
    """

    scores: dict[str, Any]
    n_runs: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> SeedSummary:
        return cls(**stored)


def compare_systems(
    gold: Labels,
    first: Labels,
    second: Labels,
    *,
    names: Sequence[str],
    offsets: Positions,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Differences of all scores of two systems, with intervals and p-values.

    Args:
        gold: gold label ids. *Shape:* [n_tokens].
        first: label ids that the first system predicts. *Shape:* [n_tokens].
        second: label ids that the second system predicts. *Shape:* [n_tokens].
        names: the tag of each id, for all sides.
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        n_resamples: of either test; p-values are no smaller than 1 / (n_resamples + 1).
        level: of the intervals, between 0 and 1.
        seed: of `numpy.random.default_rng`.

    Examples:
        >>> gold = np.ones(40, dtype=int)
        >>> wrong = np.zeros(40, dtype=int)
        >>> offsets = np.arange(0, 41, 4)
        >>> found = compare_systems(gold, wrong, gold, names=["O", "B-x"], offsets=offsets)
        >>> recall = found.differences["type_aware"]["default"]["micro"]["recall"]
        >>> recall.difference, recall.p_randomisation < 0.01
        (1.0, True)
    """
    counts = count_systems(gold, [first, second], names=names, offsets=offsets)
    return compare_runs(counts[:1], counts[1:], n_resamples=n_resamples, level=level, seed=seed)


def compare_runs(
    first: Sequence[UnitCounts],
    second: Sequence[UnitCounts],
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Differences of the mean scores of two recipes, each trained once or several times.

    The tests ask whether the difference would hold on other sentences, given these runs; how much
    runs of one recipe differ is what `summarise_seeds` tells. Randomisation swaps the outputs run
    by run; a recipe with fewer runs meets the other's with its own in turn.

    Args:
        first: counts of each run of the first recipe, from one call of `count_systems` for all.
        second: counts of each run of the second recipe.
        n_resamples: of either test; p-values are no smaller than 1 / (n_resamples + 1).
        level: of the intervals, between 0 and 1.
        seed: of `numpy.random.default_rng`.
    """
    check_resamples(n_resamples)
    if not 0 < level < 1:
        raise SettingError(f"level={level} is no confidence level; accepted: between 0 and 1.")
    if not (first and second):
        raise SettingError("a comparison needs at least one run of each side.")
    scores = [np.mean([run.score() for run in side], axis=0) for side in (first, second)]
    observed = scores[1] - scores[0]
    resampled = _resample_differences(first, second, n_resamples, seed)
    low, high = bound_values(resampled, level)
    columns = (
        *scores,
        observed,
        low,
        high,
        _share_as_extreme(resampled - observed, observed),
        _share_as_extreme(_randomise_differences(first, second, n_resamples, seed), observed),
    )
    found = [Difference(*map(float, row)) for row in zip(*columns, strict=True)]
    nested = nest_values(first[0].keys, found)
    return Comparison(nested, level, n_resamples, first[0].n_units, seed)


def correct_holm(p_values: Mapping[Name, float]) -> dict[Name, float]:
    """P-values corrected for having made many comparisons (Holm, 1979).

    Rejecting those below alpha keeps the chance of even one false rejection below alpha, whatever
    the dependence between the comparisons.

    Examples:
        >>> correct_holm({"a": 0.01, "b": 0.04, "c": 0.03})
        {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    if wrong := {name: p for name, p in p_values.items() if not 0 <= p <= 1}:
        raise SettingError(f"p-values lie between 0 and 1; got {wrong}.")
    corrected: dict[Name, float] = {}
    reached = 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[name]))
        corrected[name] = reached
    return {name: corrected[name] for name in p_values}


def summarise_seeds(runs: Sequence[Scores]) -> SeedSummary:
    """Mean and standard deviation of several runs of one recipe on the same test set.

    Args:
        runs: the scores of each run. A type that a run neither predicts nor finds in gold counts
            as 0 there.

    Examples:
        >>> from tner_hf.metrics import score
        >>> runs = [score([["B-x"]], [[tag]]) for tag in ("B-x", "O")]
        >>> summarise_seeds(runs).scores["type_aware"]["default"]["micro"]["f1"]
        {'mean': 0.5, 'std': 0.7071067811865476}
    """
    if not runs:
        raise SettingError("no scores to summarise; expected those of one run or more.")
    summary: dict[str, Any] = {}
    for variant, by_mode in runs[0].items():
        for mode in by_mode:
            blocks = [run[variant][mode] for run in runs]
            types = sorted({name for block in blocks for name in block["per_type"]})
            summary.setdefault(variant, {})[mode] = {
                "micro": _summarise([block["micro"] for block in blocks]),
                "macro": _summarise([block["macro"] for block in blocks]),
                "per_type": {
                    name: _summarise([b["per_type"].get(name) for b in blocks]) for name in types
                },
            }
    return SeedSummary(summary, len(runs))


def _summarise(scores: Sequence[Score | None]) -> dict[str, dict[str, float | None]]:
    out: dict[str, dict[str, float | None]] = {}
    for metric in METRICS:
        values = [one[metric] if one else 0.0 for one in scores]
        out[metric] = {
            "mean": fmean(values),
            "std": stdev(values) if len(values) > 1 else None,
        }
    return out


def _resample_differences(
    first: Sequence[UnitCounts], second: Sequence[UnitCounts], n_resamples: int, seed: int
) -> Matrix:
    """Second minus first on the same resampled sentences. *Shape:* [n_resamples, n_keys]."""
    n_sentences = first[0].n_units
    if not n_sentences:
        return np.zeros((n_resamples, len(first[0].keys)))
    # Every run on the same weights, which are drawn again for each: they take more memory.
    means = [
        sum(_resample(run, n_resamples, seed) for run in side) / len(side)
        for side in (first, second)
    ]
    return np.asarray(means[1] - means[0])


def _resample(run: UnitCounts, n_resamples: int, seed: int) -> Matrix:
    """The scores of one run on resampled sentences. *Shape:* [n_resamples, n_keys]."""
    drawn = draw_weights(run.n_units, n_resamples, seed)
    return np.concatenate([score_sums(sums, run.blocks) for sums in run.multiply(drawn)])


def _randomise_differences(
    first: Sequence[UnitCounts], second: Sequence[UnitCounts], n_resamples: int, seed: int
) -> Matrix:
    """Second minus first with random sentences swapped. *Shape:* [n_resamples, n_keys]."""
    n_sentences = first[0].n_units
    if not n_sentences:
        return np.zeros((n_resamples, len(first[0].keys)))
    # Repeating all runs of a side equally often leaves its mean as it is.
    n_pairs = lcm(len(first), len(second))
    pairs = list(islice(zip(cycle(first), cycle(second), strict=False), n_pairs))
    return np.asarray(sum(_swap(*pair, n_resamples, seed) for pair in pairs) / n_pairs)


def _swap(first: UnitCounts, second: UnitCounts, n_resamples: int, seed: int) -> Matrix:
    """Second minus first after swapping. *Shape:* [n_resamples, n_keys]."""
    parts = []
    sides = [
        run.multiply(draw_swaps(run.n_units, n_resamples, seed)) for run in (first, second)
    ]
    for moved_out, moved_in in zip(*sides, strict=True):
        left = score_sums(first.sums + (moved_in - moved_out), first.blocks)
        right = score_sums(second.sums - (moved_in - moved_out), first.blocks)
        parts.append(right - left)
    return np.concatenate(parts)


def _share_as_extreme(values: Matrix, observed: Matrix) -> Matrix:
    """The share of values at least as far from 0 as the observed one, itself included."""
    extreme = np.abs(values) >= np.abs(observed) - _ROUNDING
    share: Matrix = (1 + extreme.sum(axis=0)) / (1 + len(values))
    return share


def _map_leaves(nested: Mapping[str, Any], change: Any) -> dict[str, Any]:
    """The layout of `Scores` with each leaf changed."""
    return {
        variant: {
            mode: {
                "micro": {metric: change(v) for metric, v in block["micro"].items()},
                "macro": {metric: change(v) for metric, v in block["macro"].items()},
                "per_type": {
                    name: {metric: change(v) for metric, v in values.items()}
                    for name, values in block["per_type"].items()
                },
            }
            for mode, block in by_mode.items()
        }
        for variant, by_mode in nested.items()
    }
