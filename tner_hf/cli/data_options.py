"""Options that name data and say how it is read, shared by the `tner-hf datasets` commands."""

from __future__ import annotations

import argparse
from typing import Any

from tner_hf.cli.options import add_option, add_options
from tner_hf.formats.options import HELP, READING

__all__ = [
    "LOADING", "READING", "add_file_options", "add_loading_options", "add_reading_options",
    "files_by_split", "given",
]  # fmt: skip

SPLITS = ("train", "validation", "test")

#: Options of `load_dataset`, handed on where they are given.
LOADING = (
    "native", "unify", "label_map", "data_dir", "cache_dir", "revision", "tokenizer", "name",
)  # fmt: skip


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """`--train_file`, `--validation_file`, `--test_file`."""
    group = parser.add_argument_group("files that belong together")
    add_options(group, *(f"{split}_file" for split in SPLITS))


def add_loading_options(parser: argparse.ArgumentParser, *, revision: bool = True) -> None:
    """The options called `LOADING`."""
    group = parser.add_argument_group("loading")
    add_option(group, "native", help="keep a corpus's own types")
    add_options(group, "unify", "label_map", "data_dir", "cache_dir")
    if revision:
        add_option(group, "dataset_revision", dest="revision")
    add_options(group, "tokenizer", "dataset_title")


def add_reading_options(parser: argparse.ArgumentParser, *, without: tuple[str, ...] = ()) -> None:
    """The options called `READING`, without those that a command means otherwise."""
    group = parser.add_argument_group("reading files")
    for name in READING:
        if name not in without:
            # `word_splitter` means something else where a model splits text.
            add_option(group, name, help=HELP[name])


def given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of the options that the user gave."""
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def files_by_split(options: argparse.Namespace) -> dict[str, list[str]]:
    """Split to the files that the user gave for it."""
    named = {split: getattr(options, f"{split}_file") for split in SPLITS}
    return {split: files for split, files in named.items() if files}
