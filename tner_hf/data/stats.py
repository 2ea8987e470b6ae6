"""How large a corpus is: sentences, tokens and entities of each split, and the paper's Table 1."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import Any

import numpy as np

from tner_hf.data.columns import labels_of
from tner_hf.errors import SourceError

#: Sentences that counting holds in memory.
_BATCH = 10_000

#: The quantiles of sentence length, in per cent, that are reported.
_QUANTILES = {"shortest": 0, "median": 50, "p90": 90, "p99": 99, "longest": 100}


@dataclass(frozen=True)
class SplitStats:
    """The size of one split.

    Attributes:
        sentences: rows.
        tokens: words over all rows.
        entities: typed spans over all rows.
        types: type to its entities, in label order.
        lengths: quantiles of sentence length in tokens, empty where there are no sentences.
        seen_in_train: sentences that occur word for word in `train`; 0 for `train` itself.
    """

    sentences: int
    tokens: int
    entities: int
    types: Mapping[str, int] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    seen_in_train: int = 0


@dataclass(frozen=True)
class CorpusStats:
    """The size of a dataset, split by split."""

    name: str
    splits: Mapping[str, SplitStats]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CorpusStats:
        """The inverse of `to_dict`."""
        splits = {name: SplitStats(**split) for name, split in stored["splits"].items()}
        return cls(stored["name"], splits)


def corpus_stats(dataset: Any, config: str | None = None, **options: Any) -> CorpusStats:
    """Sentences, tokens and entities of anything that `load_dataset` takes.

    Args:
        dataset: a corpus, files, a folder, a Hub id, or a dataset that is loaded already.
        config: configuration of a corpus or Hub dataset.
        **options: further arguments of `load_dataset`.
    """
    from tner_hf.data.loading import load_dataset, source_name

    name = source_name(dataset) + (f"/{config}" if config else "")
    splits: Any = load_dataset(dataset, config, **options)
    train = _hash_sentences(splits["train"]) if "train" in splits else frozenset()
    return CorpusStats(
        name,
        {
            split: count_split(rows, train if split != "train" else frozenset())
            for split, rows in splits.items()
        },
    )


def count_split(rows: Any, train: frozenset[int] = frozenset()) -> SplitStats:
    """The size of one split in canonical form; `train` holds the hashes of training sentences."""
    space = labels_of(rows)
    per_label = np.zeros(len(space), dtype=np.int64)
    lengths: list[int] = []
    seen = 0
    for batch in rows.with_format("arrow").iter(_BATCH):
        labels = batch["ner_tags"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        per_label += np.bincount(labels, minlength=len(space))
        for words in batch["tokens"].to_pylist():
            lengths.append(len(words))
            seen += bool(train) and hash(tuple(words)) in train
    types = {t: int(per_label[space.label2id[f"B-{t}"]]) for t in space.types}
    quantiles = (
        {
            name: int(np.percentile(lengths, q, method="inverted_cdf"))
            for name, q in _QUANTILES.items()
        }
        if lengths
        else {}
    )
    return SplitStats(
        sentences=len(lengths),
        tokens=sum(lengths),
        entities=sum(types.values()),
        types=types,
        lengths=quantiles,
        seen_in_train=seen,
    )


def _hash_sentences(rows: Any) -> frozenset[int]:
    batches = rows.select_columns(["tokens"]).with_format("arrow").iter(_BATCH)
    return frozenset(hash(tuple(words)) for b in batches for words in b["tokens"].to_pylist())


@dataclass(frozen=True)
class TableRow:
    """One corpus in Table 1 of the T-NER paper, beside what was built.

    Attributes:
        corpus: its name.
        domain: as the paper calls it.
        languages: as the paper counts them.
        paper_types: entity types in the paper.
        built_types: entity types that were built; None where nothing was.
        paper: sentences of each split in the paper.
        built: sentences of each split that was built; empty where nothing was.
        note: why they differ, or why nothing was built.
    """

    corpus: str
    domain: str
    languages: str
    paper_types: int
    built_types: int | None
    paper: Mapping[str, int]
    built: Mapping[str, int]
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether every number of the paper was built."""
        return self.paper == self.built and self.paper_types == self.built_types

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "agrees": self.agrees}


def table1(names: Iterable[str] | None = None, **options: Any) -> list[TableRow]:
    """The paper's Table 1 beside what is built here; a corpus without raw files is told, not built.

    Args:
        names: the corpora wanted; by default those of the paper.
        **options: further arguments of `load_dataset`.
    """
    wanted = None if names is None else set(names)
    return [
        _build_row(row, options)
        for row in _paper_rows()
        if wanted is None or row["corpus"] in wanted
    ]


def _paper_rows() -> list[dict[str, str]]:
    text = resources.files("tner_hf").joinpath("paper/table1_corpora.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _build_row(printed: Mapping[str, str], options: Mapping[str, Any]) -> TableRow:
    from tner_hf.data.corpora import corpus
    from tner_hf.data.loading import load_dataset

    name = printed["corpus"]
    built: dict[str, int] = {}
    types = None
    try:
        dataset: Any = load_dataset(name, native=True, **options)
        built = {split: rows.num_rows for split, rows in dataset.items()}
        types = len(labels_of(dataset).types)
        note = corpus(name).paper_note
    except SourceError as error:
        note = f"not built: {error}"
    return TableRow(
        corpus=name,
        domain=printed["domain"],
        languages=printed["languages"],
        paper_types=int(printed["entity_types"]),
        built_types=types,
        paper={s: int(printed[s]) for s in ("train", "validation", "test") if printed[s]},
        built=built,
        note=note,
    )
