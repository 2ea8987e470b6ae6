"""`tner-hf average`: one model of several, the average of their weights."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tner_hf.cli.options import add_option
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser


def main(argv: Sequence[str]) -> int:
    """Run the command; what was made goes to standard output."""
    options = build_parser().parse_args(argv)

    from tner_hf.lab.averaging import average_models

    quiet_libraries()
    made = average_models(options.models, options.output_dir, weights=options.weights)
    out = Output(as_json=options.json)
    out.data(made.to_dict())
    out.text("\n".join(made.lines()))
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf average",
        description="Average the weights of models that went on from one and the same model. The "
        "rows of a type in the head are averaged over the models that know it.",
        usage="tner-hf average MODEL MODEL… -o FOLDER [OPTIONS]",
        epilog="example: tner-hf average runs/wnut runs/btc -o runs/both",
    )
    parser.add_argument("models", nargs="+", metavar="MODEL",
                        help="checkpoint folder or Hub id; NAME=MODEL gives it a name")  # fmt: skip
    add_option(parser, "output_dir", required=True, help="folder of the average")
    parser.add_argument("--weights", nargs="+", type=float, metavar="W",
                        help="how much each counts (default: all the same)")  # fmt: skip
    add_option(parser, "json")
    return parser
