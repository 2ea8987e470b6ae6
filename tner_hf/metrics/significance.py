"""Is one system better than another on the same text, or was it luck?

Everything is drawn by the unit: by the document where documents are known, else by the sentence.

Two single runs are compared by approximate randomisation: swap the two outputs on random units, and
ask how often the difference is at least as large as the observed one. It asks nothing of the
distribution of scores. A paired bootstrap, which resamples units, the same for both, gives the
interval, and a p-value for those who expect one. Both p-values are two-sided and count the observed
outcome itself, so that they are never 0.

Several runs of a recipe make it a question about recipes: another seed moves scores as other text
does. So the variance of the runs is added to that of the text, and the difference of the means is
held to a t distribution whose degrees of freedom follow from both (Welch 1947, Satterthwaite 1946).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import SettingError
from tner_hf.metrics.bootstrap import bound_values
from tner_hf.metrics.differences import Comparison, Difference, Test
from tner_hf.metrics.intervals import check_level
from tner_hf.metrics.resampling import (
    ROUNDING,
    Matrix,
    ScoreKey,
    UnitCounts,
    check_resamples,
    count_systems,
    draw_swaps,
    draw_weights,
    nest_values,
    score_sums,
)
from tner_hf.metrics.spans import Labels, Positions

Name = TypeVar("Name", bound=Hashable)


def compare_systems(
    gold: Labels,
    first: Labels,
    second: Labels,
    *,
    names: Sequence[str],
    offsets: Positions,
    documents: NDArray[np.integer] | None = None,
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
        documents: the document of each sentence; without, sentences are taken as independent.
            *Shape:* [n_sentences].
        n_resamples: of either test; p-values are no smaller than 1 / (n_resamples + 1).
        level: of the intervals, between 0 and 1.
        seed: of `numpy.random.default_rng`.

    Examples:
        >>> gold = np.ones(40, dtype=int)
        >>> wrong = np.zeros(40, dtype=int)
        >>> offsets = np.arange(0, 41, 4)
        >>> found = compare_systems(gold, wrong, gold, names=["O", "B-x"], offsets=offsets)
        >>> recall = found.differences["type_aware"]["default"]["micro"]["recall"]
        >>> recall.difference, recall.p < 0.01
        (1.0, True)
    """
    counted = count_systems(gold, [first, second], names=names, offsets=offsets)
    counts = [each.by_document(documents) for each in counted]
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

    Where one side has several runs and the other one, runs of both are taken to vary alike.

    Args:
        first: counts of each run of the first recipe, from one call of `count_systems` for all.
        second: counts of each run of the second recipe.
        n_resamples: of randomisation and bootstrap; the p-values of two single runs are no smaller
            than 1 / (n_resamples + 1).
        level: of the intervals, between 0 and 1.
        seed: of `numpy.random.default_rng`.
    """
    check_resamples(n_resamples)
    check_level(level)
    if not (first and second):
        raise SettingError("a comparison needs at least one run of each side.")
    scores = [np.stack([run.score() for run in side]) for side in (first, second)]
    resampled = _resample_differences(first, second, n_resamples, seed)
    test: Test = "runs" if len(first) + len(second) > 2 else "randomisation"
    if test == "runs":
        columns = _test_runs(scores, [resampled], [first[0].n_units], level)
    else:
        swapped = _randomise_differences(first[0], second[0], n_resamples, seed)
        columns = _test_two(scores, resampled, swapped, first[0].n_units, level)
    nested = nest_values(first[0].keys, _read_columns(columns))
    unit, number = first[0].unit, first[0].n_units
    return Comparison(nested, level, test, unit, number, n_resamples, seed)


def compare_pooled(
    sets: Sequence[tuple[Sequence[UnitCounts], Sequence[UnitCounts]]],
    keys: Sequence[ScoreKey],
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> list[Difference]:
    """Differences of scores averaged over several test sets, each of which counts alike.

    As in `compare_runs` the variance of the runs is added to that of the text, here of each test
    set by itself: their sentences have nothing to do with each other, while a run that is bad on
    one may be bad on all. Where no side has several runs only the text varies.

    Args:
        sets: counts of the runs of both recipes on each test set, always in the same order.
        keys: the scores.
        n_resamples: of each bootstrap.
        level: of the intervals, between 0 and 1.
        seed: of `numpy.random.default_rng`.
    """
    check_resamples(n_resamples)
    check_level(level)
    if not (sets and all(first and second for first, second in sets)):
        raise SettingError("a pooled comparison needs test sets, and a run of each side on each.")
    places = [[first[0].keys.index(key) for key in keys] for first, _ in sets]
    scores, resampled = [], []
    for side in (0, 1):
        on_sets = [
            [run.score()[at] for run in each[side]] for each, at in zip(sets, places, strict=True)
        ]
        scores.append(np.mean(on_sets, axis=0))
    for (first, second), at in zip(sets, places, strict=True):
        resampled.append(_resample_differences(first, second, n_resamples, seed)[:, at])
    return _read_columns(
        _test_runs(scores, resampled, [first[0].n_units for first, _ in sets], level)
    )


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


def _read_columns(columns: Sequence[Any]) -> list[Difference]:
    """The fields of each difference, from one column for each field."""
    return [
        Difference(*(None if value is None else float(value) for value in row))  # type: ignore[arg-type]
        for row in zip(*columns, strict=True)
    ]


def _test_two(
    scores: Sequence[Matrix], resampled: Matrix, swapped: Matrix, n_units: int, level: float
) -> tuple[Any, ...]:
    """The fields of `Difference` for two single runs. *Shape:* [n_keys] each."""
    first, second = (side[0] for side in scores)
    observed = second - first
    low, high = bound_values(resampled, _expand_level(level, n_units))
    return (
        first, second, observed, low, high,
        _share_as_extreme(swapped, observed),
        _share_as_extreme(resampled - observed, observed),
        np.sqrt(_vary(resampled, n_units)),
        np.full(len(observed), max(n_units - 1, 0)),
    )  # fmt: skip


def _test_runs(
    scores: Sequence[Matrix], resampled: Sequence[Matrix], n_units: Sequence[int], level: float
) -> tuple[Any, ...]:
    """The fields of `Difference` for recipes, some of them with several runs.

    Args:
        scores: of the runs of each side, averaged over the test sets. *Shape:* [n_runs, n_keys].
        resampled: differences on each test set. *Shape:* [n_resamples, n_keys] each.
        n_units: of each test set.
        level: of the intervals.
    """
    from scipy.special import stdtr, stdtrit

    first, second = (side.mean(axis=0) for side in scores)
    observed = second - first
    text = [
        (_vary(each, n) / len(resampled) ** 2, max(n - 1, 1))
        for each, n in zip(resampled, n_units, strict=True)
    ]
    parts = [*_spread_of_runs(scores), *text]
    variance = np.sum([part for part, _ in parts], axis=0)
    squares = np.sum([part**2 / freedom for part, freedom in parts], axis=0)
    freedom = np.where(squares > 0, variance**2 / np.where(squares > 0, squares, 1), sum(n_units))
    error = np.sqrt(variance)
    far = np.abs(observed) / np.where(error > 0, error, 1)
    # Where nothing varies at all, a difference is as sure as resampling can tell.
    steady = np.where(np.abs(observed) > ROUNDING, 1 / (1 + len(resampled[0])), 1.0)
    p = np.where(error > 0, 2 * stdtr(freedom, -far), steady if min(n_units) > 1 else 1.0)
    reach = stdtrit(freedom, (1 + level) / 2) * error
    nothing = [None] * len(observed)
    low, high = observed - reach, observed + reach
    return first, second, observed, low, high, p, nothing, error, freedom


def _vary(resampled: Matrix, n_units: int) -> Matrix:
    """Variance of the mean difference by other text; resampling few units gives too little."""
    return np.asarray(resampled.var(axis=0) * n_units / max(n_units - 1, 1))


def _expand_level(level: float, n_units: int) -> float:
    """The level at which percentiles of few units reach as far as a t interval.

    Hesterberg (2015), The American Statistician 69:371, "expanded percentile interval".
    """
    from scipy.special import ndtr, stdtrit

    if n_units < 2:
        return level
    reach = stdtrit(n_units - 1, (1 + level) / 2) * np.sqrt(n_units / (n_units - 1))
    return float(2 * ndtr(reach) - 1)


def _spread_of_runs(scores: Sequence[Matrix]) -> list[tuple[Matrix, int]]:
    """Variances of the two means by other seeds, each with its degrees of freedom."""
    several = [side for side in scores if len(side) > 1]
    if len(several) == 2:
        return [(side.var(axis=0, ddof=1) / len(side), len(side) - 1) for side in several]
    if not several:
        return []
    spread = several[0].var(axis=0, ddof=1)
    return [(spread * (1 + 1 / len(several[0])), len(several[0]) - 1)]


def _resample_differences(
    first: Sequence[UnitCounts], second: Sequence[UnitCounts], n_resamples: int, seed: int
) -> Matrix:
    """Second minus first on the same resampled units. *Shape:* [n_resamples, n_keys]."""
    if not first[0].n_units:
        scores = [np.mean([run.score() for run in side], axis=0) for side in (first, second)]
        return np.repeat((scores[1] - scores[0])[None], n_resamples, axis=0)
    found = []
    for weights in draw_weights(first[0].n_units, n_resamples, seed):
        means = [
            sum(
                np.concatenate([score_sums(sums, run.blocks) for sums in run.multiply([weights])])
                for run in side
            )
            / len(side)
            for side in (first, second)
        ]
        found.append(means[1] - means[0])
    return np.concatenate(found)


def _randomise_differences(
    first: UnitCounts, second: UnitCounts, n_resamples: int, seed: int
) -> Matrix:
    """Second minus first with random units swapped. *Shape:* [n_resamples, n_keys]."""
    if not first.n_units:
        return np.zeros((n_resamples, len(first.keys)))
    parts = []
    sides = [run.multiply(draw_swaps(run.n_units, n_resamples, seed)) for run in (first, second)]
    for moved_out, moved_in in zip(*sides, strict=True):
        left = score_sums(first.sums + (moved_in - moved_out), first.blocks)
        right = score_sums(second.sums - (moved_in - moved_out), first.blocks)
        parts.append(right - left)
    return np.concatenate(parts)


def _share_as_extreme(values: Matrix, observed: Matrix) -> Matrix:
    """The share of values at least as far from 0 as the observed one, itself included."""
    extreme = np.abs(values) >= np.abs(observed) - ROUNDING
    share: Matrix = (1 + extreme.sum(axis=0)) / (1 + len(values))
    return share
