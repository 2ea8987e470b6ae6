"""One split in the canonical form: columns found, labels recoded, every cell checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.data.fingerprints import fingerprint_table
from tner_hf.errors import DataError, first_line
from tner_hf.labels import LabelSpace
from tner_hf.labels.recoding import IntArray, Recoding

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset, Features

#: The column that says which document a sentence belongs to.
DOCUMENT_COLUMN = "doc_id"
#: The columns that files of spans leave: the text, and where each token is in it.
TEXT_COLUMN, OFFSETS_COLUMN = "text", "offsets"

#: Sentences that one step of reading or converting holds in memory.
BATCH = 10_000


@dataclass(frozen=True)
class Columns:
    """Which columns hold the words and the tags, and what the tags' ids mean.

    Attributes:
        tokens: column of the words.
        tags: column of the tags.
        names: the tags that may occur.
        as_text: whether the tags are text rather than ids.
        optional: columns that are carried along where they exist.
        ids: the id of each name, rising; None for 0, 1, 2 and so on.
    """

    tokens: str
    tags: str
    names: tuple[str, ...]
    as_text: bool
    optional: tuple[str, ...]
    ids: tuple[int, ...] | None = None


def canonical_features(space: LabelSpace, more: Sequence[str] = ()) -> Features:
    """The features of every dataset that this package hands out; `more` are further columns."""
    from datasets import ClassLabel, Features, List, Value

    features = {
        "id": Value("string"),
        "tokens": List(Value("string")),
        "ner_tags": List(ClassLabel(names=list(space.names))),
    }
    bounds = List(List(Value("int32")))
    added = {name: bounds if name == OFFSETS_COLUMN else Value("string") for name in more}
    return Features({**features, **added})


def convert_split(
    split: Any,
    name: str,
    columns: Columns,
    space: LabelSpace,
    map_type: Callable[[str], str] | None,
    corpus: str | None,
) -> Any:
    """A split, or stream, in canonical features; arguments as for `canonicalise`."""
    from datasets import Dataset

    carried = dict.fromkeys(name for name in columns.optional if name != "id")
    more = [*carried, *(["corpus"] if corpus is not None and "corpus" not in carried else [])]
    features = canonical_features(space, more)
    coding = Recoding.between(columns.names, space, map_type)
    if isinstance(split, Dataset) and split.num_rows == 0:
        return _rebuild(split, features.arrow_schema.empty_table(), features)
    given: dict[str, Any] = {
        "columns": columns,
        "coding": coding,
        "split": name,
        "corpus": corpus,
    }
    arrow = split.with_format("arrow")
    if isinstance(split, Dataset) and not split.cache_files:
        table = _convert_batch(arrow[:], range(split.num_rows), **given)
        return _rebuild(split, table, features)
    # An IterableDataset shows no progress, so its map takes no description of it. Neither map is
    # given remove_columns: a function of tables replaces all columns, and the iterable one would
    # remove new columns of the same name (datasets 5.2).
    shown = {"desc": f"reading {name}"} if isinstance(split, Dataset) else {}
    converted = arrow.map(
        _convert_batch,
        with_indices=True,
        batched=True,
        batch_size=BATCH,
        features=features,
        fn_kwargs=given,
        **shown,
    )
    return converted.with_format(None)


def _rebuild(split: Dataset, table: pa.Table, features: Features) -> Dataset:
    from datasets import Dataset

    info = split.info.copy()
    info.features = features
    cast = table.cast(features.arrow_schema)
    fingerprint = fingerprint_table(cast, repr(features), repr(info), str(split.split))
    return Dataset(cast, info=info, split=split.split, fingerprint=fingerprint)


def _convert_batch(
    table: pa.Table,
    indices: Sequence[int],
    *,
    columns: Columns,
    coding: Recoding,
    split: str,
    corpus: str | None,
) -> pa.Table:
    """One batch of rows in the canonical columns; `indices` are the rows' numbers in the split."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tokens = _whole(table, columns.tokens)
    tags = _whole(table, columns.tags)
    _check_text(tokens, columns.tokens, split)
    lengths = pc.list_value_length(tokens)
    bad = pc.fill_null(pc.not_equal(lengths, pc.list_value_length(tags)), True)
    if (row := pc.index(bad, True).as_py()) >= 0:
        raise DataError(
            f"split {split!r}, row {indices[row]}: {lengths[row]} words in {columns.tokens!r} but "
            f"{pc.list_value_length(tags)[row]} tags in {columns.tags!r}; every word needs one tag"
        )
    offsets = np.concatenate(([0], np.cumsum(lengths.to_numpy(zero_copy_only=False))))
    words = tokens.flatten()
    values = tags.flatten()
    labels = _label_ids(values, columns)
    _check_cells(words, values, labels, offsets, indices, columns, split)
    recoded = coding.apply(labels, offsets)
    bounds = pa.array(offsets, type=pa.int32())
    ids = _cast(table, "id", pa.string(), split) if "id" in columns.optional else None
    out = {
        "id": pa.array(indices, pa.int64()).cast(pa.string()) if ids is None else ids,
        "tokens": pa.ListArray.from_arrays(bounds, words.cast(pa.string())),
        "ner_tags": pa.ListArray.from_arrays(bounds, pa.array(recoded)),
    }
    for name in columns.optional:
        if name != "id":
            kind = pa.list_(pa.list_(pa.int32())) if name == OFFSETS_COLUMN else pa.string()
            out[name] = _cast(table, name, kind, split)
    if corpus is not None and "corpus" not in out:
        out["corpus"] = pa.repeat(pa.scalar(corpus), table.num_rows)
    return pa.table(out)


