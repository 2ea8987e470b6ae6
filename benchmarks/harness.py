"""How every benchmark here measures: ours against theirs, in turns, medians of pairs.

Machines drift by 10 to 15 % within minutes, so the sides of a comparison run one after the other,
the order changing from turn to turn, and the ratio is the median of the turns' ratios.
A benchmark is a module with `run(sizes=…, pairs=…) -> Report` and ends in `report_main(run)`;
`make bench` runs them all, and `report.py` makes `README.md` and the plots of their JSON files.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import platform
import pstats
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

#: Libraries whose versions belong to every result.
PACKAGES = (
    *("tner-hf", "numpy", "pyarrow", "tokenizers", "torch", "transformers", "datasets"),
    *("accelerate", "seqeval"),
)


@dataclass(frozen=True)
class Race:
    """One comparison at one size; of every quantity less is better.

    Attributes:
        job: what is done, e.g. `scoring`.
        against: what it is compared with.
        size: of the input, in `unit`.
        unit: e.g. `tokens`.
        ours: the quantity in each run.
        theirs: the quantity in each run, in the same order; empty where only ours was run.
        ours_cpu: processor seconds of each run, of all threads; on a busy machine they say more.
            Empty where it is not time that is measured.
        theirs_cpu: the same for theirs.
        quantity: what is measured: `seconds`, `bytes`, or seconds for some amount of work.
    """

    job: str
    against: str
    size: int
    unit: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    ours_cpu: tuple[float, ...] = ()
    theirs_cpu: tuple[float, ...] = ()
    quantity: str = "seconds"

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as fast (or as small) ours was, turn by turn."""
        if not self.theirs:
            return ()
        return tuple(t / o for o, t in zip(self.ours, self.theirs, strict=True))

    @property
    def ratio_cpu(self) -> float | None:
        """How many times as little processor time ours took."""
        if not (self.ours_cpu and self.theirs_cpu and statistics.median(self.ours_cpu)):
            return None
        return statistics.median(self.theirs_cpu) / statistics.median(self.ours_cpu)

    def to_dict(self) -> dict[str, Any]:
        stored = {**asdict(self), "ours_median": statistics.median(self.ours)}
        if not self.theirs:
            return stored
        return {
            **stored,
            "theirs_median": statistics.median(self.theirs),
            "ratio_median": statistics.median(self.ratios),
            "ratio_low": min(self.ratios),
            "ratio_high": max(self.ratios),
            "ratio_cpu": self.ratio_cpu,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Race:
        """The inverse of `to_dict`."""
        lists = ("ours", "theirs", "ours_cpu", "theirs_cpu")
        names = [f.name for f in fields(cls) if f.name in stored]
        return cls(**{n: tuple(stored[n]) if n in lists else stored[n] for n in names})


@dataclass(frozen=True)
class Report:
    """All comparisons of one benchmark, with what a reader needs to repeat them.

    Attributes:
        name: of the benchmark.
        settings: what was measured, in words and numbers.
        races: one for each job, opponent and size.
        profiles: job to where its time goes, from `profile_call`.
    """

    name: str
    settings: dict[str, Any]
    races: tuple[Race, ...]
    profiles: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "machine": describe_machine(),
            "settings": self.settings,
            "races": [race.to_dict() for race in self.races],
            "profiles": self.profiles,
        }

    def to_markdown(self) -> str:
        """A table with one row for each comparison."""
        return render_races(self.races)


