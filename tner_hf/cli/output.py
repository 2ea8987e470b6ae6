"""Where a command's words go: results to standard output, everything else to standard error.

At a terminal tables are drawn by rich; in a pipe they are plain aligned text without progress bars,
and with `--json` the result is one JSON document and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tner_hf.report.columns import align_columns

#: Width of prose and tables where standard output is no terminal.
_PLAIN_WIDTH = 100

Cell = str | int | float | None


class Output:
    """What one command says.

    Args:
        as_json: print the result as JSON; tables and text are left out.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads standard output directly."""
        return sys.stdout.isatty()

    @property
    def width(self) -> int:
        """Columns of standard output."""
        return shutil.get_terminal_size().columns if self.is_terminal else _PLAIN_WIDTH

    def data(self, result: Any) -> None:
        """The result for programs: printed in JSON mode only."""
        if self.as_json:
            print(json.dumps(result, ensure_ascii=False, indent=2))

    def text(self, text: str = "") -> None:
        """The result for people: printed unless in JSON mode."""
        if not self.as_json:
            print(text)

    def heading(self, text: str) -> None:
        """A title above a table or list."""
        if self.as_json:
            return
        if self.is_terminal:
            from rich.console import Console

            Console().print(text, style="bold", markup=False, highlight=False)
        else:
            print(text)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Aligned columns, numbers to the right with thousands parted; None is an empty cell."""
        if self.as_json:
            return
        if self.is_terminal:
            self._rich_table(header, rows)
        else:
            print("\n".join(align(header, rows)))

    def note(self, text: str) -> None:
        """Progress and hints, on standard error; silent where no person is there to read it."""
        if sys.stderr.isatty():
            print(text, file=sys.stderr)

    def warn(self, text: str) -> None:
        """What a reader must know, on standard error, always."""
        print(text, file=sys.stderr)

    def _rich_table(self, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table

        table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for index, name in enumerate(header):
            numbers = _is_numeric(rows, index)
            table.add_column(
                escape(name), justify="right" if numbers else "left", no_wrap=numbers,
                overflow="fold",
            )  # fmt: skip
        for row in rows:
            table.add_row(*(escape(show_cell(cell)) for cell in row))
        console = Console()
        unbounded = console.options.update(max_width=sys.maxsize)
        if console.measure(table, options=unbounded).minimum <= console.width:
            console.print(table)
        else:  # a number must not be cut in two
            print("\n\n".join(_as_record(header, row) for row in rows))


def align(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The lines of a table in plain text.

    >>> align(["split", "tokens"], [["train", 62730], ["test", 233]])
    ['split  tokens', 'train  62,730', 'test      233']
    """
    cells = [header, *([show_cell(cell) for cell in row] for row in rows)]
    text = [i for i in range(len(header)) if not _is_numeric(rows, i)]
    return align_columns(cells, text_columns=0, prose=text)


def show_cell(cell: Cell) -> str:
    """A cell as people read it.

    >>> show_cell(62730), show_cell(0.5), show_cell(None)
    ('62,730', '0.500', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _as_record(header: Sequence[str], row: Sequence[Cell]) -> str:
    """A row of a table that is too wide, a line for each of its cells."""
    cells = [(name, show_cell(cell)) for name, cell in zip(header, row, strict=True)]
    return "\n".join(f"{name}: {cell}".removeprefix(": ") for name, cell in cells if cell)


def has_colour() -> bool:
    """Whether standard output shows colours: a terminal that can, and no `NO_COLOR`."""
    from rich.console import Console

    console = Console()
    return console.is_terminal and not console.no_color and console.color_system is not None


def show_log() -> None:
    """Put the lines of our own loggers on standard error, so that a long run can be followed."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # one a file
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    ours = logging.getLogger("tner_hf")
    ours.handlers[:] = [handler]
    ours.setLevel(logging.INFO)


def quiet_libraries() -> None:
    """Keep the progress bars of datasets for people: none where standard error is no terminal."""
    if not sys.stderr.isatty():
        from datasets import disable_progress_bars

        disable_progress_bars()


def _is_numeric(rows: Sequence[Sequence[Cell]], index: int) -> bool:
    column = [row[index] for row in rows if row[index] is not None]
    return bool(column) and all(isinstance(cell, int | float) for cell in column)


@contextlib.contextmanager
def warning_lines() -> Iterator[None]:
    """Warnings of this package as the line that they say, without a place in its code."""
    package, formatted = Path(__file__).parents[1], warnings.formatwarning

    def write(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if category is UserWarning and package in Path(filename).parents:
            return f"{message}\n"
        return formatted(message, category, filename, lineno, line)

    warnings.formatwarning = write
    try:
        yield
    finally:
        warnings.formatwarning = formatted


@contextlib.contextmanager
def log_lines(*, main_process: bool = True) -> Iterator[None]:
    """Lines of our own loggers on stderr; of the other processes only warnings."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # one a file
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    ours = logging.getLogger("tner_hf")
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO if main_process else logging.WARNING)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)
