"""Raw files as sentences: files, members of archives, lines of columns.

A well-formed column file is read whole by Arrow's CSV reader, several times faster than Python can
touch its lines. Where a file is not that plain, `_read_lines` says what every line means: it is the
definition that the fast way has to agree with.

Every corpus folder holds a link to this file, as to `_builder.py`.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

#: Tokens and tags, as long as each other and never empty; where the corpus has them, then an id,
#: and the id of the document.
Sentence = (
    tuple[Sequence[str], Sequence[str]]
    | tuple[Sequence[str], Sequence[str], str]
    | tuple[Sequence[str], Sequence[str], str, str]
)

_BLANKS = re.compile(r"[ \t]+")
_DOCUMENT = re.compile(r"^-DOCSTART-[ \t].*$|^-DOCSTART-$", re.MULTILINE)


#: Bytes that a member of an archive may have where nobody knows better.
MOST_BYTES = 64 << 20
#: What is unpacked of a tar on the way to a member, as a multiple of what the member may have.
_ON_THE_WAY = 16


class DamagedArchive(OSError):  # noqa: N818 - the name says what it is
    """An archive that cannot be unpacked, or that holds far more than it should."""


class TooLarge(ValueError):  # noqa: N818
    """A member of an archive with more bytes than it may have."""


@contextmanager
def archive_errors(where: str) -> Iterator[None]:
    """Whatever damage to an archive leads to, as one error that names the place."""
    try:
        yield
    except KeyError:
        raise
    except TooLarge as error:
        raise DamagedArchive(f"{where}: {error}; bring a copy of the original") from None
    except Exception as error:  # each library has its own, and damage leads to all kinds
        if isinstance(error, OSError) and error.errno is not None and error.filename:
            raise  # of the system: a file that is not there, or not ours to read
        told = str(error).split("\n")[0] or type(error).__name__
        raise DamagedArchive(
            f"{where}: the archive is damaged ({told}); bring a copy of the original"
        ) from error


@dataclass(frozen=True)
class RawFile:
    """A raw file: a path (or address), then the member to read, one for each archive within.

    Attributes:
        path: the file.
        members: what to read of it.
        most: bytes that the last of the members may have.
    """

    path: str
    members: tuple[str, ...] = ()
    most: int = MOST_BYTES

    @property
    def where(self) -> str:
        """The place as error messages print it."""
        return "::".join((self.path, *self.members))

    def read_bytes(self) -> bytes:
        with open(self.path, "rb") as stream:
            if not self.members:
                return stream.read()
            try:
                with archive_errors(self.where):
                    return _read_member(stream, self.members, self.most)
            except KeyError as error:
                raise DamagedArchive(f"{self.where}: the archive holds no such file") from error

    def read_text(self, *, or_latin_1: bool = False) -> str:
        """The decoded text with Unix line ends; every other character stays as it is.

        Args:
            or_latin_1: what is not UTF-8 is ISO 8859-1.
        """
        raw = self.read_bytes()
        try:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            if or_latin_1:
                return raw.decode("latin-1").replace("\r\n", "\n")
            line = raw.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"{self.where}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8"
            ) from error


def _read_member(stream: BinaryIO, members: Sequence[str], most: int) -> bytes:
    """The bytes of a member; each level is known by content, for a cached download has no name."""
    if not members:
        return read_bounded(stream, most)
    member, rest = members[0], members[1:]
    is_zip = stream.read(2) == b"PK"
    stream.seek(0)
    if is_zip:
        with zipfile.ZipFile(stream) as archive, archive.open(member) as inner:
            return _read_member(inner, rest, most)
    content, passed = None, 0
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for info in archive:
            if content is None and info.isfile() and info.name.removeprefix("./") == member:
                content = _read_member(archive.extractfile(info), rest, most)
            passed += info.size
            if passed > _ON_THE_WAY * most:
                raise _too_large(most)
        read_bounded(archive.fileobj, most)  # a checksum stands at the end of what is packed
    if content is None:
        raise KeyError(member)
    return content


def read_bounded(stream: BinaryIO, most: int) -> bytes:
    """All bytes of a stream that unpacks.

    Raises:
        TooLarge: there are more than `most`; no more than those are unpacked.
    """
    content = stream.read(most + 1)
    if len(content) > most:
        raise _too_large(most)
    return content


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"unpacks to far more than the original, beyond {most >> 20} MiB")


@dataclass(frozen=True)
class Sentences:
    """Many sentences in columns.

    Attributes:
        tokens: the tokens of all sentences; shape [tokens].
        labels: the native label of each token; shape [tokens].
        offsets: where each sentence starts, and the end of the last; shape [sentences + 1].
        ids: the corpus's own sentence ids, where it has any; length [sentences].
        documents: the id of the document of each, where documents are known; length [sentences].
    """

    tokens: pa.StringArray
    labels: np.ndarray
    offsets: np.ndarray
    ids: Sequence[str] = ()
    documents: Sequence[str | None] = ()

    @classmethod
    def of(cls, sentences: Sequence[Sentence], tags: Sequence[str]) -> Sentences:
        """Sentences one by one, with tags whose place in `tags` is their label."""
        labels = {tag: label for label, tag in enumerate(tags)}
        flat = list(chain.from_iterable(sentence[0] for sentence in sentences))
        given = chain.from_iterable(sentence[1] for sentence in sentences)
        return cls(
            pa.array(flat, pa.string()),
            np.fromiter(map(labels.__getitem__, given), np.int64, count=len(flat)),
            np.cumsum([0, *(len(sentence[0]) for sentence in sentences)], dtype=np.int32),
            [sentence[2] for sentence in sentences if len(sentence) > 2],
            [sentence[3] for sentence in sentences if len(sentence) > 3],
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True)
class Layout:
    """How the lines of a column file are laid out.

    Attributes:
        token: the token's column.
        tag: the tag's column.
        width: the number of columns.
        delimiter: what stands between two columns.
        or_blanks: also accept columns that stand apart by any run of spaces and tabs.
        or_empty: also accept a token that is empty: it counts, and stays as it is.
        skip: a pattern; lines that begin with it are read over, and end no sentence.
    """

    token: int = 0
    tag: int = 1
    width: int = 2
    delimiter: str = "\t"
    or_blanks: bool = False
    or_empty: bool = False
    skip: str = ""

    def split(self, line: str) -> tuple[str, str]:
        """The token and the tag of a line.

        Raises:
            ValueError: the line has other columns, or no token.
        """
        cells = line.split(self.delimiter)
        is_plain = len(cells) == self.width and cells[self.token] and cells[self.tag]
        if self.or_blanks and not is_plain:
            cells = _BLANKS.split(line.strip(" \t"))
        if len(cells) != self.width:
            raise ValueError(f"{len(cells)} columns in {line!r}; {self.width} are expected")
        if not (cells[self.token] or self.or_empty):
            raise ValueError(f"empty token in {line!r}")
        return cells[self.token], cells[self.tag]


def read_columns(
    raw: RawFile, tags: Sequence[str], *, layout: Layout | None = None, text: str | None = None
) -> Sentences:
    """The sentences of a column file; a line that is empty after `str.strip` ends a sentence.

    Args:
        raw: the file.
        tags: the tags that may occur, in the order of their labels.
        layout: how its lines are laid out; `token<TAB>tag` by default.
        text: its text, where that has been prepared.

    Raises:
        ValueError: a line has other columns, no token or an unknown tag; names `path:line`.
    """
    text = raw.read_text() if text is None else text
    layout = layout or Layout()
    plain = _read_plain(text, tags, layout)
    if plain is None:
        plain = Sentences.of(list(_read_lines(raw.where, text, tags, layout)), tags)
    return plain


def _read_plain(text: str, tags: Sequence[str], layout: Layout) -> Sentences | None:
    """What `_read_lines` gives, in columns; nothing where the text needs a closer look."""
    # A line end and a mark that is skipped to Arrow, characters to us.
    if "\r" in text or text.startswith("\ufeff"):
        return None
    if layout.skip:
        text = re.sub(rf"^(?:{layout.skip}).*(?:\n|\Z)", "", text, flags=re.MULTILINE)
    lines = (text.strip("\n") + "\n").encode()
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n"))
    filled = np.flatnonzero(np.diff(ends, prepend=-1) > 1)  # Arrow skips the empty lines
    names = [str(column) for column in range(layout.width)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(lines),
            pa.csv.ReadOptions(column_names=names),
            pa.csv.ParseOptions(delimiter=layout.delimiter, quote_char=False),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[names[layout.token], names[layout.tag]],
            ),
        )
    except pa.ArrowInvalid:  # rows of another width
        return None
    if len(table) != len(filled):
        return None
    tokens, given = (column.combine_chunks() for column in table.columns)
    is_break = pc.equal(tokens, "").to_numpy(zero_copy_only=False)
    is_untagged = pc.equal(given, "").to_numpy(zero_copy_only=False)
    labels = pc.index_in(given, pa.array(tags)).fill_null(-1).to_numpy().astype(np.int64)
    if (is_break != is_untagged).any() or (labels[~is_break] < 0).any():
        return None
    if is_break.any():
        if layout.width > 2:  # a column that was not read may hold something
            return None
        tokens, labels = tokens.filter(pa.array(~is_break)), labels[~is_break]
    # A sentence starts at each token whose line does not follow the line of another.
    starts = np.flatnonzero(np.diff(filled[~is_break], prepend=-2) > 1)
    return Sentences(tokens, labels, np.append(starts, len(labels)).astype(np.int32))


def _read_lines(
    where: str, text: str, tags: Sequence[str], layout: Layout
) -> Iterator[tuple[list[str], list[str]]]:
    known = frozenset(tags)
    skip = re.compile(layout.skip or r"(?!)")
    tokens: list[str] = []
    given: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if skip.match(line):
            continue
        if line.strip():
            try:
                token, tag = layout.split(line)
            except ValueError as error:
                raise ValueError(f"{where}:{number}: {error}") from None
            if tag not in known:
                accepted = ", ".join(tags)
                raise ValueError(f"{where}:{number}: unknown tag {tag!r}; accepted: {accepted}")
            tokens.append(token)
            given.append(tag)
        elif tokens:
            yield tokens, given
            tokens, given = [], []


def without_document_lines(text: str) -> str:
    """The text with each `-DOCSTART-` line emptied: it breaks sentences, and lines keep count."""
    return _DOCUMENT.sub("", text)


def number_documents(text: str) -> list[str]:
    """The number of each sentence's document; `-DOCSTART-` lines begin one."""
    numbers: list[str] = []
    for number, part in enumerate(_DOCUMENT.split(text)):
        filled = (bool(line.strip()) for line in part.split("\n"))
        numbers += [str(number) for is_sentence, _ in groupby(filled) if is_sentence]
    return numbers
