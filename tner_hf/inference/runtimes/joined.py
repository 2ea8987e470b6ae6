"""A model that keeps types apart in its rows, as one that answers in the labels behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tner_hf.inference.runtimes.runtime import Answer, Batch, Runtime, Span
from tner_hf.labels.apart import Joint


class JoinedRuntime(Runtime):
    """Runs another runtime, and sums the probabilities of the rows of each label."""

    def __init__(self, runtime: Runtime, joint: Joint) -> None:
        super().__init__(runtime.batch_tokens, runtime.workers)
        self._runtime, self._joint = runtime, joint

    def __enter__(self) -> Self:
        self._runtime.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._runtime.__exit__(*raised)

    def map(self, work: Callable[[Span], Answer], spans: Sequence[Span]) -> Iterator[Answer]:
        return self._runtime.map(work, spans)

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        return self._joint.join(self._runtime.logits(batch))
