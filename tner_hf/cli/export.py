"""`tner-hf export`: a checkpoint as an ONNX file, checked against the original."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tner_hf.cli.options import add_option
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.scoring_options import (
    add_tagging_options,
    add_test_data_options,
    choose_data,
    scoring_arguments,
)


def main(argv: Sequence[str]) -> int:
    """Run the command; what was made and how it compares goes to standard output."""
    options = build_parser().parse_args(argv)
    named = options.dataset_name or options.test_file

    from tner_hf.publishing.export import Wheel, export_model
    from tner_hf.runs import Gold

    quiet_libraries()
    wheel = Wheel.of(options.wheel, options.model_name_or_path) if options.wheel else None
    exported = export_model(
        options.model_name_or_path,
        options.output_dir,
        int8=options.int8,
        trim_vocabulary_to=options.trim_vocabulary,
        gold=Gold(*choose_data(options), scoring_arguments(options)) if named else None,
        check=not options.no_check,
        max_f1_drop=options.max_f1_drop,
        min_agreement=options.min_agreement,
        revision=options.revision,
    )
    out = Output(as_json=options.json)
    found, lines = exported.to_dict(), exported.lines()
    if wheel is not None:
        path = wheel.build(exported)
        found["wheel"] = str(path)
        lines.append(f"{path}: {path.stat().st_size / 1e6:,.1f} MB, for `pip install`")
    out.data(found)
    out.text("\n".join(lines))
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf export",
        description="Write a model as ONNX. The exported model tags gold sentences beside the "
        "original, and is refused if it is worse; its folder then works as a checkpoint.",
        epilog="example: tner-hf export -m runs/wnut --int8 -d wnut2017",
    )
    add = parser.add_argument
    add_option(parser, "model_name_or_path", required=True)
    add_option(parser, "revision")
    add_option(parser, "int8")
    add("--trim_vocabulary", nargs="+", default=(), metavar="TEXTS",
        help="keep only the sub-tokens that these texts use: files, folders, corpora, as for "
             "`tner-hf tag`")  # fmt: skip
    add_option(parser, "output_dir",
               help="where it goes (default: onnx/ in the checkpoint's folder)")  # fmt: skip
    add("--wheel", metavar="NAME[==VERSION]",
        help="also build a Python package of it, beside that folder; once that is installed, NAME "
             "is the model's")  # fmt: skip
    add_option(parser, "json")

    checking = parser.add_argument_group("check", "against the original")
    add_option(checking, "max_f1_drop", default=0.003,
               help="how much lower its F1 may be (default: 0.003: 0.3 points)")  # fmt: skip
    checking.add_argument(
        "--min_agreement",
        type=float,
        default=0.98,
        help="the share of tokens that must keep their label (default: 0.98)",
    )
    add_tagging_options(parser)
    several = "default: the test set that the model's run names"
    add_option(add_test_data_options(parser, several=several), "no_check")
    return parser
