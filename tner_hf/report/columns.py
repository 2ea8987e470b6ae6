"""Tables of plain text, for a terminal, and of Markdown."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def align_columns(
    rows: Sequence[Sequence[str]], *, text_columns: int = 1, prose: Collection[int] = ()
) -> list[str]:
    """Lines of one width: the first columns to the left, numbers to the right.

    Args:
        rows: cells of each row, the header's first.
        text_columns: how many columns from the left hold text.
        prose: the places of further columns of text.

    >>> align_columns([("type", "f1"), ("person", "9.00")])
    ['type      f1', 'person  9.00']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i < text_columns or i in prose else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


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
