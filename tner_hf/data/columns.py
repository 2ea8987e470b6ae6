"""Any dataset with words and tags to the columns this package hands out: id, tokens, ner_tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.data.recoding import BoolArray, IntArray, Recoding, check_names
from tner_hf.errors import DataError
from tner_hf.labels import LabelSpace

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset, DatasetDict, Features, IterableDatasetDict

#: Names that are understood, the preferred one first.
TOKEN_COLUMNS = ("tokens", "words")
TAG_COLUMNS = ("ner_tags", "tags")

#: Types of columns that hold text; `null` is that of a column without any value.
_TEXT = frozenset({"string", "large_string", "null"})

#: Sentences that one step of a conversion holds in memory.
_BATCH = 10_000


@dataclass(frozen=True)
class Columns:
    """Which columns hold the words and the tags, and what the tags' ids mean.

    Attributes:
        tokens: column of the words.
        tags: column of the tags.
        names: the tag of each id; tags that are text stand in it, too.
        as_text: whether the tags are text rather than ids.
        optional: columns that are carried along where they exist.
    """

    tokens: str
    tags: str
    names: tuple[str, ...]
    as_text: bool
    optional: tuple[str, ...]


def canonical_features(space: LabelSpace, *, corpus: bool = False) -> Features:
    """The features of every dataset that this package hands out."""
    from datasets import ClassLabel, Features, List, Value

    features = {
        "id": Value("string"),
        "tokens": List(Value("string")),
        "ner_tags": List(ClassLabel(names=list(space.names))),
    }
    return Features({**features, "corpus": Value("string")} if corpus else features)


def labels_of(dataset: Any) -> LabelSpace:
    """The label space of a dataset or of all splits of one.

    Raises:
        DataError: the labels are no ClassLabel in canonical order (`O`, then `B-x`, `I-x`).
    """
    split = next(iter(dataset.values())) if isinstance(dataset, Mapping) else dataset
    column = (split.features or {}).get("ner_tags")
    names = tuple(getattr(getattr(column, "feature", None), "names", ()))
    space = LabelSpace.from_names(names)
    if not names or space.names != names:
        raise DataError(
            f"the dataset has no column 'ner_tags' of class labels in the order O, B-x, I-x "
            f"(its columns: {list(split.features or {})}, its labels: {list(names[:7])}). "
            f"tner_hf.load_dataset(dataset) brings it into this form."
        )
    return space


def canonicalise(
    splits: Mapping[str, Any],
    *,
    label2id: Mapping[str, int] | None = None,
    map_type: Callable[[str], str] | None = None,
    space: LabelSpace | None = None,
    corpus: str | None = None,
) -> DatasetDict | IterableDatasetDict:
    """The splits with columns id, tokens and ner_tags in one label space and clean IOB2.

    Args:
        splits: split name to Dataset or IterableDataset.
        label2id: meaning of integer tags that carry no names.
        map_type: native type to the type it becomes.
        space: the label space to use; by default the types that were declared, in that order, or
            those found, in the order of `LabelSpace.of`.
        corpus: fills a column `corpus`, unless the splits have one.
    """
    from datasets import DatasetDict, IterableDataset, IterableDatasetDict

    found = {name: _find_columns(split, name, label2id) for name, split in splits.items()}
    if space is None:
        declared = LabelSpace.from_names(n for c in found.values() for n in c.names).types
        mapped = dict.fromkeys(map_type(t) if map_type else t for t in declared)
        as_text = any(c.as_text for c in found.values())
        space = LabelSpace.of(mapped) if as_text or map_type else LabelSpace(tuple(mapped))
    out = {
        name: _convert(split, name, found[name], space, map_type, corpus)
        for name, split in splits.items()
    }
    streams = any(isinstance(split, IterableDataset) for split in splits.values())
    return IterableDatasetDict(out) if streams else DatasetDict(out)


def has_label_names(split: Any) -> bool:
    """Whether the tags of a dataset are text, or class labels with names."""
    column = next((c for c in TAG_COLUMNS if c in (split.features or {})), None)
    value = getattr((split.features or {}).get(column), "feature", None)
    return bool(getattr(value, "names", None)) or getattr(value, "dtype", None) in _TEXT


def read_label2id(given: Any) -> dict[str, int]:
    """Tag to id, from `{tag: id}`, `{id: tag}`, a list of tags, or a JSON file of any of these.

    >>> read_label2id({"0": "O", "1": "B-LOC"})
    {'O': 0, 'B-LOC': 1}
    """
    where = "label2id"
    if isinstance(given, str | Path):
        where = str(given)
        try:
            given = json.loads(Path(given).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DataError(f"{where}: no such file of labels") from None
        except json.JSONDecodeError as error:
            raise DataError(f"{where}:{error.lineno}: not JSON: {error.msg}") from None
    if isinstance(given, Mapping):
        pairs = [(k, v) if isinstance(v, int) else (v, k) for k, v in given.items()]
    elif isinstance(given, list | tuple):
        pairs = [(name, index) for index, name in enumerate(given)]
    else:
        pairs = [(None, None)]
    try:
        out = {str(name): int(index) for name, index in pairs}
    except (TypeError, ValueError):
        raise DataError(
            f"{where}: no label ids in {str(given)[:60]!r}; accepted are {{tag: id}}, {{id: tag}} "
            f"or a list of tags"
        ) from None
    if len(set(out.values())) != len(pairs):
        raise DataError(f"{where}: an id or a tag occurs twice; every tag needs an id of its own")
    if negative := [name for name, index in out.items() if index < 0]:
        raise DataError(f"{where}: ids count from 0, but {negative[0]!r} has {out[negative[0]]}")
    return out


def name_columns(split: Any, name: str, token_column: str | None, tag_column: str | None) -> Any:
    """The split with the columns that the caller named called `tokens` and `ner_tags`."""
    for given, wanted, option in (
        (token_column, TOKEN_COLUMNS[0], "token_column"),
        (tag_column, TAG_COLUMNS[0], "tag_column"),
    ):
        if given is None or given == wanted:
            continue
        if given not in split.column_names:
            raise DataError(
                f"split {name!r} has no column {given!r} ({option}); its columns: "
                f"{', '.join(map(repr, split.column_names)) or 'none'}"
            )
        if wanted in split.column_names:
            split = split.remove_columns(wanted)
        split = split.rename_column(given, wanted)
    return split


def _find_columns(split: Any, name: str, label2id: Mapping[str, int] | None) -> Columns:
    features = split.features if split.features is not None else split._resolve_features().features
    tokens = _pick(features, TOKEN_COLUMNS, "words", "token_column", name)
    tags = _pick(features, TAG_COLUMNS, "tags", "tag_column", name)
    value = getattr(features[tags], "feature", None)
    word = getattr(features[tokens], "feature", None)
    if getattr(word, "dtype", None) not in _TEXT:
        raise DataError(
            f"split {name!r}: column {tokens!r} holds {features[tokens]}, not lists of words"
        )
    if value is None:
        raise DataError(
            f"split {name!r}: column {tags!r} holds {features[tags]}, not lists of tags"
        )
    as_text = value.dtype in _TEXT
    if getattr(value, "names", None):
        names = tuple(value.names)
    elif label2id is not None:
        by_id = {index: tag for tag, index in label2id.items()}
        names = tuple(by_id.get(i, "") for i in range(max(by_id, default=-1) + 1))
    elif as_text:
        names = _collect_tags(split, tags, name)
    else:
        raise DataError(
            f"split {name!r}: column {tags!r} holds {value.dtype} numbers and nothing says which "
            f"tag each one is. Pass label2id={{'O': 0, 'B-person': 1, …}} or a path to such a JSON "
            f"file (a label.json beside local files is found by itself), or use ClassLabel."
        )
    check_names([n for n in names if n], where=f"split {name!r}, column {tags!r}")
    optional = tuple(c for c in ("id", "corpus") if c in features)
    return Columns(tokens, tags, names, as_text, optional)


def _pick(
    features: Mapping[str, Any], usual: Sequence[str], what: str, option: str, split: str
) -> str:
    for column in usual:
        if column in features:
            return column
    raise DataError(
        f"split {split!r} has no column of {what} called {' or '.join(map(repr, usual))}; "
        f"its columns: {', '.join(map(repr, features)) or 'none'}. Name it with {option}=…"
    )


def _collect_tags(split: Any, column: str, name: str) -> tuple[str, ...]:
    from datasets import IterableDataset

    if isinstance(split, IterableDataset):
        raise DataError(
            f"split {name!r}: tags that are text cannot be streamed, for their set is known only "
            f"at the end. Pass label2id={{'O': 0, …}}, or load without streaming=True."
        )
    import pyarrow.compute as pc

    seen: dict[str, None] = {}
    for batch in split.select_columns([column]).with_format("arrow").iter(_BATCH):
        tags = batch[column].combine_chunks()
        for tag in pc.unique(tags.flatten()).to_pylist():
            if tag is None:
                raise DataError(f"split {name!r}: a tag in column {column!r} is null")
            seen[tag] = None
    return tuple(seen)


def _convert(
    split: Any,
    name: str,
    columns: Columns,
    space: LabelSpace,
    map_type: Callable[[str], str] | None,
    corpus: str | None,
) -> Any:
    from datasets import Dataset

    has_corpus = corpus is not None or "corpus" in columns.optional
    features = canonical_features(space, corpus=has_corpus)
    known = tuple(n for n in columns.names if n)
    coding = Recoding.between([n or "O" for n in columns.names], space, map_type)
    valid = np.array([n in known for n in columns.names], dtype=bool)
    if isinstance(split, Dataset) and split.num_rows == 0:
        return _rebuild(split, features.arrow_schema.empty_table(), features)
    given: dict[str, Any] = {
        "columns": columns,
        "coding": coding,
        "valid": valid,
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
        batch_size=_BATCH,
        features=features,
        fn_kwargs=given,
        **shown,
    )
    return converted.with_format(None)


def _rebuild(split: Dataset, table: pa.Table, features: Features) -> Dataset:
    from datasets import Dataset

    info = split.info.copy()
    info.features = features
    return Dataset(table.cast(features.arrow_schema), info=info, split=split.split)


def _convert_batch(
    table: pa.Table,
    indices: Sequence[int],
    *,
    columns: Columns,
    coding: Recoding,
    valid: BoolArray,
    split: str,
    corpus: str | None,
) -> pa.Table:
    """One batch of rows in the canonical columns; `indices` are the rows' numbers in the split."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tokens = _whole(table, columns.tokens)
    tags = _whole(table, columns.tags)
    lengths = pc.list_value_length(tokens)
    bad = pc.fill_null(pc.not_equal(lengths, pc.list_value_length(tags)), True)
    if (row := pc.index(bad, True).as_py()) >= 0:
        raise DataError(
            f"split {split!r}, row {indices[row]}: {lengths[row]} words in {columns.tokens!r} but "
            f"{pc.list_value_length(tags)[row]} tags in {columns.tags!r}; every word needs one tag"
        )
    offsets = np.concatenate(([0], np.cumsum(lengths.to_numpy(zero_copy_only=False))))
    words = tokens.flatten()
    labels = _label_ids(tags.flatten(), columns)
    _check_cells(words, labels, offsets, indices, valid, columns, split)
    recoded = coding.apply(labels, offsets)
    bounds = pa.array(offsets, type=pa.int32())
    ids = _whole(table, "id").cast(pa.string()) if "id" in columns.optional else None
    out = {
        "id": pa.array([str(i) for i in indices], pa.string()) if ids is None else ids,
        "tokens": pa.ListArray.from_arrays(bounds, words.cast(pa.string())),
        "ner_tags": pa.ListArray.from_arrays(bounds, pa.array(recoded)),
    }
    if "corpus" in columns.optional:
        out["corpus"] = _whole(table, "corpus").cast(pa.string())
    elif corpus is not None:
        out["corpus"] = pa.repeat(pa.scalar(corpus), table.num_rows)
    return pa.table(out)


