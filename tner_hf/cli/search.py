"""`tner-hf search`: the settings of `tner-hf train` that do best on the validation split."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.cli.options import add_option
from tner_hf.cli.output import quiet_libraries, show_log
from tner_hf.cli.parsing import Parser

if TYPE_CHECKING:
    from tner_hf.lab.search import SearchResult
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

EXAMPLES = """\
examples:
  tner-hf search --space learning_rate=1e-5..1e-3/log lora_r=none,8 -o search \\
      --trials 30 -m bert-base-cased -d wnut2017
  tner-hf search --space learning_rate=1e-5,1e-4 head=linear,crf -o grid \\
      --sampler grid --pruner stages --first_stage 3 --go_on 2 --config run.yaml

Every further flag is one of `tner-hf train`. The same command goes on where it
was stopped; given several times at once, its processes share the trials.
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; the table (or JSON) goes to standard output."""
    options, rest = build_parser().parse_known_args(list(argv))
    from tner_hf.lab.search import SearchSettings, parse_parameter, search

    settings = SearchSettings(
        [parse_parameter(text) for text in options.space],
        options.trials,
        options.sampler,
        options.pruner,
        options.first_stage,
        options.go_on,
        options.keep,
        options.search_seed,
    )
    show_log()
    quiet_libraries()

    def arguments_for(
        values: Mapping[str, Any], folder: str
    ) -> tuple[ModelArguments, DataArguments, NERTrainingArguments]:
        from tner_hf.cli.train import parse_arguments
        from tner_hf.lab.search.space import as_flags

        own = ["--output_dir", folder, "--max_test_samples", "0"]
        return parse_arguments([*rest, *as_flags(dict(values)), *own])

    print(_show(search(settings, options.output_dir, arguments_for), options))
    return 0


def _show(result: SearchResult, options: argparse.Namespace) -> str:
    if options.json:
        import json

        return json.dumps(result.to_dict(), indent=2)
    best = result.best
    lines = [result.table()]
    if best is not None:
        place = f"{options.output_dir}/{best.folder}"
        gone = "" if Path(place).expanduser().is_dir() else ", which is gone"
        lines.append(f"best: trial {best.number}, in {place}{gone}")
    return "\n".join([*lines, f"page: {options.output_dir}/search.html"])


def build_parser() -> argparse.ArgumentParser:
    """The options of the command; those of `train` are accepted besides."""
    parser = Parser(
        prog="tner-hf search",
        usage="%(prog)s --space NAME=VALUES … -o FOLDER [flags of `tner-hf train`]",
        description="Try settings of `tner-hf train`, each an ordinary run in a folder of its "
        "own, and rank them by a score on the validation split. The test split is not touched.",
        epilog=EXAMPLES,
        allow_abbrev=False,  # a shortened flag of `train` must not be taken for one of ours
    )
    add = parser.add_argument
    add("--space", nargs="+", required=True, metavar="NAME=VALUES",
        help="what is searched: NAME=A,B,C (`none` leaves the flag out), NAME=LOW..HIGH, or "
             "NAME=LOW..HIGH/log to draw all magnitudes alike")  # fmt: skip
    add_option(parser, "output_dir", required=True,
               help="the journal, the table and a folder for each trial")  # fmt: skip
    add("--trials", type=int, default=20, metavar="N",
        help="trials in all, of every process and earlier call (default: 20)")  # fmt: skip
    add("--sampler", choices=("tpe", "random", "grid"), default="tpe",
        help="how values are chosen; grid: all combinations (default: tpe)")  # fmt: skip
    add("--pruner", choices=("none", "median", "stages"), default="none",
        help="which trials are stopped early: none; those below the median; or all but the best, "
             "as in the two stages of T-NER (default: none)")  # fmt: skip
    add("--first_stage", type=int, default=1, metavar="N",
        help="evaluations before a trial can be stopped (default: 1)")  # fmt: skip
    add("--go_on", type=int, default=5, metavar="N",
        help="with --pruner stages: how many go on (default: 5)")  # fmt: skip
    add(
        "--keep",
        type=int,
        metavar="N",
        help="delete the models of all trials but the best N; scores stay (default: keep all)",
    )
    add("--search_seed", type=int, default=0, metavar="SEED", help="of the search (default: 0)")
    add_option(parser, "json")
    return parser
