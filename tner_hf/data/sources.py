"""What kind of source is this? Asked once, of whatever `load_dataset` takes.

`identify` answers with one of six small types: a corpus, files, a folder, a Hub id, rows that are
loaded already, or a list of any of these. The answer names, loads and fingerprints the source.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from tner_hf.data.columns import canonicalise, has_label_names, labels_of, name_columns
from tner_hf.data.corpora import corpus, corpus_names, hash_script, load_builder, own_errors
from tner_hf.data.folders import find_hub_labels, read_folder, read_hub
from tner_hf.data.label_files import label_file_near, read_label2id
from tner_hf.data.merging import merge_datasets
from tner_hf.data.originals import judge_original
from tner_hf.data.own_files import (
    DATA_SUFFIXES,
    find_row_files,
    find_split_files,
    list_paths,
    read_files,
)
from tner_hf.data.record import DatasetRecord, read_record, write_record
from tner_hf.data.unifying import unify_dataset
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.formats.containers import holds_several, is_readable, read_bytes, unpacked_name
from tner_hf.formats.options import ReadOptions
from tner_hf.labels import UNIFIED, LabelMap


@dataclass(frozen=True)
class LoadRequest:
    """The arguments of `load_dataset` that say how rather than what."""

    native: bool = False
    unify: bool = False
    label_map: LabelMap = UNIFIED
    streaming: bool = False
    data_dir: Path | None = None
    cache_dir: Path | None = None
    revision: str | None = None
    token: str | bool | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)

    @property
    def cache(self) -> dict[str, str | None]:
        """The cache as the datasets library takes it."""
        return {"cache_dir": None if self.cache_dir is None else str(self.cache_dir)}


@dataclass(frozen=True)
class CorpusSource:
    """A corpus that this package knows by name; `name` is how the user wrote it."""

    name: str
    config: str | None = None

    def load(self, request: LoadRequest) -> Any:
        """The corpus in unified types, native ones, or those of the caller's own map."""
        from datasets import IterableDatasetDict

        own_map = request.label_map is not UNIFIED
        native = request.native or own_map
        corpus_name, config = self._parts()
        facts = corpus(corpus_name)
        with own_errors():
            builder = load_builder(
                corpus_name, config, native=native,
                data_dir=request.data_dir, cache_dir=request.cache_dir,
            )  # fmt: skip
            if request.streaming:
                dataset = IterableDatasetDict(builder.as_streaming_dataset())
            else:
                builder.download_and_prepare()
                dataset = builder.as_dataset()
        judge_original(facts, builder, dataset, strict=request.reading.strict)
        built = str(builder.config.name)
        called = corpus_name if built == "default" else f"{corpus_name}/{built}"
        types = facts.types_of(built)
        declared = LabelMap(types, UNIFIED.targets, UNIFIED.version)
        mapped, report = declared.map_types(list(types))
        record = DatasetRecord({called: tuple(types) if native else mapped})
        if not native:
            record = replace(record, unification=report, label_map=declared.version)
        write_record(dataset, record)
        return unify_dataset(dataset, request.label_map) if own_map else dataset

    def fingerprint(self) -> str:
        """The loading script, which holds the checksums of the raw files, and what is built."""
        name, config = self._parts()
        return _digest([name.encode(), str(config).encode(), hash_script(name).encode()])

    def _parts(self) -> tuple[str, str | None]:
        name, _, inner = self.name.partition("/")
        return name, self.config or inner or None


@dataclass(frozen=True)
class FilesSource:
    """Split to files, in the order in which they were given."""

    files: Mapping[str, tuple[Path, ...]]

    @property
    def name(self) -> str:
        return name_files(self.files) or "files"

    def load(self, request: LoadRequest) -> Any:
        splits = read_files(self.files, request.reading)
        paths = [path for given in self.files.values() for path in given]
        return _finish(splits, DatasetRecord(), self.name, request, label_file_near(paths))

    def fingerprint(self) -> str:
        """The names of the splits and the bytes of their files."""
        return _digest(
            part
            for split, paths in self.files.items()
            for path in paths
            for part in (split.encode(), read_bytes(path))
        )


