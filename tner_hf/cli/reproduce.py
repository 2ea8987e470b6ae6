"""`tner-hf reproduce`: a table of the paper again, or a small rehearsal of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.cli.data_options import given
from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import Output, quiet_libraries, show_log
from tner_hf.cli.parsing import Parser
from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from tner_hf.lab.reproduce import Scale

EXAMPLES = """\
examples:
  tner-hf reproduce --list
  tner-hf reproduce table3 --dry_run
  tner-hf reproduce table3 -o paper --bf16
  tner-hf reproduce table2 -m bert-base-cased -d wnut2017 fin --max_steps 200 \\
      -o rehearsal
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; the table (or JSON) goes to standard output."""
    options = build_parser().parse_args(argv)
    output = Output(as_json=options.json)
    if options.list:
        return _show_recipes(output)
    if options.table is None:
        raise SettingError("which table? `tner-hf reproduce --list` shows them")
    scale, loading = _read_scale(options), given(options, ("data_dir", "cache_dir", "strict"))
    quiet_libraries()
    if options.dry_run:
        return _show_plan(options, scale, loading, output)

    from tner_hf.lab.reproduce import reproduce
    from tner_hf.lab.reproduce.render import render_text

    show_log()
    result = reproduce(options.table, output_dir=options.output_dir, scale=scale, **loading)
    output.data(result.to_dict())
    output.text(render_text(result, output.width))
    output.note(f"\nsaved in {Path(options.output_dir) / options.table}")
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf reproduce",
        description="Train and score what a table of the T-NER paper reports, and print paper, "
        "ours and difference side by side. What is there already is not computed again.",
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("table", nargs="?", metavar="TABLE", help="table2 to table9")
    add("--list", action="store_true", help="show the recipes and stop")
    add_option(parser, "dry_run", help="show what would be trained and scored, and stop")
    add_option(parser, "output_dir", default="reproduce",
               help="models, predictions and results; tables share it (default: "
                    "reproduce)")  # fmt: skip
    add_option(parser, "json")
    _add_scale(parser)
    data = parser.add_argument_group("data")
    data.add_argument(
        "--edition",
        choices=("paper", "default"),
        default="paper",
        help="sentences of bc5cdr as the paper's code cuts them, or as released (default: paper)",
    )
    add_options(data, "data_dir", "cache_dir")
    add_option(data, "strict", help="leave out corpora whose raw files are not the original")
    machine = parser.add_argument_group("machine (the recipe stays the same)")
    add_option(machine, "bf16")
    machine.add_argument(
        "--gradient_accumulation_steps",
        type=int,
        default=1,
        help="cut each batch into N parts to need less memory (default: 1)",
    )
    add_option(machine, "seed", default=None, help="another seed than the paper's 1234")
    return parser


def _add_scale(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "scaling down (but for --dataset_name nothing is then held against the paper)"
    )
    add = group.add_argument
    add_option(group, "dataset_name", default=[], dest="corpora",
               help="only these rows and columns")  # fmt: skip
    add_option(group, "model_name_or_path", help="another encoder, or a copy of the paper's")
    add("--max_steps", type=int, metavar="N", help="steps of every model; warm-up shrinks with it")
    add_option(group, "batch_size", help="sentences in a step (default: 32)")
    add("--max_train_samples", type=int, metavar="N", help="train on so many sentences")
    add_option(group, "max_test_samples", type=int, help="test on the first so many sentences")


def _read_scale(options: argparse.Namespace) -> Scale:
    from dataclasses import fields

    from tner_hf.lab.reproduce import Scale

    wanted = {field.name: getattr(options, field.name) for field in fields(Scale)}
    return Scale(**{**wanted, "corpora": tuple(dict.fromkeys(options.corpora))})


def _show_recipes(output: Output) -> int:
    from tner_hf.lab.reproduce import RECIPES
    from tner_hf.lab.reproduce.render import render_recipes

    output.data([recipe.to_dict() for recipe in RECIPES.values()])
    output.text(render_recipes())
    return 0


def _show_plan(
    options: argparse.Namespace, scale: Scale, loading: Mapping[str, Any], output: Output
) -> int:
    from dataclasses import asdict

    from tner_hf.lab.reproduce.render import render_plan
    from tner_hf.lab.reproduce.running import survey

    plan, splits = survey(options.table, scale, **loading)
    models = Path(options.output_dir) / "models"
    output.data({**plan.to_dict(), "splits": [asdict(split) for split in splits]})
    output.text(
        render_plan(plan, splits, lambda name: (models / name / "train_results.json").is_file())
    )
    return 0