def _whole(table: pa.Table, column: str) -> Any:
    """A column as one array: a batch may come in several chunks."""
    chunked = table.column(column)
    joined = chunked.combine_chunks()
    return joined.chunk(0) if hasattr(joined, "num_chunks") else joined


def _cast(table: pa.Table, column: str, kind: Any, split: str) -> Any:
    """A column that is carried along, in the type that it is handed out in."""
    import pyarrow as pa

    try:
        return _whole(table, column).cast(kind)
    except pa.ArrowException as error:
        raise DataError(
            f"split {split!r}: column {column!r} cannot be read as {kind}: {first_line(error)}"
        ) from error


def _check_text(words: Any, column: str, split: str) -> None:
    """Stop at bytes that are no text: files of Arrow and Parquet may call anything text."""
    import pyarrow as pa

    try:
        words.validate(full=True)
    except pa.ArrowException as error:
        raise DataError(
            f"split {split!r}: column {column!r} is damaged: {first_line(error)}"
        ) from error


def _label_ids(values: Any, columns: Columns) -> IntArray:
    """Places in `columns.names`, shape [n_tokens]; -1 where a value is null or no known tag."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if columns.as_text:
        values = pc.index_in(values, value_set=pa.array(columns.names, values.type))
    # An unsigned id that 64 bits cannot hold with a sign turns negative, and so is not known.
    filled = pc.fill_null(values.cast(pa.int64(), safe=False), -1)
    ids: IntArray = filled.to_numpy(zero_copy_only=False).astype(np.int64)
    if columns.ids is None:
        return ids
    known = np.array(columns.ids, dtype=np.int64)
    places = np.searchsorted(known, ids).clip(max=len(known) - 1)
    return np.where(known[places] == ids, places, -1)


def _check_cells(
    words: Any,
    values: Any,
    labels: IntArray,
    offsets: IntArray,
    indices: Sequence[int],
    columns: Columns,
    split: str,
) -> None:
    import pyarrow.compute as pc

    def place(token: int) -> str:
        row = int(np.searchsorted(offsets, token, side="right")) - 1
        return f"split {split!r}, row {indices[row]}, token {token - int(offsets[row])}"

    known = (labels >= 0) & (labels < len(columns.names))
    if not known.all():
        token = int(np.argmin(known))
        ids = columns.ids or range(len(columns.names))
        named = [f"{i} {name}" for i, name in zip(ids[:9], columns.names, strict=False)]
        raise DataError(
            f"{place(token)}: label {values[token]} in {columns.tags!r} has no name; known are "
            f"{', '.join(named)}{' …' if len(ids) > 9 else ''}"
        )
    if words.null_count:
        token = pc.index(words.is_null(), True).as_py()
        raise DataError(f"{place(token)}: the word in {columns.tokens!r} is null")


def number_documents(dataset: Dataset) -> NDArray[np.int32] | None:
    """The documents of a dataset's sentences, numbered as they first appear.

    Corpora that were merged may number alike; their documents are told apart. A sentence that
    names no document is one of its own.

    Returns:
        *Shape:* [n_sentences]; None where no sentence names its document.
    """
    if DOCUMENT_COLUMN not in dataset.column_names:
        return None
    plain = dataset.with_format(None)
    named = plain[DOCUMENT_COLUMN][:]
    if not any(named):  # as files say that they do not know: with nothing, or with no name
        return None
    corpora = plain["corpus"][:] if "corpus" in dataset.column_names else [None] * len(named)
    keys = [
        (corpus, str(name) if name else i)
        for i, (corpus, name) in enumerate(zip(corpora, named, strict=True))
    ]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], np.int32)
