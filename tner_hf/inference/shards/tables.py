"""Tables: Parquet files, and datasets that the datasets library holds; cut by rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tner_hf.errors import DataError, first_line
from tner_hf.inference.shards.addresses import open_address
from tner_hf.inference.shards.columns import missing_column
from tner_hf.inference.shards.rows import BATCH_BYTES, BATCH_ROWS, Batch, choose_column, read_item
from tner_hf.inference.shards.shard import Facts, Part, hash_stream

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file; a column of None is one of the usual names, of texts or of lists of words."""

    address: str
    name: str
    column: str | None = None

    unit = "row"

    def cut(self, size: int) -> tuple[Facts, list[Part]]:
        with open_address(self.address, seekable=True) as file:
            count, digest = hash_stream(file)
        with self._open() as table:
            column = check_column(self.name, table.schema_arrow, self.column)
            groups = [table.metadata.row_group(i) for i in range(table.metadata.num_row_groups)]
            weights = [(group.num_rows, _bytes_of(group, column)) for group in groups]
        parts = []
        for begin, end, weight in cut_rows(weights, size):
            own = hashlib.sha256(f"{digest}\0{begin}\0{end}".encode()).hexdigest()
            parts.append(Part(begin, end, begin, weight, own))
        return Facts(self.name, count, digest), parts

    def schema(self, parts: list[Part]) -> pa.Schema:  # noqa: ARG002
        with self._open() as table:
            return table.schema_arrow

    def read(self, part: Part) -> Iterator[Batch]:
        rows = max(1, min(BATCH_ROWS, BATCH_BYTES * (part.end - part.begin) // max(1, part.size)))
        with self._open() as table:
            column = check_column(self.name, table.schema_arrow, self.column)
            done = 0
            for number in range(table.metadata.num_row_groups):
                group, begin = table.metadata.row_group(number), done
                done += group.num_rows
                if done <= part.begin or begin >= part.end:
                    continue
                place = begin
                for batch in table.iter_batches(batch_size=rows, row_groups=[number]):
                    first, last = max(part.begin, place), min(part.end, place + batch.num_rows)
                    if first < last:
                        yield read_table(batch.slice(first - place, last - first), first, column)
                    place += batch.num_rows

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        with open_address(self.address, seekable=True) as file:
            try:
                table = pq.ParquetFile(file)
            except (pa.ArrowException, OSError, ValueError) as error:
                what = f"no Parquet file that can be read: {first_line(error)}"
                raise DataError(f"{self.name}: {what}") from error
            try:
                yield table
            except pa.ArrowException as error:
                raise DataError(f"{self.name} cannot be read: {first_line(error)}") from error


@dataclass(frozen=True)
class DatasetSource:
    """A split of a dataset that `load_dataset` gives; every process loads it anew.

    It is a corpus, a Hub id with its revision, or the folder of a saved dataset; the column is as
    for `ParquetSource`.
    """

    given: str
    name: str
    split: str
    revision: str | None = None
    column: str | None = None

    unit = "row"

    @property
    def _rows(self) -> Any:
        return load_splits(self.given, self.revision)[self.split].with_format("arrow")

    def cut(self, size: int) -> tuple[Facts, list[Part]]:
        check_column(self.name, self._schema, self.column)
        whole = hashlib.sha256()
        parts: list[Part] = []
        own, begin, weight, total, done = hashlib.sha256(), 0, 0, 0, 0
        for table in self._rows.iter(BATCH_ROWS):
            for batch in table.combine_chunks().to_batches():
                content = memoryview(batch.serialize())
                whole.update(content)
                own.update(content)
                weight += len(content)
                done += batch.num_rows
            if weight >= size or done == len(self._rows):
                parts.append(Part(begin, done, begin, weight, own.hexdigest()))
                total += weight
                own, begin, weight = hashlib.sha256(), done, 0
        return Facts(self.name, total, whole.hexdigest()), parts

    def schema(self, parts: list[Part]) -> pa.Schema:  # noqa: ARG002
        return self._schema

    @property
    def _schema(self) -> pa.Schema:
        return self._rows.features.arrow_schema

    def read(self, part: Part) -> Iterator[Batch]:
        column = check_column(self.name, self._schema, self.column)
        for begin in range(part.begin, part.end, BATCH_ROWS):
            end = min(begin + BATCH_ROWS, part.end)
            table = self._rows[begin:end].combine_chunks()
            first = begin
            for batch in table.to_batches():
                yield read_table(batch, first, column)
                first += batch.num_rows


@lru_cache(maxsize=2)
def load_splits(given: str, revision: str | None) -> Any:
    """Split to rows: of a corpus in its own types, of a Hub dataset or a saved one as they are."""
    from datasets import DatasetDict

    from tner_hf.data.folders import read_folder, read_hub
    from tner_hf.data.loading import load_dataset
    from tner_hf.data.sources import CorpusSource, FolderSource, HubSource, identify
    from tner_hf.formats.options import ReadOptions

    source = identify(given)
    if isinstance(source, CorpusSource):
        return load_dataset(given, native=True)
    if isinstance(source, HubSource):
        splits, _ = read_hub(source.name, source.config, ReadOptions(), revision=revision)
    elif isinstance(source, FolderSource):
        splits, _ = read_folder(source.folder, None, ReadOptions())
    else:
        raise DataError(f"{given}: no corpus, no dataset of the Hub and no saved one")
    return DatasetDict(splits)


def read_table(batch: pa.RecordBatch, first: int, column: str) -> Batch:
    """Rows of a table with what is to be tagged of each."""
    names = [name for name in ("text", "offsets") if name in batch.schema.names and name != column]
    values = _values(batch, column)
    words = names == ["text", "offsets"] and any(isinstance(each, list) for each in values)
    rows = batch.select(names).to_pylist() if words else [{column: None}] * len(values)
    items, faults = [], {}
    for at, (value, row) in enumerate(zip(values, rows, strict=True)):
        item, fault = read_item(value, {column: value, **row}, column)
        if isinstance(value, bytes):
            item, fault = None, "bytes that are not UTF-8"
        items.append(item)
        if fault is not None:
            faults[at] = fault
    if any(isinstance(value, bytes) for value in values):
        batch = _mend_column(batch, column, values)
    return Batch(batch, items, range(first, first + len(items)), faults)


def _values(batch: pa.RecordBatch, column: str) -> list[Any]:
    """The values of a column; one that is not UTF-8 as its bytes."""
    import pyarrow as pa

    array = batch.column(column)
    try:
        values: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        values = []
        for value in array:
            try:
                values.append(value.as_py())
            except UnicodeDecodeError:
                is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
                values.append(value.as_buffer().to_pybytes() if is_text else b"")
    return values


def _mend_column(batch: pa.RecordBatch, column: str, values: list[Any]) -> pa.RecordBatch:
    import pyarrow as pa

    place, kind = batch.schema.names.index(column), batch.schema.field(column).type
    whole = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values]
    if pa.types.is_list(kind):  # of which no part can be had
        whole = [None if isinstance(v, bytes) else w for v, w in zip(values, whole, strict=True)]
    return batch.set_column(place, batch.schema.field(column), pa.array(whole, kind))


def check_column(name: str, schema: pa.Schema, given: str | None) -> str:
    """The column of texts or words.

    Raises:
        DataError: there is none, or it holds something else.
    """
    import pyarrow as pa

    if doubled := {column for column in schema.names if schema.names.count(column) > 1}:
        raise DataError(
            f"{name} has several columns {min(doubled)!r}; each needs a name of its own"
        )
    column = choose_column(schema.names, given)
    if column is None:
        raise missing_column(name, given or "text", schema.names)
    kind = schema.field(column).type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    if not (pa.types.is_string(inner) or pa.types.is_large_string(inner)):
        raise DataError(
            f"{name}: column {column!r} holds {kind}, neither texts nor lists of words; name "
            "another one with --text_column"
        )
    return column


def cut_rows(groups: list[tuple[int, int]], size: int) -> list[tuple[int, int, int]]:
    """Begin, end and bytes of parts of about so many bytes.

    >>> cut_rows([(4, 40), (1, 5), (1, 5)], 20)
    [(0, 2, 20), (2, 4, 20), (4, 6, 10)]

    Args:
        groups: rows and bytes of each row group; a large one is cut, small ones go together.
        size: bytes of a part.
    """
    parts: list[tuple[int, int, int]] = []
    begin = end = weight = 0
    for rows, total in groups:
        pieces = max(1, min(rows, total // size))
        for number in range(pieces):
            step = rows * (number + 1) // pieces - rows * number // pieces
            end += step
            weight += total * step // max(1, rows)
            if weight >= size or pieces > 1:
                parts.append((begin, end, weight))
                begin, weight = end, 0
    if end > begin:
        parts.append((begin, end, weight))
    return parts


def _bytes_of(group: Any, column: str) -> int:
    """Bytes of a column in a row group, uncompressed."""
    held = [group.column(number) for number in range(group.num_columns)]
    return sum(
        each.total_uncompressed_size for each in held
        if each.path_in_schema.split(".")[0] == column
    )  # fmt: skip
