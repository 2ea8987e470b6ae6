"""What a comparison of two systems gives: each score's difference, and what its test could show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tner_hf.metrics.intervals import name_unit
from tner_hf.metrics.resampling import Unit
from tner_hf.plain import Stored

Test = Literal["randomisation", "runs"]

#: How often a difference of `Difference.smallest_shown` would be shown.
POWER = 0.8


@dataclass(frozen=True)
class Difference:
    """One score of two systems.

    Attributes:
        first: the first system's score, the mean of its runs, a fraction of 1.
        second: the second system's score.
        difference: `second - first`.
        low: lower bound of the difference, of the paired bootstrap or of the test over runs.
        high: upper bound of the difference.
        p: p-value of the test.
        p_bootstrap: p-value of the paired bootstrap; None for several runs, which it cannot judge.
        error: standard error of the difference; None where an earlier version stored none.
        freedom: degrees of freedom of that error.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    p_bootstrap: float | None
    error: float | None
    freedom: float | None

    def smallest_shown(self, alpha: float) -> float | None:
        """The true difference that a test at `alpha` would show in four of five test sets.

        None where nothing varies, so that nothing is known of what would be shown.

        >>> found = Difference(0.5, 0.5, 0.0, -0.02, 0.02, 1.0, 1.0, error=0.01, freedom=1e6)
        >>> round(found.smallest_shown(0.05), 3)
        0.028
        """
        from scipy.special import stdtrit

        if not self.error or not self.freedom:
            return None
        reach = stdtrit(self.freedom, 1 - alpha / 2) + stdtrit(self.freedom, POWER)
        return float(reach * self.error)

    def worse_by(self, margin: float) -> float:
        """The one-sided p-value of the second being worse by `margin` or more: non-inferiority.

        >>> found = Difference(0.5, 0.5, 0.0, -0.02, 0.02, 1.0, 1.0, error=0.01, freedom=1e6)
        >>> round(found.worse_by(0.0196), 3)
        0.025
        """
        from scipy.special import stdtr

        if not self.error or not self.freedom:
            return float(self.difference <= -margin)
        return float(stdtr(self.freedom, -(self.difference + margin) / self.error))


@dataclass(frozen=True)
class Comparison(Stored):
    """Every score of two systems, in the layout of `Scores`.

    Attributes:
        differences: as `Scores`, with a `Difference` in place of each score.
        level: of the intervals.
        test: `randomisation`, or `runs` where either side has several.
        unit: what was taken as drawn independently.
        n_units: how many of those the test set has.
        n_resamples: of randomisation and bootstrap.
        seed: of `numpy.random.default_rng`.
    """

    differences: dict[str, Any]
    level: float
    test: Test
    unit: Unit
    n_units: int
    n_resamples: int
    seed: int

    def least_p(self) -> float:
        """The smallest p-value that the test can give: few units swap in few ways."""
        if self.test == "runs":
            return 0.0
        return max(2.0 ** min(0, 1 - self.n_units), 1 / (1 + self.n_resamples))

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Comparison:
        """The inverse of `to_dict`; what earlier versions wrote is read too."""
        differences = _read_differences(stored["differences"])
        return cls(**{"test": "randomisation", **name_unit(stored), "differences": differences})


def _read_differences(stored: Mapping[str, Any]) -> Any:
    """The layout of `Scores`, with each difference in it read."""
    if any(isinstance(value, Mapping) for value in stored.values()) or not stored:
        return {name: _read_differences(value) for name, value in stored.items()}
    fields = dict(stored)
    if "p_randomisation" in fields:  # of an earlier version, which knew no standard error
        fields |= {"p": fields.pop("p_randomisation"), "error": None, "freedom": None}
    return Difference(**fields)
