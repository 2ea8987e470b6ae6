"""Folders and Hub repositories as splits of rows, through the datasets library."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tner_hf.data.card_front import BARE_FRONT, find_record, read_front
from tner_hf.data.columns import name_columns
from tner_hf.data.label_files import LABEL_FILES
from tner_hf.data.own_files import (
    DATA_SUFFIXES,
    find_row_files,
    find_split_files,
    read_files,
    split_of,
)
from tner_hf.data.record import DatasetRecord, read_record
from tner_hf.data.saved import is_saved, read_saved
from tner_hf.downloads import fetch_file, fetch_snapshot, unknown_host
from tner_hf.errors import DataError, SourceError, UnknownNameError, first_line
from tner_hf.faults import (
    describe_foreign,
    describe_no_network,
    explain_reading,
    is_foreign,
    status_of,
)
from tner_hf.files import read_json
from tner_hf.formats.containers import unpacked_name
from tner_hf.formats.json_rows import find_deep_line
from tner_hf.formats.options import TAG_COLUMNS, TOKEN_COLUMNS, ReadOptions
from tner_hf.formats.parquet_rows import find_bad_feature
from tner_hf.formats.table import IOB_SUFFIXES, JSON_SUFFIXES

logger = logging.getLogger(__name__)

#: Lists and objects within each other in a row; Arrow's schemas have room for 64.
_DEEPEST = 100
#: What older versions of the datasets library wrote beside the card.
_OLD_INFOS = "dataset_infos.json"
#: Where the label files of T-NER's datasets are on the Hub.
_HUB_LABELS = ("label.json", "dataset/label.json")


def read_folder(
    folder: Path, config: str | None, options: ReadOptions, **passed: Any
) -> tuple[Mapping[str, Any], DatasetRecord]:
    """The splits of a folder and the record they came with.

    A folder is what `save_to_disk` or `export_dataset` wrote, a clone of a Hub dataset, or a few
    IOB files whose names tell the split.
    """
    front = read_front(folder / "README.md")
    if is_saved(folder):
        splits = read_saved(folder)
    elif files := find_split_files(folder):
        return read_files(files, options), DatasetRecord()
    else:
        if not any(path.is_file() and path.name[0] != "." for path in folder.rglob("*")):
            raise DataError(f"{folder}: the folder is empty; it needs files of words with tags")
        _judge_bare(folder)
        _judge_depth(folder)
        try:
            splits = _load(str(folder), config, passed)
            _check_types(folder, splits)
            _tell_unread(folder, splits)
        except (DataError, SourceError):
            if not (rows := find_row_files(folder)):
                raise
            _tell_unread(folder, rows)
            return read_files(rows, options), DatasetRecord()
    record = find_record(folder / "README.md", config, front) or read_record(splits)
    return {name: name_columns(split, name, options) for name, split in splits.items()}, record


def read_hub(
    repository: str, config: str | None, options: ReadOptions, **passed: Any
) -> tuple[Mapping[str, Any], DatasetRecord]:
    """The splits of a Hub dataset `owner/name`; its code, if it has any, is never run.

    A repository of nothing but IOB files is read as a folder of them.
    """
    if (host := unknown_host()) and not _is_cached(repository, passed.get("cache_dir")):
        raise SourceError(f"cannot load {describe_no_network(repository, host)}")
    folder = _find_hub_iob(repository, passed.get("revision"), passed.get("token"))
    if folder is not None and (files := find_split_files(folder)):
        return read_files(files, options), DatasetRecord()
    card = find_hub_file(repository, "README.md", passed.get("revision"), passed.get("token"))
    front = read_front(card, on_hub=True) if card else {}
    splits = _load(repository, config, passed)
    record = (find_record(card, config, front) if card else None) or DatasetRecord()
    return {name: name_columns(split, name, options) for name, split in splits.items()}, record


def _is_cached(repository: str, cache_dir: str | None) -> bool:
    """Whether a Hub dataset was loaded before, as rows or as files."""
    import datasets
    from huggingface_hub import constants

    built = Path(cache_dir or datasets.config.HF_DATASETS_CACHE)
    fetched = Path(constants.HF_HUB_CACHE) / f"datasets--{repository.replace('/', '--')}"
    return fetched.is_dir() or (built / repository.replace("/", "___")).is_dir()


def find_hub_labels(repository: str, token: str | bool | None) -> Path | None:
    """The file that says which tag each integer is, as old Hub datasets of T-NER have it."""
    # On the main branch: the Parquet branch of a dataset with a script lacks its other files.
    found = (find_hub_file(repository, name, None, token) for name in _HUB_LABELS)
    return next((path for path in found if path), None)


def find_hub_file(
    repository: str, name: str, revision: str | None, token: str | bool | None
) -> Path | None:
    """A local copy of one file of a Hub dataset; None where it has no such file.

    Raises:
        SourceError: whether it has one cannot be found out.
    """
    from huggingface_hub import is_offline_mode

    try:
        return fetch_file(repository, name, repo_type="dataset", revision=revision, token=token)
    except Exception as error:
        reason = explain_reading(error, f"{repository}/{name}")
        if reason is None and not isinstance(error, ValueError | OSError):
            raise
        if reason and status_of(error) not in (401, 404) and not is_offline_mode():
            raise SourceError(reason) from error
        logger.debug("%s of %s cannot be had: %s", name, repository, error)
        return None


def _find_hub_iob(repository: str, revision: str | None, token: str | bool | None) -> Path | None:
    """A local copy of a Hub dataset's IOB files; None where it holds other data, or is not there.

    Where it cannot be had, the datasets library says why in better words.
    """
    from huggingface_hub import HfApi, is_offline_mode
    from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

    # Of the client's HTTP library, whichever that is: it covers connections that fail.
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # isort: skip

    others = DATA_SUFFIXES - IOB_SUFFIXES | {".csv", ".arrow", ".py"}
    try:
        if not is_offline_mode():
            info = HfApi().dataset_info(repository, revision=revision, token=token)
            names = [Path(file.rfilename) for file in info.siblings or ()]
            data = [n for n in names if n.suffix in others and n.name not in LABEL_FILES]
            if data or not any(n.suffix in IOB_SUFFIXES for n in names):
                return None
        patterns = [f"*{suffix}" for suffix in sorted(IOB_SUFFIXES)]
        return fetch_snapshot(
            repository, patterns, repo_type="dataset", revision=revision, token=token
        )
    except (HTTPError, HFValidationError, OfflineModeIsEnabled, OSError) as error:
        logger.debug("files of %s cannot be had: %s", repository, error)
        return None
    except Exception as error:
        if not is_foreign(error):
            raise
        raise SourceError(f"cannot load {repository}: {describe_foreign()}") from error


def _load(source: str, config: str | None, passed: Mapping[str, Any]) -> Mapping[str, Any]:
    import datasets
    from datasets.exceptions import (
        DatasetGenerationError,
        DatasetNotFoundError,
        DefunctDatasetError,
    )

    try:
        loaded: Mapping[str, Any] = datasets.load_dataset(source, config, **passed)
    except (DatasetNotFoundError, DefunctDatasetError, ConnectionError) as error:
        raise SourceError(
            f"cannot load {source!r}: {str(error).rstrip('.')}. A corpus of this package is a bare "
            f"name (`tner-hf datasets list`), a Hub dataset is owner/name, a local one a path."
            + (f" {reason}" if (reason := explain_reading(error, source)) else "")
        ) from error
    except RuntimeError as error:
        if "scripts are no longer supported" not in str(error):
            raise DataError(f"cannot load {source!r}: {first_line(error)}") from error
        raise DataError(
            f"{source!r} holds a loading script, which is code and is never run. The Hub keeps "
            f"most such datasets as Parquet, too: try revision='refs/convert/parquet'."
        ) from error
    except ValueError as error:
        if config is not None and "BuilderConfig" in str(error):
            raise UnknownNameError(f"configuration of {source}", config, _configs(error)) from error
        raise DataError(f"cannot load {source!r}: {first_line(error)}") from error
    except Exception as error:
        if reason := explain_reading(error, source):
            raise SourceError(f"cannot load {reason}") from error
        # Files and cards from outside lead the library to errors of any kind.
        told = error.__cause__ if isinstance(error, DatasetGenerationError) else None
        raise DataError(f"cannot load {source!r}: {first_line(told or error)}") from error
    return loaded


def _judge_bare(folder: Path) -> None:
    """Stop at what else than the card the datasets library would act upon."""
    read_front(folder / BARE_FRONT)
    infos = folder / _OLD_INFOS
    if fault := find_bad_feature(read_json(infos)):
        raise DataError(f"{infos}: its features {fault}")


def _judge_depth(folder: Path) -> None:
    """Stop at JSON whose nesting would end the process: Arrow's reader calls itself for each."""
    for path in sorted(folder.rglob("*")):
        if unpacked_name(path).suffix.lower() not in JSON_SUFFIXES or not path.is_file():
            continue
        if line := find_deep_line(path, _DEEPEST):
            raise DataError(f"{path}:{line}: not JSON: nested too deeply")


def _check_types(folder: Path, splits: Mapping[str, Any]) -> None:
    """Stop where the datasets library could not give a column one type."""
    for name, split in splits.items():
        for column, feature in (split.features or {}).items():
            kind = getattr(feature, "feature", feature)
            if type(kind).__name__ == "Json" and column in TOKEN_COLUMNS + TAG_COLUMNS:
                raise DataError(f"{folder}: split {name!r}: column {column!r} has no one type")


def _tell_unread(folder: Path, splits: Mapping[str, Any]) -> None:
    """Say which files of words in lines lie beside rows, and name a split that is not loaded."""
    for path in sorted(folder.iterdir()):
        split = split_of(path) if path.suffix.lower() in IOB_SUFFIXES else None
        if split and split not in splits:
            logger.warning(
                "%s is not read: the folder holds rows in another form. Name the file of each "
                "split, as in {'%s': '%s'}", path, split, path,
            )  # fmt: skip


def _configs(error: ValueError) -> list[str]:
    """The configurations that datasets lists in its message."""
    _, _, listed = str(error).partition("Available: ")
    found = yaml.safe_load(listed.split("\n")[0]) if listed else []
    return [str(name) for name in found] if isinstance(found, list) else []
