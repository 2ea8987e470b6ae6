"""What was done to a dataset on its way in, kept inside the dataset.

The record is one line of JSON at the end of `dataset.info.description`: the only free text that
survives `map`, `filter`, `select`, `concatenate_datasets` and `save_to_disk` of datasets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tner_hf.errors import DataError
from tner_hf.files import parse_json
from tner_hf.labels import UnificationReport
from tner_hf.plain import Stored

#: The key under which an exported dataset's record travels in its card.
CARD_KEY = "tner_hf"

_MARK = "tner-hf record: "


@dataclass(frozen=True)
class DatasetRecord(Stored):
    """Where the labels of a dataset come from.

    Attributes:
        annotated: corpus to the types it annotates. A merged dataset has several; a type that is
            missing for a corpus was never looked for in its text, so `O` says nothing about it.
        unification: what became of each native type; None where types are native.
        label_map: version of the label map, None where types are native.
        notes: other changes, one sentence each (`tokens grouped by MeCab`).
    """

    annotated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unification: UnificationReport | None = None
    label_map: str | None = None
    notes: tuple[str, ...] = ()


def join_records(records: Iterable[DatasetRecord]) -> DatasetRecord:
    """One record of several datasets put together."""
    records = list(records)
    reports = [r.unification for r in records if r.unification]
    joined = UnificationReport(
        {native: unified for report in reports for native, unified in report.mapped.items()},
        tuple(dict.fromkeys(kept for report in reports for kept in report.kept)),
        {kept: near for report in reports for kept, near in report.near.items()},
    )
    annotated: dict[str, tuple[str, ...]] = {}
    for record in records:
        for corpus, types in record.annotated.items():
            annotated[corpus] = tuple(dict.fromkeys((*annotated.get(corpus, ()), *types)))
    return DatasetRecord(
        annotated,
        joined if reports else None,
        next((r.label_map for r in records if r.label_map), None),
        tuple(dict.fromkeys(note for record in records for note in record.notes)),
    )


def write_record(dataset: Any, record: DatasetRecord) -> None:
    """Put the record into a dataset, or into every split of a dataset, in place of any other."""
    for split in _splits(dataset):
        text = "\n".join(_split_description(split.info.description)[0]).strip()
        line = _MARK + json.dumps(record.to_dict(), ensure_ascii=False)
        split.info.description = f"{text}\n\n{line}" if text else line


def read_record(dataset: Any) -> DatasetRecord:
    """The record of a dataset; an empty one where nothing was recorded.

    Raises:
        DataError: it is damaged.
    """
    lines = [
        line.removeprefix(_MARK)
        for split in _splits(dataset)
        for line in _split_description(split.info.description)[1]
    ]
    try:
        return join_records(DatasetRecord.from_dict(parse_json(line)) for line in lines)
    except ValueError as error:
        raise DataError(
            f"the description of the dataset holds a damaged record of tner_hf: {error}. Take its "
            f"line ({_MARK.strip()} …) out of info.description"
        ) from error


def _splits(dataset: Any) -> list[Any]:
    return list(dataset.values()) if isinstance(dataset, Mapping) else [dataset]


def _split_description(text: str | None) -> tuple[list[str], list[str]]:
    # JSON holds no line end; other characters that `splitlines` parts at may stand in a type.
    lines = (text or "").split("\n")
    marked = [line for line in lines if line.startswith(_MARK)]
    return [line for line in lines if not line.startswith(_MARK)], marked
