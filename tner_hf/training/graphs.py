"""Training steps that a GPU runs from a recording, instead of being told operator by operator.

A step of an encoder on sentences is some 2,000 operators of a few microseconds each. A GPU is done
with one before Python has named the next, and idles three quarters of the time. A CUDA graph holds
forward and backward as one piece of work. It is recorded for one size of batch, so batches without
padding (`padding_free`) are filled up to few sizes, by a twelfth at the most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DataCollatorWithFlattening

from tner_hf.metrics import IGNORED

#: Sub-tokens: sizes are multiples of it, and rows of filling are not longer.
_LEAST = 64

#: Runs before a recording, in which libraries choose their kernels and allocate their memory.
_WARM_UPS = 2


def round_up(subtokens: int) -> int:
    """The size to which a batch is filled up: sixteen sizes between each power of two and the next.

    >>> [round_up(n) for n in (1, 64, 65, 900, 1100, 4000)]
    [64, 64, 128, 960, 1152, 4096]
    """
    step = max(_LEAST, 1 << max(0, subtokens.bit_length() - 5))
    return -(-subtokens // step) * step


@dataclass
class FilledCollator:
    """Batches of few sizes: filling follows as rows of its own, without labels.

    Attributes:
        collator: lays the rows of a batch end to end.
        rows: of a batch.
        longest: sub-tokens of the longest row of all batches.
        filling: the id that fills up.
    """

    collator: DataCollatorWithFlattening
    rows: int
    longest: int
    filling: int

    def __call__(self, features: Sequence[Any]) -> dict[str, Any]:
        """A batch whose tensors have the same shapes in all batches of its size."""
        batch: dict[str, Any] = dict(self.collator(features))
        subtokens = batch["input_ids"].shape[1]
        size = round_up(subtokens)
        missing = size - subtokens
        first = self.collator.position_ids_start
        positions = torch.arange(missing) % _LEAST + first
        for name, filling in (
            ("input_ids", torch.full((missing,), self.filling)),
            ("labels", torch.full((missing,), IGNORED)),
            ("position_ids", positions),
        ):
            batch[name] = torch.cat([batch[name], filling[None]], dim=1)
        # As many rows in each batch: those that are over have no sub-tokens.
        spare = self.rows - len(features) + size // _LEAST
        ends = (torch.arange(1, spare + 1) * _LEAST).clamp(max=missing) + subtokens
        starts = torch.cat([batch["cu_seq_lens_q"], ends.to(torch.int32)])
        longest = max(self.longest, _LEAST)
        return {
            **batch,
            "cu_seq_lens_q": starts,
            "cu_seq_lens_k": starts,
            "max_length_q": longest,
            "max_length_k": longest,
        }


@dataclass
class _Recording:
    graph: torch.cuda.CUDAGraph
    inputs: dict[str, Any]
    count: Tensor
    loss: Tensor


class StepGraphs:
    """Runs training steps, each size of batch from a recording of its first step.

    Args:
        step: forward and backward of a batch: takes a model, its inputs, and how many labels the
            optimizer step has; returns the loss. It must not read a number back from the GPU.
    """

    def __init__(self, step: Callable[[Any, dict[str, Any], Any], Tensor]) -> None:
        self._step = step
        self._recordings: dict[int, _Recording] = {}
        self._memory = torch.cuda.graph_pool_handle()
        self._gradients: list[tuple[nn.Parameter, Tensor]] = []

    def __call__(self, model: Any, inputs: dict[str, Any], count: Tensor | int | None) -> Tensor:
        """The loss of a step; gradients are where they always are."""
        if not isinstance(count, Tensor):
            return self._step(model, inputs, count)
        size = inputs["input_ids"].shape[1]
        recording = self._recordings.get(size)
        if recording is None:
            recording = self._recordings[size] = self._record(model, inputs, count)
        for name, held in recording.inputs.items():
            if isinstance(held, Tensor):
                held.copy_(inputs[name], non_blocking=True)
        recording.count.copy_(count)
        self._lay_out_gradients()
        recording.graph.replay()
        return recording.loss.clone()

    def close(self) -> None:
        """Let go of everything that was recorded; gradients stay."""
        self._recordings.clear()
        self._gradients.clear()

    def _lay_out_gradients(self) -> None:
        """Gradients at the places that recordings add to, zero where a step begins."""
        new = [own for own in self._gradients if own[0].grad is not own[1]]
        if new:
            torch._foreach_zero_([gradient for _, gradient in new])
        for parameter, gradient in new:
            parameter.grad = gradient

    def _record(self, model: Any, inputs: dict[str, Any], count: Tensor) -> _Recording:
        held = {n: v.clone() if isinstance(v, Tensor) else v for n, v in inputs.items()}
        held["cu_seq_lens_k"] = held["cu_seq_lens_q"]
        count = count.clone()
        random = torch.cuda.get_rng_state()  # no run but the one that counts may draw from it
        before = [(p, p.grad) for p in model.parameters()]
        try:
            self._warm_up(model, held, count, [p for p, _ in before])
        finally:
            for parameter, gradient in before:
                parameter.grad = gradient
        self._lay_out_gradients()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._memory, capture_error_mode="thread_local"):
            loss = self._step(model, dict(held), count)
        torch.cuda.set_rng_state(random)
        return _Recording(graph, held, count, loss)

    def _warm_up(
        self, model: Any, inputs: dict[str, Any], count: Tensor, parameters: Sequence[nn.Parameter]
    ) -> None:
        here = torch.cuda.current_stream()
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UPS):
                for parameter in parameters:
                    parameter.grad = None
                self._step(model, dict(inputs), count)
        here.wait_stream(aside)
        if not self._gradients:  # only of parameters that have one
            self._gradients = [(p, torch.zeros_like(p)) for p in parameters if p.grad is not None]
