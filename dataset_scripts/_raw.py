"""Raw files as sentences: files, members of archives, lines of columns.

Every corpus folder holds a link to this file, as to `_builder.py`.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

#: Tokens and tags, as long as each other and never empty, and an id where the corpus has one.
Sentence = tuple[Sequence[str], Sequence[str]] | tuple[Sequence[str], Sequence[str], str]

#: A sentence break: one or more lines that are empty after `str.strip`.
_BREAK = re.compile(r"(?:\n[^\S\n]*)+\n")
_BLANKS = re.compile(r"[ \t]+")
_DOCUMENT = re.compile(r"^-DOCSTART-[ \t].*$|^-DOCSTART-$", re.MULTILINE)


@dataclass(frozen=True)
class RawFile:
    """A raw file: a path (or address), then the member to read, one for each archive within."""

    path: str
    members: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place as error messages print it."""
        return "::".join((self.path, *self.members))

    def read_bytes(self) -> bytes:
        with open(self.path, "rb") as stream:
            try:
                return _read_member(stream, self.members)
            except KeyError as error:
                raise ValueError(f"{self.where}: the archive holds no such file") from error

    def read_text(self) -> str:
        """The decoded text with Unix line ends; every other character stays as it is."""
        raw = self.read_bytes()
        try:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"{self.where}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8"
            ) from error


def _read_member(stream: BinaryIO, members: Sequence[str]) -> bytes:
    """The bytes of a member; each level is known by content, for a cached download has no name."""
    if not members:
        return stream.read()
    member, rest = members[0], members[1:]
    is_zip = stream.read(2) == b"PK"
    stream.seek(0)
    if is_zip:
        with zipfile.ZipFile(stream) as archive, archive.open(member) as inner:
            return _read_member(inner, rest)
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for info in archive:
            if info.isfile() and info.name.removeprefix("./") == member:
                return _read_member(archive.extractfile(info), rest)
    raise KeyError(member)


def read_columns(
    raw: RawFile,
    *,
    tags: Collection[str],
    text: str | None = None,
    first_line: int = 1,
    token: int = 0,
    tag: int = 1,
    width: int = 2,
    delimiter: str = "\t",
    or_blanks: bool = False,
) -> Iterator[Sentence]:
    """The sentences of a column file, tokens and tags word for word.

    Args:
        raw: the file, named in errors.
        tags: the tags that may occur.
        text: the text to read where it is not the whole file.
        first_line: the number of the text's first line.
        token: the token's column.
        tag: the tag's column.
        width: the number of columns.
        delimiter: what stands between two columns.
        or_blanks: also accept lines whose columns stand apart by any run of spaces and tabs.

    Raises:
        ValueError: a line has other columns, an empty token or an unknown tag; names `path:line`.
    """
    known = frozenset(tags)
    text = raw.read_text() if text is None else text

    def is_good(columns: Sequence[Sequence[str]]) -> bool:
        return len(columns) == width and "" not in columns[token] and known.issuperset(columns[tag])

    for block in _BREAK.split(f"\n{text}\n"):
        if not (block := block.strip("\n")):
            continue
        lines = block.split("\n")
        columns = _columns_of([line.split(delimiter) for line in lines])
        if or_blanks and not is_good(columns):
            columns = _columns_of([_BLANKS.split(line.strip(" \t")) for line in lines])
        if not is_good(columns):
            raise _explain(raw, text, lines, first_line, _Expected(known, token, tag, width))
        yield columns[token], columns[tag]


def without_document_lines(text: str) -> str:
    """The text with each `-DOCSTART-` line emptied: it breaks sentences, and lines keep count."""
    return _DOCUMENT.sub("", text)


def _columns_of(rows: list[list[str]]) -> list[tuple[str, ...]]:
    try:
        return list(zip(*rows, strict=True))
    except ValueError:  # rows of unequal width
        return []


@dataclass(frozen=True)
class _Expected:
    tags: frozenset[str]
    token: int
    tag: int
    width: int

    def find_fault(self, line: str) -> str:
        """What is wrong with a line, empty when nothing is."""
        cells = line.split("\t") if "\t" in line else _BLANKS.split(line.strip(" "))
        if len(cells) != self.width:
            return f"{len(cells)} columns in {line!r}; {self.width} are expected"
        if not cells[self.token]:
            return f"empty token in {line!r}"
        if cells[self.tag] not in self.tags:
            return f"unknown tag {cells[self.tag]!r}; accepted: {', '.join(sorted(self.tags))}"
        return ""


def _explain(
    raw: RawFile, text: str, lines: list[str], first_line: int, expected: _Expected
) -> ValueError:
    """The error for the first faulty line of a block, its number counted only now."""
    start = f"\n{text}\n".index("\n" + "\n".join(lines) + "\n")
    number = first_line + text.count("\n", 0, start)
    for offset, line in enumerate(lines):
        if fault := expected.find_fault(line):
            return ValueError(f"{raw.where}:{number + offset}: {fault}")
    return ValueError(f"{raw.where}:{number}: columns are set apart in different ways")
