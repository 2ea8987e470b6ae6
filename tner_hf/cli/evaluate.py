"""`tner-hf evaluate`: score a model on a corpus, several corpora as one, or your own file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.scoring_options import (
    add_condition_option,
    add_tagging_options,
    add_test_data_options,
    choose_data,
    scoring_arguments,
)

EXAMPLES = """\
examples:
  tner-hf evaluate -m runs/wnut -d wnut2017
  tner-hf evaluate -m owner/model --test_file test.txt -o scores.json
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; the table (or JSON) goes to standard output."""
    options = build_parser().parse_args(argv)
    dataset, config = choose_data(options)

    from tner_hf.lab.evaluation import evaluate

    quiet_libraries()
    result = evaluate(
        options.model_name_or_path,
        dataset,
        config,
        revision=options.revision,
        confidence=options.confidence if options.intervals else None,
        interval_method=options.interval_method,
        resamples=options.resamples,
        seed=options.seed,
        output_file=options.output_file,
        predictions_file=options.predictions_file,
        robustness=options.robustness,
        **scoring_arguments(options),
    )
    if options.json:
        print(json.dumps(result.to_dict(), ensure_ascii=False))
    else:
        print(result.table())
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf evaluate",
        description="Score a model: type-aware and type-ignored F1, seqeval's default and strict "
        "mode, protocols full (everything counts) and shared (types that both sides know).",
        epilog=EXAMPLES,
    )
    add_option(parser, "model_name_or_path", required=True,
               help="checkpoint folder, Hub id, or a file of what another system said")  # fmt: skip
    add_options(parser, "revision", "robustness")
    add_tagging_options(parser)
    add_condition_option(parser)
    several = "several are merged on the unified types"
    add_test_data_options(parser, several=several, required=True)

    doubt = parser.add_argument_group("confidence intervals")
    add_option(doubt, "confidence")
    doubt.add_argument(
        "--interval_method",
        choices=("exact", "bca", "percentile"),
        default="exact",
        help="bca and percentile: of a bootstrap (default: exact)",
    )
    add_options(doubt, "resamples", "seed")
    doubt.add_argument(
        "--no_intervals", dest="intervals", action="store_false", help="scores alone"
    )

    out = parser.add_argument_group("output")
    add_option(out, "output_file", help="write scores, coverage and provenance as JSON")
    add_option(out, "predictions_file", help="write tokens, gold and predicted tags as JSON lines")
    add_option(out, "json")
    return parser
