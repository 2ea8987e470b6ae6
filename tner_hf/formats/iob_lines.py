"""The lines of IOB and CoNLL files: bytes to text, text to columns, columns to tokens and tags.

Nothing here raises for what a file holds: each fault becomes a `Problem` with its line, and reading
goes on, so that one look tells all that is wrong.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from operator import methodcaller
from pathlib import Path
from typing import Literal

from tner_hf.errors import Problem
from tner_hf.formats.containers import read_bytes
from tner_hf.formats.options import EmptyTokens, ReadOptions
from tner_hf.labels.schemes import UNREADABLE, find_fault

DOCUMENT_START = "-DOCSTART-"
#: What a line without content may hold; any other white space is text.
BLANKS = " \t\r"
#: Problems listed for one file; a file read with the wrong options has one in every line.
MOST_PROBLEMS = 10_000
#: The cause of the one that says how many are not listed.
UNLISTED = "not listed"
#: As many as are listed here and now; see `list_all`.
_most: ContextVar[int] = ContextVar("most", default=MOST_PROBLEMS)
MOST_SHOWN = 80
#: Lines that are enough to see which column holds the tags.
LINES_LOOKED_AT = 1000

Severity = Literal["error", "warning"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning")
Sentence = tuple[list[str], list[str]]


def show_lines(numbers: Sequence[int], most: int = 5) -> str:
    """Lines in few words.

    >>> show_lines([3]), show_lines([1, 2, 4, 7, 8, 9])
    ('line 3', 'lines 1, 2, 4, 7, 8, …')
    """
    shown = ", ".join(map(str, numbers[:most])) + ", …" * (len(numbers) > most)
    return f"line{'s' * (len(numbers) > 1)} {shown}"


@contextmanager
def list_all() -> Iterator[None]:
    """List every problem of the files that are read meanwhile, however many there are."""
    before = _most.set(sys.maxsize)
    try:
        yield
    finally:
        _most.reset(before)


class Findings:
    """The problems of one file, as many as a reader can use, and how many there are of each cause.

    Attributes:
        path: the file.
        count: severity to how many problems there are.
        causes: severity and cause to how many there are.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.count: Counter[str] = Counter()
        self.causes: Counter[tuple[Severity, str]] = Counter()
        self._kept: list[Problem] = []
        self._most = _most.get()

    def add(
        self,
        line: int,
        what: str | Callable[[], str],
        severity: Severity = "error",
        *,
        cause: str = "",
    ) -> None:
        """Note a problem; `what` may be worked out only where it is kept."""
        self.count[severity] += 1
        self.causes[severity, cause] += 1
        if self.count[severity] <= self._most or not line:
            said = what if isinstance(what, str) else what()
            self._kept.append(Problem(self.path, line, said, severity, cause))

    def copy(self) -> Findings:
        """The same findings, to go on with in another way."""
        other = Findings(self.path)
        other.count, other.causes = self.count.copy(), self.causes.copy()
        other._kept = list(self._kept)
        return other

    def listed(self) -> tuple[Problem, ...]:
        """All of them by line, and how many were too many to list."""
        kept = Counter(problem.severity for problem in self._kept)
        more = [
            Problem(
                self.path,
                0,
                f"{self.count[severity] - kept[severity]} more {severity}s",
                severity,
                UNLISTED,
            )
            for severity in SEVERITIES
            if self.count[severity] > kept[severity]
        ]
        return (*sorted(self._kept, key=lambda problem: problem.line), *more)


def read_lines(path: Path, encoding: str, findings: Findings) -> list[str]:
    """The lines of a file without their ends; LF, CRLF and CR end one, nothing else does."""
    try:
        data = read_bytes(path)
    except OSError as error:
        findings.add(0, f"cannot be opened: {error.strerror or error}")
        return []
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        _find_undecodable(data, encoding, error, findings)
        text = data.decode(encoding, errors="replace")  # so that what else is wrong is found too
    text = text.removeprefix("\ufeff")  # a byte-order mark; inside a file the character is text
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return text.split("\n" if "\n" in text else "\r")


def _find_undecodable(
    data: bytes, encoding: str, first: UnicodeDecodeError, findings: Findings
) -> None:
    """Report every line with an undecodable byte; only the first where LF is not one byte."""
    lines: Iterable[tuple[int, bytes]] = enumerate(data.split(b"\n"), 1)
    if "\n".encode(encoding) != b"\n":
        before = data[: first.start].decode(encoding, errors="replace")
        lines = [(before.count("\n") + 1, data)]
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    likely = "the file begins like utf-16" if utf16 else "e.g. latin-1 or cp1252 in older files"
    for number, line in lines:
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            bad = f"byte 0x{error.object[error.start]:02x} at position {error.start + 1}"
            what = (
                f"{bad} is not {encoding}; save the file as utf-8 or name its encoding ({likely})"
            )
            findings.add(number, what)


@dataclass(frozen=True)
class Columns:
    """How lines fall into columns; `delimiter` `" "` is any run of spaces and TABs.

    `index` is the column that counts the tokens of each sentence, if there is one.
    """

    delimiter: str
    width: int
    token: int
    tag: int
    index: int | None = None

    @property
    def split(self) -> Callable[[str], list[str]]:
        return _splitter(self.delimiter)

    @property
    def parted(self) -> str:
        names = {"\t": "TAB", " ": "spaces"}
        return names.get(self.delimiter, repr(self.delimiter))


# str.split() would also split at U+00A0 and other white space, which belongs to tokens.
_find_fields = re.compile(r"[^ \t]+").findall


