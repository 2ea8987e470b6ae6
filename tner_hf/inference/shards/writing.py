"""A shard's rows on their way into a file: Parquet or JSON lines, piece by piece."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tner_hf.errors import DataError
from tner_hf.files import write_file
from tner_hf.formats.csv_texts import TEXT
from tner_hf.inference.pipelines.inputs import Words
from tner_hf.inference.shards.answering import Answered, text_of
from tner_hf.inference.shards.columns import fit_columns, make_texts
from tner_hf.inference.shards.rows import Batch, Item

if TYPE_CHECKING:
    import pyarrow as pa

OutputFormat = Literal["parquet", "jsonl"]

#: Rows of one row group, at most; and the bytes from which there are fewer.
_GROUP_ROWS = 8192
_GROUP_BYTES = 16 << 20


def write_shard(
    path: Path, rows: Iterable[Answered], schema: pa.Schema, form: OutputFormat
) -> tuple[int, str]:
    """Write the rows of a shard, whole or not at all; its schema has the entities last.

    Returns:
        Its size in bytes, and their hash.

    Raises:
        FileError: the system refuses, or the disk is full.
    """
    digest, size = hashlib.sha256(), 0
    make: Callable[[Iterable[Answered], pa.Schema], Iterator[bytes]]
    make = _write_parquet if form == "parquet" else _write_json_lines

    def pieces() -> Iterator[bytes]:
        nonlocal size
        for piece in make(rows, schema):
            digest.update(piece)
            size += len(piece)
            yield piece

    write_file(path, pieces())
    return size, digest.hexdigest()


class _Drain(io.RawIOBase):
    """What is written, to be taken away piece by piece; it knows how much there has been."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._taken = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def tell(self) -> int:
        return self._taken + len(self._held)

    def take(self) -> bytes:
        piece = bytes(self._held)
        self._taken += len(piece)
        self._held.clear()
        return piece


def _write_parquet(rows: Iterable[Answered], schema: pa.Schema) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    drain = _Drain()
    kept = pa.schema(list(schema)[:-1])
    with pq.ParquetWriter(drain, schema, compression="zstd") as writer:
        held: list[pa.RecordBatch] = []
        for batch, answers, faults in rows:
            columns = fit_columns(add_text(batch, kept), kept, faults)
            entities = list_entities(answers, schema.field(len(kept)).type)
            held.append(pa.record_batch([*columns, entities], schema=schema))
            if (
                sum(b.num_rows for b in held) >= _GROUP_ROWS
                or sum(b.nbytes for b in held) >= _GROUP_BYTES
            ):
                writer.write_table(pa.Table.from_batches(held))
                held = []
                yield drain.take()
        if held:
            writer.write_table(pa.Table.from_batches(held))
    yield drain.take()


def list_entities(answers: Sequence[Any], kind: pa.ListType) -> pa.Array:
    """The entities of each row, null where there is no answer.

    It is what `pa.array` makes of them, which imports pandas for it: half a second of each process.

    >>> import pyarrow as pa
    >>> from tner_hf.inference.shards.columns import with_entities
    >>> kind = with_entities(pa.schema([]), "entities", b"").field(0).type
    >>> ada = {"type": "person", "start": 0, "end": 3, "text": "Ada", "score": 0.5}
    >>> list_entities([[ada], None, []], kind).to_pylist() == [[ada], None, []]
    True
    """
    import pyarrow as pa

    held = [entity for found in answers if found for entity in found]
    if any(entity["score"] is None for entity in held):  # a CRF has no probability of a tag
        return pa.array(answers, kind)
    columns = [
        make_texts([entity[field.name] for entity in held])
        if pa.types.is_string(field.type)
        else _make_numbers([entity[field.name] for entity in held], field.type)
        for field in kind.value_type
    ]
    entities = pa.StructArray.from_arrays(columns, fields=list(kind.value_type))
    counts = [len(found) if found else 0 for found in answers]
    offsets = pa.py_buffer(np.cumsum([0, *counts], dtype=np.int32))
    is_answered = np.array([found is not None for found in answers], dtype=bool)
    known = pa.py_buffer(np.packbits(is_answered, bitorder="little"))
    return pa.Array.from_buffers(kind, len(counts), [known, offsets], children=[entities])


def _make_numbers(values: list[Any], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    numbers = np.array(values, dtype=kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(numbers)])


def add_text(batch: Batch, kept: pa.Schema) -> Batch:
    """The batch with the text over which places count, where words were given without one."""
    columns: Any = batch.columns
    if TEXT not in kept.names:
        return batch
    if isinstance(columns, list):
        rows = [_with_text(row, item) for row, item in zip(columns, batch.items, strict=True)]
        return replace(batch, columns=rows)
    if TEXT in columns.schema.names:
        return batch
    texts = [None if item is None else text_of(item) for item in batch.items]
    return replace(batch, columns=columns.append_column(TEXT, make_texts(texts)))


def _with_text(row: dict[str, Any], item: Item) -> dict[str, Any]:
    return {**row, TEXT: item.text} if isinstance(item, Words) and not row.get(TEXT) else row


def _write_json_lines(rows: Iterable[Answered], schema: pa.Schema) -> Iterator[bytes]:
    for batch, answers, _ in rows:
        rounded = [_round(found) for found in answers]
        yield "".join(show_rows(batch, rounded, schema.names[-1])).encode()


def show_rows(batch: Batch, answers: Sequence[Any], column: str) -> Iterator[str]:
    """Each row as a line of JSON, with its answer in a further column.

    Raises:
        DataError: a row has that column already, or a value that JSON has no form for.
    """
    columns: Any = batch.columns
    objects = columns if isinstance(columns, list) else columns.to_pylist()
    for row, item, found, number in zip(objects, batch.items, answers, batch.numbers, strict=True):
        if column in row:
            raise DataError(
                f"row {number} has {column!r} already; name ours with --entity_column of "
                "`tner-hf tag`"
            )
        whole = {**_with_text(row, item), column: found}
        yield json.dumps(whole, ensure_ascii=False, default=show_value) + "\n"


def _round(found: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Entities as JSON has them, their scores with the seven digits that a float32 has."""
    if found is None:
        return None
    return [
        {**entity, "score": None if entity["score"] is None else float(f"{entity['score']:.7g}")}
        for entity in found
    ]


def show_value(value: Any) -> Any:
    """A value of a table that JSON has no form for.

    Raises:
        DataError: nor has text.
    """
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise DataError(
        f"a column holds {type(value).__name__} values, which JSON lines cannot; write Parquet"
    )
