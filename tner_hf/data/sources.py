"""Data of the user's own, wherever it lies: files, a folder, the Hub, or memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tner_hf.data.columns import canonicalise, has_label_names, labels_of
from tner_hf.data.label_files import label_file_near, read_label2id
from tner_hf.data.own_files import DATA_SUFFIXES, ReadOptions, list_paths, read_files, split_of
from tner_hf.data.record import DatasetRecord, read_record, write_record
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.labels import LabelMap


@dataclass(frozen=True)
class LoadRequest:
    """The arguments of `load_dataset` that say how rather than what."""

    native: bool
    unify: bool
    label_map: LabelMap
    streaming: bool
    data_dir: Path | None
    cache_dir: Path | None
    revision: str | None
    token: str | bool | None
    reading: ReadOptions = field(default_factory=ReadOptions)


def source_name(source: Any) -> str:
    """What to call a source in the column `corpus` of a merge.

    >>> source_name("wikiann/ja"), source_name({"train": "letters/train.txt"})
    ('wikiann/ja', 'letters')
    """
    if isinstance(source, Mapping):
        source = next(iter(source.values()), "files")
        if isinstance(source, list | tuple):
            source = next(iter(source), "files")
    if not isinstance(source, str | os.PathLike):
        return "dataset"
    path = Path(source)
    if not (path.exists() or path.suffix in DATA_SUFFIXES):
        return str(source)
    parent = path.absolute().parent.name
    return parent if split_of(path) and parent else path.stem


def load_own(dataset: Any, config: str | None, request: LoadRequest) -> Any:
    """Data of the user's own in canonical form, with its own types."""
    splits, record = _read_own(dataset, config, request)
    out = canonicalise(splits, label2id=_find_label2id(dataset, splits, request))
    if request.streaming:
        out = _stream(out)
    if not record.annotated:
        record = replace(record, annotated={source_name(dataset): labels_of(out).types})
    write_record(out, record)
    return out


def _read_own(
    source: Any, config: str | None, request: LoadRequest
) -> tuple[Mapping[str, Any], DatasetRecord]:
    from datasets import Dataset, IterableDataset

    from tner_hf.data.folders import read_folder, read_hub

    if isinstance(source, Dataset | IterableDataset):
        source = {str(source.split or "train"): source}
    if isinstance(source, Mapping):
        if source and all(isinstance(s, Dataset | IterableDataset) for s in source.values()):
            named = {n: request.reading.name_columns(s, n) for n, s in source.items()}
            return named, read_record(source)
        return read_files(source, request.reading), DatasetRecord()
    if not isinstance(source, str | os.PathLike):
        raise SettingError(
            f"cannot load a {type(source).__name__}: {str(source)[:60]!r}. Accepted are a corpus "
            f"name, a list, {{split: file}}, a path, a Hub id or a loaded dataset."
        )
    path = Path(source).expanduser()
    cache = {"cache_dir": None if request.cache_dir is None else str(request.cache_dir)}
    if path.is_file():
        return read_files({"train": path}, request.reading), DatasetRecord()
    if path.is_dir():
        return read_folder(path, config, request.reading, **cache)
    if not isinstance(source, str) or not _may_be_hub_id(source):
        raise _unknown_source(str(source))
    return read_hub(
        source,
        config,
        request.reading,
        revision=request.revision,
        token=request.token,
        streaming=request.streaming,
        **cache,
    )


def _may_be_hub_id(name: str) -> bool:
    owner, slash, repository = name.partition("/")
    is_path = name.startswith((".", "/", "~")) or Path(name).suffix in DATA_SUFFIXES
    return bool(owner and slash and repository) and "/" not in repository and not is_path


def _unknown_source(name: str) -> UnknownNameError | DataError:
    from tner_hf.data.corpora import corpus_names

    if "/" in name or "." in name:
        return DataError(f"{name}: no such file or folder")
    return UnknownNameError(
        "corpus",
        name,
        corpus_names(),
        "A Hub dataset is written owner/name; your own files {'train': 'train.txt'}.",
    )


def _find_label2id(
    source: Any, splits: Mapping[str, Any], request: LoadRequest
) -> dict[str, int] | None:
    """The meaning of integer tags, looked for only where the data does not tell it."""
    if request.reading.label2id is not None:
        return read_label2id(request.reading.label2id)
    if all(has_label_names(split) for split in splits.values()):
        return None
    local = _local_paths(source)
    path = label_file_near(local)
    if not local and isinstance(source, str):
        from tner_hf.data.folders import find_hub_labels

        path = find_hub_labels(source, request.token)
    return None if path is None else read_label2id(path)


def _local_paths(source: Any) -> list[Path]:
    """The files or folders beside which a label.json may lie."""
    from datasets import Dataset, IterableDataset

    if isinstance(source, str | os.PathLike):
        path = Path(source).expanduser()
        return [path] if path.exists() else []
    if not isinstance(source, Mapping):
        return []
    rows = {Dataset, IterableDataset}
    return [p for given in source.values() if type(given) not in rows for p in list_paths(given)]


def _stream(splits: Any) -> Any:
    from datasets import Dataset, IterableDatasetDict

    return IterableDatasetDict(
        {n: s.to_iterable_dataset() if isinstance(s, Dataset) else s for n, s in splits.items()}
    )
