"""Fingerprints of datasets made in memory, from the bytes of their tables.

`Dataset(table)` would pickle the whole table for one, which takes longer than to make the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def fingerprint_table(table: pa.Table, *facts: str) -> str:
    """The same text for the same columns and facts, another one for others."""
    from datasets.fingerprint import Hasher

    parts: list[bytes] = [str(table.schema).encode(), *(fact.encode() for fact in facts)]
    for column in table.columns:
        for chunk in column.chunks:
            parts.append(f"{chunk.offset} {len(chunk)}".encode())
            parts += _list_buffers(chunk)
    return str(Hasher.hash_bytes(parts))


def _list_buffers(array: pa.Array) -> Iterator[bytes]:
    for buffer in array.buffers():
        yield b"" if buffer is None else memoryview(buffer)  # type: ignore[misc]
