"""Tables of texts: a header with a column `text`, or a single column; a text in each row."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError, Problem
from tner_hf.formats.containers import open_stream, unpacked_name
from tner_hf.formats.iob_layout import TAG_NAMES
from tner_hf.formats.options import ReadOptions

#: The column of texts, unless another is named.
TEXT = "text"

#: What may part the columns of a table; `;` where a comma is the decimal point.
DELIMITERS = (",", ";", "\t", "|")

#: Bytes in which the header is.
_HEAD = 1 << 16

#: Characters that a cell may have: a whole document fits. The limit is one of the process.
_LONGEST_CELL = 1 << 28


@dataclass(frozen=True)
class TextTable:
    """A table as it is written.

    Attributes:
        names: of the columns; one without a name where there is no header.
        text: which of them holds the texts.
        rows: line and cells of each, which may be more or fewer than the columns.
    """

    names: tuple[str, ...]
    text: int
    rows: tuple[tuple[int, list[str]], ...]


def is_table_name(path: Path) -> bool:
    """Whether a file of this name, packed or not, may be a table."""
    return unpacked_name(path).suffix.lower() in {".csv", ".tsv"}


def read_first_line(path: Path, options: ReadOptions) -> str:
    """The first line of a file that is not empty, for `find_text_column`.

    Raises:
        DataError: it cannot be read, or is in another encoding.
    """
    with open_stream(path) as file:
        read = file.read(_HEAD)
    if read.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and "16" not in options.encoding:
        raise DataError(f"{path}: the file begins like utf-16; say --encoding utf-16")
    head = read.decode(options.encoding, "replace")
    return head.removeprefix("\ufeff").lstrip("\r\n").partition("\n")[0].strip("\r")


def find_text_column(first: str, column: str | None = None) -> str | None:
    """The name of the column of texts that the first line of a table has; None without one.

    A table that has tags as well is one of words, but where a column is asked for.

    >>> find_text_column("id;Text"), find_text_column("text,tag"), find_text_column("a,b", "b")
    ('Text', None, 'b')
    """
    names = {cell.casefold(): cell for cell in cut_header(first, column)}
    if column is None and not TAG_NAMES.isdisjoint(names):
        return None
    return names.get((column or TEXT).casefold())


def cut_header(first: str, column: str | None = None) -> list[str]:
    """The names of the columns in the first line of a table, which looks for one of texts."""
    return [cell.strip() for cell in _cut(first, _find_delimiter(first, column))]


def read_text_table(name: str, content: str, column: str | None = None) -> TextTable:
    """The rows of a table of texts; empty ones are left out.

    The texts are in the column that is named, else in `text` or the only one.

    Raises:
        DataError: no CSV, or one of several columns of which none, or not one alone, is called so.
    """
    first = content.lstrip("\r\n").partition("\n")[0]
    reader = _read(io.StringIO(content, newline=""), _find_delimiter(first, column))
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        fault = Problem(name, reader.line_num, str(error))
        raise DataError(f"{name} cannot be read as CSV:", [fault]) from None
    header = rows[0][1] if rows else [""]
    wanted, names = (column or TEXT).casefold(), [cell.strip().casefold() for cell in header]
    if wanted in names:
        own = tuple(cell.strip() for cell in header)
        if doubled := [each for each in own if own.count(each) > 1]:
            raise DataError(
                f"{name} has several columns {doubled[0]!r}; each needs a name of its own"
            )
        return TextTable(own, names.index(wanted), tuple(rows[1:]))
    if column is not None or len(names) > 1:
        raise DataError(
            f"{name}: which column is the text? Its header is {header!r:.120}; accepted is one "
            f"called {column or TEXT}, or a file with a single column"
        )
    return TextTable(("",), 0, tuple(rows))


def _find_delimiter(first: str, column: str | None = None) -> str:
    """What parts the columns: that which shows the one of texts in the first line."""
    wanted = (column or TEXT).casefold()
    for delimiter in DELIMITERS:
        header = _cut(first, delimiter)
        if len(header) > 1 and wanted in [cell.strip().casefold() for cell in header]:
            return delimiter
    return ","


def _cut(line: str, delimiter: str) -> list[str]:
    """The cells of a line; none where a cell goes on in the next one."""
    try:
        return next(_read([line], delimiter), [])
    except csv.Error:
        return []


def _read(lines: Iterable[str], delimiter: str) -> Any:
    if csv.field_size_limit() < _LONGEST_CELL:
        csv.field_size_limit(_LONGEST_CELL)
    return csv.reader(lines, delimiter=delimiter, strict=True)
