"""Markdown that says what it is given, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from tner_hf.report import columns


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int | None = None
) -> str:
    """A Markdown table, numbers to the right after the first `text_columns`; empty without rows."""
    if not rows:
        return ""
    cells = [[cell.replace("|", "&#124;") for cell in row] for row in (header, *rows)]
    left = len(header) if text_columns is None else text_columns
    return columns.markdown_table(cells, text_columns=left)


def escape(text: str) -> str:
    r"""Text in one line that Markdown and HTML leave as it is.

    >>> escape("a_b <i>*")
    'a\\_b &lt;i>\\*'
    """
    line = " ".join(text.split())
    return "".join("&lt;" if c == "<" else f"\\{c}" if c in "\\*_`[" else c for c in line)
