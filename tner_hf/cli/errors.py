"""`tner-hf errors`: what kinds of errors a model makes, in numbers and sentence by sentence."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tner_hf.cli.data_options import READING, given
from tner_hf.cli.options import add_option
from tner_hf.cli.output import Cell, Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.scoring_options import (
    add_tagging_options,
    add_test_data_options,
    choose_data,
    scoring_arguments,
)
from tner_hf.errors import DataError, SettingError, SourceError
from tner_hf.files import write_file

if TYPE_CHECKING:
    from tner_hf.lab.analysis.error_report import ErrorReport
    from tner_hf.lab.analysis.training_data import Training
    from tner_hf.predictions import PredictedSplit

EXAMPLES = """\
examples:
  tner-hf errors -m runs/wnut -d wnut2017 -o errors
  tner-hf errors -m owner/model --test_file test.txt --train_file train.txt \\
      -o errors
  tner-hf errors --predictions_file predictions.jsonl -o errors
  tner-hf errors -m small=runs/small large=runs/large -d wnut2017 -o errors
"""

#: Models side by side.
_MOST_MODELS = 4


def main(argv: Sequence[str]) -> int:
    """Run the command; the summary (or JSON) goes to standard output."""
    options = build_parser().parse_args(argv)
    _check_options(options)
    quiet_libraries()

    from tner_hf.predictions.names import name_models

    out = Output(as_json=options.json)
    folder = Path(options.output_dir)
    named = name_models(options.model_name_or_path or options.predictions_file)
    if len(named) == 1:
        (source,) = named.values()
        report = _report(source, _predict(source, options), folder, options, out)
        out.data(_without_sentences(report))
        return 0

    from tner_hf.lab.analysis import render_side_by_side
    from tner_hf.lab.analysis.comparing import check_same
    from tner_hf.predictions.store import file_name

    answers = {name: _predict(source, options) for name, source in named.items()}
    check_same(answers)
    reports, pages = {}, {}
    for name, answer in answers.items():
        pages[name] = f"{quote(file_name(name))}/errors.html"
        reports[name] = _report(named[name], answer, folder / file_name(name), options, out)
        out.text()
    write_file(folder / "errors.html", render_side_by_side(reports, pages))
    out.data({name: _without_sentences(report) for name, report in reports.items()})
    out.text(f"side by side: {folder / 'errors.html'}")
    return 0


def _report(
    source: str, answer: PredictedSplit, folder: Path, options: argparse.Namespace, out: Output
) -> ErrorReport:
    """One model's errors, written and shown."""
    from tner_hf.lab.analysis import render_errors, report_errors

    report = report_errors(answer, training=_find_training(source, answer, options, out))
    report.save(folder / "errors.json")
    write_file(folder / "errors.html", render_errors(report))
    _print(report, out)
    out.text()
    out.text(f"to read through: {folder / 'errors.html'}; everything: {folder / 'errors.json'}")
    return report


def _without_sentences(report: ErrorReport) -> dict[str, Any]:
    """What is printed as JSON; the sentences and entities are in the file."""
    shown = report.to_dict()
    for long in ("sentences", "entities"):
        del shown[long]
    return shown


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf errors",
        description="Put every gold and predicted entity in a class (correct, type error, boundary "
        "error, both, missed, spurious, schema gap), break F1 down, and write a page to read.",
        epilog=EXAMPLES,
    )
    either = parser.add_mutually_exclusive_group(required=True)
    add_option(either, "model_name_or_path", nargs="+",
               help="checkpoint folder, Hub id, or a file of what another system said; two to "
                    "four are read side by side, and NAME=MODEL gives a name")  # fmt: skip
    add_option(either, "predictions_file", nargs="+",
               help="in place of models: what evaluate --predictions_file wrote")  # fmt: skip
    add_option(parser, "revision")
    add_option(parser, "output_dir", required=True, help="folder for errors.html and errors.json")
    add_option(parser, "json")
    train = parser.add_argument_group("training data, for seen and unseen entities")
    seen = train.add_mutually_exclusive_group()
    add_option(seen, "train_dataset")
    add_option(seen, "train_file", nargs=None, help="your own training file")
    add_test_data_options(parser, several="several are merged on the unified types")
    add_tagging_options(parser)
    return parser


def _check_options(options: argparse.Namespace) -> None:
    named = options.dataset_name or options.test_file
    if options.predictions_file and named:
        raise SettingError(
            "a file of predictions holds its sentences and gold tags; leave out --dataset_name and "
            "--test_file"
        )
    if not options.predictions_file and not named:
        raise SettingError("gold data is missing; give --dataset_name or --test_file")
    if (number := len(options.model_name_or_path or options.predictions_file)) > _MOST_MODELS:
        raise SettingError(f"{number} models; accepted: up to {_MOST_MODELS} side by side")


def _predict(source: str, options: argparse.Namespace) -> PredictedSplit:
    from tner_hf.predictions import predict_split, read_predictions

    if options.predictions_file:
        return read_predictions(source)
    dataset, config = choose_data(options)
    return predict_split(
        source,
        dataset,
        config,
        revision=options.revision,
        **scoring_arguments(options),
    )


