"""Options that name data and say how it is read, shared by the `tner-hf datasets` commands."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from tner_hf.config import WordSplitter
from tner_hf.formats.options import READING, EmptyTokens, Nested, OnMisaligned

__all__ = [
    "LOADING", "READING", "add_file_options", "add_loading_options", "add_reading_options",
    "files_by_split", "given",
]  # fmt: skip

SPLITS = ("train", "validation", "test")

#: Options of `load_dataset`, handed on where they are given.
LOADING = (
    "native", "unify", "label_map", "data_dir", "cache_dir", "revision", "tokenizer",
)  # fmt: skip


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """`--train_file`, `--validation_file`, `--test_file`."""
    group = parser.add_argument_group("files that belong together")
    for split in SPLITS:
        group.add_argument(f"--{split}_file", nargs="+", metavar="FILE", help=f"the {split} split")


def add_loading_options(parser: argparse.ArgumentParser, *, without: tuple[str, ...] = ()) -> None:
    """The options called `LOADING`, without those that a command means otherwise."""
    group = parser.add_argument_group("loading")

    def add(option: str, **how: Any) -> None:
        if option.removeprefix("--") not in without:
            group.add_argument(option, **how)

    add("--native", action="store_true", default=None, help="keep a corpus's own types")
    add("--unify", action="store_true", default=None, help="map your own types to the unified ones")
    add("--label_map", metavar="FILE", help="YAML file: native type to unified type")
    add("--data_dir", help="folder with a corpus's raw files")
    add("--cache_dir", help="where built datasets are kept")
    add("--revision", help="branch, tag or commit of a Hub dataset")
    add("--tokenizer", help="mecab: group Japanese characters into words")


def add_reading_options(parser: argparse.ArgumentParser, *, without: tuple[str, ...] = ()) -> None:
    """The options called `READING`, without those that a command means otherwise."""
    group = parser.add_argument_group("reading files")

    def add(option: str, **how: Any) -> None:
        if option.removeprefix("--") not in without:
            group.add_argument(option, **how)

    add("--token_column", type=_column, help="column of the token (default: the first, 0)")
    add("--tag_column", type=_column, help="column of the tag (default: the last, -1)")
    add("--delimiter", type=_unescape, help=r"between columns, e.g. '\t' (default: detected)")
    add("--scheme", help="IOB1, IOB2, BIOES, BILOU or IO (default: detected)")
    add("--encoding", help="of the files (default: utf-8)")
    add(
        "--strict",
        action="store_true",
        default=None,
        help="an I- tag that starts an entity in an IOB2 file is an error",
    )
    add("--label2id", help="JSON file that says which tag each integer is")
    add("--format", help="of the files, as `tner-hf datasets formats` lists (default: recognised)")
    add("--header", action=argparse.BooleanOptionalAction, default=None,
        help="the first line names the columns (default: recognised)")  # fmt: skip
    add("--empty_tokens", choices=get_args(EmptyTokens),
        help="what becomes of a line whose token is empty (default: error)")  # fmt: skip
    add("--on_misaligned", choices=get_args(OnMisaligned),
        help="what becomes of a span that is not whole words (default: expand)")  # fmt: skip
    add("--nested", choices=get_args(Nested),
        help="which of nested spans is read (default: outer)")  # fmt: skip
    add("--word_splitter", choices=get_args(WordSplitter),
        help="how text with spans becomes words (default: unicode)")  # fmt: skip


def given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of the options that the user gave."""
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def files_by_split(options: argparse.Namespace) -> dict[str, list[str]]:
    """Split to the files that the user gave for it."""
    named = {split: getattr(options, f"{split}_file") for split in SPLITS}
    return {split: files for split, files in named.items() if files}


def _column(text: str) -> int | str:
    """A column's number, or its name in files that have names."""
    return int(text) if text.lstrip("-").isdigit() else text


def _unescape(text: str) -> str:
    return text.replace("\\t", "\t")
