"""`README.md` and the plots, from the JSON files of the benchmarks.

    python benchmarks/report.py           # write them
    python benchmarks/report.py --check   # say whether README.md is what the JSON files give

What a row promises stands in `ROWS`; what was measured comes from `results/` alone. Text in
`profiles/<benchmark>.md` says in words where the time goes.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import Race, format_ratio, render_races
from plots import draw_plots, has_plot, races_of

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"

#: Order of the sections.
ORDER = (
    "scoring", "tagging", "training", "crf", "gpu", "evaluation", "scaling", "building", "reading",
    "aligning", "memory", "many_types", "startup",
)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """Which comparison a bound is about, and what must be true of it.

    Attributes:
        job: pattern of the job's name.
        against: pattern of what it is compared with.
        bound: the least ratio of theirs to ours.
        text: the bound as the table prints it.
        unit: pattern of the unit, where jobs of one name have several.
        shown: how the table tells the measured `ratio` of an aim that has its own opponent.
    """

    job: str
    against: str
    bound: float
    text: str
    unit: str = ""
    shown: str = "{ratio:.0%} of the ceiling"

    def find(self, races: Sequence[Race]) -> Race | None:
        """The comparison of the largest size, the first where several have it."""
        fitting = [
            race
            for race in races
            if re.fullmatch(self.job, race.job)
            and re.search(self.against, race.against)
            and re.search(self.unit, race.unit)
        ]
        return max(fitting, key=lambda race: race.size, default=None)


@dataclass(frozen=True)
class Row:
    """A promise: what, against what, at least how much, and what is aimed at.

    Attributes:
        benchmark: the name of its JSON file.
        job: as the table prints it.
        least: what must hold.
        aim: what should.
        inverse: whether the table prints ours / theirs, as for memory.
    """

    benchmark: str
    job: str
    least: Measure
    aim: Measure
    inverse: bool = False


def ratio(job: str, against: str, least: float, aim: float) -> tuple[Measure, Measure]:
    """At least one ratio and, against the same opponent, another as the aim."""
    return (
        Measure(job, against, least, f"{least:g}×"),
        Measure(job, against, aim, f"{aim:g}×"),
    )


ROWS: tuple[Row, ...] = (
    Row(
        "scoring",
        "all scores at once from label arrays",
        *ratio("scores from label arrays", "classification_report", 100, 300),
    ),
    Row(
        "tagging",
        "tagging text, fp32",
        Measure("tagging text, strategy simple", "pipeline", 2.3, "2.3×"),
        Measure("tagging text, by words", "bare", 0.95, "95 % of the bare forward pass"),
    ),
    Row(
        "tagging",
        "tagging text, int8 export",
        Measure("tagging text, int8 export", "pipeline", 4, "4×"),
        Measure(
            "tagging text, int8 export",
            "spaCy",
            1,
            "faster than spaCy's",
            shown="{ratio:.2f}× as fast as spaCy's",
        ),
    ),
    Row(
        "training",
        "fine-tuning, batch 32",
        Measure("fine-tuning, batch 32", "run_ner", 1.5, "1.5×"),
        Measure("fine-tuning, batch 32", "AdamW", 0.95, "95 % of a bare loop with AdamW"),
    ),
    Row(
        "training",
        "fine-tuning, batch 8",
        Measure("fine-tuning, batch 8", "run_ner", 1.3, "1.3×"),
        Measure("fine-tuning, batch 8", "AdamW", 0.9, "90 % of a bare loop with AdamW"),
    ),
    Row(
        "training",
        "fine-tuning with LoRA, batch 32",
        *ratio("fine-tuning with LoRA, batch 32", "all weights", 1, 1),
    ),
    Row("crf", "fine-tuning with a CRF", *ratio("fine-tuning with a CRF", "linear", 0.85, 0.85)),
    Row("crf", "tagging with a CRF", *ratio("tagging with a CRF", "linear", 0.9, 0.9)),
    Row(
        "evaluation",
        "one model on five test sets, as commands",
        *ratio("evaluation, as commands", "run_ner", 3, 5),
    ),
    Row(
        "evaluation",
        "the same inside one process, start-up excluded",
        *ratio("evaluation, inside one process", "run_ner", 3, 5),
    ),
    Row(
        "building",
        "building a corpus from raw files, cold",
        *ratio("building .*", "conll", 1, 3),
    ),
    Row(
        "building",
        "reading a user's own IOB files",
        *ratio("reading own files, .*", "conll", 1, 3),
    ),
    Row(
        "aligning",
        "tokenise and align, BioNLP 2004",
        Measure("tokenise and align, bionlp2004", "map", 1.5, "1.5×"),
        Measure(
            "tokenise and align, bionlp2004",
            "encode_batch",
            1,
            "the tokenizer's own speed",
            shown="{ratio:.2g}× as fast as the bare tokenizer",
        ),
    ),
    Row(
        "aligning",
        "tokenise and align, invented",
        Measure("tokenise and align, invented", "map", 1.5, "1.5×"),
        Measure(
            "tokenise and align, invented",
            "encode_batch",
            1,
            "the tokenizer's own speed",
            shown="{ratio:.2g}× as fast as the bare tokenizer",
        ),
    ),
    Row(
        "memory",
        "peak memory of evaluation, 4 types",
        Measure("peak memory, 4 types", "predict", 2, "at most 0.5×"),
        Measure("peak memory, 4 types", "predict", 2, "at most 0.5×"),
        inverse=True,
    ),
    Row(
        "memory",
        "peak memory of evaluation, 51 types",
        Measure("peak memory, 51 types", "predict", 2, "at most 0.5×"),
        Measure(
            "peak memory, 51 types",
            "ours with 4 types",
            0.95,
            "no more than with 4 types",
            shown="{inverse:.2f} of that with 4 types",
        ),
        inverse=True,
    ),
    Row(
        "startup",
        "`tner-hf predict` from a cold process",
        Measure("tner-hf predict, cold", "by hand", 1 / 1.1, "at most 1.1×"),
        Measure("tner-hf predict, cold", "by hand", 1 / 1.1, "at most 1.1×"),
        inverse=True,
    ),
)


INTRODUCTION = """\
Ours and the stock tools do the same work in turns, in the same run, the order changing from turn to
turn; each ratio is the median of the turns' ratios, with the lowest and the highest in brackets.
Where both sides can give the same result, that is checked before anything is timed. `make bench`
runs everything again and rewrites this page; `make bench-quick` is a try at small sizes that
changes nothing here.
"""
LEGEND = """
Ratios are theirs to ours, so more is better; for memory and start-up ours to theirs, so less is.
Jobs of several sizes are judged at the largest. ● reaches its aim, ◐ what it must, ○ neither.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write `README.md` and the plots, or check the README."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it is outdated")
    options = parser.parse_args(argv)
    stored = load_results(RESULTS)
    text = render_readme(stored)
    readme = HERE / "README.md"
    if options.check:
        return int(readme.read_text(encoding="utf-8") != text)
    draw_plots(stored, HERE / "plots")
    readme.write_text(text, encoding="utf-8")
    print(render_rows(stored))
    return 0


