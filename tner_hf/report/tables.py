"""Tables that sort by a click on a column's name, and filter by a word."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tner_hf.report.markup import Content, Html, escape, join, tag

Record = TypeVar("Record")

#: Shown for a number that does not exist.
NO_NUMBER = "–"

#: Characters from which on a cell is given room for more than a word in a line.
_LONG = 36


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: the heading.
        numeric: set to the right, and sorted from the largest at the first click.
        help: what the heading means, shown when the pointer rests on it.
    """

    name: str
    numeric: bool = False
    help: str | None = None


@dataclass(frozen=True)
class Cell:
    """A cell that needs more than its text.

    Attributes:
        content: text (escaped) or `Html`.
        sort: what it is sorted by; its text where not given; NaN and `–` go last either way.
        class_: CSS classes.
        style: CSS declarations.
        title: shown when the pointer rests on it.
        header: the cell names its row.
    """

    content: Content
    sort: float | str | None = None
    class_: str | None = None
    style: str | None = None
    title: str | None = None
    header: bool = False


Row = Sequence[Content | Cell]


def render_table(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    caption: Content,
    sortable: bool = True,
    filterable: bool = False,
    row_ids: Sequence[str] | None = None,
    foot: Sequence[Row] = (),
    class_: str | None = None,
) -> Html:
    """A table that scrolls on its own when it is wider than the page.

    Whole numbers get thousands separators, fractions three digits; give a `Cell` for other forms.

    Args:
        columns: headings.
        rows: one cell for each column.
        caption: says what is shown; screen readers announce it.
        sortable: headings are buttons that sort.
        filterable: a field above the table hides rows that do not hold its words.
        row_ids: an anchor for each row.
        foot: rows that stay at the end whatever the order.
        class_: CSS classes of the table.
    """
    heads = [_render_heading(column, sortable=sortable) for column in columns]
    ids: Sequence[str | None] = row_ids or [None] * len(rows)
    body = [
        tag("tr", *_render_cells(columns, row), id=anchor)
        for anchor, row in zip(ids, rows, strict=True)
    ]
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *body),
        tag("tfoot", *(tag("tr", *_render_cells(columns, row)) for row in foot)) if foot else None,
        class_=" ".join(filter(None, ("sortable" if sortable else None, class_))) or None,
    )
    label = f"Table: {caption}" if not isinstance(caption, Html) else "Table"
    # The frame takes the focus so that the keyboard can scroll it.
    frame = tag("div", table, class_="scroll", role="region", tabindex=0, aria_label=label)
    if not filterable:
        return frame
    field = tag(
        "label",
        tag("span", "Filter"),
        tag("input", type="search", class_="filter", placeholder="words a row must hold"),
        tag(
            "output",
            f"{len(rows):,} row{'s' * (len(rows) != 1)}",
            class_="count",
            aria_live="polite",
        ),
        class_="filter-bar",
    )
    return tag("div", field, frame, class_="filterable")


def render_records(
    columns: Mapping[Column, Callable[[Record], Content | Cell]],
    records: Iterable[Record],
    *,
    caption: Content,
    sortable: bool = True,
) -> Html:
    """A table with a row for each record; each column with what it shows of one."""
    rows = [[show(record) for show in columns.values()] for record in records]
    return render_table(list(columns), rows, caption=caption, sortable=sortable)


def _render_heading(column: Column, *, sortable: bool) -> Html:
    name = tag("button", column.name, type="button") if sortable else escape(column.name)
    return tag(
        "th",
        name,
        scope="col",
        class_="number" if column.numeric else None,
        title=column.help,
        aria_sort="none" if sortable else None,
    )


def _render_cells(columns: Sequence[Column], row: Row) -> list[Html]:
    return [_render_cell(column, cell) for column, cell in zip(columns, row, strict=True)]


def _render_cell(column: Column, given: Content | Cell) -> Html:
    number = given if isinstance(given, int | float) else None
    cell = given if isinstance(given, Cell) else Cell(_show(given), sort=number)
    is_nan = isinstance(cell.sort, float) and math.isnan(cell.sort)
    sort = "" if is_nan or cell.content == NO_NUMBER else cell.sort
    content = cell.content if isinstance(cell.content, Html) else _show(cell.content)
    kind = "number" if column.numeric else "prose" if _is_long(content) else None
    classes = " ".join(filter(None, (kind, cell.class_)))
    return tag(
        "th" if cell.header else "td",
        content,
        scope="row" if cell.header else None,
        class_=classes or None,
        style=cell.style,
        title=cell.title,
        data_sort=sort,
    )


def _is_long(content: Html) -> bool:
    """Whether it would stand in a column of single words where the other columns need the room."""
    return len(re.sub("<[^>]*>", "", str(content))) > _LONG


def _show(content: Content) -> Html:
    if isinstance(content, float):
        return Html(NO_NUMBER if math.isnan(content) else f"{content:,.3f}")
    return Html(f"{content:,}") if isinstance(content, int) else join([content])