def _whole(table: pa.Table, column: str) -> Any:
    """A column as one array: a batch may come in several chunks."""
    chunked = table.column(column)
    joined = chunked.combine_chunks()
    return joined.chunk(0) if hasattr(joined, "num_chunks") else joined


def _label_ids(values: Any, columns: Columns) -> IntArray:
    """Source ids, shape [n_tokens]; -1 where a value is null or no known tag."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if columns.as_text:
        values = pc.index_in(values, value_set=pa.array(columns.names, values.type))
    filled = pc.fill_null(values.cast(pa.int64()), -1)
    ids: IntArray = filled.to_numpy(zero_copy_only=False).astype(np.int64)
    return ids


def _check_cells(
    words: Any,
    labels: IntArray,
    offsets: IntArray,
    indices: Sequence[int],
    valid: BoolArray,
    columns: Columns,
    split: str,
) -> None:
    import pyarrow.compute as pc

    def place(token: int) -> str:
        row = int(np.searchsorted(offsets, token, side="right")) - 1
        return f"split {split!r}, row {indices[row]}, token {token - int(offsets[row])}"

    inside = (labels >= 0) & (labels < len(valid))
    known = inside.copy()
    known[inside] = valid[labels[inside]]
    if not known.all():
        token = int(np.argmin(known))
        raise DataError(
            f"{place(token)}: label {labels[token]} in {columns.tags!r} has no name; known are 0 "
            f"to {len(valid) - 1}: {', '.join(columns.names[:9])}{' …' if len(valid) > 9 else ''}"
        )
    if words.null_count:
        token = pc.index(words.is_null(), True).as_py()
        raise DataError(f"{place(token)}: the word in {columns.tokens!r} is null")
