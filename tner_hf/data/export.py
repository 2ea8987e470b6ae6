"""A dataset as a folder of Parquet files and a dataset card.

Plain `datasets.load_dataset(folder)` reads it back with its label names, under every version from 2
on: the older spelling `sequence` is used for lists, which all of them understand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.data.columns import labels_of
from tner_hf.data.dataset_card import CardConfig, render_dataset_card
from tner_hf.data.lens.parts import read_part
from tner_hf.data.lens.report import look_at
from tner_hf.data.loading import load_dataset
from tner_hf.data.record import read_record
from tner_hf.data.sources import identify
from tner_hf.data.stats import count_split
from tner_hf.errors import SettingError
from tner_hf.files import write_folder

if TYPE_CHECKING:
    import pyarrow as pa

#: Sentences in one row group of a file; readers load whole groups.
_ROW_GROUP = 10_000

#: The configuration of a dataset that has only one.
_ONLY = "default"

#: The columns that every dataset of this package has.
_COLUMNS = ("id", "tokens", "ner_tags")


def export_dataset(
    dataset: Any,
    folder: str | Path,
    *,
    configs: Sequence[str] = (),
    overwrite: bool = False,
    address: str | None = None,
    **options: Any,
) -> Path:
    """Write a dataset as Parquet files and a card, and give back the folder.

    Nothing is left half done: files are written beside the folder, which appears at the end.

    Args:
        dataset: anything that `load_dataset` takes.
        folder: where to write; it must be absent or empty.
        configs: configurations to export side by side (languages of WikiAnn); the first one is
            what `datasets.load_dataset(folder)` reads.
        overwrite: replace what the folder holds.
        address: Hub id under which the card tells people to load it.
        **options: further arguments of `load_dataset`.

    Raises:
        SettingError: the folder holds something and `overwrite` is not set.
    """
    target = Path(folder).expanduser()
    _check_target(target, overwrite)
    with write_folder(target) as draft:
        written = []
        for config in configs or (None,):
            splits: Any = load_dataset(dataset, config, **options)
            written.append(_write_config(draft, config, splits, of_several=len(configs) > 1))
        title = options.get("name") or identify(dataset).name
        card = render_dataset_card(title, written, address=address)
        (draft / "README.md").write_text(card, encoding="utf-8")
    return target


def _write_config(draft: Path, name: str | None, splits: Any, *, of_several: bool) -> CardConfig:
    """One configuration's Parquet files, and what the card says of them."""
    inner = Path(str(name)) if of_several else Path("data")
    (draft / inner).mkdir(parents=True)
    sizes = {}
    for split, rows in splits.items():
        path = draft / inner / f"{split}-00000-of-00001.parquet"
        sizes[split] = (_write_parquet(rows, path), path.stat().st_size)
    parts = [read_part("", split, rows) for split, rows in splits.items()]
    return CardConfig(
        name=str(name) if of_several else _ONLY,
        folder=inner.as_posix(),
        space=labels_of(splits),
        more=tuple(n for n in next(iter(splits.values())).column_names if n not in _COLUMNS),
        stats={split: count_split(rows) for split, rows in splits.items()},
        sizes=sizes,
        record=read_record(splits),
        checks=tuple(look_at(parts).warnings()),
    )


def _write_parquet(rows: Any, path: Path) -> int:
    """Write one split; the bytes it takes in memory."""
    import pyarrow.parquet as pq

    schema = portable_schema(rows.features)
    size = 0
    with pq.ParquetWriter(path, schema) as writer:
        for batch in rows.with_format("arrow").iter(_ROW_GROUP):
            table = batch.cast(schema)
            size += table.nbytes
            writer.write_table(table, row_group_size=_ROW_GROUP)
    return size


def portable_schema(features: Any) -> pa.Schema:
    """The Arrow schema of features, their description spelled so that every version reads it."""
    described = json.loads(json.dumps(features.to_dict()))
    for column in described.values():
        # datasets 4 renamed Sequence to List; 3 knows the old name only, 4 and 5 know both.
        if column.get("_type") == "List":
            column["_type"] = "Sequence"
    metadata = json.dumps({"info": {"features": described}})
    return features.arrow_schema.with_metadata({"huggingface": metadata})


def _check_target(target: Path, overwrite: bool) -> None:
    if target.is_dir() and any(target.iterdir()) and not overwrite:
        raise SettingError(
            f"{target} is not empty; choose another folder, or replace it with overwrite=True "
            f"(--overwrite)"
        )
    if target.exists() and not target.is_dir():
        raise SettingError(f"{target} is a file; an export is a folder")
