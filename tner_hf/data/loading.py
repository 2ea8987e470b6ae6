"""`load_dataset`: a corpus, several of them, your own files, a folder or a Hub id in one form.

Whatever comes in, the result has the columns `id`, `tokens` and `ner_tags` (a list of ClassLabel:
`O`, then `B-x`, `I-x` for each type, in clean IOB2), one label space over all splits, and a record
of what was done on the way (`tner_hf.data.record`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.data.columns import canonicalise, has_label_names, labels_of, read_label2id
from tner_hf.data.merging import merge_datasets
from tner_hf.data.own_files import (
    DATA_SUFFIXES,
    PathLike,
    ReadOptions,
    label2id_for,
    list_paths,
    read_files,
    split_of,
)
from tner_hf.data.record import DatasetRecord, read_record, write_record
from tner_hf.data.unifying import annotated_types, unification_report, unify_dataset
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.labels import UNIFIED, LabelMap

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict

__all__ = ["annotated_types", "labels_of", "load_dataset", "unification_report"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Request:
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


def load_dataset(
    dataset: Any,
    config: str | None = None,
    *,
    split: str | None = None,
    native: bool = False,
    unify: bool = False,
    label_map: LabelMap | Mapping[str, str] | None = None,
    tokenizer: Literal["mecab"] | None = None,
    streaming: bool = False,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    **reading: Any,
) -> Dataset | DatasetDict | IterableDataset | IterableDatasetDict:
    """A dataset with columns id, tokens and ner_tags, whatever it comes from.

    Args:
        dataset: a corpus (`"wnut2017"`, `"wikiann/ja"`); a list of anything accepted here, which is
            merged on the unified types; split name to file or files (IOB/CoNLL, JSON lines,
            Parquet); one file, which becomes `train`; a folder; a Hub id `owner/name`; or a
            Dataset or DatasetDict that is loaded already.
        config: configuration of a corpus or Hub dataset, e.g. a language of WikiAnn.
        split: one split rather than all, in the notation of datasets (`"train[:100]"`).
        native: keep a corpus's own types instead of the unified ones.
        unify: map the types of your own data to the unified ones; merging always does.
        label_map: native type to unified type, on top of the shipped map; or a whole LabelMap in
            place of it.
        tokenizer: `"mecab"` groups Japanese characters into morphological tokens.
        streaming: rows one at a time; nothing is held in memory.
        data_dir: folder with a corpus's raw files, read instead of downloading.
        cache_dir: where datasets keeps what it built.
        revision: branch, tag or commit of a Hub dataset.
        token: of a private Hub dataset.
        **reading: how your own data is read: `token_column`, `tag_column`, `delimiter`, `scheme`,
            `strict`, `encoding`, `label2id` (see `ReadOptions`).

    Returns:
        A DatasetDict, or a Dataset where `split` is given; their iterable kind when streaming.

    Raises:
        UnknownNameError: nobody knows the corpus, its configuration or the split.
        SourceError: a corpus's raw files, or a Hub dataset, cannot be had.
        DataError: the data cannot be read as words with tags.
    """
    if native and (unify or label_map is not None):
        raise SettingError("native=True keeps types, unify and label_map map them; choose one")
    request = _Request(
        native=native,
        unify=unify or label_map is not None,
        label_map=_as_label_map(label_map),
        streaming=streaming,
        data_dir=None if data_dir is None else Path(data_dir).expanduser(),
        cache_dir=None if cache_dir is None else Path(cache_dir).expanduser(),
        revision=revision,
        token=token,
        reading=_read_options(reading),
    )
    splits = _load_splits(dataset, config, request)
    if tokenizer is not None:
        splits = _group_characters(splits, tokenizer)
    return splits if split is None else _choose_split(splits, str(split))


def _load_splits(dataset: Any, config: str | None, request: _Request) -> Any:
    from tner_hf.data.corpora import corpus_names

    if isinstance(dataset, str):
        name, _, inner = dataset.partition("/")
        if name in corpus_names():
            return _load_corpus(name, config or inner or None, request)
    elif isinstance(dataset, Sequence):
        return _load_several(dataset, config, request)
    own = _load_own(dataset, config, request)
    return unify_dataset(own, request.label_map) if request.unify else own


def _load_several(sources: Sequence[Any], config: str | None, request: _Request) -> Any:
    if config is not None:
        raise SettingError(
            f"config={config!r} cannot go with a list; write it into the name, as in 'wikiann/ja'"
        )
    if request.native:
        raise SettingError("native=True cannot go with a list: merging needs the unified types")
    parts: dict[str, Any] = {}
    for source in sources:
        name = source_name(source)
        if isinstance(source, str) and name in parts:
            raise SettingError(f"{name!r} is listed twice; each dataset may be merged once")
        if name in parts:
            name = next(n for i in range(2, 99) if (n := f"{name}-{i}") not in parts)
        parts[name] = _load_splits(source, None, replace(request, unify=True))
    return merge_datasets(parts)


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


def _load_corpus(name: str, config: str | None, request: _Request) -> Any:
    """A named corpus in unified types, native ones, or those of the caller's own map."""
    from datasets import IterableDatasetDict

    from tner_hf.data.corpora import corpus, load_builder, own_errors

    facts = corpus(name)
    own_map = request.label_map is not UNIFIED
    native = request.native or own_map
    with own_errors():
        builder = load_builder(
            name, config, native=native, data_dir=request.data_dir, cache_dir=request.cache_dir
        )
        if request.streaming:
            dataset = IterableDatasetDict(builder.as_streaming_dataset())
        else:
            builder.download_and_prepare()
            dataset = builder.as_dataset()
    built = str(builder.config.name)
    record = DatasetRecord({name if built == "default" else f"{name}/{built}": ()})
    declared = LabelMap(facts.types, UNIFIED.targets, UNIFIED.version)
    mapped, report = declared.map_types(list(facts.types))
    if not native:
        record = replace(record, unification=report, label_map=declared.version)
    types = tuple(facts.types) if native else mapped
    write_record(dataset, replace(record, annotated=dict.fromkeys(record.annotated, types)))
    return unify_dataset(dataset, request.label_map) if own_map else dataset


