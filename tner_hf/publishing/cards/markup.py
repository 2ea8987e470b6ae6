"""Markdown that says what it is given, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int | None = None
) -> str:
    """A Markdown table, numbers to the right after the first `text_columns`; empty without rows."""
    if not rows:
        return ""
    left = len(header) if text_columns is None else text_columns
    rule = ["---" if i < left else "---:" for i in range(len(header))]
    lines = [header, rule, *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines
    )


def escape(text: str) -> str:
    r"""Text in one line that Markdown and HTML leave as it is.

    >>> escape("a_b <i>*")
    'a\\_b &lt;i>\\*'
    """
    line = " ".join(text.split())
    return "".join("&lt;" if c == "<" else f"\\{c}" if c in "\\*_`[" else c for c in line)
