"""`load_dataset`: a corpus, several of them, your own files, a folder or a Hub id in one form.

Whatever comes in, the result has the columns `id`, `tokens` and `ner_tags` (a list of ClassLabel:
`O`, then `B-x`, `I-x` for each type, in clean IOB2), one label space over all splits, and a record
of what was done on the way (`tner_hf.data.record`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.data.corpora import corpus_names
from tner_hf.data.record import read_record, write_record
from tner_hf.data.sources import (
    CorpusSource,
    ListSource,
    LoadRequest,
    Source,
    identify,
    is_hub_id,
)
from tner_hf.data.unifying import warn_unused
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.formats.options import PathLike, ReadOptions
from tner_hf.labels.maps import LabelMapLike, as_label_map

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict


def load_dataset(
    dataset: Any,
    config: str | None = None,
    *,
    split: str | None = None,
    native: bool = False,
    unify: bool = False,
    label_map: LabelMapLike | None = None,
    tokenizer: Literal["mecab"] | None = None,
    streaming: bool = False,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    name: str | None = None,
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
        label_map: native type to unified type (`O` drops it), on top of the shipped map or in its
            place: a YAML file, a dictionary or a LabelMap; see `tner_hf.labels.maps`.
        tokenizer: `"mecab"` groups Japanese characters into morphological tokens.
        streaming: rows one at a time; nothing is held in memory.
        data_dir: folder with a corpus's raw files, read instead of downloading.
        cache_dir: where datasets keeps what it built.
        revision: branch, tag or commit of a Hub dataset.
        token: of a private Hub dataset.
        name: what your own data is called in checkpoints and on cards, in place of the name of its
            training file.
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
    request = LoadRequest(
        native=native,
        unify=unify or label_map is not None,
        label_map=as_label_map(label_map),
        streaming=streaming,
        data_dir=None if data_dir is None else Path(data_dir).expanduser(),
        cache_dir=None if cache_dir is None else Path(cache_dir).expanduser(),
        revision=revision,
        token=token,
        reading=ReadOptions.of(reading),
    )
    source = identify(dataset, config)
    if name is not None:
        _check_name(name, source)
    splits = source.load(request)
    if name is not None:
        _call(splits, name)
    warn_unused(splits, request.label_map)
    if tokenizer is not None:
        splits = _group_characters(splits, tokenizer)
    return splits if split is None else _choose_split(splits, str(split))


def _check_name(name: str, source: Source) -> None:
    if isinstance(source, CorpusSource | ListSource):
        raise SettingError(f"{source.name} has its own name; {name!r} can name your own data alone")
    if name.partition("/")[0] in corpus_names():
        raise SettingError(f"{name!r} is a corpus that others know; call your own data otherwise")
    if not name.strip() or not name.isprintable():
        raise SettingError(f"{name!r} is no name; accepted: a line of printable text")
    if is_hub_id(name):
        raise SettingError(f"{name!r} reads as a dataset of the Hub; leave out the slash")


def _call(splits: Any, name: str) -> None:
    record = read_record(splits)
    if len(record.annotated) > 1:
        merged = ", ".join(record.annotated)
        raise SettingError(f"{name!r} cannot name what was merged of {merged}: each has its name")
    types = next(iter(record.annotated.values()), ())
    write_record(splits, replace(record, annotated={name: types}))


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
