"""The scores of resampled test sets, and the intervals that follow from them.

Units are resampled, with replacement: documents where they are known, else sentences. Near 0 and 1
and for few entities these intervals contain the true score too seldom (docs/uncertainty.md), so
`tner_hf.metrics.exact` has what is printed. T-NER 0.2 gives percentiles, of sentences.
"""

from __future__ import annotations

import numpy as np

from tner_hf.metrics.jackknife import measure_skew
from tner_hf.metrics.resampling import (
    ROUNDING,
    Matrix,
    UnitCounts,
    check_resamples,
    draw_weights,
    score_sums,
)


def resample_scores(counts: UnitCounts, *, n_resamples: int = 1000, seed: int = 0) -> Matrix:
    """The scores of resampled test sets. *Shape:* [n_resamples, n_keys]."""
    check_resamples(n_resamples)
    if not counts.n_units:
        return np.repeat(counts.score()[None], n_resamples, axis=0)
    drawn = draw_weights(counts.n_units, n_resamples, seed)
    return np.concatenate([score_sums(sums, counts.blocks) for sums in counts.multiply(drawn)])


def bound_resampled(counts: UnitCounts, values: Matrix, level: float, *, corrected: bool) -> Matrix:
    """Intervals of all scores.

    Args:
        counts: what was resampled.
        values: what `resample_scores` gave.
        level: between 0 and 1.
        corrected: BCa (bias-corrected and accelerated), which falls back to the percentiles for a
            score that resampling cannot move to both sides; else plain percentiles.

    Returns:
        Low and high. *Shape:* [2, n_keys].
    """
    return bound_values(
        values, level, _correct_levels(counts, values, level) if corrected else None
    )


def bound_values(values: Matrix, level: float, levels: Matrix | None = None) -> Matrix:
    """Quantiles of each column, interpolated linearly.

    Args:
        values: *Shape:* [n_resamples, n_keys].
        level: the share of values between the bounds.
        levels: other quantiles for each column, in place of the symmetric ones.
            *Shape:* [2, n_keys].

    Returns:
        Low and high. *Shape:* [2, n_keys].
    """
    if levels is None:
        tail = (1 - level) / 2
        levels = np.repeat([[tail], [1 - tail]], values.shape[1], axis=1)
    ordered = np.sort(values, axis=0)
    place = levels * (len(values) - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, len(values) - 1)
    columns = np.arange(values.shape[1])
    low = ordered[below, columns]
    return np.asarray(low + (place - below) * (ordered[above, columns] - low))


def _correct_levels(counts: UnitCounts, values: Matrix, level: float) -> Matrix:
    """The quantiles that BCa reads in place of the symmetric ones. *Shape:* [2, n_keys].

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, 14.3: the bias is the share of
    resamples below the score itself, the acceleration the skew of leaving out one unit.
    """
    from scipy.special import ndtr, ndtri

    estimate = counts.score()
    # Few units make many equal scores.
    lower = (values < estimate - ROUNDING).sum(axis=0)
    share = (lower + (values <= estimate + ROUNDING).sum(axis=0)) / 2 / len(values)
    skew = measure_skew(counts)
    tail = (1 - level) / 2
    plain = np.repeat([[tail], [1 - tail]], values.shape[1], axis=1)
    # One-sided, or the same in each resample: nothing to correct by.
    known = (share > 0) & (share < 1) & np.isfinite(skew)
    bias, slope = ndtri(np.where(known, share, 0.5)), np.where(known, skew, 0.0)
    reach = bias + ndtri(plain)
    return np.where(known, ndtr(bias + reach / (1 - slope * reach)), plain)
