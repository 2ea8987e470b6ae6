"""The one interface through which tagging runs any model: batches side by side, each in a thread.

Threads that share a batch wait for one another at each of a hundred operators, most of them shorter
than a millisecond; threads with a batch each never do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

#: A range of rows, [begin, end).
Span = tuple[int, int]
Answer = TypeVar("Answer")

#: `input_ids` and `attention_mask`, each of shape [rows, longest].
Batch = Mapping[str, NDArray[np.int64]]


class Runtime(ABC):
    """A model that answers for batches, as long as a `with` block lasts.

    What comes back has no padding in it, row after row.

    Args:
        batch_tokens: sub-tokens of a batch, padding included, that suit it.
        workers: batches that it works on at a time.
        prepare: called in each of several threads before its first work.
    """

    def __init__(
        self, batch_tokens: int, workers: int, *, prepare: Callable[[], None] | None = None
    ) -> None:
        self.batch_tokens, self.workers = batch_tokens, workers
        self._prepare = prepare
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._threads = None

    def map(self, work: Callable[[Span], Answer], spans: Sequence[Span]) -> Iterator[Answer]:
        """What `work` gives for each range of rows, in order; of a single one in this thread."""
        if min(self.workers, len(spans)) < 2:
            return map(work, spans)
        self._threads = self._threads or ThreadPoolExecutor(self.workers, initializer=self._prepare)
        return self._threads.map(work, spans)

    @abstractmethod
    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """What the model gives for every label, shape [n_subtokens, n_labels]; the caller's own."""

    def label(self, batch: Batch) -> NDArray[np.int16]:
        """The likeliest label of each sub-token, shape [n_subtokens]."""
        labels: NDArray[np.int16] = self.logits(batch).argmax(-1).astype(np.int16)
        return labels

    def label_and_score(
        self, batch: Batch, temperature: float | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """The likeliest label of each sub-token and its probability, both [n_subtokens].

        The label is that of `label`, whatever the temperature.
        """
        logits = self.logits(batch)
        labels = logits.argmax(-1)
        # The probability of the likeliest label: its own term of the softmax is exp(0).
        logits -= logits[np.arange(len(labels)), labels][:, None]
        if temperature is not None:
            logits /= temperature
        scores = 1 / np.exp(logits, out=logits).sum(-1)
        return labels.astype(np.int16), scores
