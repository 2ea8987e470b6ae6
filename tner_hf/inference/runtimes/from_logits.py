"""What a runtime answers that has logits and nothing better: labels and probabilities of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tner_hf.labels.apart import Joint

if TYPE_CHECKING:
    from tner_hf.inference.runtimes.onnx import OnnxRuntime
    from tner_hf.inference.runtimes.pytorch import TorchRuntime


class LogitsRuntime(ABC):
    """Labels and probabilities of logits."""

    @abstractmethod
    def logits(self, batch: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """A copy of the logits of the real sub-tokens, shape [n_subtokens, n_labels]."""

    def label(self, batch: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int16]:
        labels: NDArray[np.int16] = self.logits(batch).argmax(-1).astype(np.int16)
        return labels

    def label_and_score(
        self, batch: Mapping[str, NDArray[np.int64]], temperature: float | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        logits = self.logits(batch)
        labels = logits.argmax(-1)
        # The probability of the likeliest label: its own term of the softmax is exp(0).
        logits -= logits[np.arange(len(labels)), labels][:, None]
        if temperature is not None:
            logits /= temperature
        scores = 1 / np.exp(logits, out=logits).sum(-1)
        return labels.astype(np.int16), scores


class JoinedRuntime(LogitsRuntime):
    """A model that keeps types apart in its rows, and answers in the labels behind them."""

    def __init__(self, runtime: OnnxRuntime | TorchRuntime, joint: Joint) -> None:
        self._runtime, self._joint = runtime, joint
        self.batch_tokens, self.workers = runtime.batch_tokens, runtime.workers

    def __enter__(self) -> Self:
        self._runtime.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._runtime.__exit__(*raised)

    def map(self, work: Callable[[Any], Any], spans: Sequence[Any]) -> Iterator[Any]:
        return self._runtime.map(work, spans)

    def logits(self, batch: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        return self._joint.join(self._runtime.logits(batch))
