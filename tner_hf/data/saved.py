"""What `save_to_disk` wrote: judged file by file, then opened by the datasets library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError, TnerError, first_line
from tner_hf.files import read_json
from tner_hf.formats.parquet_rows import find_bad_feature

#: What file systems take.
_LONGEST_NAME = 255
_SPLITS, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"


def is_saved(folder: Path) -> bool:
    """Whether a folder is what `save_to_disk` wrote."""
    return (folder / _SPLITS).is_file() or (folder / _STATE).is_file()


def read_saved(folder: Path) -> Mapping[str, Any]:
    """Split to dataset; nothing outside of the folder is read.

    Raises:
        DataError: a file of it is missing, damaged, or names others outside of the folder.
    """
    from datasets import load_from_disk

    if (folder / _SPLITS).is_file():
        splits = _read_object(folder / _SPLITS).get("splits")
        if not isinstance(splits, list) or not splits or not all(map(_is_plain_name, splits)):
            raise DataError(f"{folder / _SPLITS}: no list of splits, but {splits!r:.60}")
        parts = [folder / split for split in splits]
    else:
        parts = [folder]
    for part in parts:
        _judge(part)
    try:
        saved: Any = load_from_disk(str(folder))
        rows = saved if isinstance(saved, dict) else {str(saved.split or "train"): saved}
        for split in rows.values():
            split.data.table.validate(full=True)  # opening does not look at what is inside
    except Exception as error:  # whatever damage leads to
        if isinstance(error, TnerError):
            raise
        raise DataError(
            f"{folder}: a dataset of save_to_disk that cannot be read: {first_line(error)}. "
            "Save it again"
        ) from error
    return rows


def _judge(part: Path) -> None:
    """Stop at a split that names files outside of its folder, or columns that cannot be."""
    state, info = _read_object(part / _STATE), _read_object(part / _INFO)
    for key in ("_data_files", "_indices_data_files"):
        files = state.get(key) or []
        given = files if isinstance(files, list) else [files]
        names: list[Any] = [
            each.get("filename") if isinstance(each, dict) else each for each in given
        ]
        if wrong := [name for name in names if not _is_plain_name(name)]:
            raise DataError(f"{part / _STATE}: {key!r} names {wrong[0]!r:.80}, no file beside it")
        if missing := [name for name in names if not (part / name).is_file()]:
            raise DataError(f"{part / missing[0]}: no such file; {part / _STATE} names it")
        if key == "_data_files" and not names:
            raise DataError(f"{part / _STATE}: {key!r} names no file of rows")
    description = info.get("description")
    if not isinstance(description, str | None):
        raise DataError(f"{part / _INFO}: its description is {description!r:.60}, not text")
    features = info.get("features")
    if features is not None and not isinstance(features, dict):
        raise DataError(f"{part / _INFO}: its features are {features!r:.60}, not columns")
    if fault := find_bad_feature(features):
        raise DataError(f"{part / _INFO}: its features {fault}")


def _read_object(path: Path) -> dict[str, Any]:
    found: dict[str, Any] | None = read_json(path)
    if found is None:
        raise DataError(f"{path}: no such file; save_to_disk writes it")
    return found


def _is_plain_name(name: Any) -> bool:
    """Whether a name is that of something right in the folder."""
    is_text = isinstance(name, str) and name not in {"", ".", ".."}
    plain = is_text and name.isprintable() and not set(name) & set("/\\")
    return plain and len(name.encode()) <= _LONGEST_NAME
