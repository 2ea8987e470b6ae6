"""Where a command's words go: results to standard output, everything else to standard error.

Tables are plain aligned text, at a terminal within its width; in a pipe there are no progress bars,
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

from tner_hf.report.columns import WIDTH, align_columns, wrap_line

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
        return shutil.get_terminal_size().columns if self.is_terminal else WIDTH

    def data(self, result: Any) -> None:
        """The result for programs: printed in JSON mode only."""
        if self.as_json:
            print(json.dumps(result, ensure_ascii=False, indent=2))

    def text(self, text: str = "") -> None:
        """The result for people, its long lines wrapped at a terminal; nothing in JSON mode."""
        if self.as_json:
            return
        print(_fit(text) if self.is_terminal else text)

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
        if not self.as_json:
            width = self.width if self.is_terminal else sys.maxsize
            print("\n".join(align(header, rows, width)))

    def note(self, text: str) -> None:
        """Progress and hints, on standard error; silent where no person is there to read it."""
        if sys.stderr.isatty():
            self.warn(text)

    def warn(self, text: str) -> None:
        """What a reader must know, on standard error, always; at a terminal within its width."""
        print(_fit(text) if sys.stderr.isatty() else text, file=sys.stderr)


def _fit(text: str) -> str:
    width = shutil.get_terminal_size().columns
    lines = text.splitlines()
    return "\n".join(line if len(line) <= width else wrap_line(line, width) for line in lines)


def align(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], width: int = sys.maxsize
) -> list[str]:
    """The lines of a table in plain text.

    >>> align(["split", "tokens"], [["train", 62730], ["test", 233]])
    ['split  tokens', 'train  62,730', 'test      233']
    """
    cells = [list(header), *([show_cell(cell) for cell in row] for row in rows)]
    prose = [index for index in range(len(header)) if not _is_numeric(rows, index)]
    return align_columns(cells, text_columns=1, prose=prose, width=width)


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


def has_colour() -> bool:
    """Whether standard output shows colours: a terminal that can, and no `NO_COLOR`."""
    from rich.console import Console

    console = Console()
    return console.is_terminal and not console.no_color and console.color_system is not None


class _Lines(logging.Formatter):
    """The bare message; at a terminal within its width."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return _fit(line) if sys.stderr.isatty() else line


def show_log(level: int = logging.INFO) -> None:
    """Put the lines of our own loggers on standard error, so that a long run can be followed."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # one a file
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines("%(message)s"))
    ours = logging.getLogger("tner_hf")
    ours.handlers[:] = [handler]
    ours.setLevel(level)


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
        message: Warning | str, category: type[Warning], filename: str, *place: Any, **line: Any
    ) -> str:
        if category is UserWarning and package in Path(filename).parents:
            return f"{message}\n"
        return formatted(message, category, filename, *place, **line)

    warnings.formatwarning = write
    try:
        yield
    finally:
        warnings.formatwarning = formatted


@contextlib.contextmanager
def log_lines(*, main_process: bool = True) -> Iterator[None]:
    """Lines of our own loggers on stderr; of the other processes only warnings."""
    ours = logging.getLogger("tner_hf")
    handlers, level = ours.handlers[:], ours.level
    show_log(logging.INFO if main_process else logging.WARNING)
    try:
        yield
    finally:
        ours.handlers[:] = handlers
        ours.setLevel(level)
