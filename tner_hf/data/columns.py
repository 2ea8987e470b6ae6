"""Any dataset with words and tags to the columns this package hands out: id, tokens, ner_tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tner_hf.data.conversion import (
    BATCH,
    DOCUMENT_COLUMN,
    OFFSETS_COLUMN,
    TEXT_COLUMN,
    Columns,
    convert_split,
)
from tner_hf.errors import DataError
from tner_hf.formats.options import TAG_COLUMNS, TOKEN_COLUMNS, ReadOptions
from tner_hf.labels import LabelSpace
from tner_hf.labels.recoding import check_names
from tner_hf.labels.schemes import find_fault

if TYPE_CHECKING:
    from datasets import DatasetDict, IterableDatasetDict

#: Types of columns that hold text; `null` is that of a column without any value.
_TEXT = frozenset({"string", "large_string", "null"})


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
        name: convert_split(split, name, found[name], space, map_type, corpus)
        for name, split in splits.items()
    }
    streams = any(isinstance(split, IterableDataset) for split in splits.values())
    return IterableDatasetDict(out) if streams else DatasetDict(out)


def has_label_names(split: Any) -> bool:
    """Whether the tags of a dataset are text, or class labels with names."""
    column = next((c for c in TAG_COLUMNS if c in (split.features or {})), None)
    value = getattr((split.features or {}).get(column), "feature", None)
    return bool(getattr(value, "names", None)) or getattr(value, "dtype", None) in _TEXT


def name_columns(split: Any, name: str, options: ReadOptions) -> Any:
    """The split with the columns that the caller named called `tokens` and `ner_tags`."""
    for option, wanted in (("token_column", TOKEN_COLUMNS[0]), ("tag_column", TAG_COLUMNS[0])):
        given = options.named_column(option)
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
    from datasets import IterableDataset

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
    if getattr(value, "dtype", None) is None and not getattr(value, "names", None):
        raise DataError(
            f"split {name!r}: column {tags!r} holds tags that are text in some places and other "
            f"things in others; accepted is text everywhere, or ids everywhere"
        )
    as_text = value.dtype in _TEXT
    if not as_text and not getattr(value, "names", None) and "int" not in str(value.dtype):
        raise DataError(
            f"split {name!r}: column {tags!r} holds {value.dtype} values; accepted are text and ids"
        )
    ids: tuple[int, ...] | None = None
    if getattr(value, "names", None):
        names = tuple(value.names)
    elif as_text and not isinstance(split, IterableDataset):
        names = _collect_tags(split, tags, name)
    elif label2id is not None:
        names = tuple(sorted(label2id, key=lambda tag: label2id[tag]))
        ids = tuple(label2id[tag] for tag in names)  # of any size, and with gaps
    elif as_text:
        raise DataError(
            f"split {name!r}: tags that are text cannot be streamed, for their set is known only "
            f"at the end. Pass label2id={{'O': 0, …}}, or load without streaming=True."
        )
    else:
        raise DataError(
            f"split {name!r}: column {tags!r} holds {value.dtype} numbers and nothing says which "
            f"tag each one is. Pass label2id={{'O': 0, 'B-person': 1, …}} or a path to such a JSON "
            f"file (a label.json beside local files is found by itself), or use ClassLabel."
        )
    where = f"split {name!r}, column {tags!r}"
    if as_text and not isinstance(split, IterableDataset) and any(map(find_fault, names)):
        where += f", row {_first_row(split, tags, next(filter(find_fault, names)))}"
    check_names(names, where=where)
    optional = []
    for carried in ("id", "corpus", DOCUMENT_COLUMN):
        kind = getattr(features.get(carried), "dtype", None)  # of a list there is none
        if kind in _TEXT or str(kind).startswith(("int", "uint")):
            optional.append(carried)
    if getattr(features.get(TEXT_COLUMN), "dtype", None) in _TEXT and OFFSETS_COLUMN in features:
        optional += [TEXT_COLUMN, OFFSETS_COLUMN]
    return Columns(tokens, tags, names, as_text, tuple(optional), ids)


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


def _first_row(split: Any, column: str, tag: str) -> int:
    """The number of the first row with a tag."""
    rows: Any = split.select_columns([column]).with_format(None)
    return next(i for i, row in enumerate(rows) if tag in row[column])


def _collect_tags(split: Any, column: str, name: str) -> tuple[str, ...]:
    import pyarrow.compute as pc

    seen: dict[str, None] = {}
    for batch in split.select_columns([column]).with_format("arrow").iter(BATCH):
        tags = batch[column].combine_chunks()
        for tag in pc.unique(tags.flatten()).to_pylist():
            if tag is None:
                raise DataError(f"split {name!r}: a tag in column {column!r} is null")
            seen[tag] = None
    return tuple(seen)
