"""Confidence intervals of every score of an evaluation, under every protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tner_hf.metrics.intervals import (
    HowBounded,
    IntervalOptions,
    Intervals,
    bound_counts,
    describe_intervals,
)
from tner_hf.metrics.protocols import PROTOCOLS, Protocol
from tner_hf.metrics.resampling import count_sentences
from tner_hf.predictions import PredictedSplit


@dataclass(frozen=True, kw_only=True)
class ProtocolIntervals(HowBounded):
    """Confidence intervals in the layout of `protocols`, and how they were made.

    Attributes:
        protocols: as the scores, with `[low, high]` in place of each and without support.
    """

    protocols: Mapping[Protocol, dict[str, Any]]

    def describe(self) -> str:
        """One line for a reader."""
        return f"in brackets: {describe_intervals(self.to_dict())}"


def bound_protocols(answer: PredictedSplit, how: IntervalOptions) -> ProtocolIntervals:
    """Intervals of all scores; a bootstrap resamples all protocols alike."""
    space, gold, predicted = answer.join()
    sides: dict[Protocol, Any] = {}
    found: dict[Protocol, Intervals] = {}
    for protocol in PROTOCOLS:
        side = space.under(protocol, gold), space.under(protocol, predicted)
        alike = [other for other, seen in sides.items() if all(map(np.array_equal, side, seen))]
        sides[protocol] = side
        if alike:  # the same scores
            found[protocol] = found[alike[0]]
            continue
        counts = count_sentences(*side, names=space.names, offsets=answer.offsets)
        found[protocol] = bound_counts(counts.by_document(answer.documents), how)
    one = found["full"]
    bounds = {protocol: each.bounds for protocol, each in found.items()}
    return ProtocolIntervals(
        one.level, one.method, one.unit, one.n_units, one.n_resamples, one.seed, protocols=bounds
    )
