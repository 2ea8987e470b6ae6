"""Tables of plain text, for a terminal, and of Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence
from itertools import zip_longest

#: Columns that every terminal has.
WIDTH = 80

#: Where a cell goes on in the next line: at blanks but those of an interval, after `_` and `/`.
_BREAK = re.compile(r"(?<=\S) (?=\S)(?![^\[]*\])|(?<=[_/])(?=[^_/\s])")


def align_columns(
    rows: Sequence[Sequence[str]],
    *,
    text_columns: int = 1,
    prose: Collection[int] = (),
    width: int = WIDTH,
) -> list[str]:
    """Lines of one width: the first columns to the left, numbers to the right.

    What does not fit goes on below: parts of cells, or else columns, beside the text again.

    Args:
        rows: cells of each row, the header's first.
        text_columns: how many columns from the left hold text.
        prose: the places of further columns of text.
        width: of the lines; only a word that is longer makes one that is.

    >>> align_columns([("type", "f1"), ("person", "9.00")])
    ['type      f1', 'person  9.00']
    >>> align_columns([("type", "f1"), ("person", "9.00 [8.5, 9.5]")], width=18)
    ['type            f1', 'person        9.00', '        [8.5, 9.5]']
    >>> align_columns([("type", "f1", "n"), ("person", "9.00", "1")], width=12)
    ['type      f1', 'person  9.00', '', 'type    n', 'person  1']
    """
    columns = list(zip(*rows, strict=True))
    here = _count_fitting(columns, text_columns, width)
    widths = _narrow(columns[:here], width)
    lines: list[str] = []
    for row in rows:
        cells = [_fold(cell, room) for cell, room in zip(row[:here], widths, strict=True)]
        lines += [
            "  ".join(
                part.ljust(room) if i < text_columns or i in prose else part.rjust(room)
                for i, (part, room) in enumerate(zip(parts, widths, strict=True))
            ).rstrip()
            for parts in zip_longest(*cells, fillvalue="")
        ]
    if here == len(columns):
        return lines
    rest = [(*row[:text_columns], *row[here:]) for row in rows]
    after = {i - here + text_columns for i in prose if i >= here}
    return [*lines, "", *align_columns(rest, text_columns=text_columns, prose=after, width=width)]


def _count_fitting(columns: Sequence[Sequence[str]], text_columns: int, width: int) -> int:
    """How many columns stand beside each other: all where folding is enough, else as they are."""
    if _sum([_widest(column, 0) for column in columns]) <= width:
        return len(columns)
    own = [max(map(len, column)) for column in columns]
    fitting = [n for n in range(1, len(columns) + 1) if _sum(own[:n]) <= width]
    return min(max([text_columns + 1, *fitting]), len(columns))


def _narrow(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Widths of columns: the widest that can be is folded, until all fit."""
    widths = [max(map(len, column)) for column in columns]
    least = [_widest(column, 0) for column in columns]
    while _sum(widths) > width and widths != least:
        room, at = max((w, i) for i, w in enumerate(widths) if w > least[i])
        widths[at] = _widest(columns[at], room - 1)
    return widths


def _widest(column: Sequence[str], room: int) -> int:
    return max(len(part) for cell in column for part in _fold(cell, room))


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def _fold(cell: str, room: int) -> list[str]:
    """The lines of a cell.

    >>> _fold("43.90 [41.0, 46.6]", 12), _fold("geographical_entity", 13)
    (['43.90', '[41.0, 46.6]'], ['geographical_', 'entity'])
    """
    lines, start, end, after = [], 0, 0, 0
    for place in [*_BREAK.finditer(cell), None]:
        stop = place.start() if place else len(cell)
        if stop - start > room and end > start:
            lines.append(cell[start:end])
            start = after
        end, after = stop, place.end() if place else stop
    return [*lines, cell[start:end]]


def wrap_line(text: str, width: int = WIDTH) -> str:
    r"""A sentence in lines of that width, all but the first set in by two blanks.

    >>> wrap_line("one two three", 9)
    'one two\n  three'
    """
    return textwrap.fill(
        text, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )


def markdown_table(
    rows: Sequence[Sequence[str]], *, text_columns: int = 1, prose: Collection[int] = ()
) -> str:
    """The same as a Markdown table; what Markdown would read otherwise is escaped already.

    >>> print(markdown_table([("type", "f1"), ("person", "9.00")]))
    | type | f1 |
    | --- | ---: |
    | person | 9.00 |
    """
    header, *body = rows
    rule = ["---" if i < text_columns or i in prose else "---:" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *body))
