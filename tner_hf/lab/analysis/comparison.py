"""What a comparison found: scores of the systems, tests of all pairs, and what follows in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tner_hf.metrics.differences import Comparison, Difference, Test
from tner_hf.metrics.intervals import describe_units
from tner_hf.metrics.protocols import Protocol
from tner_hf.metrics.resampling import Metric
from tner_hf.metrics.seeds import SeedSummary
from tner_hf.metrics.significance import correct_holm
from tner_hf.metrics.spans import VARIANTS, Mode, Variant
from tner_hf.plain import Stored

Average = Literal["micro", "macro"]
#: Dataset, variant, and the two systems.
_Row = tuple[str, Variant, str, str]


@dataclass(frozen=True)
class Headline:
    """Which score decides; all others are in the JSON."""

    protocol: Protocol = "full"
    mode: Mode = "default"
    average: Average = "micro"
    metric: Metric = "f1"

    def describe(self) -> str:
        metric = self.metric.upper() if self.metric == "f1" else self.metric
        return f"{self.average} {metric} in percent, protocol {self.protocol}, mode {self.mode}"


@dataclass(frozen=True)
class SystemScores:
    """One system on one dataset.

    Attributes:
        runs: its checkpoints or files.
        summary: mean and standard deviation of its scores over the runs.
        bounds: confidence intervals in the layout of `Scores`, for a single run; None for several.
    """

    name: str
    runs: tuple[str, ...]
    summary: SeedSummary
    bounds: Mapping[str, Any] | None


@dataclass(frozen=True)
class PairComparison:
    """Two systems on one dataset, every score; differences are second minus first."""

    first: str
    second: str
    comparison: Comparison


@dataclass(frozen=True)
class DatasetComparison:
    """All systems and pairs on one dataset.

    Attributes:
        entities: gold entities that count under the protocol.
        shared_types: types that the corpus and every system know.
        systems: in the order given.
        pairs: every pair once.
    """

    dataset: str
    split: str
    sentences: int
    entities: int
    shared_types: tuple[str, ...]
    systems: tuple[SystemScores, ...]
    pairs: tuple[PairComparison, ...]

    @property
    def units(self) -> str:
        """What was taken as drawn independently, in words."""
        comparison = self.pairs[0].comparison
        return describe_units(comparison.unit, comparison.n_units)

    def count_runs(self, pair: PairComparison) -> tuple[int, int]:
        """How many runs the two systems of a pair have."""
        runs = {system.name: len(system.runs) for system in self.systems}
        return runs[pair.first], runs[pair.second]


@dataclass(frozen=True)
class PairTest:
    """One row of the result: a pair on a dataset in one variant of the headline score.

    Attributes:
        first, second: names of the systems.
        runs: how many the two have.
        units: what was taken as drawn independently, in words.
        difference: second minus first, its interval and p-value.
        p_holm: that p-value, corrected for the number of rows.
        least_p: the smallest corrected p-value that this test could give: few units swap in few
            ways, and few resamples tell little.
        smallest: the true difference that this test would show in four of five such test sets;
            None where nothing varies, or in results of earlier versions.
    """

    dataset: str
    variant: Variant
    first: str
    second: str
    runs: tuple[int, int]
    test: Test
    units: str
    difference: Difference
    p_holm: float
    least_p: float
    smallest: float | None

    #: What `show` gives.
    heading: ClassVar = (
        "second − first", "types", "difference", "interval", "p", "p bootstrap", "p Holm",
        "could show",
    )  # fmt: skip

    def show(self) -> list[str]:
        """The cells of a table, differences in percent."""
        found, smallest = self.difference, self.smallest
        return [
            f"{self.second} − {self.first}",
            self.variant.removeprefix("type_"),
            f"{100 * found.difference:+.2f}",
            f"[{100 * found.low:+.2f}, {100 * found.high:+.2f}]",
            *("–" if p is None else f"{p:.2g}" for p in (found.p, found.p_bootstrap, self.p_holm)),
            "–" if smallest is None else f"{100 * smallest:.2f}",
        ]

    def say(self, level: float, *, corrected: bool) -> str:
        """What follows, as a sentence."""
        found = self.difference
        place = f"{self.dataset}, {self.variant.replace('_', '-')}: "
        after = " after Holm" if corrected else ""
        p = f"p = {self.p_holm:.2g}{after} ({self._say_scope()})"
        if self.p_holm < 1 - level:
            names = (self.second, self.first) if found.difference > 0 else (self.first, self.second)
            sign = 1 if found.difference > 0 else -1  # told as better minus worse
            ends = sorted((sign * found.low, sign * found.high))
            bounds = ", ".join(f"{100 * end:.1f}" for end in ends)
            points = f"{100 * abs(found.difference):.1f}"
            return f"{place}{names[0]} is better than {names[1]} by {points} points [{bounds}], {p}"
        bounds = f"{100 * found.low:+.1f}, {100 * found.high:+.1f}"
        return (
            f"{place}no difference shown between {self.first} and {self.second}: "
            f"{100 * found.difference:+.1f} points [{bounds}], {p}{self._say_limit(level, after)}"
        )

    def _say_scope(self) -> str:
        """What the verdict is about."""
        if self.test == "randomisation":
            these = "two checkpoints" if self.runs == (1, 1) else "runs"
            return f"about these {these}, not about their recipes"
        alike = ", taken to vary alike" if 1 in self.runs else ""
        return f"over {self.runs[0]} and {self.runs[1]} runs{alike}"

    def _say_limit(self, level: float, after: str) -> str:
        """What a test that shows nothing could have shown."""
        if self.least_p >= 1 - level:
            return f"; none could be shown {self.units}: p is {self.least_p:.2g} at least{after}"
        if self.smallest is None:
            return ""
        return f"; the smallest that could be shown, four times in five: {100 * self.smallest:.1f}"


@dataclass(frozen=True)
class ComparisonReport(Stored):
    """A whole comparison.

    Attributes:
        headline: the score that is tested.
        level: of the intervals; 1 - level is what a p-value must stay below.
        n_resamples, seed: of randomisation and bootstrap.
    """

    derived: ClassVar = ("tests", "verdicts")

    headline: Headline
    level: float
    n_resamples: int
    seed: int
    datasets: tuple[DatasetComparison, ...]

    def tests(self) -> tuple[PairTest, ...]:
        """Every pair on every dataset in both variants, corrected as one family (Holm)."""
        place = self.headline
        rows: dict[_Row, tuple[Difference, PairComparison, DatasetComparison]] = {}
        for one in self.datasets:
            for pair in one.pairs:
                for variant in VARIANTS:
                    block = pair.comparison.differences[variant][place.mode]
                    found = block[place.average][place.metric]
                    rows[one.dataset, variant, pair.first, pair.second] = found, pair, one
        corrected = correct_holm({key: found.p for key, (found, _, _) in rows.items()})
        alpha = (1 - self.level) / max(len(rows), 1)  # what the smallest p has to stay below
        return tuple(
            PairTest(
                *key,
                runs=one.count_runs(pair),
                test=pair.comparison.test,
                units=one.units,
                difference=found,
                p_holm=corrected[key],
                least_p=min(1.0, len(rows) * pair.comparison.least_p()),
                smallest=found.smallest_shown(alpha),
            )
            for key, (found, pair, one) in rows.items()
        )

    def verdicts(self) -> list[str]:
        """What follows from each test, in words."""
        tests = self.tests()
        return [test.say(self.level, corrected=len(tests) > 1) for test in tests]

    def list_systems(self, one: DatasetComparison) -> list[list[str | int]]:
        """Each system with its headline scores in percent, below a heading.

        Beside a score stands its interval, or the standard deviation of several runs.
        """
        several = any(len(system.runs) > 1 for system in one.systems)
        spread = f"{100 * self.level:g} % interval" + (", or std of the runs" if several else "")
        table: list[list[str | int]] = [["system", "runs"]]
        table[0] += [c for variant in VARIANTS for c in (variant.replace("_", "-"), spread)]
        for system in one.systems:
            shown = [c for variant in VARIANTS for c in self.show_score(system, variant)]
            table.append([system.name, len(system.runs), *shown])
        return table

    def show_score(self, system: SystemScores, variant: Variant) -> tuple[str, str]:
        """A system's headline score in percent, and its interval or standard deviation."""
        place = self.headline
        found = system.summary.scores[variant][place.mode][place.average][place.metric]
        if system.bounds is None:
            return f"{100 * found['mean']:.2f}", f"± {100 * found['std']:.2f}"
        low, high = system.bounds[variant][place.mode][place.average][place.metric]
        return f"{100 * found['mean']:.2f}", f"[{100 * low:.2f}, {100 * high:.2f}]"
