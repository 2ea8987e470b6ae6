"""CSV as this package writes it: what a spreadsheet would run as a formula stays text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

#: What a formula begins with; spreadsheets pass over a TAB or a line break before it. Where
#: apostrophes stand before it, one more does, so that `restore` knows which is ours.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n]")
#: How a table of sentences begins that this package wrote, and only there is anything restored.
SENTENCE_COLUMNS = ("sentence_id", "token", "tag")


def write_csv(rows: Iterable[Sequence[object]]) -> str:
    r"""Rows as CSV, a line each.

    Numbers are written as they are. A text that begins like a formula gets an apostrophe before
    it, which spreadsheets take for "this is text" and do not show.

    Examples:
        >>> write_csv([["word", "score"], ["=1+1", -0.5], ["a,b", None]])
        'word,score\n\'=1+1,-0.5\n"a,b",\n'
    """
    return "".join(map(write_row, rows))


def write_row(row: Sequence[object]) -> str:
    """One of the rows of `write_csv`."""
    out = io.StringIO()
    # csv quotes a line break in a cell only if lines end in that very character.
    csv.writer(out, lineterminator="\r\n").writerow([defuse(cell) for cell in row])
    return out.getvalue().removesuffix("\r\n") + "\n"


def defuse(cell: object) -> object:
    """A cell that no spreadsheet runs; numbers stay as they are."""
    is_formula = isinstance(cell, str) and _FORMULA.match(cell)
    return f"'{cell}" if is_formula else cell


def restore(text: str) -> str:
    """The text that was defused.

    >>> restore(str(defuse("'=x"))), restore("'tis")
    ("'=x", "'tis")
    """
    return text[1:] if _DEFUSED.match(text) else text
