"""Confidence intervals of every score without resampling, right where few entities are wrong.

30 right of 30 give a bootstrap nothing to vary. A share has an exact interval (Clopper and Pearson
1934), and where entities hang together, as those of one sentence or document do, it is taken at
the number of independent entities that would vary as much (Korn and Graubard 1998, Survey
Methodology 24:193). F1 is no share, but 2 J / (1 + J) of one: J counts the correct entities among
all that are predicted, gold or both. Macro averages get theirs from those of the types, and from
how types vary together (Zou and Donner 2008, Statistics in Medicine 27:1693, "MOVER").
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tner_hf.metrics.resampling import Block, Matrix, UnitCounts

Places = NDArray[np.intp]


class Cells(NamedTuple):
    """What each unit counts of each type that it meets.

    Attributes:
        units: *Shape:* [n_cells].
        kinds: *Shape:* [n_cells].
        counts: correct, predicted and gold entities. *Shape:* [3, n_cells].
    """

    units: Places
    kinds: Places
    counts: Matrix


class Shares(NamedTuple):
    """Precision, recall and J of some groups of cells, as shares of trials that hit.

    Attributes:
        share: *Shape:* [3, n_groups].
        trials: *Shape:* [3, n_groups].
        scatter: the sum over units of (hits - share x trials) squared. *Shape:* [3, n_groups].
        furthest: the largest of those squares. *Shape:* [3, n_groups].
        off: hits - share x trials of each cell. *Shape:* [3, n_cells].
    """

    share: Matrix
    trials: Matrix
    scatter: Matrix
    furthest: Matrix
    off: Matrix


def bound_scores(counts: UnitCounts, level: float) -> Matrix:
    """The interval of every score, in the order of `counts.keys`.

    A score of nothing, such as the precision of a type that is never predicted, is bounded by 0
    and 1: nothing is known of it.

    Args:
        counts: of sentences or documents.
        level: the share of repetitions that should contain the true score, between 0 and 1.

    Returns:
        Low and high. *Shape:* [2, n_keys].
    """
    parts = [
        bounds
        for cells, block in list_cells(counts)
        for bounds in _bound_block(cells, block, counts.n_units, level)
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((2, 0))


def bound_share(share: Matrix, size: Matrix, level: float) -> Matrix:
    """The interval of Clopper and Pearson, for sizes that need not be whole.

    Returns:
        Low and high. *Shape:* [2, …] of that of share and size.

    >>> bound_share(np.array(1.0), np.array(30.0), 0.95).round(3).tolist()
    [0.884, 1.0]
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    hits = share * size
    misses = size - hits
    tiny = 1e-9  # without any, the beta distribution is a point
    low = np.where(hits > tiny, betaincinv(np.maximum(hits, tiny), misses + 1, tail), 0.0)
    high = np.where(misses > tiny, betaincinv(hits + 1, np.maximum(misses, tiny), 1 - tail), 1.0)
    return np.stack([low, high])


def _bound_block(cells: Cells, block: Block, n_units: int, level: float) -> Iterator[Matrix]:
    """Bounds of micro, macro and each listed type. *Shape:* [2, 3 x …] each."""
    whole = add_up(cells.counts, cells.units, n_units)
    micro = _share(whole, np.zeros(n_units, np.intp), 1)
    types = _share(cells.counts, cells.kinds, len(block.types))
    yield _bound_shares(micro, n_units, level)[:, :, 0]
    of_types = _bound_shares(types, n_units, level)
    yield _join_types(types, of_types, cells, n_units)
    yield of_types[:, :, list(block.listed)].transpose(0, 2, 1).reshape(2, -1)


