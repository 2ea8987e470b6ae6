"""A PyTorch model as a runtime: on its own device, only what is asked for comes back from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tner_hf.inference.runtimes.runtime import Batch, Runtime

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

#: Sub-tokens of a batch, padding included. On a CPU larger ones fall out of its caches; a GPU
#: wants many.
CPU_BATCH_TOKENS = 512
GPU_BATCH_TOKENS = 32_768

#: Batches that are worked on at a time, at most: Python hands out the operators of all of them.
_MOST_WORKERS = 8


class TorchRuntime(Runtime):
    """Runs a PyTorch model in evaluation mode without gradients, where it is; leaves it as it was.

    On a CPU several batches at a time, which share the threads of PyTorch among them.
    """

    def __init__(self, model: PreTrainedModel | Any) -> None:
        import torch

        self._model = model
        self._was_training = model.training
        self._device: torch.device = model.device
        self._usual_threads = torch.get_num_threads()
        if self._device.type != "cpu":
            super().__init__(GPU_BATCH_TOKENS, 1)
            return
        # Without OpenMP the number of threads belongs to the process, not to each thread of it.
        has_openmp = torch.backends.openmp.is_available()  # type: ignore[no-untyped-call]
        workers = min(self._usual_threads, _MOST_WORKERS) if has_openmp else 1
        share = self._usual_threads // workers
        super().__init__(CPU_BATCH_TOKENS, workers, prepare=lambda: torch.set_num_threads(share))

    def __enter__(self) -> Self:
        self._model.train(mode=False)
        return self

    def __exit__(self, *raised: object) -> None:
        import torch

        if self._threads is not None:
            super().__exit__()
            torch.set_num_threads(self._usual_threads)  # which threads of the future start with
        self._model.train(self._was_training)

    def label(self, batch: Batch) -> NDArray[np.int16]:
        return _to_short(self._logits(batch).argmax(-1))[_real(batch)]

    def label_and_score(
        self, batch: Batch, temperature: float | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        logits = self._logits(batch)
        labels = logits.argmax(-1, keepdim=True)
        # The probability of the likeliest label: its own term of the softmax is exp(0).
        spread = logits.float() - logits.gather(-1, labels).float()
        if temperature is not None:
            spread = spread.div_(temperature)
        scores = 1 / spread.exp_().sum(-1)
        real = _real(batch)
        return _to_short(labels[..., 0])[real], scores.cpu().numpy()[real]

    def logits(self, batch: Batch) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = self._logits(batch).float().cpu().numpy()
        return logits[_real(batch)]

    def _logits(self, batch: Batch) -> torch.Tensor:
        import torch

        inputs = {name: torch.from_numpy(a).to(self._device) for name, a in batch.items()}
        with torch.inference_mode():  # of this thread
            logits: torch.Tensor = self._model(**inputs).logits
        return logits


def _to_short(labels: torch.Tensor) -> NDArray[np.int16]:
    import torch

    short: NDArray[np.int16] = labels.to(torch.int16).cpu().numpy()
    return short


def _real(batch: Batch) -> NDArray[np.bool_]:
    return batch["attention_mask"].astype(np.bool_)