def _load_own(dataset: Any, config: str | None, request: _Request) -> Any:
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
    source: Any, config: str | None, request: _Request
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
    source: Any, splits: Mapping[str, Any], request: _Request
) -> dict[str, int] | None:
    """The meaning of integer tags, looked for only where the data does not tell it."""
    given = label2id_for(_local_paths(source), request.reading)
    if given is not None or not isinstance(source, str) or Path(source).exists():
        return given
    from tner_hf.data.folders import find_hub_labels

    if all(has_label_names(split) for split in splits.values()):
        return None
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


def _group_characters(splits: Any, tokenizer: str) -> Any:
    from tner_hf.data.japanese import group_characters

    if tokenizer != "mecab":
        raise UnknownNameError("tokenizer", tokenizer, ["mecab"])
    return type(splits)({name: group_characters(split) for name, split in splits.items()})


def _choose_split(splits: Any, wanted: str) -> Any:
    """One split, a slice of one (`train[:10%]`) or several (`train+test`)."""
    from datasets import Dataset, ReadInstruction, concatenate_datasets

    if wanted in splits:
        return splits[wanted]
    names = [part.partition("[")[0].strip() for part in wanted.split("+")]
    for name in names:
        if name not in splits:
            raise UnknownNameError("split", name, splits)
    chosen = [splits[name] for name in names]
    if not all(isinstance(split, Dataset) for split in chosen):
        if "[" in wanted:
            raise SettingError(f"split {wanted!r}: a stream cannot be sliced; use .take and .skip")
        return concatenate_datasets(chosen)
    lengths = {name: split.num_rows for name, split in splits.items()}
    try:
        pieces = ReadInstruction.from_spec(wanted).to_absolute(lengths)
    except ValueError as error:
        raise SettingError(
            f"split {wanted!r} cannot be read: {error} Accepted: 'train', 'train[:100]', "
            f"'train[50%:]', 'train+test'."
        ) from error
    return concatenate_datasets([splits[p.splitname].select(range(p.from_, p.to)) for p in pieces])


def _as_label_map(given: LabelMap | Mapping[str, str] | None) -> LabelMap:
    if given is None:
        return UNIFIED
    if isinstance(given, LabelMap):
        return given
    targets = dict.fromkeys((*UNIFIED.targets, *given.values()))
    return LabelMap({**UNIFIED.aliases, **given}, tuple(targets), f"{UNIFIED.version}+own")


def _read_options(given: Mapping[str, Any]) -> ReadOptions:
    known = [f.name for f in fields(ReadOptions)]
    for name in given:
        if name not in known:
            raise UnknownNameError("option of load_dataset", name, known)
    return ReadOptions(**given)
