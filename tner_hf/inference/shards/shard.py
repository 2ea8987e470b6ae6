"""A shard: a part of one input that is read, tagged and written by itself."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from tner_hf.inference.shards.rows import Batch

_PIECE = 1 << 20


@dataclass(frozen=True)
class Part:
    """A part of an input.

    Attributes:
        begin: its first byte, or row of a table.
        end: one past its last.
        first: the line, from 1, or the row, from 0, with which it begins.
        size: bytes of it, about, for the time that is left.
        digest: a hash of its content.
    """

    begin: int
    end: int
    first: int
    size: int
    digest: str


@dataclass(frozen=True)
class Shard:
    """A part of an input and the name of its output: its number and its content."""

    name: str
    source: int
    part: Part


@dataclass(frozen=True)
class Facts:
    """What an input is by content; its name has no folder of this machine in it."""

    name: str
    bytes: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.bytes:,} bytes, sha256 {self.sha256[:12]}…"


class Source(Protocol):
    """An input of one form, at an address; it can be sent to another process.

    Attributes:
        name: what it is called in what is published.
        unit: what rows are counted by: `line` or `row`.
    """

    @property
    def name(self) -> str: ...

    @property
    def unit(self) -> str: ...

    def cut(self, size: int) -> tuple[Facts, list[Part]]:
        """Its content, and parts of about so many bytes; all of it is read once."""

    def schema(self, parts: list[Part]) -> pa.Schema:
        """The types of the columns that go along; those of no one type are text of JSON."""

    def read(self, part: Part) -> Iterator[Batch]:
        """The rows of a part, in order."""


def read_batches(source: Source) -> Iterator[Batch]:
    """All rows of an input, in order."""
    _, parts = source.cut(sys.maxsize)
    for part in parts:
        yield from source.read(part)


def hash_stream(file: IO[bytes]) -> tuple[int, str]:
    """How many bytes there are from here on, and their hash."""
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def cut_lines(file: IO[bytes], size: int | None) -> tuple[int, str, list[Part]]:
    r"""The bytes of a file, their hash, and its parts, each of whole lines.

    >>> import io
    >>> _, _, parts = cut_lines(io.BytesIO(b"a\nbc\nd"), 2)
    >>> [(part.begin, part.end, part.first) for part in parts]
    [(0, 2, 1), (2, 5, 2), (5, 6, 3)]

    Args:
        file: from its beginning.
        size: of a part, in bytes; None for one part.
    """
    whole, own = hashlib.sha256(), hashlib.sha256()
    parts: list[Part] = []
    begin = position = 0
    first = line = 1

    def close(end: int) -> None:
        nonlocal begin, first, own
        parts.append(Part(begin, end, first, end - begin, own.hexdigest()))
        begin, first, own = end, line, hashlib.sha256()

    while piece := file.read(_PIECE):
        whole.update(piece)
        start = 0
        while size is not None:
            at = piece.find(b"\n", max(start, begin + size - 1 - position)) + 1
            if not at:
                break
            own.update(piece[start:at])
            line += piece.count(b"\n", start, at)
            start = at
            close(position + at)
        own.update(piece[start:])
        line += piece.count(b"\n", start)
        position += len(piece)
    if position > begin:
        close(position)
    return position, whole.hexdigest(), parts


def name_shards(parts: Mapping[int, list[Part]]) -> list[Shard]:
    """The shards of all inputs in order, each named by its number and its content."""
    every = [(source, part) for source, each in parts.items() for part in each]
    return [
        Shard(f"{number:06d}-{part.digest[:12]}", source, part)
        for number, (source, part) in enumerate(every)
    ]
