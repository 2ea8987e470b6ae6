"""Gold sentences as rows that a Trainer predicts, and the way back to scores of sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset as TorchDataset

from tner_hf.config import Context
from tner_hf.data import labels_of
from tner_hf.data.conversion import number_documents
from tner_hf.errors import DataError
from tner_hf.features import encode_windows
from tner_hf.metrics import Scores
from tner_hf.metrics.trainer import flatten_scores
from tner_hf.predictions import PredictedSplit
from tner_hf.predictions.test_set import flat_labels

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import EvalPrediction, PreTrainedTokenizerBase

    from tner_hf.models.crf import Crf


class GoldWindows(TorchDataset[dict[str, list[int]]]):
    """Sentences with gold labels, as rows for `NERTrainer.evaluate` and `NERTrainer.predict`.

    A sentence longer than `max_length` becomes overlapping rows. Each gold label stands in exactly
    one row, so that every token is scored, once, and rows are sorted by length.

    Args:
        dataset: with columns `tokens` and `ner_tags`, and `corpus` where it is merged.
        tokenizer: from `load_tokenizer`.
        max_length: longest row in sub-tokens, special ones included.
        lowercase: lower-case words first.
        context: read sentences with the text around them in their documents.
    """

    def __init__(
        self,
        dataset: Dataset,
        tokenizer: PreTrainedTokenizerBase,
        *,
        max_length: int,
        lowercase: bool = False,
        context: Context = "sentence",
    ) -> None:
        if not len(dataset):
            raise DataError("there is no sentence to score; leave the empty split out")
        plain = dataset.with_format(None)
        self.names = labels_of(dataset).names
        self.tokens: Sequence[Sequence[str]] = plain["tokens"]
        self.documents = number_documents(plain)
        self.windows = encode_windows(
            plain["tokens"][:],
            tokenizer,
            max_length=max_length,
            lowercase=lowercase,
            documents=self.documents if context == "document" else None,
        )
        self.gold = flat_labels(plain)
        self.corpora = np.asarray(plain["corpus"][:]) if "corpus" in dataset.column_names else None
        self._labels = self.windows.row_labels(self.gold)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, row: int) -> dict[str, list[int]]:
        if not 0 <= row < len(self):
            raise IndexError(row)
        place = slice(*self.windows.row_offsets[row : row + 2])
        ids = self.windows.input_ids[place].tolist()
        labels = self._labels[place].tolist()
        return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels}

    def compute_metrics(self, evaluated: EvalPrediction) -> dict[str, float]:
        """Flat scores, under the keys of `tner_hf.metrics.compute_metrics_for`."""
        return flatten_scores(self.score(np.asarray(evaluated.predictions)))

    def decode(
        self, crf: Crf, logits: NDArray[np.float32], labels: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The labels of whole sentences by a CRF, where each row has its words; 0 elsewhere.

        Logits, shape [n_rows, length, n_labels], and labels have a row for each of ours.
        """
        windows = self.windows
        known = windows.word_rows >= 0
        places = windows.word_rows[known], windows.word_positions[known]
        lengths = np.diff(np.append(0, np.cumsum(known))[windows.offsets])
        found = np.zeros(labels.shape, dtype=np.int64)
        found[places] = crf.decode(logits[places].astype(np.float32), lengths)
        return found

    def read(self, predictions: NDArray[np.integer[Any]]) -> PredictedSplit:
        """What the model said about each sentence, beside what is true.

        Args:
            predictions: label ids, one row for each of ours, shape [n_rows, length].
        """
        return PredictedSplit(
            gold=self.gold,
            predicted=self.windows.scatter(predictions, self.names),
            offsets=self.windows.offsets,
            corpus_names=self.names,
            own_names=self.names,
            sentences=self.tokens,
            documents=self.documents,
        )

    def score(self, predictions: NDArray[np.integer[Any]]) -> Scores:
        """Scores over all sentences; `predictions` as for `read`."""
        return self.read(predictions).score_full()

    def score_corpora(self, predictions: NDArray[np.integer[Any]]) -> Mapping[str, Scores]:
        """Scores over the sentences of each corpus of a merged dataset; empty for a single one."""
        if self.corpora is None or len(names := list(dict.fromkeys(self.corpora.tolist()))) < 2:
            return {}
        answer = replace(self.read(predictions), sentences=())  # labels are all it takes
        return {name: answer.select(self.corpora == name).score_full() for name in names}
