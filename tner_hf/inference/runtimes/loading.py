"""A trained checkpoint as a model that tags, whatever runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import SettingError
from tner_hf.inference.runtimes.joined import JoinedRuntime
from tner_hf.inference.runtimes.onnx import OnnxRuntime, OnnxTagger, find_onnx
from tner_hf.inference.runtimes.pytorch import TorchRuntime
from tner_hf.inference.runtimes.runtime import Runtime
from tner_hf.models import Bases, find_joint, load_config, load_model, locate_checkpoint

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
    bases: Bases | None = None,
) -> PreTrainedModel | OnnxTagger:
    """A trained token classifier, in PyTorch or, of an exported one, in ONNX Runtime.

    Arguments are as for `load_model`, and an ONNX file is a checkpoint, too. The device is that of
    an exported one, which cannot be moved later; None for the CPU. One of PyTorch is on the CPU
    until `place_tagger` moves it.

    Raises:
        CheckpointError: there is no token classifier.
        SettingError: there is no such device.
    """
    parsed = parse_device(device)
    local = locate_checkpoint(checkpoint, revision=revision, token=token)
    path = find_onnx(local)
    if path is not None:
        return OnnxTagger(path, load_config(path), device=parsed)
    if parsed is not None:
        check_device(parsed)
    return load_model(local, revision=revision, token=token, dtype=dtype, bases=bases)


def open_runtime(model: PreTrainedModel | OnnxTagger | Any) -> Runtime:
    """What runs a model, as long as a `with` block lasts; in labels, whatever its rows."""
    runtime = OnnxRuntime(model) if isinstance(model, OnnxTagger) else TorchRuntime(model)
    joint = find_joint(model.config)
    return runtime if joint is None else JoinedRuntime(runtime, joint)


def place_tagger(model: Any, device: Any = None) -> None:
    """Move a model to a device; None for the one that `choose_device` gives.

    Raises:
        SettingError: there is no such device, or an exported model was opened for another one.
    """
    import torch

    parsed = parse_device(device)
    if isinstance(model, OnnxTagger):
        if parsed is not None:
            model.to(parsed)
        return
    if parsed is not None:
        check_device(parsed)
    torch.nn.Module.to(model, choose_device() if parsed is None else parsed)


def parse_device(device: Any) -> torch.device | None:
    """A device as transformers' pipelines take it: a name, a number (-1 is the CPU), or None.

    Raises:
        SettingError: nothing is called so.

    >>> parse_device("cpu"), parse_device(-1)
    (device(type='cpu'), device(type='cpu'))
    """
    import torch

    if device is None or isinstance(device, torch.device):
        return device
    if isinstance(device, str) and device.strip().lstrip("-").isdecimal():
        device = int(device)
    try:
        if isinstance(device, int):
            accelerator = torch.accelerator.current_accelerator()
            kind = "cuda" if accelerator is None else accelerator.type
            return torch.device("cpu") if device == -1 else torch.device(kind, device)
        return torch.device(device)
    except (RuntimeError, TypeError, ValueError) as error:
        raise SettingError(f"there is no device {device!r}; {_list_devices()}") from error


def check_device(device: torch.device) -> None:
    """Make sure that PyTorch can put something there.

    Raises:
        SettingError: it cannot.
    """
    import torch

    try:
        if device.type == "meta" or (device.type == "cpu" and device.index):
            raise RuntimeError  # the one holds no numbers, of the other there is one
        torch.empty(0, device=device)
    except Exception as error:  # each backend has its own way to be absent
        raise SettingError(
            f"this machine, or this PyTorch, has no device {str(device)!r}; {_list_devices()}"
        ) from error


def _list_devices() -> str:
    import torch

    accelerator = torch.accelerator.current_accelerator(check_available=True)
    count = torch.accelerator.device_count() if accelerator else 0
    names = ["cpu", *(f"{accelerator.type}:{i}" for i in range(count) if accelerator)]
    return f"devices here: {', '.join(names)}"


def choose_device() -> torch.device:
    """The device that accelerate would train on: a GPU where there is one, else the CPU."""
    from accelerate import PartialState  # type: ignore[import-untyped]

    device: torch.device = PartialState().device
    return device
