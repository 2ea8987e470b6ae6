"""Confidence intervals of every score of an evaluation, under every protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tner_hf.metrics.bootstrap import Method, bootstrap_intervals
from tner_hf.metrics.protocols import PROTOCOLS, Protocol
from tner_hf.predictions import PredictedSplit


@dataclass(frozen=True)
class ProtocolIntervals:
    """Confidence intervals in the layout of `protocols`, and how they were made.

    Attributes:
        level: the share of repetitions that should contain the true score, e.g. 0.95.
        method: `percentile` or `bca`.
        n_resamples: resampled test sets.
        n_sentences: sentences in the test set, which are what is resampled.
        seed: of `numpy.random.default_rng`.
        protocols: as the scores, with `[low, high]` in place of each and without support.
    """

    level: float
    method: Method
    n_resamples: int
    n_sentences: int
    seed: int
    protocols: Mapping[Protocol, dict[str, Any]]

    def describe(self) -> str:
        """One line for a reader."""
        method = "BCa" if self.method == "bca" else self.method
        return (
            f"in brackets: {100 * self.level:g} % confidence intervals, {method} bootstrap over "
            f"{self.n_sentences:,} sentences, {self.n_resamples:,} resamples, seed {self.seed}"
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ProtocolIntervals:
        return cls(**stored)


def bound_protocols(
    answer: PredictedSplit,
    *,
    level: float = 0.95,
    method: Method = "bca",
    n_resamples: int = 1000,
    seed: int = 0,
) -> ProtocolIntervals:
    """Bootstrap intervals of all scores, all protocols on the same resampled sentences."""
    space, gold, predicted = answer.join()
    sides: dict[Protocol, Any] = {}
    bounds: dict[Protocol, dict[str, Any]] = {}
    for protocol in PROTOCOLS:
        side = space.under(protocol, gold), space.under(protocol, predicted)
        alike = [other for other, seen in sides.items() if all(map(np.array_equal, side, seen))]
        sides[protocol] = side
        if alike:  # the same scores
            bounds[protocol] = bounds[alike[0]]
            continue
        bounds[protocol] = bootstrap_intervals(
            *side,
            names=space.names,
            offsets=answer.offsets,
            n_resamples=n_resamples,
            level=level,
            method=method,
            seed=seed,
        ).bounds
    return ProtocolIntervals(level, method, n_resamples, len(answer), seed, bounds)
