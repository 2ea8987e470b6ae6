"""`tner-hf matrix`: models by test sets, every protocol, from predictions that are kept."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tner_hf.cli.data_options import READING, given
from tner_hf.cli.output import quiet_libraries, show_log
from tner_hf.cli.parsing import Parser, describe_unknown, list_flags
from tner_hf.cli.scoring_options import add_condition_option, add_split_options, scoring_arguments
from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from tner_hf.lab.matrix import Matrix, View
    from tner_hf.predictions import PredictedSplit

EXAMPLES = """\
examples:
  tner-hf matrix --models runs/conll2003 owner/model mine=runs/x/best \\
      --datasets conll2003 wnut2017 letters=data/test.txt --output_dir transfer
  tner-hf matrix --train --model_name_or_path xlm-roberta-base --corpora wikiann/en wikiann/ja \\
      --output_dir languages --max_steps 5000 --learning_rate 1e-5
  tner-hf matrix --models runs/* --datasets fin bc5cdr --output_dir transfer --protocol full

With --train every further flag is one of `tner-hf train` (see `tner-hf train --help`).
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
        "type_aware" if options.types == "aware" else "type_ignored",
        options.mode,
        options.average,
        options.measure,
    )
    models, trained_on = _gather_models(options, rest)
    pages: dict[tuple[str, str], str] = {}
    matrix = run_matrix(
        models,
        options.datasets or options.corpora,
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
        usage="%(prog)s --models MODEL … --datasets CORPUS … --output_dir FOLDER\n"
        "       %(prog)s --train --model_name_or_path BASE --corpora CORPUS … --output_dir FOLDER",
        description="Test every model on every test set: type-aware and type-ignored F1, protocols "
        "full, shared and lattice, seqeval's default and strict mode. Predictions are kept and "
        "used again.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # a shortened flag of `train` must not be taken for one of ours
    )
    add = parser.add_argument
    add("--models", nargs="+", default=[], metavar="MODEL",
        help="checkpoint folders, Hub ids, or files of what another system said; NAME=MODEL "
             "gives a name")  # fmt: skip
    add("--datasets", nargs="+", metavar="CORPUS",
        help="test sets: corpora, files, folders, Hub ids; NAME=SOURCE gives a name")  # fmt: skip
    add("--output_dir", "-o", required=True, metavar="FOLDER",
        help="all outputs, and what is kept for the next run")  # fmt: skip
    add("--lowercase", action="store_true", help="lower-case the words, in training and testing")
    add("--max_test_samples", type=_positive, metavar="N",
        help="score the first N sentences of each test set")  # fmt: skip
    add("--batch_tokens", type=_positive, metavar="N",
        help="sub-tokens in a batch (default: 512 on a CPU)")  # fmt: skip

    add("--errors", action="store_true",
        help="write a page of each pair's errors, to which its number in report.html leads; it "
             "holds the text of the test set")  # fmt: skip
    add(
        "--compare",
        action="store_true",
        help="test each model against the one trained on the test set's corpus (seconds a pair)",
    )
    add("--robustness", action="store_true",
        help="also columns of changed text: case, typos, OCR, other names and so on")  # fmt: skip

    train = parser.add_argument_group("training").add_argument
    train("--train", action="store_true", help="train what is missing first")
    train("--model_name_or_path", metavar="BASE", help="the encoder that every model starts from")
    train("--corpora", nargs="+", metavar="CORPUS",
          help="what to train on, one model each (default: the datasets)")  # fmt: skip
    train("--no_merged", action="store_true", help="no model of all corpora merged")

    shown = parser.add_argument_group("what is shown").add_argument
    shown("--protocol", choices=("shared", "full", "lattice"), default="shared",
          help="in table and heat map (default: shared); files hold all")  # fmt: skip
    shown("--types", choices=("aware", "ignored"), default="aware", help="(default: aware)")
    shown("--mode", choices=("default", "strict"), default="default", help="(default: default)")
    shown("--average", choices=("micro", "macro"), default="micro", help="(default: micro)")
    shown("--measure", choices=("f1", "precision", "recall"), default="f1", help="(default: f1)")
    shown("--confidence", type=float, metavar="LEVEL",
          help="a confidence interval in every cell, e.g. of 0.95 (default: none)")  # fmt: skip
    shown("--details", action="store_true", help="print what each pair covers")
    shown("--json", action="store_true", help="print JSON instead of tables")

    add_condition_option(parser)
    add_split_options(parser)
    return parser


def _check_options(
    parser: argparse.ArgumentParser, options: argparse.Namespace, rest: Sequence[str]
) -> None:
    if options.confidence is not None:
        from tner_hf.metrics.intervals import check_level

        check_level(options.confidence)
    if not options.train:
        if rest:
            raise SettingError(
                f"{describe_unknown('flag', rest[0], list_flags(parser))} `tner-hf matrix --help` "
                "shows what is accepted; flags of training need --train"
            )
        if not options.models or not options.datasets:
            missing = "--models" if not options.models else "--datasets"
            raise SettingError(
                f"{missing} is missing; give checkpoints and test sets: tner-hf matrix --models A "
                "B --datasets X Y --output_dir FOLDER, or train them with --train"
            )
        return
    if not options.model_name_or_path:
        raise SettingError("--train needs --model_name_or_path BASE, the encoder to start from")
    if not (options.corpora or options.datasets):
        raise SettingError("--train needs --corpora, what to train on (and to test on)")


def _gather_models(
    options: argparse.Namespace, rest: Sequence[str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Name to checkpoint, trained ones first, and what those were trained on."""
    from tner_hf.predictions.names import name_models

    models = name_models(options.models)
    if not options.train:
        return models, {}
    from tner_hf.cli.train import parse_arguments
    from tner_hf.lab.matrix.training import train_models, trained_domains

    words = [
        f"--{name}={value}"
        for name, value in given(options, ("data_dir", "label_map", *READING)).items()
    ]
    words += ["--lowercase"] * options.lowercase + ["--native"] * options.native

    def arguments_for(folder: str) -> Any:
        base = ["--model_name_or_path", options.model_name_or_path, "--output_dir", folder]
        # The corpus is given to `train` itself; this name only tells the parser that there is one.
        return parse_arguments([*base, "--dataset_name", "matrix", *words, *rest])

    corpora = options.corpora or options.datasets
    merged = not options.no_merged
    trained = train_models(
        options.model_name_or_path,
        corpora,
        options.output_dir,
        merged=merged,
        arguments_for=arguments_for,
    )
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
    import sys

    from tner_hf.lab.matrix.tables import render_details, render_text

    if options.json:
        print(json.dumps(matrix.to_dict(), ensure_ascii=False))
    else:
        print(render_text(matrix, view))
        if options.details:
            print(f"\n{render_details(matrix)}")
    names = [path.name for path in files]
    print(f"\nwritten to {options.output_dir}: {', '.join(names)}", file=sys.stderr)
    if "matrix.png" not in names:
        print('no heat map: pip install "tner-hf[plot]"', file=sys.stderr)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is too few; give 1 or more")
    return number
