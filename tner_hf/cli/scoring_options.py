"""Options of running a model on test data, shared by `evaluate`, `compare` and `errors`."""

from __future__ import annotations

import argparse
from typing import Any

from tner_hf.cli.data_options import READING, add_reading_options, given
from tner_hf.cli.options import add_option, add_options

#: Options that are handed on where they are given.
_HANDED_ON = (
    "corpus", "lowercase", "max_length", "batch_tokens", "device", "label_map", "data_dir",
    "cache_dir",
    *READING,
)  # fmt: skip


def add_condition_option(parser: argparse.ArgumentParser) -> None:
    """By whose guidelines models tag."""
    add_option(
        parser,
        "corpus",
        help="tag by the guidelines of this corpus, or `own`: of each test set's, where the model "
        "knows it (for models of train --corpus_condition)",
    )


def add_tagging_options(parser: argparse.ArgumentParser) -> None:
    """How models read sentences."""
    group = parser.add_argument_group("tagging")
    add_options(group, "lowercase", "max_length", "batch_tokens", "device")


def add_test_data_options(
    parser: argparse.ArgumentParser,
    *,
    several: str,
    split: str = "test",
    required: bool = False,
) -> Any:
    """What is scored: datasets, or a file.

    Returns:
        The group of these two, for what excludes both.
    """
    data = parser.add_argument_group("data")
    either = data.add_mutually_exclusive_group(required=required)
    add_option(either, "dataset_name", help=f"corpus, Hub id or folder; {several}")
    add_option(either, f"{split}_file", nargs=None, dest="test_file",
               help="your own IOB, JSON lines or Parquet file")  # fmt: skip
    add_option(data, "dataset_config")
    add_split_options(parser, split=split)
    return either


def add_split_options(parser: argparse.ArgumentParser, *, split: str = "test") -> None:
    """Which split of a test set is read, how, and what becomes of its types."""
    group = parser.add_argument_group("reading the data")
    add_option(group, "split", default=split, help=f"the split to read (default: {split})")
    add_option(group, "native", help="compare types as they are, without mapping")
    add_option(group, "label_map", help="YAML file: native type to unified type, for both sides")
    add_options(group, "data_dir", "cache_dir")
    add_reading_options(parser)


def choose_data(options: argparse.Namespace) -> tuple[Any, str | None]:
    """What `evaluate` calls the dataset, None where none is named, and its configuration."""
    if options.test_file:
        return {options.split: options.test_file}, None
    names = options.dataset_name
    return (names[0] if names and len(names) == 1 else names), options.dataset_config


def scoring_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Keyword arguments of `predict_split`, the data aside."""
    return {"split": options.split, "native": bool(options.native), **given(options, _HANDED_ON)}
