"""How every benchmark here measures: ours against theirs, in turns, medians of pairs.

Machines drift by 10 to 15 % within minutes, so the two sides of a comparison run one after the
other, the order changing from pair to pair, and the ratio is the median of the pairs' ratios.
A benchmark is a module with `run(...) -> Report` and a `main` that calls `report_main(run)`;
`make bench` runs them all and joins their JSON files and tables.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

#: Libraries whose versions belong to every result.
PACKAGES = ("tner-hf", "numpy", "torch", "transformers", "datasets", "seqeval")


@dataclass(frozen=True)
class Race:
    """One comparison at one size.

    Attributes:
        job: what is done, e.g. `scoring`.
        against: what it is compared with.
        size: of the input, in `unit`.
        unit: e.g. `tokens`.
        ours: seconds of each run.
        theirs: seconds of each run, in the same order.
        ours_cpu: processor seconds of each run, of all threads; on a busy machine they say more.
        theirs_cpu: the same for theirs.
    """

    job: str
    against: str
    size: int
    unit: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    ours_cpu: tuple[float, ...]
    theirs_cpu: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as fast ours was, pair by pair."""
        return tuple(t / o for o, t in zip(self.ours, self.theirs, strict=True))

    def to_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "ours_median": statistics.median(self.ours),
            "theirs_median": statistics.median(self.theirs),
            "ratio_median": statistics.median(self.ratios),
            "ratio_low": min(self.ratios),
            "ratio_high": max(self.ratios),
            "ratio_cpu": statistics.median(self.theirs_cpu) / statistics.median(self.ours_cpu),
        }


@dataclass(frozen=True)
class Report:
    """All comparisons of one benchmark, with what a reader needs to repeat them.

    Attributes:
        name: of the benchmark.
        settings: what was measured, in words and numbers.
        races: one for each job, opponent and size.
    """

    name: str
    settings: dict[str, Any]
    races: tuple[Race, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "machine": describe_machine(),
            "settings": self.settings,
            "races": [race.to_dict() for race in self.races],
        }

    def to_markdown(self) -> str:
        """A table with one row for each comparison."""
        lines = [
            "| job | against | size | ours | theirs | times as fast (range) | by CPU time |",
            "|---|---|---:|---:|---:|---:|---:|",
        ]
        for race in self.races:
            row = race.to_dict()
            lines.append(
                f"| {race.job} | {race.against} | {race.size:,} {race.unit} | "
                f"{format_seconds(row['ours_median'])} | {format_seconds(row['theirs_median'])} | "
                f"{row['ratio_median']:,.1f} ({row['ratio_low']:,.1f}–{row['ratio_high']:,.1f}) | "
                f"{row['ratio_cpu']:,.1f} |"
            )
        return "\n".join(lines)


def race(
    job: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    against: str,
    size: int,
    unit: str,
    pairs: int = 5,
) -> Race:
    """Run both sides in turns, once each to warm up and then `pairs` times.

    Each side must do the whole job; whatever is not part of it belongs before the call.
    """
    sides = {"ours": ours, "theirs": theirs}
    wall: dict[str, list[float]] = {name: [] for name in sides}
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    for pair in range(pairs + 1):
        names = list(sides) if pair % 2 else list(sides)[::-1]
        for name in names:
            begun, begun_cpu = time.perf_counter(), time.process_time()
            sides[name]()
            spent, spent_cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
            if pair:  # the first pair warms caches and lazy imports
                wall[name].append(spent)
                cpu[name].append(spent_cpu)
    measured = (wall["ours"], wall["theirs"], cpu["ours"], cpu["theirs"])
    return Race(job, against, size, unit, *map(tuple, measured))


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

    >>> format_seconds(0.0123), format_seconds(14.2), format_seconds(0.0000456)
    ('12.3 ms', '14.2 s', '45.6 µs')
    """
    units = (("s", 1.0), ("ms", 1e3), ("µs", 1e6))
    unit, scale = next((u for u in units if seconds * u[1] >= 1), units[-1])
    return f"{seconds * scale:.3g} {unit}"


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
    argv: Sequence[str] | None = None,
) -> int:
    """The command line that all benchmarks share: `--sizes --pairs --output`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(sizes), help="input sizes")
    parser.add_argument("--pairs", type=int, default=5, help="measured pairs for each size")
    parser.add_argument("--output", type=Path, help="write the results here as JSON")
    arguments = parser.parse_args(argv)
    report = run(sizes=arguments.sizes, pairs=arguments.pairs)
    print(report.to_markdown())
    if arguments.output:
        write_json(arguments.output, report)
    return 0