@dataclass(frozen=True)
class FolderSource:
    """A folder of files, a clone of a Hub dataset, or what `save_to_disk` wrote."""

    folder: Path
    config: str | None = None

    @property
    def name(self) -> str:
        return name_files(find_split_files(self.folder) or find_row_files(self.folder)) or "dataset"

    def load(self, request: LoadRequest) -> Any:
        splits, record = read_folder(self.folder, self.config, request.reading, **request.cache)
        return _finish(splits, record, self.name, request, label_file_near([self.folder]))

    def fingerprint(self) -> str:
        """The names and the bytes of all its files."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return _digest(
            part
            for path in files
            for part in (path.relative_to(self.folder).as_posix().encode(), path.read_bytes())
        )


@dataclass(frozen=True)
class HubSource:
    """A dataset of the Hub, `owner/name`."""

    name: str
    config: str | None = None

    def load(self, request: LoadRequest) -> Any:
        splits, record = read_hub(
            self.name,
            self.config,
            request.reading,
            revision=request.revision,
            token=request.token,
            streaming=request.streaming,
            **request.cache,
        )
        needs_names = request.reading.label2id is None and not _tell_labels(splits)
        labels = find_hub_labels(self.name, request.token) if needs_names else None
        return _finish(splits, record, self.name, request, labels)

    def fingerprint(self) -> str:
        """Its name: what it holds is known only when it is loaded."""
        return _digest([self.name.encode(), str(self.config).encode()])


@dataclass(frozen=True)
class RowsSource:
    """Split to rows that are loaded already."""

    splits: Mapping[str, Any]
    name: str = "dataset"

    def load(self, request: LoadRequest) -> Any:
        named = {n: name_columns(rows, n, request.reading) for n, rows in self.splits.items()}
        return _finish(named, read_record(self.splits), self.name, request, None)

    def fingerprint(self) -> str:
        """The names of the splits and what the datasets library says of their rows."""
        return _digest(
            part.encode()
            for split, rows in self.splits.items()
            for part in (split, str(getattr(rows, "_fingerprint", "")))
        )


@dataclass(frozen=True)
class ListSource:
    """Several sources, which are merged on the unified types."""

    given: tuple[Any, ...]
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        return "dataset"

    def load(self, request: LoadRequest) -> Any:
        if request.native:
            raise SettingError("native=True cannot go with a list: merging needs the unified types")
        parts: dict[str, Any] = {}
        for place, (given, source) in enumerate(zip(self.given, self.sources, strict=True)):
            name = source.name
            if isinstance(given, str) and given in self.given[:place]:
                raise SettingError(f"{given!r} is listed twice; each dataset may be merged once")
            if name in parts:  # files of one name in two folders
                name = next(n for i in count(2) if (n := f"{name}-{i}") not in parts)
            parts[name] = source.load(replace(request, unify=True))
        return merge_datasets(parts)

    def fingerprint(self) -> str:
        """The fingerprints of all of them."""
        return _digest(source.fingerprint().encode() for source in self.sources)


Source = CorpusSource | FilesSource | FolderSource | HubSource | RowsSource | ListSource


def identify(source: Any, config: str | None = None) -> Source:
    """What a source is; nothing is loaded yet.

    Raises:
        SettingError: it can be no source.
        UnknownNameError: nobody knows the name.
        DataError: there is no such file or folder.

    >>> identify("wikiann/ja").name, identify({"train": "letters/train.txt"}).name
    ('wikiann/ja', 'train')
    """
    from datasets import Dataset, IterableDataset

    if isinstance(source, str) and source.partition("/")[0] in corpus_names():
        return CorpusSource(source, config)
    if isinstance(source, Dataset | IterableDataset):
        return RowsSource({str(source.split or "train"): source})
    if isinstance(source, Mapping):
        if source and all(isinstance(s, Dataset | IterableDataset) for s in source.values()):
            return RowsSource(source)
        return FilesSource({str(split): tuple(list_paths(p)) for split, p in source.items()})
    if isinstance(source, Sequence) and not isinstance(source, str):
        if config is not None:
            raise SettingError(
                f"config={config!r} cannot go with a list; write it into the name, as in "
                f"'wikiann/ja'"
            )
        return ListSource(tuple(source), tuple(identify(part) for part in source))
    if not isinstance(source, str | os.PathLike):
        raise SettingError(
            f"cannot load a {type(source).__name__}: {str(source)[:60]!r}. Accepted are a corpus "
            f"name, a list, {{split: file}}, a path, a Hub id or a loaded dataset."
        )
    path = Path(source).expanduser()
    if holds_several(path):
        return FilesSource({n: tuple(paths) for n, paths in find_split_files(path).items()})
    if is_readable(path) or (not path.is_dir() and list_paths(path) != [path]):
        return FilesSource({"train": tuple(list_paths(path))})
    if path.is_dir():
        return FolderSource(path, config)
    if isinstance(source, str) and is_hub_id(source):
        return HubSource(source, config)
    raise _unknown_source(str(source))


def is_hub_id(name: str) -> bool:
    """Whether a name is written as the Hub writes datasets, `owner/name`.

    >>> is_hub_id("org/notes"), is_hub_id("my letters"), is_hub_id("data/train.txt")
    (True, False, False)
    """
    is_path = Path(name).suffix in DATA_SUFFIXES
    return bool(re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name)) and not is_path


def _unknown_source(name: str) -> UnknownNameError | DataError:
    if "/" in name or "." in name:
        return DataError(f"{name}: no such file or folder")
    return UnknownNameError(
        "corpus",
        name,
        corpus_names(),
        "A Hub dataset is written owner/name; your own files {'train': 'train.txt'}.",
    )


def name_files(files: Mapping[str, Sequence[Path]]) -> str:
    """What a user's own files are called, by those to train on; where they lie is not told.

    >>> name_files({"train": [Path("/home/ada/letters.conll.gz")], "test": [Path("test.txt")]})
    'letters'
    >>> name_files({"train": [Path(f"{name}.txt") for name in "abc"]})
    'a + 2 more'
    >>> name_files({"test": [Path("conll2003.txt")]})
    'conll2003 (own data)'
    """
    paths = files.get("train") or next(iter(files.values()), ())
    if not paths:
        return ""
    stem = unpacked_name(paths[0]).stem
    if not stem.isprintable():  # a name goes into pages and tables
        return "dataset"
    if stem in corpus_names():  # what others know by that name is another thing
        return f"{stem} (own data)"
    return stem if len(paths) == 1 else f"{stem} + {len(paths) - 1} more"


def _finish(
    splits: Mapping[str, Any],
    record: DatasetRecord,
    name: str,
    request: LoadRequest,
    label_file: Path | None,
) -> Any:
    """Data of the user's own in canonical form, in its own types or the unified ones."""
    label2id = None
    if request.reading.label2id is not None:
        label2id = read_label2id(request.reading.label2id)
    elif label_file is not None and not _tell_labels(splits):
        label2id = read_label2id(label_file)
    out = canonicalise(splits, label2id=label2id)
    if request.streaming:
        out = _stream(out)
    if not record.annotated:
        record = replace(record, annotated={name: labels_of(out).types})
    write_record(out, record)
    return unify_dataset(out, request.label_map) if request.unify else out


def _tell_labels(splits: Mapping[str, Any]) -> bool:
    return all(has_label_names(split) for split in splits.values())


def _stream(splits: Any) -> Any:
    from datasets import Dataset, IterableDataset, IterableDatasetDict

    def stream(split: Any) -> Any:
        if not isinstance(split, Dataset):
            return split
        if not split.num_rows:  # which `to_iterable_dataset` does not take
            return IterableDataset.from_generator(tuple, features=split.features)
        return split.to_iterable_dataset()

    return IterableDatasetDict({name: stream(split) for name, split in splits.items()})


def _digest(parts: Any) -> str:
    """A hash of some pieces of bytes, each with its length, so that they cannot run together."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode())
        digest.update(part)
    return digest.hexdigest()[:16]
