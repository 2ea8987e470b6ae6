"""How files are read: the one type behind the arguments of `load_dataset` and every command."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast, get_args

from tner_hf.config import WordSplitter
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.labels.schemes import parse_scheme

#: Of a column, from either end.
_NUMBER = re.compile(r"-?[0-9]{1,9}")

PathLike = str | os.PathLike[str]

#: Names of columns that are understood, the preferred one first.
TOKEN_COLUMNS = ("tokens", "words")
TAG_COLUMNS = ("ner_tags", "tags", "ner")


EmptyTokens = Literal["error", "keep", "drop"]
OnMisaligned = Literal["expand", "drop", "error"]
Nested = Literal["outer", "inner"]

#: Options of a few values.
CHOICES: Mapping[str, Any] = {
    "empty_tokens": EmptyTokens,
    "on_misaligned": OnMisaligned,
    "nested": Nested,
    "word_splitter": WordSplitter,
}


def _option(default: Any, text: str) -> Any:
    """A field with what the `--help` of every command says of it."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class ReadOptions:
    """How files are read; what each option is its `--help` says.

    Columns of an IOB file have numbers, negative ones from the last, and columns of other files
    names. The delimiter `" "` is any run of spaces and TABs; it and the scheme are detected over
    the whole file. `strict` makes an error of what is else a warning. `label2id` is a mapping of
    tags to integers, or a JSON file with one.
    """

    token_column: int | str | None = _option(
        None, "number (from 0) or name of the column of tokens (default: the first)"
    )
    tag_column: int | str | None = _option(
        None, "number or name of the column of tags (default: the last, -1)"
    )
    delimiter: str | None = _option(None, r"between columns, e.g. '\t' (default: detected)")
    scheme: str | None = _option(None, "IOB1, IOB2, BIOES, BILOU or IO (default: detected)")
    strict: bool = _option(
        False,
        "an I- tag that starts an entity in an IOB2 file is an error, and so are raw files of a "
        "corpus that differ from the original",
    )
    encoding: str = _option("utf-8", "of the files (default: utf-8)")
    label2id: Mapping[str, int] | PathLike | None = _option(
        None, "JSON file that says which tag each integer is"
    )
    format: str | None = _option(
        None, "of the files, as `tner-hf datasets formats` lists (default: recognised)"
    )
    header: bool | None = _option(None, "the first line names the columns (default: recognised)")
    empty_tokens: EmptyTokens = _option(
        "error", "what becomes of a line whose token is empty (default: error)"
    )
    on_misaligned: OnMisaligned = _option(
        "expand", "what becomes of a span that is not whole words (default: expand)"
    )
    nested: Nested = _option("outer", "which of nested spans is read (default: outer)")
    word_splitter: WordSplitter = _option(
        "unicode", "how text with spans becomes words (default: unicode)"
    )

    def __post_init__(self) -> None:
        if self.delimiter is not None:  # as a shell hands it over
            object.__setattr__(self, "delimiter", self.delimiter.replace("\\t", "\t"))
        token, tag = self._columns()
        if token == tag:
            raise SettingError(f"token_column and tag_column are both {tag}")
        if self.delimiter is not None and (not self.delimiter or set(self.delimiter) & set("\r\n")):
            raise SettingError(
                f"delimiter {self.delimiter!r} cannot part columns; give '\\t', ' ' (any run of "
                "spaces and TABs) or other text, or leave it out to have it detected"
            )
        for option, accepted in CHOICES.items():
            if (given := getattr(self, option)) not in get_args(accepted):
                raise UnknownNameError(f"value of {option}", str(given), get_args(accepted))
        if self.scheme is not None:
            object.__setattr__(self, "scheme", parse_scheme(self.scheme))
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise SettingError(
                f"unknown encoding {self.encoding!r}; e.g. utf-8, latin-1"
            ) from error

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ReadOptions:
        """The options that were given by name.

        Raises:
            UnknownNameError: there is no such option; it names the nearest.
        """
        for name in given:
            if name not in READING:
                raise UnknownNameError("option of load_dataset", name, READING)
        return cls(**given)

    def places(self, width: int) -> tuple[int, int] | None:
        """Positions of token and tag among so many columns, None where they do not fit."""
        numbers = self._columns()
        for option, number in zip(("token_column", "tag_column"), numbers, strict=True):
            if isinstance(number, str):
                raise SettingError(
                    f"{option}={number!r}: the columns of an IOB file have numbers, from 0, or "
                    f"from -1 counted backwards"
                )
        token, tag = (i if i >= 0 else width + i for i in cast("tuple[int, int]", numbers))
        return (token, tag) if token != tag and {token, tag} <= set(range(width)) else None

    def named_column(self, option: str) -> str | None:
        """The column name that was given as `token_column` or `tag_column`, if any."""
        given = getattr(self, option)
        if isinstance(given, int):
            raise SettingError(
                f"{option}={given}: the columns of JSON, Parquet and Hub datasets have names"
            )
        return cast("str | None", given)

    def _columns(self) -> tuple[int | str, int | str]:
        token, tag = self.token_column, self.tag_column
        return 0 if token is None else token, -1 if tag is None else tag


#: The options by name, as `load_dataset` and the commands take them.
READING = tuple(f.name for f in fields(ReadOptions))

#: What `--help` says of each.
HELP: Mapping[str, str] = {f.name: f.metadata["help"] for f in fields(ReadOptions)}


def parse_column(given: int | str) -> int | str:
    """A column's number, or its name in files that have names, as a command line gives it.

    >>> parse_column("-1"), parse_column("words"), parse_column(2)
    (-1, 'words', 2)
    """
    return int(given) if isinstance(given, str) and _NUMBER.fullmatch(given) else given
