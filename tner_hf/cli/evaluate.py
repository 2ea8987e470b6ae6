"""`tner-hf evaluate`: score a model on a corpus, several corpora as one, or your own file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from tner_hf.errors import SettingError

#: Options that `load_dataset` understands and that are handed on where they are given.
_LOADING = (
    "data_dir", "cache_dir", "token_column", "tag_column", "delimiter", "scheme", "encoding",
    "strict",
)  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Run the command; the table (or JSON) goes to standard output."""
    options = build_parser().parse_args(argv)
    dataset, config = _choose_data(options)

    from tner_hf.evaluation import evaluate

    result = evaluate(
        options.model_name_or_path,
        dataset,
        config,
        split=options.split,
        native=options.native,
        label_map=options.label_map,
        lowercase=options.lowercase,
        max_length=options.max_length,
        batch_tokens=options.batch_tokens,
        revision=options.revision,
        confidence=options.confidence if options.intervals else None,
        resamples=options.resamples,
        seed=options.seed,
        output_file=options.output_file,
        predictions_file=options.predictions_file,
        **{name: value for name in _LOADING if (value := getattr(options, name)) is not None},
    )
    if options.json:
        print(json.dumps(result.to_dict(), ensure_ascii=False))
    else:
        print(result.table())
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = argparse.ArgumentParser(
        prog="tner-hf evaluate",
        description="Score a model: type-aware and type-ignored F1, seqeval's default and strict "
        "mode, protocols full (everything counts) and shared (types that both sides know).",
    )
    add = parser.add_argument
    add("--model_name_or_path", "-m", required=True, help="checkpoint folder or Hub id")
    add("--revision", help="branch, tag or commit of the model on the Hub")
    add("--lowercase", action=argparse.BooleanOptionalAction,
        help="lower-case the words (default: as the model was trained)")  # fmt: skip
    add("--max_length", type=int, help="longest window in sub-tokens (default: the model's own)")
    add("--batch_tokens", type=int, help="sub-tokens in a batch (default: 1024 on a CPU)")

    data = parser.add_argument_group("data").add_argument
    data("--dataset_name", "-d", nargs="+", metavar="D",
         help="corpus, Hub id or folder; several are merged on the unified types")  # fmt: skip
    data("--dataset_config", help="configuration of the corpus, e.g. ja for wikiann")
    data("--test_file", help="your own IOB, JSON lines or Parquet file")
    data("--split", default="test", help="the split to score (default: test)")
    data("--native", action="store_true", help="compare types as they are, without mapping")
    data("--label_map", help="YAML file: native type to unified type, for both sides")
    data("--data_dir", help="folder with the raw files of the corpus")
    data("--cache_dir", help="where built datasets are kept")
    data("--token_column", type=_column, help="column of the token (default: the first, 0)")
    data("--tag_column", type=_column, help="column of the tag (default: the last, -1)")
    data("--delimiter", type=_unescape, help=r"between columns, e.g. '\t' (default: blanks)")
    data("--scheme", help="IOB1, IOB2, BIOES, BILOU or IO (default: detected)")
    data("--encoding", help="of the file (default: utf-8)")
    data("--strict", action="store_true", default=None,
         help="refuse an IOB2 file with I- tags that start an entity")  # fmt: skip

    doubt = parser.add_argument_group("confidence intervals").add_argument
    doubt("--confidence", type=float, default=0.95, help="their level (default: 0.95)")
    doubt("--resamples", type=int, default=1000, help="resampled test sets (default: 1000)")
    doubt("--seed", type=int, default=0, help="of the resampling (default: 0)")
    doubt("--no_intervals", dest="intervals", action="store_false", help="scores alone")

    out = parser.add_argument_group("output").add_argument
    out("--output_file", "-o", help="write scores, coverage and provenance as JSON")
    out("--predictions_file", help="write tokens, gold and predicted tags as JSON lines")
    out("--json", action="store_true", help="print JSON instead of tables")
    return parser


def _choose_data(options: argparse.Namespace) -> tuple[Any, str | None]:
    """What `evaluate` calls the dataset, and its configuration."""
    if bool(options.dataset_name) == bool(options.test_file):
        given = "both" if options.test_file else "neither"
        raise SettingError(
            f"{given} of --dataset_name and --test_file given; exactly one is needed, e.g. "
            "--dataset_name conll2003 or --test_file test.txt"
        )
    if options.test_file:
        return {options.split: options.test_file}, None
    names = options.dataset_name
    return (names[0] if len(names) == 1 else names), options.dataset_config


def _column(text: str) -> int | str:
    """A column's number, or its name in files that have names."""
    return int(text) if text.lstrip("-").isdigit() else text


def _unescape(text: str) -> str:
    return text.replace("\\t", "\t")
