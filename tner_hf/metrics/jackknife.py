"""How the scores move when one unit is left out, which BCa intervals are corrected by.

A unit, a sentence or document, changes the scores of the types that occur in it and of no others.
So the scores are worked out again once for each unit and type that meet, not for each pair of the
two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tner_hf.metrics.counts import divide_counts
from tner_hf.metrics.exact import Cells, add_up, list_cells
from tner_hf.metrics.resampling import Block, Matrix, UnitCounts


def measure_skew(counts: UnitCounts) -> Matrix:
    """Skewness of the scores without one unit, a sixth of it; nan where none matters.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, 14.3: the acceleration.

    Returns:
        In the order of `counts.keys`. *Shape:* [n_keys].
    """
    if not counts.n_units:
        return np.full(len(counts.keys), np.nan)
    parts = [
        skew
        for cells, block in list_cells(counts)
        for skew in _measure_block(block, cells, counts.n_units)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _measure_block(block: Block, cells: Cells, n_units: int) -> list[Matrix]:
    """Skewness of micro, macro and each listed type."""
    n_types = len(block.types)
    met_rows, met_kinds, lost = cells
    total = add_up(lost, met_kinds, n_types)
    whole = np.stack(divide_counts(*total))  # [3 metrics, n_types]
    left = total[:, met_kinds] - lost
    change = np.stack(divide_counts(*left)) - whole[:, met_kinds]  # [3 metrics, n_met]

    micro = total.sum(axis=1)[:, None] - add_up(lost, met_rows, n_units)
    gone = np.bincount(met_rows[left[1:].sum(axis=0) == 0], minlength=n_units)
    present = np.count_nonzero(total[1:].sum(axis=0))
    moved = add_up(change, met_rows, n_units)
    macro = (whole.sum(axis=1)[:, None] + moved) / np.maximum(present - gone, 1)
    per_type = [_skew_few(row, met_kinds, n_types, n_units) for row in change]
    return [
        np.array([_skew(values) for values in divide_counts(*micro)]),
        np.array([_skew(values) for values in macro]),
        np.stack(per_type, axis=1)[list(block.listed)].ravel(),
    ]


def _skew(values: Matrix) -> float:
    deviation = values - values.mean()
    return float(_divide((deviation**2).sum(), (deviation**3).sum()))


def _skew_few(change: Matrix, kinds: NDArray[np.intp], n_types: int, n_units: int) -> Matrix:
    """Skewness for each type; units that do not have the type change nothing.

    *Shape:* change and kinds [n_met].
    """

    def add(values: Matrix) -> Matrix:
        return np.bincount(kinds, weights=values, minlength=n_types).astype(np.float64)

    others = n_units - np.bincount(kinds, minlength=n_types)
    mean = add(change) / n_units
    deviation = change - mean[kinds]
    return _divide(add(deviation**2) + others * mean**2, add(deviation**3) - others * mean**3)


def _divide(second: Matrix, third: Matrix) -> Matrix:
    """Of what is lost without the unit, hence the sign."""
    spread = np.where(second > 0, second, np.nan)
    skew: Matrix = -third / (6 * spread**1.5)
    return skew
