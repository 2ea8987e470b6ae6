"""`tner-hf calibrate`: fit a temperature on validation: scores are then right as often as said."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tner_hf.cli.options import add_option, positive
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.scoring_options import (
    add_tagging_options,
    add_test_data_options,
    choose_data,
    scoring_arguments,
)
from tner_hf.files import write_json

if TYPE_CHECKING:
    from tner_hf.lab.calibration import CalibrationReport

EXAMPLES = """\
examples:
  tner-hf calibrate -m runs/wnut
  tner-hf calibrate -m runs/wnut/onnx -d wnut2017 --min_precision 0.95
  tner-hf calibrate -m runs/mine --validation_file validation.txt
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; what changed (or JSON) goes to standard output."""
    options = build_parser().parse_args(argv)
    dataset, config = choose_data(options)
    quiet_libraries()

    from tner_hf.lab.calibration import calibrate

    report = calibrate(
        options.model_name_or_path,
        dataset,
        config,
        min_precision=options.min_precision,
        max_samples=options.max_eval_samples,
        **scoring_arguments(options),
    )
    if options.output_file:
        write_json(options.output_file, report.to_dict())
    out = Output(as_json=options.json)
    out.data(report.to_dict())
    _print(report, out)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf calibrate",
        description="Fit one number, the temperature, on the validation split, write it into the "
        "checkpoint's config.json, and say how reliable scores are before and after. Labels "
        "stay as they are.",
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add_option(parser, "model_name_or_path", required=True,
               help="checkpoint folder, or exported model")  # fmt: skip
    add("--min_precision", type=float, metavar="P",
        help="also find the score from which on entities are so precise, e.g. 0.95")  # fmt: skip
    add("--max_eval_samples", type=positive, metavar="N", help="fit on the first N sentences")
    add_test_data_options(
        parser,
        several="several are merged (default: what the model was trained on)",
        split="validation",
    )
    add_tagging_options(parser)
    out = parser.add_argument_group("output")
    add_option(out, "output_file", help="write temperature, losses and reliability as JSON")
    add_option(out, "json")
    return parser


def _print(report: CalibrationReport, out: Output) -> None:
    out.heading(
        f"{report.checkpoint} on {report.dataset}, split {report.split}: temperature "
        f"{report.temperature:.3f}, fitted to {report.words:,} words and written into config.json"
    )
    if report.unknown_words:
        out.text(f"words of types that the model does not know, left out: {report.unknown_words:,}")
    if report.at_limit:
        out.text("the likelihood has no maximum: every word is right, or the model knows nothing")
    rows = [
        ["loss (nats a word)", *(f"{loss:.4f}" for loss in report.loss)],
        *(
            [
                f"calibration error over {name} (%)",
                *(f"{100 * getattr(one, name).ece:.2f}" for one in (report.before, report.after)),
            ]
            for name in ("entities", "words")
        ),
    ]
    out.text()
    out.table(["on the split that it was fitted to", "before", "after"], rows)
    if report.after.entities.ece > report.before.entities.ece:
        out.text(
            "the error of entities did not fall: one temperature is fitted to all words, and most "
            "of them are O"
        )
    out.text()
    for line in report.after.entities.draw():
        out.text(line)
    if (found := report.threshold) is not None:
        out.text()
        out.text(
            f"--min_score {found.score:.4f} keeps {found.kept:,} of {found.predicted:,} predicted "
            f"entities of this split: precision {100 * found.full_precision:.1f} % becomes "
            f"{100 * found.precision:.1f} %, recall {100 * found.full_recall:.1f} % falls to "
            f"{100 * found.recall:.1f} %"
        )
