"""Options of running a model on test data, shared by `evaluate`, `compare` and `errors`."""

from __future__ import annotations

import argparse
from typing import Any

from tner_hf.cli.data_options import READING, add_reading_options, given

#: Options that are handed on where they are given.
_HANDED_ON = (
    "corpus", "lowercase", "max_length", "batch_tokens", "label_map", "data_dir", "cache_dir",
    *READING,
)  # fmt: skip


def add_condition_option(parser: argparse.ArgumentParser) -> None:
    """By whose guidelines models tag."""
    parser.add_argument(
        "--corpus",
        metavar="CORPUS",
        help="tag by the guidelines of this corpus, or `own`: of each test set's, where the model "
        "knows it (for models of train --corpus_condition)",
    )


def add_tagging_options(parser: argparse.ArgumentParser) -> None:
    """How models read sentences."""
    add = parser.add_argument_group("tagging").add_argument
    add("--lowercase", action=argparse.BooleanOptionalAction,
        help="lower-case the words (default: as the model was trained)")  # fmt: skip
    add("--max_length", type=int, help="longest window in sub-tokens (default: the model's own)")
    add("--batch_tokens", type=int, help="sub-tokens in a batch (default: 512 on a CPU)")


def add_test_data_options(
    parser: argparse.ArgumentParser,
    *,
    several: str,
    split: str = "test",
    without: tuple[str, ...] = (),
) -> None:
    """What is scored.

    Args:
        parser: of the command.
        several: what becomes of several datasets, for the help.
        split: the split that is taken where none is named.
        without: options of reading that the command means otherwise.
    """
    data = parser.add_argument_group("data").add_argument
    data("--dataset_name", "-d", nargs="+", metavar="D",
         help=f"corpus, Hub id or folder; {several}")  # fmt: skip
    data("--dataset_config", help="configuration of the corpus, e.g. ja for wikiann")
    data(f"--{split}_file", dest="test_file", metavar="FILE",
         help="your own IOB, JSON lines or Parquet file")  # fmt: skip
    add_split_options(parser, split=split, without=without)


def add_split_options(
    parser: argparse.ArgumentParser, *, split: str = "test", without: tuple[str, ...] = ()
) -> None:
    """Which split of a test set is read, how, and what becomes of its types.

    Args:
        parser: of the command.
        split: the one that is taken where none is named.
        without: options of reading that the command means otherwise.
    """
    add = parser.add_argument_group("reading the data").add_argument
    add("--split", default=split, help=f"the split to read (default: {split})")
    add("--native", action="store_true", help="compare types as they are, without mapping")
    add("--label_map", metavar="FILE",
        help="YAML file: native type to unified type, for both sides")  # fmt: skip
    add("--data_dir", help="folder with the raw files of a corpus")
    add("--cache_dir", help="where built datasets are kept")
    add_reading_options(parser, without=without)


def scoring_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Keyword arguments of `predict_split`, the data aside."""
    return {"split": options.split, "native": options.native, **given(options, _HANDED_ON)}
