"""Rows in Parquet files: the table that a file holds, whatever its metadata say of it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import DataError, first_line
from tner_hf.files import parse_json
from tner_hf.formats.json_rows import HALF, TOO_LARGE, bad_row

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset

logger = logging.getLogger(__name__)

#: Where the datasets library keeps its features in a schema.
_KEY = b"huggingface"


def read_parquet(path: Path) -> Dataset:
    """The rows of a file, with the features that its metadata tell, where they can be used.

    Raises:
        DataError: it is no Parquet file, is damaged, or holds text that is not UTF-8.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset

    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
        table.validate(full=True)  # reading does not look whether text is UTF-8
    except (pa.ArrowException, OSError, ValueError) as error:
        what = f"no Parquet file that can be read: {first_line(error)}"
        raise DataError(f"{path}: {what}") from error
    if fault := _find_fault(table.schema):
        table = _drop_features(table, path, fault)
    while True:
        try:
            return Dataset(table)
        except Exception as error:  # whatever features that do not fit their table lead to
            if _KEY not in (table.schema.metadata or {}):
                what = f"columns that cannot be read: {first_line(error)}"
                raise DataError(f"{path}: {what}; it has {_describe(table.schema)}") from error
            table = _drop_features(table, path, f"do not fit its columns ({first_line(error)})")


def refuse_large_ids(path: Path, rows: Dataset, columns: Collection[int | str | None]) -> None:
    """Look whether tags are numbers that no id can be.

    Raises:
        DataError: one does not fit into 63 bits.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in set(rows.column_names) & set(columns):
        kind = rows.data.schema.field(name).type
        if not pa.types.is_list(kind) or kind.value_type != pa.uint64():
            continue
        column = rows.data.table.column(name).combine_chunks().drop_null()
        values = pc.list_flatten(column).drop_null().to_numpy()
        if (large := values >> 63).any():
            value = int(values[large.argmax()])
            row = next(n for n, tags in enumerate(rows[name], 1) if value in (tags or ()))
            raise bad_row(path, row, TOO_LARGE.format(str(value)))


def _find_fault(schema: pa.Schema) -> str | None:
    """Why the features in a schema's metadata cannot be used, None where they can."""
    stored = (schema.metadata or {}).get(_KEY)
    if stored is None:
        return None
    try:
        told = parse_json(stored.decode("utf-8"))
    except ValueError as error:
        return f"are no JSON ({first_line(error)})"
    info = told.get("info") if isinstance(told, dict) else None
    features = info.get("features") if isinstance(info, dict) else None
    if not isinstance(features, dict):
        return "name no features"
    return next((f for column in features.values() if (f := find_bad_feature(column))), None)


def find_bad_feature(described: Any) -> str | None:
    """What is wrong with the description of a column, before the datasets library acts upon it.

    Class labels have to bring their names: of a number alone it would make up so many.
    """
    parts = [described]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += part
        if not isinstance(part, dict):
            continue
        parts += part.values()
        if part.get("_type") == "ClassLabel":
            names = part.get("names")
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                return "have class labels without a list of names"
            if any(HALF.search(name) for name in names):
                return "have class labels with half a character of UTF-16"
            if len(set(names)) < len(names):
                return "name a class label twice"
            if part.get("num_classes") not in (None, len(names)):
                return f"count {part['num_classes']!r} class labels and name {len(names)}"
    return None


def _drop_features(table: pa.Table, path: Path, why: str) -> pa.Table:
    logger.warning("%s: its metadata of the datasets library %s, and are left out", path, why)
    kept = {k: v for k, v in (table.schema.metadata or {}).items() if k != _KEY}
    return table.replace_schema_metadata(kept or None)


def _describe(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name!r} ({field.type})" for field in schema)[:300] or "no columns"
