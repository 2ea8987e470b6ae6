"""`tner-hf reproduce`: a table of the paper again, or a small rehearsal; the study of merging."""

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
  tner-hf reproduce merged --seeds 1 2 3 --minutes 25 -o study
"""

#: One model of several corpora, or one of each: no table of the paper.
MERGED = "merged"

#: Options that only tables have, and those that only the study has.
OF_TABLES = ("edition", "gradient_accumulation_steps", "seed")
OF_MERGED = ("seeds", "variants", "recipe", "split", "minutes", "keep_models")


def main(argv: Sequence[str]) -> int:
    """Run the command; the table (or JSON) goes to standard output."""
    parser = build_parser()
    options = parser.parse_args(argv)
    output = Output(as_json=options.json)
    if options.list:
        return _show_recipes(output)
    if options.table is None:
        raise SettingError("which table? `tner-hf reproduce --list` shows them")
    foreign = OF_TABLES if options.table == MERGED else OF_MERGED
    for name in foreign:
        if getattr(options, name) != parser.get_default(name):
            other = "tables of the paper" if options.table == MERGED else f"`reproduce {MERGED}`"
            raise SettingError(f"--{name} is for {other}, not for {options.table}")
    loading = given(options, ("data_dir", "cache_dir", "strict"))
    quiet_libraries()
    if options.table == MERGED:
        return _study_merging(options, loading, output)
    scale = _read_scale(options)
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
        "ours and difference side by side; or, `merged`, one model of several corpora against one "
        "of each. What is there already is not computed again.",
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("table", nargs="?", metavar="TABLE", help="table2 to table9, or merged")
    add("--list", action="store_true", help="show the recipes and stop")
    add_option(parser, "dry_run", help="show what would be trained and scored, and stop")
    add_option(parser, "output_dir", default="reproduce",
               help="models, predictions and results; tables share it (default: "
                    "reproduce)")  # fmt: skip
    add_option(parser, "json")
    _add_scale(parser)
    _add_study(parser)
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
    add_option(group, "batch_size", help="sentences in a step (default: 32; merged: 16)")
    add("--max_train_samples", type=int, metavar="N", help="train on so many sentences")
    add_option(group, "max_test_samples", type=int, help="test on the first so many sentences")


def _add_study(parser: argparse.ArgumentParser) -> None:
    from tner_hf.lab.reproduce.merged_runs import LEAVE_ONE_OUT, RECIPE, VARIANTS

    group = parser.add_argument_group("the study of merging (merged)")
    add = group.add_argument
    add("--seeds", type=int, nargs="+", default=[1], metavar="N", help="of the runs (default: 1)")
    add("--variants", nargs="+", default=[], metavar="VARIANT",
        help=f"of {', '.join(VARIANTS)} (default: all)")  # fmt: skip
    add("--recipe", default=RECIPE, metavar="VARIANT",
        help=f"of these, how {LEAVE_ONE_OUT} merges (default: {RECIPE})")  # fmt: skip
    add_option(group, "split", default="validation",
               help="validation, or test once the recipe is chosen (default: "
                    "validation)")  # fmt: skip
    add("--minutes", type=float, metavar="N", help="begin no further run after so many minutes")
    add("--keep_models", action="store_true", help="leave the models of the runs where they are")


def _study_merging(options: argparse.Namespace, loading: Mapping[str, Any], output: Output) -> int:
    from dataclasses import fields

    from tner_hf.lab.reproduce.merged import study_merging
    from tner_hf.lab.reproduce.merged_result import render_plan, render_text
    from tner_hf.lab.reproduce.merged_runs import Study, load_parts, plan_runs

    settings = given(options, tuple(field.name for field in fields(Study)))
    study = Study(**{**settings, "corpora": tuple(options.corpora) or Study.corpora})
    chosen = options.split, options.variants, options.seeds, options.recipe
    if options.dry_run:
        runs, folder = plan_runs(study, *chosen), Path(options.output_dir) / MERGED
        study.check_folder(folder)
        parts = load_parts(study, options.split, **loading)
        output.data([{**run.to_dict(), "there": run.result(folder).is_file()} for run in runs])
        output.text(render_plan(runs, parts, folder, output.width))
        return 0
    show_log()
    how = {name: getattr(options, name) for name in OF_MERGED}
    result = study_merging(study, output_dir=options.output_dir, **how, **loading)
    output.data(result.to_dict())
    output.text(render_text(result, output.width))
    output.note(f"\nsaved in {Path(options.output_dir) / MERGED}")
    return 0


def _read_scale(options: argparse.Namespace) -> Scale:
    from dataclasses import fields

    from tner_hf.lab.reproduce import Scale

    wanted = {field.name: getattr(options, field.name) for field in fields(Scale)}
    return Scale(**{**wanted, "corpora": tuple(dict.fromkeys(options.corpora))})


def _show_recipes(output: Output) -> int:
    from tner_hf.lab.reproduce import RECIPES
    from tner_hf.lab.reproduce.merged_result import describe_study
    from tner_hf.lab.reproduce.merged_runs import VARIANTS, Study
    from tner_hf.lab.reproduce.render import render_recipes
    from tner_hf.report.columns import wrap_line

    study = {"table": MERGED, "variants": list(VARIANTS), **Study().to_dict()}
    output.data([*(recipe.to_dict() for recipe in RECIPES.values()), study])
    told = f"{MERGED}: one model of several corpora, or one of each? {', '.join(VARIANTS)}. "
    output.text(f"{render_recipes()}\n\n{wrap_line(told + describe_study(Study()))}")
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
