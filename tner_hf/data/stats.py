"""How large a dataset is: sentences, tokens and entities of each split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tner_hf.data.columns import labels_of
from tner_hf.data.conversion import BATCH
from tner_hf.data.loading import load_dataset
from tner_hf.data.record import read_record
from tner_hf.data.sources import identify
from tner_hf.plain import Stored

#: The quantiles of sentence length, in per cent, that are reported.
_QUANTILES = {"shortest": 0, "median": 50, "p90": 90, "p99": 99, "longest": 100}


@dataclass(frozen=True)
class SplitStats:
    """The size of one split.

    Attributes:
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
class CorpusStats(Stored):
    """The size of a dataset, split by split, and what was done to the raw text, in sentences."""

    name: str
    splits: Mapping[str, SplitStats]
    notes: tuple[str, ...] = ()


def corpus_stats(dataset: Any, config: str | None = None, **options: Any) -> CorpusStats:
    """Sentences, tokens and entities of anything that `load_dataset` takes.

    Args:
        dataset: a corpus, files, a folder, a Hub id, or a dataset that is loaded already.
        config: configuration of a corpus or Hub dataset.
        **options: further arguments of `load_dataset`.
    """
    name = identify(dataset).name + (f"/{config}" if config else "")
    splits: Any = load_dataset(dataset, config, **options)
    train = _hash_sentences(splits["train"]) if "train" in splits else frozenset()
    return CorpusStats(
        name,
        {
            split: count_split(rows, train if split != "train" else frozenset())
            for split, rows in splits.items()
        },
        read_record(splits).notes,
    )


def count_split(rows: Any, train: frozenset[int] = frozenset()) -> SplitStats:
    """The size of one split in canonical form; `train` holds the hashes of training sentences."""
    space = labels_of(rows)
    per_label = np.zeros(len(space), dtype=np.int64)
    lengths: list[int] = []
    seen = 0
    for batch in rows.with_format("arrow").iter(BATCH):
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
    batches = rows.select_columns(["tokens"]).with_format("arrow").iter(BATCH)
    return frozenset(hash(tuple(words)) for b in batches for words in b["tokens"].to_pylist())