def list_cells(counts: UnitCounts) -> Iterator[tuple[Cells, Block]]:
    """The cells of each block."""
    edges = np.cumsum([0, *(block.width for block in counts.blocks)]).tolist()
    for block, (first, last) in zip(counts.blocks, pairwise(edges), strict=True):
        n_types = max(len(block.types), 1)
        kept = (counts.columns >= first) & (counts.columns < last)
        sides, kinds = np.divmod(counts.columns[kept] - first, n_types)
        places = counts.rows[kept].astype(np.intp) * n_types + kinds
        met, group = np.unique(places, return_inverse=True)
        counted = np.bincount(sides * len(met) + group, minlength=3 * len(met))
        units, met_kinds = np.divmod(met, n_types)
        yield Cells(units, met_kinds, counted.reshape(3, len(met)).astype(np.float64)), block


def add_up(rows: Matrix, groups: Places, n_groups: int) -> Matrix:
    """The sums of values of one group. *Shape:* [n_rows, n_values] to [n_rows, n_groups]."""
    return np.stack([np.bincount(groups, row, n_groups) for row in rows])


def _share(counts: Matrix, groups: Places, n_groups: int) -> Shares:
    correct, predicted, gold = counts
    trials = np.stack([predicted, gold, predicted + gold - correct])
    total = add_up(trials, groups, n_groups)
    share = np.bincount(groups, correct, n_groups) / np.where(total > 0, total, 1)
    off = correct - share[:, groups] * trials
    furthest = np.zeros((3, n_groups))
    for row, squares in zip(furthest, off**2, strict=True):
        np.maximum.at(row, groups, squares)
    return Shares(share, total, add_up(off**2, groups, n_groups), furthest, off)


def _bound_shares(shares: Shares, n_units: int, level: float) -> Matrix:
    """Precision, recall and F1. *Shape:* [2, 3, n_groups]."""
    size = _count_independent(shares, n_units, level)
    bounds = bound_share(shares.share, size, level)
    bounds[:, 2] = _as_f1(bounds[:, 2])
    return bounds


def _count_independent(shares: Shares, n_units: int, level: float) -> Matrix:
    """How many independent trials would vary as much as these, at most as many as there are.

    How much few units vary is itself uncertain, hence the ratio of two t-quantiles; and that none
    of them is a rare bad one may be luck, hence half a unit more like the furthest.
    """
    from scipy.special import stdtrit

    if n_units < 2:
        return shares.trials
    variance = (shares.scatter + shares.furthest / 2) * n_units / (n_units - 1)
    varies = variance > 0
    alone = shares.trials**2 * shares.share * (1 - shares.share) / np.where(varies, variance, 1)
    size = np.where(varies, np.minimum(alone, shares.trials), shares.trials)
    side = (1 + level) / 2
    narrow = stdtrit(np.maximum(shares.trials - 1, 1), side) / stdtrit(n_units - 1, side)
    return np.asarray(size * np.minimum(narrow, 1) ** 2)


def _join_types(types: Shares, bounds: Matrix, cells: Cells, n_units: int) -> Matrix:
    """Bounds of the macro averages. *Shape:* [2, 3]."""
    if not types.share.size:
        return np.repeat([[0.0], [1.0]], 3, axis=1)
    scores = types.share.copy()
    scores[2] = _as_f1(scores[2])
    mean = scores.mean(axis=1)
    reach = (bounds - scores) / scores.shape[1]  # [2, 3, n_types]
    scale = np.sqrt(np.where(types.scatter > 0, types.scatter, np.inf))
    joined = np.empty((2, 3))
    for side, (distance, sign) in enumerate(zip(reach, (-1, 1), strict=True)):
        for metric in range(3):
            moved = (distance[metric] / scale[metric])[cells.kinds] * types.off[metric]
            together = (np.bincount(cells.units, moved, n_units) ** 2).sum()
            still = (distance[metric] ** 2)[types.scatter[metric] == 0].sum()
            joined[side, metric] = mean[metric] + sign * np.sqrt(together + still)
    return joined.clip(0, 1)


def _as_f1(share: Matrix) -> Matrix:
    return np.asarray(2 * share / (1 + share))
