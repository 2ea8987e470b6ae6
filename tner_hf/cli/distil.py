"""`tner-hf distil`: a student with fewer layers, scored beside its teacher."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tner_hf.cli.data_options import READING, given
from tner_hf.cli.options import add_option
from tner_hf.cli.output import Output, log_lines, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.scoring_options import add_test_data_options, choose_data, scoring_arguments
from tner_hf.formats.options import ReadOptions

if TYPE_CHECKING:
    from tner_hf.training import NERTrainingArguments


def main(argv: Sequence[str]) -> int:
    """Run the command; what was made and how it compares goes to standard output."""
    options = build_parser().parse_args(argv)

    from tner_hf.lab.distilling import distil
    from tner_hf.publishing.export import export_model
    from tner_hf.publishing.export.graph import require
    from tner_hf.runs import Gold

    quiet_libraries()
    if options.int8:
        require("onnx", "onnxruntime", "onnxscript")
    gold = None if options.no_check else Gold(*choose_data(options), scoring_arguments(options))
    out = Output(as_json=options.json)
    with log_lines():
        made = distil(
            options.model_name_or_path,
            options.texts,
            _training(options),
            layers=options.layers,
            gold=gold,
            max_f1_drop=options.max_f1_drop,
            temperature=options.temperature,
            revision=options.revision,
            reading=ReadOptions.of({"word_splitter": "unicode", **given(options, READING)}),
            text_column=options.text_column,
        )
    exported = None
    if options.int8:
        exported = export_model(made.output_dir, int8=True, gold=gold, check=gold is not None)
    out.data({**made.to_dict(), "exported": exported and exported.to_dict()})
    out.text("\n".join([*made.lines(), *(exported.lines() if exported else ())]))
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf distil",
        description="Teach some layers of a trained model what the whole model says of texts, "
        "which need no labels. The student is scored beside its teacher on gold sentences, and "
        "refused if it is too much worse. Stopped or killed, the same command goes on.",
        usage="tner-hf distil TEXTS… -m MODEL -o FOLDER --layers N [OPTIONS]",
        epilog="example: tner-hf distil tweets.txt -m wnut -o student --layers 3 -d wnut2017",
    )
    add = parser.add_argument
    add("texts", nargs="+", metavar="TEXTS",
        help="file, folder, pattern; of a corpus or Hub dataset the training split")  # fmt: skip
    add_option(parser, "model_name_or_path", required=True, help="the teacher")
    add_option(parser, "revision")
    add_option(parser, "output_dir", required=True, help="folder of the student")
    add("--layers", type=int, required=True, help="how many of the teacher's the student has")
    add_option(parser, "int8", help="also export it as 8-bit integers, into onnx/ in it")
    add_option(parser, "text_column")
    add_option(parser, "json")

    training = parser.add_argument_group("training")
    train = training.add_argument
    train("--num_train_epochs", type=float, default=10, help="(default: 10)")
    train("--learning_rate", type=float, default=2e-4, help="(default: 2e-4)")
    train("--per_device_train_batch_size", type=int, default=32, help="sentences (default: 32)")
    train("--temperature", type=float, default=1,
          help="of the teacher: above 1 unlikely labels count more (default: 1)")  # fmt: skip
    add_option(training, "seed", default=42, help="of what is drawn at random (default: 42)")
    add_option(training, "bf16")
    train("--start_over", action="store_true", help="move what another run left aside")

    checking = parser.add_argument_group("check", "against the teacher")
    add_option(checking, "max_f1_drop", default=0.02,
               help="how much lower its F1 may be (default: 0.02, which is 2 points)")  # fmt: skip
    several = "several are merged on the unified types"
    add_option(add_test_data_options(parser, several=several, required=True), "no_check")
    return parser


def _training(options: argparse.Namespace) -> NERTrainingArguments:
    from tner_hf.training import NERTrainingArguments

    names = ("output_dir", "num_train_epochs", "learning_rate", "per_device_train_batch_size",
             "seed", "bf16", "start_over")  # fmt: skip
    return NERTrainingArguments(
        **{name: getattr(options, name) for name in names},
        eval_strategy="no",
        save_total_limit=1,
        report_to="none",
    )
