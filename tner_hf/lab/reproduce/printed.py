"""The figures that the paper printed, and where they contradict each other.

The files in `tner_hf/paper/` hold the tables as printed, and in `summary/` the same experiments
with two decimals as the authors' repository has them (which calls WikiAnn `panx_dataset`).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from statistics import fmean
from typing import Literal

#: The column of a table that holds the mean of its row.
AVERAGE = "avg"

#: What the paper does with decimals beyond the first. Held against the authors' own files, Tables
#: 2, 3, 4 and 8 cut them off (165 of 166 figures, the other a slip; 92.97 is printed as 92.9), and
#: Table 6 rounds (16 of 16). Of Tables 5, 7 and 9 there is no such file.
Decimals = Literal["cut", "rounded"]

#: What a printed average and the mean of its row may differ by: the figures of the row are cut off,
#: which takes up to 0.1 away; the average is of uncut ones, and cut off (Table 8) or rounded.
TOLERANCE = 0.1

#: Adding up binary fractions must not decide.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class PrintedTable:
    """One table of the paper, in percent.

    Attributes:
        rows: names of the rows, in order.
        columns: names of the columns, the average aside.
        figures: (row, column) to the figure; a cell that the paper left empty is absent.
        averages: row to the printed average; empty for a table without averages.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    figures: Mapping[tuple[str, str], float]
    averages: Mapping[str, float] = field(default_factory=dict)

    def mean(self, row: str) -> float:
        """The mean of the printed figures of a row."""
        return fmean(self.figures[row, c] for c in self.columns if (row, c) in self.figures)


@cache
def read_printed(file: str) -> PrintedTable:
    """The figures of a CSV file in `tner_hf/paper/`."""
    text = resources.files("tner_hf").joinpath("paper", *file.split("/")).read_text("utf-8")
    header, *body = csv.reader(text.splitlines())
    columns = [_rename(name) for name in header[1:]]
    figures = {
        (_rename(row[0]), column): float(cell)
        for row in body
        for column, cell in zip(columns, row[1:], strict=True)
        if cell
    }
    return PrintedTable(
        rows=tuple(_rename(row[0]) for row in body),
        columns=tuple(column for column in columns if column != AVERAGE),
        figures={place: value for place, value in figures.items() if place[1] != AVERAGE},
        averages={row: value for (row, column), value in figures.items() if column == AVERAGE},
    )


def find_average_defects(
    table: PrintedTable, source: PrintedTable | None = None, names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Row to what is wrong with its average, in words, where it is not the mean of its row.

    Args:
        table: as printed.
        source: the authors' own figures; where the mean is right with columns that the table lacks,
            they are named.
        names: row of the table to row of `source`, where they differ.
    """
    defects = {}
    for row, printed in table.averages.items():
        mean = table.mean(row)
        if _agree(printed, mean):
            continue
        told = f"the printed average {printed} is not the mean of its row ({round(mean, 1)})"
        own = (names or {}).get(row, row)
        if source and own in source.rows and _agree(printed, source.mean(own)):
            hidden = [c for c in source.columns if c not in table.columns]
            extra = " and ".join(f"{name} {source.figures[own, name]}" for name in hidden)
            told += f" but includes columns that the table leaves out: {extra}" if hidden else ""
        defects[row] = told
    return defects


def find_slips(
    table: PrintedTable,
    source: PrintedTable,
    names: Mapping[str, str] | None = None,
    *,
    decimals: Decimals = "cut",
) -> dict[tuple[str, str], float]:
    """Cells whose printed figure is not that of the authors' own file, with the latter.

    Args:
        table: as printed.
        source: the authors' own figures.
        names: row or column of the table to that of `source`, where they differ.
        decimals: what the table does with those beyond the first.
    """
    names = names or {}
    slips = {}
    for (row, column), value in table.figures.items():
        own = source.figures.get((names.get(row, row), names.get(column, column)))
        if own is not None and as_printed(own, decimals) != value:
            slips[row, column] = own
    return slips


def as_printed(value: float, decimals: Decimals) -> float:
    """A figure with one decimal, as the paper prints it.

    >>> as_printed(92.97, "cut"), as_printed(92.97, "rounded")
    (92.9, 93.0)
    """
    return math.floor(10 * value + (0.5 if decimals == "rounded" else 0) + _ROUNDING) / 10


def _agree(printed: float, exact: float) -> bool:
    return abs(printed - exact) < TOLERANCE + _ROUNDING


def _rename(name: str) -> str:
    return name.replace("panx_dataset", "wikiann")
