"""`tner-hf matrix`: models by test sets, every protocol, from predictions that are kept."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tner_hf.cli.data_options import READING, given
from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import Output, quiet_libraries, show_log
from tner_hf.cli.parsing import Parser, describe_unknown, list_flags
from tner_hf.cli.scoring_options import add_condition_option, add_split_options, scoring_arguments
from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from tner_hf.lab.matrix import Matrix, View
    from tner_hf.predictions import PredictedSplit

EXAMPLES = """\
examples:
  tner-hf matrix -m runs/conll2003 owner/model mine=runs/x/best \\
      -d conll2003 wnut2017 letters=data/test.txt -o transfer
  tner-hf matrix --train xlm-roberta-base -d wikiann/en wikiann/ja -o lang \\
      --max_steps 5000 --learning_rate 1e-5
  tner-hf matrix -m runs/* -d fin bc5cdr -o transfer --protocol full

With --train every further flag is one of `tner-hf train`; see its --help.
A run that was stopped goes on where it was: give the same command again.
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; the table (or JSON) goes to standard output."""
    parser = build_parser()
    options, rest = parser.parse_known_args(list(argv))
    _check_options(parser, options, rest)
    show_log()
    quiet_libraries()

    from tner_hf.lab.matrix import View, run_matrix, write_outputs

    view = View(
        options.protocol,
        "type_ignored" if options.ignore_types else "type_aware",
        options.mode,
        options.average,
        options.metric,
    )
    models, trained_on = _gather_models(options, rest)
    pages: dict[tuple[str, str], str] = {}
    matrix = run_matrix(
        models,
        options.dataset_name or options.train_dataset,
        output_dir=options.output_dir,
        trained_on=trained_on,
        max_test_samples=options.max_test_samples,
        confidence=options.confidence,
        compare=options.compare,
        on_pair=_write_errors(Path(options.output_dir), pages) if options.errors else None,
        robustness=options.robustness,
        **scoring_arguments(options),
    )
    files = write_outputs(matrix, options.output_dir, view, errors=pages)
    _print(matrix, view, options, files)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command; with `--train` more are accepted."""
    parser = Parser(
        prog="tner-hf matrix",
        usage="%(prog)s -m MODEL … -d CORPUS … -o FOLDER [OPTIONS]\n"
        "       %(prog)s --train BASE -d CORPUS … -o FOLDER [OPTIONS]",
        description="Test every model on every test set: type-aware and type-ignored F1, protocols "
        "full, shared and lattice, seqeval's default and strict mode. Predictions are kept and "
        "used again.",
        epilog=EXAMPLES,
        allow_abbrev=False,  # a shortened flag of `train` must not be taken for one of ours
    )
    add = parser.add_argument
    add_option(parser, "model_name_or_path", nargs="+", default=[],
               help="checkpoint folders, Hub ids, or files of what another system said; "
                    "NAME=MODEL gives a name")  # fmt: skip
    add_option(parser, "dataset_name",
               help="test sets: corpora, files, folders, Hub ids; NAME=SOURCE gives a "
                    "name")  # fmt: skip
    add_option(parser, "output_dir", required=True,
               help="all outputs, and what is kept for the next run")  # fmt: skip
    add_option(parser, "max_test_samples", help="score the first N sentences of each test set")
    add("--lowercase", action="store_true", help="lower-case the words, in training and testing")
    add_options(parser, "batch_tokens", "device")

    add("--errors", action="store_true",
        help="write a page of each pair's errors, to which its number in report.html leads; it "
             "holds the text of the test set")  # fmt: skip
    add(
        "--compare",
        action="store_true",
        help="test each model against the one trained on the test set's corpus (seconds a pair)",
    )
    add_option(parser, "robustness")

    train = parser.add_argument_group("training")
    train.add_argument("--train", metavar="BASE", dest="base",
                       help="train what is missing first, each from this encoder")  # fmt: skip
    add_option(train, "train_dataset",
               help="what to train on, one model each (default: the test sets)")  # fmt: skip
    train.add_argument("--no_merged", action="store_true", help="no model of all corpora merged")

    shown = parser.add_argument_group("what is shown")
    add_option(shown, "protocol", default="shared",
               help="in table and heat map (default: shared); files hold all")  # fmt: skip
    shown.add_argument("--ignore_types", action="store_true", help="scores whatever the types")
    add_options(shown, "mode", "average", "metric")
    add_option(shown, "confidence", default=None,
               help="intervals of this level in every cell (default: none)")  # fmt: skip
    shown.add_argument("--details", action="store_true", help="print what each pair covers")
    add_option(shown, "json")

    add_condition_option(parser)
    add_split_options(parser)
    return parser


def _check_options(
    parser: argparse.ArgumentParser, options: argparse.Namespace, rest: Sequence[str]
) -> None:
    if options.confidence is not None:
        from tner_hf.metrics.intervals import check_level

        check_level(options.confidence)
    if options.base is None:
        if rest:
            raise SettingError(
                f"{describe_unknown('flag', rest[0], list_flags(parser))} `tner-hf matrix --help` "
                "shows what is accepted; flags of training need --train"
            )
        if not options.model_name_or_path or not options.dataset_name:
            missing = "--dataset_name" if options.model_name_or_path else "--model_name_or_path"
            raise SettingError(
                f"{missing} is missing; give checkpoints and test sets: tner-hf matrix -m A B -d X "
                "Y -o FOLDER, or train them with --train BASE"
            )
        return
    if not (options.train_dataset or options.dataset_name):
        raise SettingError("--train needs --dataset_name, what to train on and to test on")


def _gather_models(
    options: argparse.Namespace, rest: Sequence[str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Name to checkpoint, trained ones first, and what those were trained on."""
    from tner_hf.predictions.names import name_models

    models = name_models(options.model_name_or_path)
    if options.base is None:
        return models, {}
    from tner_hf.cli.train import parse_arguments
    from tner_hf.lab.matrix.training import train_models, trained_domains

    words = [
        f"--{name}={value}"
        for name, value in given(options, ("data_dir", "label_map", *READING)).items()
    ]
    words += ["--lowercase"] * options.lowercase + ["--native"] * bool(options.native)

    def arguments_for(folder: str) -> Any:
        base = ["--model_name_or_path", options.base, "--output_dir", folder]
        # The corpus is given to `train` itself; this name only tells the parser that there is one.
        return parse_arguments([*base, "--dataset_name", "matrix", *words, *rest])

    corpora = options.train_dataset or options.dataset_name
    merged = not options.no_merged
    trained = train_models(corpora, options.output_dir, arguments_for, merged=merged)
    if twice := sorted(set(trained) & set(models)):
        raise SettingError(
            f"model {twice[0]!r} is both trained and given; rename the given one: NAME=MODEL"
        )
    return {**trained, **models}, trained_domains(corpora, merged=merged)


def _write_errors(
    folder: Path, pages: dict[tuple[str, str], str]
) -> Callable[[str, str, PredictedSplit], None]:
    """What writes a page of errors for each pair, and notes its address in `pages`."""
    from tner_hf.files import write_file
    from tner_hf.lab.analysis import render_errors, report_errors
    from tner_hf.predictions.store import file_name

    def write(model: str, dataset: str, answer: PredictedSplit) -> None:
        parts = "errors", file_name(model), f"{file_name(dataset)}.html"
        page = render_errors(report_errors(answer, confidence=None))
        write_file(folder.joinpath(*parts), page)
        pages[model, dataset] = "/".join(map(quote, parts))

    return write


def _print(matrix: Matrix, view: View, options: argparse.Namespace, files: list[Path]) -> None:
    import json

    from tner_hf.lab.matrix.tables import render_details, render_text

    if options.json:
        print(json.dumps(matrix.to_dict(), ensure_ascii=False))
    else:
        print(render_text(matrix, view))
        if options.details:
            print(f"\n{render_details(matrix)}")
    names = [path.name for path in files]
    Output().warn(f"\nwritten to {options.output_dir}: {', '.join(names)}")
    if "matrix.png" not in names:
        Output().warn('no heat map: pip install "tner-hf[plot]"')
