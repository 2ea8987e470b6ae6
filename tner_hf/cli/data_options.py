"""Options that name data and say how it is read, shared by the `tner-hf datasets` commands."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from tner_hf.formats.options import CHOICES, HELP, READING, parse_column

__all__ = [
    "LOADING", "READING", "add_file_options", "add_loading_options", "add_reading_options",
    "files_by_split", "given",
]  # fmt: skip

SPLITS = ("train", "validation", "test")

#: Options of `load_dataset`, handed on where they are given.
LOADING = (
    "native", "unify", "label_map", "data_dir", "cache_dir", "revision", "tokenizer", "name",
)  # fmt: skip

#: What a command line gives of those options that are not just text.
_KINDS: dict[str, dict[str, Any]] = {
    "token_column": {"type": parse_column},
    "tag_column": {"type": parse_column},
    "strict": {"action": "store_true", "default": None},
    "header": {"action": argparse.BooleanOptionalAction, "default": None},
    **{name: {"choices": get_args(accepted)} for name, accepted in CHOICES.items()},
}


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
    add("--dataset_title", dest="name", metavar="TITLE", help="what your own data is called")


def add_reading_options(parser: argparse.ArgumentParser, *, without: tuple[str, ...] = ()) -> None:
    """The options called `READING`, without those that a command means otherwise."""
    group = parser.add_argument_group("reading files")
    for name in READING:
        if name not in without:
            group.add_argument(f"--{name}", help=HELP[name], **_KINDS.get(name, {}))


def given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """Those of the options that the user gave."""
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def files_by_split(options: argparse.Namespace) -> dict[str, list[str]]:
    """Split to the files that the user gave for it."""
    named = {split: getattr(options, f"{split}_file") for split in SPLITS}
    return {split: files for split, files in named.items() if files}
