"""The columns that go along: their types in Parquet, and rows of objects in those types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tner_hf.errors import DataError
from tner_hf.files import parse_json

if TYPE_CHECKING:
    import pyarrow as pa

    from tner_hf.inference.shards.rows import Batch
    from tner_hf.inference.shards.shard import Part, Source

#: Objects with more different keys than this are no table.
MOST_COLUMNS = 1000

#: Marks a column that holds JSON as text, since its values have no one type.
_AS_JSON = {b"tner_hf": b"json"}
#: Where the datasets library keeps what it knows of columns.
_FEATURES = b"huggingface"


def missing_column(name: str, column: str, columns: Sequence[str]) -> DataError:
    """The error of a table, or of objects, without the column of texts."""
    held = ", ".join(map(repr, columns[:20])) or "nothing"
    return DataError(f"{name} has no column {column!r}; it has {held}. Name one with --text_column")


def infer_schema(source: Source, parts: Iterable[Part], column: str) -> pa.Schema:
    """The types of objects' values, each column in the one type that fits all of them.

    A row that cannot be tagged has no say in it.

    Raises:
        DataError: no object has that column, or there are so many keys that this is no table.
    """
    import pyarrow as pa

    types: dict[str, pa.DataType | None] = {}
    for batch in (batch for part in parts for batch in source.read(part)):
        columns: Any = batch.columns
        rows = [row for at, row in enumerate(columns) if at not in batch.faults]
        for key in dict.fromkeys(key for row in rows for key in row):
            found = _type_of([row.get(key) for row in rows])
            types[key] = _join(types[key], found) if key in types else found
        if len(types) > MOST_COLUMNS:
            raise DataError(
                f"{source.name}: its objects have more than {MOST_COLUMNS} different keys; tag "
                "into --output_format jsonl, which keeps each as it is"
            )
    if column not in types:
        raise missing_column(source.name, column, list(types))
    return pa.schema([
        pa.field(key, pa.string(), metadata=_AS_JSON) if kind is None
        else pa.field(key, pa.string() if pa.types.is_null(kind) else kind)
        for key, kind in types.items()
    ])  # fmt: skip


def _type_of(values: list[Any]) -> pa.DataType | None:
    """The type of values, None where they have none."""
    array = _as_array(values)
    return None if array is None or _is_empty_struct(array.type) else array.type


def _as_array(values: list[Any], kind: pa.DataType | None = None) -> pa.Array | None:
    """The values in one type, None where they do not fit."""
    import pyarrow as pa

    try:
        is_texts = kind == pa.string() and all(v is None or type(v) is str for v in values)
        return make_texts(values) if is_texts else pa.array(values, kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return None


def make_texts(values: list[str | None]) -> pa.Array:
    """Strings, as `pa.array` makes them, which imports pandas for it."""
    import pyarrow as pa

    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def _is_empty_struct(kind: Any) -> bool:
    """Whether a type holds an object without keys, which Parquet cannot write."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(_is_empty_struct(f.type) for f in kind)
    return pa.types.is_list(kind) and _is_empty_struct(kind.value_type)


def _join(first: pa.DataType | None, second: pa.DataType | None) -> pa.DataType | None:
    import pyarrow as pa

    if first is None or second is None:
        return None
    if first == second:
        return first
    try:
        schemas = [pa.schema([("x", kind)]) for kind in (first, second)]
        return pa.unify_schemas(schemas, promote_options="permissive").field("x").type
    except pa.ArrowException:
        return None


def join_schemas(schemas: Sequence[tuple[str, pa.Schema]]) -> pa.Schema:
    """One schema for all inputs.

    Raises:
        DataError: two inputs have a column of types that do not go together.
    """
    import pyarrow as pa

    first, whole = schemas[0]
    for name, schema in schemas[1:]:
        if schema.remove_metadata() == whole.remove_metadata():
            continue
        try:
            whole = pa.unify_schemas([whole.remove_metadata(), schema.remove_metadata()],
                                     promote_options="permissive")  # fmt: skip
        except pa.ArrowException as error:
            kinds = [(f.name, f.type, schema.field(f.name).type) for f in whole
                     if f.name in schema.names and schema.field(f.name).type != f.type]  # fmt: skip
            said = "; ".join(f"{n!r} is {a} and {b}" for n, a, b in kinds) or str(error)
            raise DataError(
                f"{first} and {name} have columns that do not go together: {said}. Tag them into "
                "folders of their own, or into --output_format jsonl"
            ) from error
    return whole


def with_entities(schema: pa.Schema, column: str, facts: bytes) -> pa.Schema:
    """The schema of the output: the input's columns, then the entities."""
    import pyarrow as pa

    entity = pa.struct([
        ("type", pa.string()), ("start", pa.int64()), ("end", pa.int64()),
        ("text", pa.string()), ("score", pa.float32()),
    ])  # fmt: skip
    metadata = {b"tner_hf": facts}
    told = (schema.metadata or {}).get(_FEATURES)
    if told is not None and (features := _add_feature(told, column)):
        metadata[_FEATURES] = features
    return pa.schema([*schema, pa.field(column, pa.list_(entity))], metadata=metadata)


def _add_feature(told: bytes, column: str) -> bytes | None:
    """What the datasets library knows of the columns, the entities added."""
    try:
        info = parse_json(told.decode("utf-8"))
        features = info["info"]["features"]
        kinds = {"type": "string", "start": "int64", "end": "int64", "text": "string",
                 "score": "float32"}  # fmt: skip
        inner = {name: {"dtype": kind, "_type": "Value"} for name, kind in kinds.items()}
        features[column] = {"feature": inner, "_type": "List"}
        return json.dumps({"info": {"features": features}}).encode()
    except (ValueError, KeyError, TypeError):
        return None


def fit_columns(batch: Batch, schema: pa.Schema, faults: dict[int, str]) -> list[pa.Array]:
    """The columns of a batch in the types of a schema; what does not fit joins the faults."""
    if not isinstance(batch.columns, list):
        return [_fit_array(batch.columns, field) for field in schema]
    rows = batch.columns
    return [_fit_values([row.get(field.name) for row in rows], field, faults) for field in schema]


def _fit_array(batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    import pyarrow as pa

    if field.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, field.type)
    column = batch.column(field.name)
    return column if column.type == field.type else column.cast(field.type)


def _fit_values(values: list[Any], field: pa.Field, faults: dict[int, str]) -> pa.Array:
    import pyarrow as pa

    if field.metadata and field.metadata.get(b"tner_hf") == b"json":
        values = [None if each is None else json.dumps(each, ensure_ascii=False) for each in values]
    if (array := _as_array(values, field.type)) is not None:
        return array
    for at, value in enumerate(values):
        if _as_array([value], field.type) is not None:
            continue
        if field.type == pa.float64() and isinstance(value, int):
            values[at] = float(value)
            continue
        values[at] = None
        faults.setdefault(at, f"{field.name!r} does not fit {field.type}")
    return pa.array(values, field.type)
