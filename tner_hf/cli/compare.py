"""`tner-hf compare`: is one system better than another, or was it luck?"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.scoring_options import (
    add_tagging_options,
    add_test_data_options,
    scoring_arguments,
)
from tner_hf.errors import SettingError
from tner_hf.files import write_file

if TYPE_CHECKING:
    from tner_hf.lab.analysis.comparison import ComparisonReport, DatasetComparison, PairTest

EXAMPLES = """\
examples:
  tner-hf compare runs/base runs/large -d wnut2017
  tner-hf compare base=runs/b1,runs/b2 large=runs/l1,runs/l2 -d wnut2017 fin
  tner-hf compare old=old.jsonl new=new.jsonl  # of evaluate --predictions_file
"""


#: Tests as the heading of the verdicts names them.
_TESTS = {
    "randomisation": "approximate randomisation",
    "runs": "t test over runs and text",
}


def main(argv: Sequence[str]) -> int:
    """Run the command; the tables (or JSON) go to standard output."""
    options = build_parser().parse_args(argv)
    quiet_libraries()

    from tner_hf.lab.analysis.comparing import compare_systems_on
    from tner_hf.lab.analysis.comparison import Headline
    from tner_hf.lab.analysis.systems import read_systems

    report = compare_systems_on(
        read_systems(options.systems),
        _name_datasets(options),
        headline=Headline(options.protocol, options.mode, options.average, options.metric),
        level=options.confidence,
        n_resamples=options.resamples,
        seed=options.seed,
        **scoring_arguments(options),
    )
    if options.output_file:
        report.save(options.output_file)
    if options.html:
        from tner_hf.lab.analysis.comparison_page import render_comparison

        write_file(options.html, render_comparison(report))
    out = Output(as_json=options.json)
    out.data(report.to_dict())
    _print(report, out)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf compare",
        description="Compare systems on the same sentences: two checkpoints by approximate "
        "randomisation, recipes with several seeds by a test over runs; documents are what is "
        "drawn where they are known; corrected for the number of comparisons (Holm).",
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("systems", nargs="+", metavar="SYSTEM",
        help="checkpoint, Hub id or file of predictions; NAME=SYSTEM gives a name, "
             "NAME=RUN,RUN,RUN several seeds of one recipe")  # fmt: skip
    add_options(parser, "protocol", "mode", "average", "metric")
    add_option(parser, "confidence",
               help="of the intervals; p must stay below 1 minus it (default: 0.95)")  # fmt: skip
    add_option(parser, "resamples", default=10_000,
               help="of randomisation and bootstrap (default: 10000)")  # fmt: skip
    add_option(parser, "seed")
    add_test_data_options(parser, several="with several each is compared on its own")
    add_tagging_options(parser)
    out = parser.add_argument_group("output")
    add_option(out, "output_file", help="write every score's difference, interval and p as JSON")
    add_option(out, "html", help="write scores, differences and verdicts as a page")
    add_option(out, "json")
    return parser


def _name_datasets(options: argparse.Namespace) -> Mapping[str, Any]:
    """Name to what `predict_split` takes; empty where predictions bring their own gold tags."""
    names, file = options.dataset_name or [], options.test_file
    if file:
        return {file: {options.split: file}}
    if options.dataset_config:
        if len(names) != 1:
            raise SettingError(
                f"--dataset_config {options.dataset_config} with {len(names)} datasets; write it "
                "into the name, as in wikiann/ja"
            )
        names = [f"{names[0]}/{options.dataset_config}"]
    return {name: name for name in names}


def _print(report: ComparisonReport, out: Output) -> None:
    tests = report.tests()
    for one in report.datasets:
        out.heading(
            f"{one.dataset}, split {one.split}: {one.sentences:,} sentences, {one.entities:,} "
            f"entities; {report.headline.describe()}"
        )
        if report.headline.protocol != "full":
            out.text(f"shared types: {', '.join(one.shared_types) or 'none'}")
        out.text(f"tests and intervals {one.units}; intervals of scores are exact ones")
        out.text()
        _print_systems(report, one, out)
        out.text()
        _print_tests([test for test in tests if test.dataset == one.dataset], out)
        out.text()
    out.heading(f"what follows ({_describe_tests(tests, report)})")
    for line in report.verdicts():
        out.text(f"- {line}")


def _describe_tests(tests: Sequence[PairTest], report: ComparisonReport) -> str:
    kinds = {test.test for test in tests}
    parts = [name for kind, name in _TESTS.items() if kind in kinds]
    if len(tests) > 1:
        parts.append(f"Holm over {len(tests)} comparisons")
    return ", ".join([*parts, f"{report.n_resamples:,} resamples", f"seed {report.seed}"])


def _print_systems(report: ComparisonReport, one: DatasetComparison, out: Output) -> None:
    several = any(len(system.runs) > 1 for system in one.systems)
    how = f"{100 * report.level:g} % interval" + (", or std of the runs" if several else "")
    rows = []
    for system in one.systems:
        row: list[Any] = [system.name, len(system.runs)]
        for variant in ("type_aware", "type_ignored"):
            row += report.show_score(system, variant)
        rows.append(row)
    out.table(["system", "runs", "type-aware", how, "type-ignored", how], rows)


def _print_tests(tests: Sequence[PairTest], out: Output) -> None:
    header = ("second − first", "types", "difference", "interval", "p", "p bootstrap", "p Holm",
              "could show")  # fmt: skip
    rows = []
    for test in tests:
        found = test.difference
        rows.append([
            f"{test.second} − {test.first}",
            test.variant.removeprefix("type_"),
            f"{100 * found.difference:+.2f}",
            f"[{100 * found.low:+.2f}, {100 * found.high:+.2f}]",
            *("–" if p is None else f"{p:.2g}" for p in (found.p, found.p_bootstrap, test.p_holm)),
            "–" if test.smallest is None else f"{100 * test.smallest:.2f}",
        ])  # fmt: skip
    out.table(header, rows)
