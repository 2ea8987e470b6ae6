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
    from tner_hf.lab.analysis.comparison import ComparisonReport, PairTest

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
    from tner_hf.lab.analysis.comparison import PairTest

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
        header, *systems = report.list_systems(one)
        out.table(list(map(str, header)), systems)
        out.text()
        shown = [test.show() for test in tests if test.dataset == one.dataset]
        out.table(PairTest.heading, shown)
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
