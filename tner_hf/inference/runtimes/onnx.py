"""An exported model as a runtime: a graph that ONNX Runtime runs without PyTorch's help.

>>> from tempfile import mkdtemp
>>> find_onnx(mkdtemp()) is None
True
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import CheckpointError, MissingExtraError, SettingError
from tner_hf.inference.runtimes.from_logits import LogitsRuntime
from tner_hf.inference.runtimes.workers import Workers
from tner_hf.models import check_tagger

if TYPE_CHECKING:
    import torch
    from onnxruntime import InferenceSession
    from transformers import PretrainedConfig

#: Files of an exported model, the best to run first: the names that optimum and transformers.js
#: look for too.
QUANTIZED, FULL = "model_quantized.onnx", "model.onnx"

#: Sub-tokens of a batch, padding included. Integer kernels are so fast that what the layers hand
#: on must stay in the caches; on a GPU many are wanted.
ONNX_BATCH_TOKENS = 512
ONNX_GPU_BATCH_TOKENS = 16_384

#: Weights of PyTorch, the usual form of a checkpoint.
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")

#: onnxruntime 1.32 runs LayerNormalization with vector instructions, but adds the residual inside
#: it without them: fused, both take four times as long as one after the other.
_SLOW_FUSIONS = ["SkipLayerNormFusion"]


class OnnxTagger:
    """A token classifier in an ONNX file, with as much of a transformers model as a pipeline needs.

    Args:
        path: the ONNX file; `config.json` lies beside it.
        config: that configuration.
        device: `cpu` or `cuda`; None for the CPU.

    Raises:
        CheckpointError: the file is no token classifier that takes sub-tokens and a mask.
        MissingExtraError: onnxruntime is not installed.
        SettingError: this onnxruntime has nothing that runs on `device`.
    """

    training = False

    def __init__(self, path: Path, config: PretrainedConfig, *, device: Any = None) -> None:
        import torch

        check_tagger(config, path)
        self.path = path
        self.config = config
        self.name_or_path = str(path)
        self.device = torch.device("cpu" if device is None else device)
        self.dtype = torch.float32  # of what goes in and comes out
        self.session = _open_session(path, self.device)
        names = {value.name for value in self.session.get_inputs()}
        if names != {"input_ids", "attention_mask"}:
            raise CheckpointError(
                f"{path} takes {', '.join(sorted(names))}; accepted: input_ids and attention_mask. "
                "Export it again: tner-hf export --model_name_or_path <checkpoint>"
            )

    def to(self, device: torch.device | str | int) -> OnnxTagger:
        """This very model: it stays where it was opened.

        Raises:
            SettingError: another device is wanted.
        """
        import torch

        if torch.device(device).type != self.device.type:
            raise SettingError(
                f"{self.path} runs on {self.device.type}; open it anew with device={device!r}"
            )
        return self

    def can_generate(self) -> bool:
        return False


class OnnxRuntime(LogitsRuntime):
    """Runs an exported model, on a CPU each batch in a thread of its own."""

    def __init__(self, model: OnnxTagger) -> None:
        self._session = model.session
        on_cpu = model.device.type == "cpu"
        self.batch_tokens = ONNX_BATCH_TOKENS if on_cpu else ONNX_GPU_BATCH_TOKENS
        self._workers = Workers(_count_threads() if on_cpu else 1)
        self.workers = self._workers.count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._workers.close()

    def map(self, work: Callable[[Any], Any], spans: Sequence[Any]) -> Iterator[Any]:
        return self._workers.map(work, spans)

    def logits(self, batch: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = self._session.run(["logits"], dict(batch))[0]
        return logits[batch["attention_mask"].astype(np.bool_)]  # a copy


def find_onnx(checkpoint: str | Path) -> Path | None:
    """The ONNX file that a local checkpoint means: itself, or of a folder without other weights.

    A folder with both files means the quantized one.

    Raises:
        CheckpointError: there is no such file, or a folder's ONNX files have unknown names.
    """
    path = Path(checkpoint)
    if path.suffix == ".onnx":
        if not path.is_file():
            raise CheckpointError(f"there is no file {path}; `tner-hf export` writes one")
        return path
    if not path.is_dir() or any(next(path.glob(weights), None) for weights in _WEIGHTS):
        return None
    for name in (QUANTIZED, FULL):
        if (path / name).is_file():
            return path / name
    found = sorted(file.name for file in path.glob("*.onnx"))
    if found:
        raise CheckpointError(
            f"{path} holds {', '.join(found)}, none of them called {FULL} or {QUANTIZED}; name "
            f"the file that is meant: {path / found[0]}"
        )
    return None


def _open_session(path: Path, device: torch.device) -> InferenceSession:
    if importlib.util.find_spec("onnxruntime") is None:
        raise MissingExtraError(f"the exported model {path}", "onnx")
    import onnxruntime

    providers = _choose_providers(device, onnxruntime.get_available_providers())
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they are raised as well
    options.intra_op_num_threads = 1  # see OnnxRuntime
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=providers, disabled_optimizers=_SLOW_FUSIONS
        )
    except Exception as error:  # onnxruntime's errors have no class of their own
        raise CheckpointError(f"ONNX Runtime cannot load {path}: {error}") from error


def _choose_providers(device: torch.device, available: list[str]) -> list[str]:
    if device.type == "cpu":
        return ["CPUExecutionProvider"]
    wanted = f"{device.type.upper()}ExecutionProvider"
    if wanted not in available:
        raise SettingError(
            f"device={str(device)!r}: this onnxruntime has only {', '.join(available)}; accepted: "
            "cpu, or cuda with the package onnxruntime-gpu"
        )
    return [wanted, "CPUExecutionProvider"]


def _count_threads() -> int:
    """As many threads as PyTorch would take, so that OMP_NUM_THREADS and `taskset` hold for both.

    Left alone, ONNX Runtime counts the cores of the machine, not those that may be used.
    """
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdigit() and int(said):
        return int(said)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return usable or 1
