"""Rows as they are read: what is to be tagged, beside the columns that go along."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tner_hf.formats.csv_texts import TEXT
from tner_hf.formats.json_rows import HALF
from tner_hf.formats.options import TOKEN_COLUMNS
from tner_hf.inference.pipelines.inputs import Words, join_words

if TYPE_CHECKING:
    import pyarrow as pa

#: A text, words that are given, or None for a row that has neither.
Item = str | Words | None

#: Rows that are read together, and the bytes of text from which fewer are.
BATCH_ROWS = 512
BATCH_BYTES = 4 << 20


@dataclass(frozen=True)
class Batch:
    """Rows that are read together.

    Attributes:
        columns: what goes along: an object for each row, or a table.
        items: what is to be tagged of each row.
        numbers: the line of each row, from 1, or its row in a table, from 0.
        faults: row of the batch to why it cannot be tagged.
    """

    columns: list[dict[str, Any]] | pa.RecordBatch
    items: list[Item]
    numbers: Sequence[int]
    faults: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of_objects(
        cls, rows: Sequence[dict[str, Any] | str], numbers: Sequence[int], column: str
    ) -> Batch:
        """A batch of objects, each with a text or a list of words; a str says why it is none."""
        columns: list[dict[str, Any]] = []
        items: list[Item] = []
        faults: dict[int, str] = {}
        for at, row in enumerate(rows):
            if isinstance(row, str):
                columns.append({})
                items.append(None)
                faults[at] = row
                continue
            item, fault = read_item(row.get(column), row, column)
            if fault is None and _has_half(row):
                fault = "half a character of UTF-16 (a lone surrogate)"
            columns.append(row if fault is None else mend(row))
            items.append(item if fault is None else None)
            if fault is not None:
                faults[at] = fault
        return cls(columns, items, numbers, faults)


def read_objects(rows: Sequence[dict[str, Any] | str], column: str) -> Iterator[Batch]:
    """Objects in batches, numbered from 0."""
    for first in range(0, len(rows), BATCH_ROWS):
        numbers = range(first, min(first + BATCH_ROWS, len(rows)))
        yield Batch.of_objects(rows[first : numbers.stop], numbers, column)


def read_item(value: Any, row: Mapping[str, Any], column: str) -> tuple[Item, str | None]:
    """What is to be tagged, or why there is nothing.

    >>> read_item(None, {}, "text")
    (None, "no column 'text'")
    """
    if isinstance(value, str):
        return value, None
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return _place_words(value, row), None
    if value is None:
        return None, f"null in {column!r}" if column in row else f"no column {column!r}"
    return None, f"{type(value).__name__} in {column!r}, neither a text nor a list of words"


def _place_words(words: list[str], row: Mapping[str, Any]) -> Words:
    """Words in the text that the row brings with their places, else joined by spaces."""
    text, offsets = row.get("text"), row.get("offsets")
    if isinstance(text, str) and isinstance(offsets, list) and len(offsets) == len(words):
        spans = [tuple(pair) for pair in offsets if isinstance(pair, list) and len(pair) == 2]
        if [text[begin:end] for begin, end in spans] == words:
            return Words(text, spans, given=True)
    return join_words(words, " ")


def choose_column(names: Sequence[str], given: str | None) -> str | None:
    """The column of texts among some, or of words; None where there is none.

    >>> choose_column(["id", "tokens"], None), choose_column(["id"], "id")
    ('tokens', 'id')
    """
    wanted = (TEXT, *TOKEN_COLUMNS) if given is None else (given,)
    return next((name for name in wanted if name in names), None)


def mend(value: Any) -> Any:
    r"""The value with halves of characters, which nothing can write, replaced.

    >>> mend({"a": ["\ud800b"]})
    {'a': ['\ufffdb']}
    """
    if isinstance(value, str):
        return HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [mend(each) for each in value]
    if isinstance(value, dict):
        return {mend(name): mend(each) for name, each in value.items()}
    return value


def _has_half(row: Mapping[str, Any]) -> bool:
    told = json.dumps(row, ensure_ascii=False)
    return not told.isascii() and HALF.search(told) is not None