def render_races(races: Sequence[Race]) -> str:
    """A Markdown table with one row for each comparison."""
    lines = [
        "| job | against | size | ours | theirs | theirs / ours (range) | by CPU time |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for race in races:
        ours = format_quantity(statistics.median(race.ours), race.quantity)
        theirs = ratio = cpu = ""
        if race.theirs:
            theirs = format_quantity(statistics.median(race.theirs), race.quantity)
            low, middle, high = min(race.ratios), statistics.median(race.ratios), max(race.ratios)
            ratio = f"{format_ratio(middle)} ({format_ratio(low)}–{format_ratio(high)})"
            cpu = "" if race.ratio_cpu is None else format_ratio(race.ratio_cpu)
        lines.append(
            f"| {race.job} | {race.against} | {race.size:,} {race.unit} | {ours} | {theirs} | "
            f"{ratio} | {cpu} |"
        )
    return "\n".join(lines)


#: What one run of a side measured: the quantity, and processor seconds where that is time.
Sample = tuple[float, float | None]
Side = Callable[[], object]


def time_call(side: Side) -> tuple[float, float]:
    """Seconds of a call, and processor seconds of all its threads."""
    begun, begun_cpu = time.perf_counter(), time.process_time()
    side()
    return time.perf_counter() - begun, time.process_time() - begun_cpu


def take_value(side: Side) -> Sample:
    """What the side says itself: a number, or a number and processor seconds."""
    value: Any = side()
    return value if isinstance(value, tuple) else (float(value), None)


def race(
    job: str,
    ours: Side,
    theirs: Side,
    *,
    against: str,
    size: int,
    unit: str,
    pairs: int = 5,
) -> Race:
    """Run both sides in turns, once each to warm up and then `pairs` times; see `race_all`."""
    return race_all(job, ours, {against: theirs}, size=size, unit=unit, pairs=pairs)[0]


def race_all(
    job: str,
    ours: Side,
    theirs: Mapping[str, Side],
    *,
    size: int,
    unit: str,
    pairs: int = 5,
    quantity: str = "seconds",
    measure: Callable[[Side], Sample] = time_call,
    warm_up: bool = True,
) -> list[Race]:
    """Run our side and one or more others in turns: one comparison for each of the others.

    Each side must do the whole job; whatever is not part of it belongs before the call.

    Args:
        job: what is done.
        ours: our side.
        theirs: name to each other side.
        size: of the input.
        unit: of the size.
        pairs: measured turns.
        quantity: what `measure` gives.
        measure: runs a side and tells what it took.
        warm_up: whether to run each side once unmeasured, for caches and lazy imports; not where a
            run is a process of its own, or has warmed up by itself.
    """
    sides = {"": ours, **theirs}
    samples: dict[str, list[Sample]] = {name: [] for name in sides}
    for turn in range(pairs + warm_up):
        names = list(sides) if turn % 2 else list(sides)[::-1]
        for name in names:
            show_progress(f"{job}, {size:,} {unit}: turn {turn + 1}/{pairs + warm_up}")
            sample = measure(sides[name])
            if turn >= warm_up:
                samples[name].append(sample)
    show_progress("")
    mine = samples.pop("")
    return [
        Race(job, name, size, unit, *_join(mine, other), quantity=quantity)
        for name, other in samples.items()
    ]


def _join(mine: Sequence[Sample], other: Sequence[Sample]) -> tuple[tuple[float, ...], ...]:
    """Quantities of both sides, then their processor seconds."""
    values = [tuple(value for value, _ in side) for side in (mine, other)]
    cpu = [tuple(spent for _, spent in side if spent is not None) for side in (mine, other)]
    return (*values, *cpu)


def show_progress(text: str) -> None:
    """One line on a terminal that the next one overwrites."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def profile_call(side: Side, *, most: int = 8) -> list[tuple[str, float]]:
    """The functions in which a call spends its own time, with their share of it, largest first.

    Only what is done in the calling thread is seen; a function of C is named by its Python name.
    """
    profile = cProfile.Profile()
    profile.runcall(side)
    stats: dict[tuple[str, int, str], Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    own = sorted(((entry[2], place) for place, entry in stats.items()), reverse=True)
    total = sum(spent for spent, _ in own)
    return [
        (_name_place(place[0], place[2]), round(spent / total, 4)) for spent, place in own[:most]
    ]


def _name_place(file: str, name: str) -> str:
    """A function as readers know it, without folders of this machine."""
    if file == "~":
        return name.strip("<>")
    parts = Path(file).with_suffix("").parts
    roots = [i + 1 for i, part in enumerate(parts) if part == "site-packages"]
    start = roots[-1] if roots else max(0, len(parts) - 2)
    return f"{'.'.join(parts[start:])}:{name}"


def describe_machine() -> dict[str, Any]:
    """Processor, cores that may be used, and versions; nothing that names the machine."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "processor": read_processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
        "date": datetime.now(UTC).date().isoformat(),
    }


def read_processor() -> str:
    """The processor's name where the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def format_seconds(seconds: float) -> str:
    """Seconds in the unit that reads best.

    >>> [format_seconds(s) for s in (0.0123, 14.2, 0.0000456, 1748)]
    ['12.3 ms', '14.2 s', '45.6 µs', '1,748 s']
    """
    units = (("s", 1.0), ("ms", 1e3), ("µs", 1e6))
    unit, scale = next((u for u in units if seconds * u[1] >= 1), units[-1])
    shown = seconds * scale
    return f"{shown:,.0f} {unit}" if shown >= 1000 else f"{shown:.3g} {unit}"


def format_quantity(value: float, quantity: str) -> str:
    """A measured quantity in the unit that reads best.

    >>> format_quantity(0.5, "seconds"), format_quantity(3.2e8, "bytes")
    ('500 ms', '320 MB')
    """
    if quantity == "bytes":
        return f"{value / 1e6:,.0f} MB" if value >= 1e7 else f"{value / 1e6:,.1f} MB"
    return format_seconds(value)


def format_ratio(ratio: float) -> str:
    """A ratio with as many digits as say something.

    >>> format_ratio(0.934), format_ratio(3.24), format_ratio(31.9), format_ratio(1234.5)
    ('0.93', '3.2', '32', '1,234')
    """
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1.95 else f"{ratio:.2f}"


def write_json(path: Path, report: Report) -> None:
    """The report as a file, written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def report_main(
    run: Callable[..., Report],
    *,
    description: str,
    sizes: Sequence[int],
    quick_sizes: Sequence[int] | None = None,
    pairs: int = 5,
    argv: Sequence[str] | None = None,
) -> int:
    """The command line that all benchmarks share: `--sizes --pairs --quick --output`.

    Args:
        run: the benchmark.
        description: what `--help` says.
        sizes: the sizes of a full run.
        quick_sizes: those of `--quick`; the smallest of a full run by default.
        pairs: measured turns of a full run for each size.
        argv: the command line; the process's own by default.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sizes", type=int, nargs="+", help="input sizes")
    parser.add_argument(
        "--pairs", type=int, help=f"measured turns for each size (default: {pairs})"
    )
    parser.add_argument("--quick", action="store_true", help="one turn at small sizes: a try")
    parser.add_argument("--output", type=Path, help="write the results here as JSON")
    arguments = parser.parse_args(argv)
    usual = (quick_sizes or [min(sizes)]) if arguments.quick else list(sizes)
    begun = time.perf_counter()
    report = run(
        sizes=arguments.sizes or usual, pairs=arguments.pairs or (1 if arguments.quick else pairs)
    )
    print(report.to_markdown())
    print(f"\n{report.name}: {time.perf_counter() - begun:.0f} s", flush=True)
    if arguments.output:
        write_json(arguments.output, report)
    return 0
