"""The options that commands share, each declared once: its flags, its form and its help.

A command picks by name, `add_options(parser, "revision", "device", "json")`, and says what it means
by one where that is more than the table says: `add_option(parser, "output_file", help="…")`. Only
what a single command has is declared there.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from tner_hf.config import WordSplitter
from tner_hf.formats.options import CHOICES, HELP, READING, parse_column

#: Option to its only short flag.
SHORT = {
    "model_name_or_path": "-m",
    "dataset_name": "-d",
    "output_dir": "-o",
    "output_file": "-o",
}


class Switch(argparse.Action):
    """`--name` and `--no_name`: true, false, and None where neither is given."""

    def __init__(self, option_strings: Sequence[str], dest: str, **how: Any) -> None:
        on = option_strings[-1]
        super().__init__([*option_strings, f"--no_{on.removeprefix('--')}"], dest, nargs=0, **how)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Set what the flag says."""
        del parser, values
        setattr(namespace, self.dest, not str(option_string).startswith("--no_"))


def positive(text: str) -> int:
    """A whole number from 1, as the `type` of an option."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text}; accepted: 0 (any free one) to 65535")
    return int(text)


#: What reading files adds to the help that `ReadOptions` has of each of its fields.
_READING: Mapping[str, Mapping[str, Any]] = {
    "token_column": {"type": parse_column, "metavar": "COLUMN"},
    "tag_column": {"type": parse_column, "metavar": "COLUMN"},
    "label2id": {"metavar": "FILE"},
    "strict": {"action": "store_true", "default": None},
    "header": {"action": Switch},
    **{name: {"choices": get_args(accepted)} for name, accepted in CHOICES.items()},
}

#: Option to what `add_argument` takes of it.
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    # what is looked at
    "model_name_or_path": {"metavar": "MODEL", "help": "checkpoint folder or Hub id"},
    "revision": {"help": "branch, tag or commit of the model on the Hub"},
    "dataset_name": {
        "nargs": "+",
        "metavar": "CORPUS",
        "help": "corpora, files, folders or Hub ids",
    },
    "dataset_config": {
        "metavar": "CONFIG",
        "help": "configuration of the corpus, e.g. ja for wikiann",
    },
    "dataset_revision": {
        "metavar": "REVISION",
        "help": "branch, tag or commit of a dataset on the Hub",
    },
    "dataset_title": {"dest": "name", "metavar": "TITLE", "help": "what your own data is called"},
    "train_file": {"nargs": "+", "metavar": "FILE", "help": "the train split"},
    "validation_file": {"nargs": "+", "metavar": "FILE", "help": "the validation split"},
    "test_file": {"nargs": "+", "metavar": "FILE", "help": "the test split"},
    "train_dataset": {
        "nargs": "+",
        "metavar": "CORPUS",
        "help": "what the model was trained on (default: the corpora that it records)",
    },
    "predictions_file": {
        "metavar": "FILE",
        "help": "what `evaluate --predictions_file` wrote: tokens, gold and predicted tags",
    },
    "split": {"default": "test", "help": "the split to read (default: test)"},
    "data_dir": {"metavar": "FOLDER", "help": "folder with the raw files of a corpus"},
    "cache_dir": {"metavar": "FOLDER", "help": "where built datasets are kept"},
    # types
    "native": {
        "action": "store_true",
        "default": None,
        "help": "keep types as they are, without mapping",
    },
    "unify": {
        "action": "store_true",
        "default": None,
        "help": "map your own types to the unified ones",
    },
    "label_map": {"metavar": "FILE", "help": "YAML file: native type to unified type"},
    # how text and files are read
    "tokenizer": {"metavar": "NAME", "help": "mecab: group Japanese characters into words"},
    **{name: {"help": HELP[name], **_READING.get(name, {})} for name in READING},
    # of a model; of files it is what `HELP` says
    "word_splitter": {
        "choices": get_args(WordSplitter),
        "help": "how text becomes words (default: the model's own)",
    },
    # how a model is run
    "device": {"help": "cpu, cuda, cuda:1, mps … (default: a GPU where there is one)"},
    "corpus": {
        "metavar": "CORPUS",
        "help": "tag by the guidelines of this corpus (for models of train --corpus_condition)",
    },
    "lowercase": {
        "action": Switch,
        "help": "lower-case the words (default: as the model was trained)",
    },
    "max_length": {
        "type": int,
        "help": "longest window in sub-tokens (default: the model's own)",
    },
    "batch_tokens": {
        "type": positive,
        "metavar": "N",
        "help": "sub-tokens in a batch (default: 512 on a CPU)",
    },
    "bf16": {"action": "store_true", "help": "train in bfloat16, on a GPU"},
    "int8": {
        "action": "store_true",
        "help": "8-bit integers: a quarter of the size, several times as fast on a CPU",
    },
    "max_f1_drop": {
        "type": float,
        "metavar": "DROP",
        "help": "how much lower F1 may be, of 1: 0.01 is a point",
    },
    "no_check": {"action": "store_true", "help": "no gold data: keep it unchecked"},
    "text_column": {
        "metavar": "COLUMN",
        "help": "of texts or lists of words (default: text, tokens or words)",
    },
    "batch_size": {"type": int, "help": "texts that are answered together (default: 512)"},
    "max_characters": {"type": int, "help": "longest text that is tagged"},
    "max_test_samples": {
        "type": positive,
        "metavar": "N",
        "help": "the first N sentences of each test set",
    },
    "robustness": {
        "action": "store_true",
        "help": "also on changed text: case, typos, OCR, other names and so on",
    },
    # which score, and how sure
    "protocol": {
        "choices": ("full", "shared", "lattice"),
        "default": "full",
        "help": "full: every entity; shared: types that the corpus and all systems know; lattice: "
        "types read as broader ones, where all meet (default: full)",
    },
    "mode": {
        "choices": ("default", "strict"),
        "default": "default",
        "help": "of seqeval (default: default)",
    },
    "average": {
        "choices": ("micro", "macro"),
        "default": "micro",
        "help": "over entities or over types (default: micro)",
    },
    "metric": {
        "choices": ("f1", "precision", "recall"),
        "default": "f1",
        "help": "which of the three (default: f1)",
    },
    "confidence": {
        "type": float,
        "metavar": "LEVEL",
        "default": 0.95,
        "help": "level of the intervals (default: 0.95)",
    },
    "resamples": {"type": int, "default": 1000, "help": "of a bootstrap (default: 1000)"},
    "seed": {"type": int, "default": 0, "help": "of what is drawn at random (default: 0)"},
    # pages and repositories
    "port": {"type": _port, "metavar": "N", "help": "port, 0 for any free one"},
    "title": {"help": "title of the page"},
    "examples": {
        "nargs": "+",
        "default": (),
        "metavar": "TEXT",
        "help": "texts to click on; quote each",
    },
    "repo_id": {"metavar": "OWNER/NAME", "help": "repository on the Hub"},
    # what is written
    "output_dir": {"metavar": "FOLDER", "help": "where everything is written"},
    "output_file": {"metavar": "FILE", "help": "write the result as JSON"},
    "html": {"metavar": "FILE", "help": "write a page to read in a browser"},
    "to": {"help": "the format to write"},
    "dry_run": {"action": "store_true", "help": "show what would be done, and stop"},
    "json": {"action": "store_true", "help": "print JSON instead of tables"},
}


def add_option(where: Any, name: str, **changed: Any) -> None:
    """One option of the table.

    Args:
        where: the parser, or a group of it.
        name: a key of `OPTIONS`.
        **changed: what the command means otherwise; the flags are always the table's.
    """
    short = (SHORT[name],) if name in SHORT else ()
    where.add_argument(*short, f"--{name}", **{**OPTIONS[name], **changed})


def add_options(where: Any, *names: str) -> None:
    """Several options, just as the table has them."""
    for name in names:
        add_option(where, name)
