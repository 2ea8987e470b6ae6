"""Which sentences of merged corpora an epoch trains on, and which of them know their corpus.

An epoch has as many sentences as the training split, whatever is drawn. In proportion to their
sizes, a corpus of twenty thousand sentences leaves one of a thousand 5 % of each batch; a
*temperature* T draws corpora in proportion to size ** (1 / T) instead (Arivazhagan et al. 2019), so
1 changes nothing, and a large one makes all corpora equal. A small corpus is then repeated, at most
so often as is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Mixture:
    """How the sentences of several corpora become epochs.

    Attributes:
        corpora: the corpus of each sentence of the training split. *Shape:* [n_sentences].
        temperature: at which corpora are drawn; 1 takes each sentence once.
        max_repeats: how often a sentence comes in an epoch at most, on average over its corpus.
        condition: share of sentences that are trained under the condition of their corpus.
    """

    corpora: NDArray[np.str_] = field(repr=False)
    temperature: float = 1.0
    max_repeats: float = 4.0
    condition: float = 0.0

    def __len__(self) -> int:
        return len(self.corpora)

    @cached_property
    def _rows(self) -> list[NDArray[np.int64]]:
        return [np.flatnonzero(self.corpora == name) for name in np.unique(self.corpora)]

    def draw(self, seed: Sequence[int]) -> NDArray[np.int64]:
        """The rows of one epoch, in no order that means anything.

        Args:
            seed: any sequence of integers; the same one gives the same rows.

        Returns:
            Row `i` for sentence `i`, and `n_sentences + i` for the same under its condition.
            *Shape:* [n_sentences].
        """
        generator = np.random.default_rng([*seed, len(self)])
        quotas = share_out([len(own) for own in self._rows], self.temperature, self.max_repeats)
        drawn = []
        for own, quota in zip(self._rows, quotas, strict=True):
            whole, rest = divmod(quota, len(own))
            drawn += [*[own] * whole, generator.permutation(own)[:rest]]
        rows: NDArray[np.int64] = np.concatenate(drawn)
        rows[generator.random(len(rows)) < self.condition] += len(self)
        return rows


def share_out(sizes: Sequence[int], temperature: float, max_repeats: float) -> list[int]:
    """How many sentences of each corpus an epoch has; as many in all as the corpora have.

    What is too much for a small corpus goes to the others, in the same proportions.

    >>> share_out([8000, 1000], 1, 4), share_out([8000, 1000], 3, 4), share_out([8000, 500], 3, 2)
    ([8000, 1000], [6000, 3000], [7500, 1000])
    """
    most = np.asarray(sizes) * max_repeats
    weights = np.asarray(sizes, dtype=np.float64) ** (1 / temperature)
    quotas, free = np.zeros(len(sizes)), np.ones(len(sizes), dtype=np.bool_)
    while free.any():
        left = sum(sizes) - quotas[~free].sum()
        quotas[free] = left * weights[free] / weights[free].sum()
        over = free & (quotas > most)
        if not over.any():
            break
        quotas[over] = most[over]
        free &= ~over
    # Whole sentences: what rounding down leaves goes where most was cut off.
    whole = np.floor(quotas + 1e-9).astype(np.int64)
    missing = sum(sizes) - int(whole.sum())
    whole[np.argsort(whole - quotas, kind="stable")[:missing]] += 1
    return whole.tolist()  # type: ignore[no-any-return]