def _split_spaces(line: str) -> list[str]:
    fields = line.split(" ")  # four times as fast, and enough for most lines
    return _find_fields(line) if "" in fields or "\t" in line else fields


def _splitter(delimiter: str) -> Callable[[str], list[str]]:
    return _split_spaces if delimiter == " " else methodcaller("split", delimiter)


def find_columns(lines: list[str], options: ReadOptions) -> Columns:
    """The delimiter and the number of columns that most lines have."""
    content = [line for line in lines if line.strip(BLANKS)]
    delimiter = options.delimiter
    if delimiter is None:
        with_tab = sum("\t" in line for line in content)
        delimiter = "\t" if 2 * with_tab > len(content) else " "
    widths = Counter(map(len, map(_splitter(delimiter), content)))
    least = next(width for width in count(2) if options.places(width))
    usual = [width for width, _ in widths.most_common() if options.places(width)]
    width = usual[0] if usual else least
    token, tag = options.places(width) or (0, width - 1)
    return Columns(delimiter, width, token, tag)


def find_tag_columns(lines: list[str], columns: Columns) -> list[int]:
    """The columns that hold nothing but tags in the first lines of a file."""
    rows = [row for row in map(columns.split, lines[:LINES_LOOKED_AT]) if len(row) == columns.width]
    kept = [row for row in rows if DOCUMENT_START not in row and any(f.strip(BLANKS) for f in row)]
    values = [{row[column].strip(BLANKS) for row in kept} for column in range(columns.width)]
    return [i for i, tags in enumerate(values) if tags and not any(map(find_fault, tags))]


def parse_lines(
    lines: list[str],
    columns: Columns,
    findings: Findings,
    meant: Mapping[str, str] | None = None,
    empty_tokens: EmptyTokens = "error",
    skipped: Collection[int] = (),
) -> tuple[list[Sentence], list[int]]:
    """The sentences as they are tagged in the file, and the line on which each begins.

    A faulty line keeps its place as an unreadable tag, so that later lines count right. `meant`
    says what tags in another spelling are; lines that are `skipped`, counted from 0, are no tokens.
    """
    sentences: list[Sentence] = []
    first_lines: list[int] = []
    tokens: list[str] = []
    tags: list[str] = []
    good_tags: dict[str, str] = dict(meant or ())
    vocabulary: dict[str, str] = {}  # each distinct token once in memory
    split, width, token_at, tag_at = columns.split, columns.width, columns.token, columns.tag
    numbered: Iterable[tuple[int, str]] = enumerate(lines, 1)
    if skipped:
        numbered = [pair for pair in numbered if pair[0] - 1 not in skipped]
    for number, line in numbered:
        fields = split(line)
        if (
            len(fields) == width
            and (tag := good_tags.get(fields[tag_at]))
            and (token := fields[token_at])
            and token != DOCUMENT_START
        ):
            token = vocabulary.setdefault(token, token)
        elif not line.strip(BLANKS) or starts_document(line, fields, columns):
            if tokens:
                sentences.append((tokens, tags))
                tokens, tags = [], []
            continue
        else:
            token, tag = _judge_line(
                number, line, fields, columns, findings, good_tags, empty_tokens
            )
            if tag:
                good_tags[fields[tag_at]] = tag
                if not token and empty_tokens == "drop":
                    continue
        if not tokens:
            first_lines.append(number)
        tokens.append(token)
        tags.append(tag)
    if tokens:
        sentences.append((tokens, tags))
    return sentences, first_lines


def starts_document(line: str, fields: list[str], columns: Columns) -> bool:
    """Whether a line only says that a document starts, with the marker first or as the token."""
    in_place = len(fields) == columns.width and fields[columns.token] == DOCUMENT_START
    return in_place or line.startswith(DOCUMENT_START)


def _judge_line(
    number: int,
    line: str,
    fields: list[str],
    columns: Columns,
    findings: Findings,
    good_tags: Mapping[str, str],
    empty_tokens: EmptyTokens,
) -> tuple[str, str]:
    """Token and tag of a line that is not plainly good; a faulty one has an unreadable tag."""
    if len(fields) != columns.width:
        lack = "missing column" if len(fields) < columns.width else "too many columns"
        findings.add(number, lambda: _explain_width(lack, line, fields, columns), cause=lack)
        return "", UNREADABLE
    raw = fields[columns.tag]
    token, tag = fields[columns.token], good_tags.get(raw) or raw.strip(BLANKS)
    if not token.strip(BLANKS):
        if token:
            findings.add(number, f"the token is {token!r}", "warning", cause="a space as a token")
        elif empty_tokens == "error":
            what = "empty token in {}; one or more characters other than spaces are accepted"
            hint = ", or empty_tokens='keep' or 'drop'" if columns.index is not None else ""
            findings.add(number, lambda: what.format(_show(line)) + hint, cause="empty token")
            return "", UNREADABLE
    if fault := find_fault(tag):
        findings.add(number, fault, cause="a tag that cannot be read")
        return token, UNREADABLE
    return token, tag


def _show(line: str) -> str:
    return repr(line if len(line) <= MOST_SHOWN else line[:MOST_SHOWN] + "…")


def _explain_width(lack: str, line: str, fields: list[str], columns: Columns) -> str:
    usual = f"{columns.width} columns parted by {columns.parted} are accepted"
    spaces = columns.delimiter == "\t" and len(_split_spaces(line)) == columns.width
    hint = "; this line has spaces where the others have TABs" if spaces else ""
    return f"{lack}: {len(fields)} in {_show(line)}; {usual}{hint}"
