"""Several datasets as one, on the types that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tner_hf.data.columns import canonicalise, labels_of
from tner_hf.data.record import DatasetRecord, join_records, read_record, write_record
from tner_hf.errors import SettingError
from tner_hf.labels import LabelSpace

#: The order in which the splits of a merge are listed; others follow as they were found.
USUAL_SPLITS = ("train", "validation", "test")


def merge_datasets(parts: Mapping[str, Any]) -> Any:
    """One dataset of all rows, split by split, in one label space, with a column `corpus`.

    A split that only some parts have is put together from those. The label order is that of
    `LabelSpace.of`, so it does not depend on the order of the parts.

    Args:
        parts: name to DatasetDict (or IterableDatasetDict) in canonical form; the names fill the
            column `corpus`, except for rows that have one from an earlier merge.

    Returns:
        A DatasetDict; an IterableDatasetDict where a part is one. `annotated_types` of it tells
        which types each corpus annotates.
    """
    from datasets import DatasetDict, IterableDatasetDict, concatenate_datasets

    if not parts:
        raise SettingError("nothing to merge: the list of datasets is empty")
    space = LabelSpace.of(t for part in parts.values() for t in labels_of(part).types)
    same_form = {name: canonicalise(part, space=space, corpus=name) for name, part in parts.items()}
    streams = any(isinstance(part, IterableDatasetDict) for part in parts.values())
    found = dict.fromkeys(split for part in same_form.values() for split in part)
    splits = sorted(
        found, key=lambda s: USUAL_SPLITS.index(s) if s in USUAL_SPLITS else len(USUAL_SPLITS)
    )
    merged = (IterableDatasetDict if streams else DatasetDict)(
        {
            split: concatenate_datasets(
                [_as_stream(part[split], streams) for part in same_form.values() if split in part]
            )
            for split in splits
        }
    )
    write_record(merged, join_records(_record_of(name, part) for name, part in parts.items()))
    return merged


def _record_of(name: str, part: Any) -> DatasetRecord:
    """The record of a part, its types under the name that its rows have in `corpus`."""
    record = read_record(part)
    if all("corpus" in split.column_names for split in part.values()) and record.annotated:
        return record
    return replace(record, annotated={name: labels_of(part).types})


def _as_stream(split: Any, streams: bool) -> Any:
    from datasets import Dataset

    return split.to_iterable_dataset() if streams and isinstance(split, Dataset) else split