def _find_training(
    source: str, answer: PredictedSplit, options: argparse.Namespace, out: Output
) -> Training | None:
    """The training data that was named, or that the model records; None where there is none."""
    from tner_hf.lab.analysis.training_data import read_training, recorded_training
    from tner_hf.labels.maps import choose_label_map
    from tner_hf.predictions.names import name_source

    how: dict[str, Any] = {
        "lowercase": answer.provenance.get("lowercase", False),
        "native": options.native,
        "label_map": choose_label_map(options.label_map, [answer.provenance.get("label_map")]),
        **given(options, ("cache_dir", "strict")),
    }
    if options.train_file:
        how |= given(options, READING)
        files = {"train": options.train_file}
        return read_training(files, name=name_source(files), **how)
    if corpora := options.train_dataset:
        name = " + ".join(map(name_source, corpora))
        return _read_corpora(corpora[0] if len(corpora) == 1 else corpora, name, options, how)
    try:
        checkpoint = source if options.model_name_or_path else None
        corpora, name = recorded_training(answer, checkpoint)
        return _read_corpora(corpora, name, options, how)
    except (DataError, SourceError) as error:
        # Nobody asked for it, so what cannot be had is said and left out.
        out.warn(f"tner-hf errors: seen and unseen entities are not told apart: {error}")
        return None


def _read_corpora(
    source: Any, name: str, options: argparse.Namespace, how: dict[str, Any]
) -> Training:
    from tner_hf.lab.analysis.training_data import read_training

    # Only of the corpus that is scored is --data_dir.
    if options.dataset_name in (source, [source]):
        how |= given(options, ("data_dir",))
    return read_training(source, name=name, **how)


def _print(report: ErrorReport, out: Output) -> None:
    facts = report.evaluation.provenance
    out.heading(
        f"{facts['model']} on {facts['dataset']}, split {facts['split']}: "
        f"{len(report.sentences):,} sentences, {len(report.entities.gold):,} gold and "
        f"{len(report.entities.predicted):,} predicted entities"
    )
    out.text()
    _print_classes(report, out)
    out.text()
    _print_types(report, out)
    if confusions := report.top_confusions():
        out.text()
        out.text("most confused: " + ", ".join(f"{g} as {p} {n:,}" for g, p, n in confusions))
    out.text()
    _print_buckets(report, out)
    out.text()
    _print_scorers(report, out)


def _print_classes(report: ErrorReport, out: Output) -> None:
    from tner_hf.metrics.errors import ERROR_CLASSES

    gold, predicted = report.count_classes("gold"), report.count_classes("predicted")
    rows: list[list[Cell]] = [
        [name.replace("_", " "), gold.get(name), _share(gold, name), predicted.get(name),
         _share(predicted, name)]
        for name in ERROR_CLASSES
        if name in gold or name in predicted
    ]  # fmt: skip
    out.table(["class", "gold", "share", "predicted", "share"], rows)


def _print_types(report: ErrorReport, out: Output) -> None:
    from tner_hf.metrics.errors import ERROR_CLASSES

    counted = report.entities.count_classes("gold")
    spurious = report.entities.count_classes("predicted")
    classes = [c for c in ERROR_CLASSES if any(c in row for row in counted.values())]
    header = ["gold type", "gold", *(name.replace("_", " ") for name in classes), "spurious"]
    rows: list[list[Cell]] = []
    for kind in sorted({*counted, *spurious}):
        row, other = counted.get(kind, {}), spurious.get(kind, {})
        counts = [row.get(name, 0) for name in classes]
        rows.append([kind, sum(row.values()), *counts, other.get("spurious", 0)])
    out.table(header, rows)


def _print_buckets(report: ErrorReport, out: Output) -> None:
    groups = [
        (f"in {report.training}", report.by_familiarity or ()),
        ("entity tokens", report.by_entity_length),
        ("sentence tokens", report.by_sentence_length),
    ]
    rows: list[list[Cell]] = [
        [name, bucket.name.replace("_", " "), bucket.gold, bucket.predicted, *(
            f"{100 * value:6.2f}" for value in (bucket.precision, bucket.recall, bucket.f1)
        )]
        for name, buckets in groups
        for bucket in buckets
        if bucket.gold or bucket.predicted
    ]  # fmt: skip
    out.table(["by", "", "gold", "predicted", "precision", "recall", "f1"], rows)


def _print_scorers(report: ErrorReport, out: Output) -> None:
    aware = report.evaluation.protocols["full"]["type_aware"]
    shown = [
        (f"default {100 * aware['default']['micro']['f1']:.2f}"),
        (f"strict {100 * aware['strict']['micro']['f1']:.2f}"),
        *(
            f"{matching} match {100 * report.agreement[matching].f1:.2f}"
            for matching in ("partial", "exact", "ent_type")
        ),
    ]
    out.text(f"F1 by scorer: {', '.join(shown)}")
    out.text(
        f"sentences on which default, strict and partial differ: {len(report.disagreements):,}"
    )


def _share(counts: Any, name: str) -> str:
    return f"{100 * counts[name] / sum(counts.values()):.1f} %" if name in counts else ""
