"""Tables of plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def align_columns(rows: Sequence[Sequence[str]], *, text_columns: int = 1) -> list[str]:
    """Lines of one width: the first columns to the left, numbers to the right.

    >>> align_columns([("type", "f1"), ("person", "9.00")])
    ['type      f1', 'person  9.00']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i < text_columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
