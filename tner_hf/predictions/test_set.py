"""A test set: one split with its gold labels, mapped, counted and identified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.data import labels_of, load_dataset, unification_report
from tner_hf.data.conversion import number_documents
from tner_hf.data.fingerprints import fingerprint_sentences, fingerprint_words
from tner_hf.errors import DataError
from tner_hf.labels import UNIFIED, LabelMap, LabelSpace, UnificationReport
from tner_hf.predictions.names import name_source
from tner_hf.predictions.options import PredictOptions
from tner_hf.predictions.predicted import PredictedSplit
from tner_hf.runs import Gold

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class GoldSplit:
    """One split with gold labels, its words memory-mapped.

    Attributes:
        name: what it is called.
        source: what its data was called by who asked for it.
        data: columns `tokens` and `ner_tags`.
        label_map: what its types went through; None where they stayed native.
        whole: the split before it was cut to its first sentences.
    """

    name: str
    source: str
    split: str
    data: Dataset
    label_map: LabelMap | None
    whole: Dataset | None = None

    @classmethod
    def load(
        cls,
        dataset: Any,
        config: str | None = None,
        *,
        options: PredictOptions,
        name: str | None = None,
    ) -> GoldSplit:
        """One split of anything that `evaluate` takes, its types mapped unless they stay native.

        Args:
            dataset: what `load_dataset` takes; a lone file or dataset is the split itself.
            config: configuration of a corpus.
            options: which split, what becomes of its types, and how it is read.
            name: what it is called; as its source where not given.

        Raises:
            DataError: the split is empty, or cannot be read.
        """
        source = options.loading.get("name") or name_source(dataset, config)
        data = _load_split(dataset, config, options)
        if not len(data):
            raise DataError(
                f"split {options.split!r} of {source} has no sentences; there is nothing to score"
            )
        whole = data
        if options.max_samples is not None and options.max_samples < len(data):
            data = data.select(range(options.max_samples))
        return cls(name or source, source, options.split, data, options.applied_map, whole)

    @classmethod
    def of(cls, gold: Gold) -> GoldSplit:
        """The labelled sentences that a run names, or a caller for one; errors as of `load`."""
        return cls.load(gold.dataset, gold.config, options=PredictOptions.of(gold.options))

    def __len__(self) -> int:
        return len(self.data)

    @property
    def sentences(self) -> list[list[str]]:
        """The words of each sentence, read anew: they are many times the size of the labels."""
        words: list[list[str]] = self.data["tokens"][:]
        return words

    @cached_property
    def gold(self) -> NDArray[np.int64]:
        """The label of every token. *Shape:* [n_tokens]."""
        return flat_labels(self.data)

    @property
    def labels(self) -> LabelSpace:
        """What the labels mean."""
        return labels_of(self.data)

    @cached_property
    def documents(self) -> NDArray[np.int32] | None:
        """The number of each sentence's document; None where unknown. *Shape:* [n_sentences]."""
        return number_documents(self.data)

    @property
    def unification(self) -> UnificationReport:
        """What became of each type of the corpus."""
        return unification_report(self.data)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of tokens, gold labels and their names."""
        return fingerprint_sentences(self.data, self.labels.names)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """A hash of the words alone of each corpus in the whole split, as `SplitFacts` has it."""
        return fingerprint_words(self.data if self.whole is None else self.whole)

    def describe(self, answer: PredictedSplit, system: Mapping[str, Any]) -> PredictedSplit:
        """A record with its provenance: who said what about which data.

        Args:
            answer: what was said about this test set, its map set.
            system: who said it: `model`, its settings and the versions of the libraries.
        """
        facts = {
            "model": system["model"],
            "dataset": self.source,
            "split": self.split,
            "fingerprint": self.fingerprint,
            "sentences": len(answer),
            **(
                {}
                if self.whole is None or len(self.whole) == len(self)
                else {"sentences_of_split": len(self.whole)}
            ),
            "tokens": len(answer.predicted),
            "windowed_sentences": answer.windowed_sentences,
            "unencodable_tokens": answer.unencodable_tokens,
            "label_map": None if self.label_map is None else self.label_map.version,
            "unification": {
                "model": answer.unification.to_dict(),
                "dataset": self.unification.to_dict(),
            },
            "seconds": answer.seconds,
        }
        return replace(answer, provenance={**facts, **system})


def _load_split(dataset: Any, config: str | None, options: PredictOptions) -> Dataset:
    from datasets import Dataset

    source = dataset
    is_file = isinstance(dataset, str | Path) and Path(dataset).expanduser().is_file()
    if isinstance(dataset, Dataset) or is_file:
        source = {options.split: dataset}  # a lone file or dataset is the one to be scored
    mapping: dict[str, Any] = {} if options.native else {"unify": True}
    if not options.native and options.applied_map is not UNIFIED:
        mapping["label_map"] = options.applied_map
    loaded: Any = load_dataset(
        source, config, split=options.split, native=options.native, **mapping, **options.loading
    )
    data: Dataset = loaded.with_format(None)
    return data


def flat_labels(dataset: Dataset, column_name: str = "ner_tags") -> NDArray[np.int64]:
    """The gold label of every token, shape [n_tokens], without a Python object for each."""
    column = dataset.with_format("arrow")[:][column_name].combine_chunks()
    labels: NDArray[np.int64] = column.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    return labels
