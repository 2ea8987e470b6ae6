"""A trained checkpoint as a model that tags, whatever runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.inference.runtimes.onnx import OnnxTagger, find_onnx
from tner_hf.models import load_config, load_model, locate_checkpoint

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def load_tagger(
    checkpoint: str | Path,
    *,
    revision: str | None = None,
    token: str | bool | None = None,
    dtype: torch.dtype | str | None = None,
    device: Any = None,
) -> PreTrainedModel | OnnxTagger:
    """A trained token classifier, in PyTorch or, of an exported one, in ONNX Runtime.

    Args:
        checkpoint: a folder, an ONNX file or a Hub id; see `locate_checkpoint`.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        dtype: of PyTorch's weights; float32 where not given.
        device: of an exported one, which cannot be moved later; None for the CPU. One of PyTorch
            is on the CPU until `place_tagger` moves it.

    Raises:
        CheckpointError: there is no token classifier.
    """
    local = locate_checkpoint(checkpoint, revision=revision, token=token)
    path = find_onnx(local)
    if path is not None:
        return OnnxTagger(path, load_config(path), device=device)
    return load_model(local, revision=revision, token=token, dtype=dtype)


def place_tagger(model: Any, device: Any = None) -> None:
    """Move a model to a device; None for the one that `choose_device` gives.

    Raises:
        SettingError: an exported model was opened for another device.
    """
    import torch

    if not isinstance(model, OnnxTagger):
        torch.nn.Module.to(model, choose_device() if device is None else device)
    elif device is not None:
        model.to(device)


def choose_device() -> torch.device:
    """The device that accelerate would train on: a GPU where there is one, else the CPU."""
    from accelerate import PartialState  # type: ignore[import-untyped]

    device: torch.device = PartialState().device
    return device
