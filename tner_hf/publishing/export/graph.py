"""A PyTorch token classifier to an ONNX graph."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import ExportError, MissingExtraError, first_line
from tner_hf.models import longest_input

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: onnxruntime has run this since 1.17; later versions bring nothing that an encoder needs.
OPSET = 20

#: A protobuf holds 2 GB; the weights of larger models lie in a file beside it.
LARGEST_FILE = 2_000_000_000


def write_graph(model: PreTrainedModel, path: Path) -> None:
    """Write the model as ONNX: `input_ids` and `attention_mask` to `logits`, of any size.

    Raises:
        ExportError: PyTorch cannot trace the model, or ONNX has no operator for a part of it.
        MissingExtraError: onnx or onnxscript is not installed.
    """
    require("onnx", "onnxscript")
    import torch

    rows, columns = torch.export.Dim("batch"), torch.export.Dim("sequence")
    shape = {0: rows, 1: columns}
    length = min(16, longest_input(model.config) or 16)
    mask = torch.ones(2, length, dtype=torch.int64)
    mask[1, length // 2 :] = 0
    attention = model.config._attn_implementation
    # Written out, attention is three operators that are fast in ONNX Runtime; traced from PyTorch's
    # fused kernel it comes with checks for rows that are padding throughout.
    model.set_attn_implementation("eager")
    try:
        with quietly():
            program = torch.onnx.export(
                _keep_logits(model),
                (torch.zeros_like(mask), mask),
                dynamo=True,
                input_names=["input_ids", "attention_mask"],
                output_names=["logits"],
                dynamic_shapes={"input_ids": shape, "attention_mask": shape},
                opset_version=OPSET,
                verbose=False,
            )
            _save(program, path, size=sum(p.nbytes for p in model.parameters()))
    except Exception as error:  # torch.export raises dozens of kinds, none of them a user's fault
        raise ExportError(
            f"a {model.config.model_type} model cannot be exported to ONNX by PyTorch "
            f"{torch.__version__}: {type(error).__name__}: {first_line(error)}"
        ) from error
    finally:
        model.set_attn_implementation(attention)


def _keep_logits(model: PreTrainedModel) -> Any:
    import torch

    class LogitsOnly(torch.nn.Module):
        """A graph has positional inputs, and one output."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            answer = self.model(input_ids=input_ids, attention_mask=attention_mask)
            logits: torch.Tensor = answer.logits
            return logits

    return LogitsOnly().eval()


def _save(program: Any, path: Path, *, size: int) -> None:
    if size < LARGEST_FILE:
        program.save(path)
        return
    import onnx_ir

    # The name under which transformers.js and optimum look for it; torch's own is `.onnx.data`.
    onnx_ir.save(program.model, path, external_data=f"{path.name}_data")


def require(*packages: str) -> None:
    """Stop where one of the packages of the extra `onnx` is missing."""
    if any(importlib.util.find_spec(package) is None for package in packages):
        raise MissingExtraError("the export to ONNX", "onnx")


@contextmanager
def quietly() -> Iterator[None]:
    """Without the remarks of exporters on torchvision, axis names and their own deprecations."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
