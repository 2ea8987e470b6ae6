"""`open_runtime`: the one interface through which tagging runs any model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tner_hf.inference.runtimes.from_logits import JoinedRuntime
from tner_hf.inference.runtimes.onnx import OnnxRuntime, OnnxTagger
from tner_hf.inference.runtimes.pytorch import TorchRuntime
from tner_hf.models import find_joint

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: A range of rows, [begin, end).
Span = tuple[int, int]
Answer = TypeVar("Answer")

#: `input_ids` and `attention_mask`, each of shape [rows, longest].
Batch = Mapping[str, NDArray[np.int64]]


class Runtime(Protocol):
    """A model that answers for batches; what comes back has no padding in it, row after row.

    Attributes:
        batch_tokens: sub-tokens of a batch, padding included, that suit it.
        workers: batches that it works on at a time.
    """

    batch_tokens: int
    workers: int

    def map(self, work: Callable[[Span], Answer], spans: Sequence[Span]) -> Iterator[Answer]:
        """What `work` gives for each range of rows, in order, `workers` of them at a time."""

    def label(self, batch: Batch) -> NDArray[np.int16]:
        """The likeliest label of each sub-token, shape [n_subtokens]."""

    def label_and_score(
        self, batch: Batch, temperature: float | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """The likeliest label of each sub-token and its probability, both [n_subtokens].

        The label is that of `label`, whatever the temperature.
        """

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        """What the model gives for every label, shape [n_subtokens, n_labels]."""


def open_runtime(model: PreTrainedModel | OnnxTagger | Any) -> AbstractContextManager[Runtime]:
    """A model ready to answer, as long as the `with` block lasts; in labels, whatever its rows."""
    runtime = OnnxRuntime(model) if isinstance(model, OnnxTagger) else TorchRuntime(model)
    joint = find_joint(model.config)
    return runtime if joint is None else JoinedRuntime(runtime, joint)