def load_results(folder: Path) -> dict[str, dict[str, Any]]:
    """Benchmark name to its JSON, in the order of the sections."""
    read = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    found = {name: report for name, report in read.items() if "races" in report}
    names = [*(n for n in ORDER if n in found), *sorted(set(found) - set(ORDER))]
    return {name: found[name] for name in names}


def render_readme(stored: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page."""
    parts = [
        "<!-- Written by `make bench` (benchmarks/report.py) from results/*.json. -->\n",
        "# Benchmarks\n",
        INTRODUCTION,
        render_rows(stored),
        LEGEND,
    ]
    for name, report in stored.items():
        parts += render_section(name, report, stored)
    parts += render_load(RESULTS / "demo_load.json")
    return "\n".join(parts).rstrip() + "\n"


def render_rows(stored: Mapping[str, Mapping[str, Any]]) -> str:
    """The table of all promises."""
    lines = [
        "| | job | against | at least | aim | measured (range) |",
        "|---|---|---|---:|---:|---:|",
    ]
    for row in ROWS:
        least, aim = (m.find(races_of(stored, row.benchmark)) for m in (row.least, row.aim))
        if least is None:
            lines.append(
                f"| – | {row.job} | | {row.least.text} | {row.aim.text} | not measured here |"
            )
            continue
        measured = show_range(least, inverse=row.inverse) + ("" if row.inverse else "×")
        if aim is None:
            measured += "; the aim was not measured here"
        elif row.aim.against != row.least.against:
            median = statistics.median(aim.ratios)
            measured += "; " + row.aim.shown.format(ratio=median, inverse=1 / median)
        lines.append(
            f"| {judge(row, stored)} | {row.job} | {least.against} | {row.least.text} | "
            f"{row.aim.text} | {measured} |"
        )
    return "\n".join(lines)


def judge(row: Row, stored: Mapping[str, Mapping[str, Any]]) -> str:
    """● for the aim, ◐ for the least, ○ for neither."""
    races = races_of(stored, row.benchmark)
    least, aim = (
        found is not None and statistics.median(found.ratios) >= measure.bound
        for measure in (row.least, row.aim)
        for found in [measure.find(races)]
    )
    return "●" if least and aim else "◐" if least else "○"


def show_range(race: Race, *, inverse: bool) -> str:
    """Median ratio and range."""
    ratios = sorted(1 / r if inverse else r for r in race.ratios)
    middle = 1 / statistics.median(race.ratios) if inverse else statistics.median(ratios)
    return f"**{format_ratio(middle)}** ({format_ratio(ratios[0])}–{format_ratio(ratios[-1])})"


def render_section(
    name: str, report: Mapping[str, Any], stored: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """A benchmark's settings, machine, comparisons, plot and profile."""
    races = races_of(stored, name)
    yield f"## {'GPU' if name == 'gpu' else name.capitalize().replace('_', ' ')}\n"
    if text := read_docstring(HERE / f"{name}.py"):
        yield f"{text}\n"
    yield f"{describe_machine(report['machine'])}\n"
    yield "".join(
        f"- {key.replace('_', ' ')}: {show(v)}\n" for key, v in report["settings"].items()
    )
    yield render_races(races) + "\n"
    if has_plot(races):
        yield f"![{name}: cost against size](plots/{name}.png)\n"
    missed = [row for row in ROWS if row.benchmark == name and judge(row, stored) != "●"]
    words = HERE / "profiles" / f"{name}.md"
    if words.is_file():
        yield words.read_text(encoding="utf-8").strip() + "\n"
    for job, places in report.get("profiles", {}).items() if missed else ():
        shares = ", ".join(f"`{place}` {100 * share:.0f} %" for place, share in places)
        yield f"Where the time of ours goes ({job}): {shares}.\n"


def render_load(path: Path) -> Iterator[str]:
    """The demo among hostile visitors: one run, and nothing to compare it with."""
    if not path.is_file():
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    yield "## Demo under load\n"
    yield f"{read_docstring(HERE / 'demo_load.py')}\n"
    yield f"{describe_machine(found.pop('machine'))}\n"
    rows = "".join(f"| {key} | {show(value)} |\n" for key, value in found.items() if value != [])
    yield f"| figure | value |\n|---|---:|\n{rows}"
    yield (HERE / "profiles" / "demo_load.md").read_text(encoding="utf-8")


def read_docstring(path: Path) -> str:
    """What a benchmark says about itself, without the line that runs it."""
    if not path.is_file():
        return ""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return "\n\n".join(p for p in text.split("\n\n") if not p.startswith("    python "))


def describe_machine(machine: Mapping[str, Any]) -> str:
    """One line: processor, cores, load, versions, date."""
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v is not None)
    load = machine.get("load_before")
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, load before "
        f"{'unknown' if load is None else f'{load:.1f}'}; Python {machine['python']}, {versions}."
    )


def show(value: Any) -> str:
    """A setting as a reader reads it."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {show(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value))
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


if __name__ == "__main__":
    sys.exit(main())
