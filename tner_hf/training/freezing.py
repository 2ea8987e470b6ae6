"""`--freeze`: parts of an encoder that stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from torch import nn

from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_LAYERS = re.compile(r"layers:([1-9]\d*)")


def check_freeze(wanted: str) -> None:
    """Make sure that it names a part.

    Raises:
        SettingError: it does not.
    """
    if wanted not in {"embeddings", "encoder"} and not _LAYERS.fullmatch(wanted):
        raise SettingError(
            f"--freeze {wanted} names no part of an encoder; accepted: embeddings, encoder, or "
            "layers:N for the embeddings and the first N layers"
        )


def freeze(model: PreTrainedModel, wanted: str) -> list[str]:
    """Let no optimizer change a part of the model; the encoder is all but its head.

    Returns:
        The names of the parameters that stay.

    Raises:
        SettingError: it has fewer layers, or shares one among all.
    """
    encoder: Any = model.base_model
    embeddings = getattr(encoder, "embeddings", None) or model.get_input_embeddings()
    parts = [encoder] if wanted == "encoder" else [embeddings]
    if match := _LAYERS.fullmatch(wanted):
        count, layers = int(match[1]), _find_layers(encoder)
        if count > len(layers):
            raise SettingError(
                f"--freeze {wanted}: this {model.config.model_type} model has {len(layers)} layers "
                "with weights of their own; give at most as many, or --freeze encoder"
            )
        parts += layers[:count]
    for part in parts:
        part.requires_grad_(requires_grad=False)
    return [name for name, weight in model.named_parameters() if not weight.requires_grad]


def _find_layers(encoder: nn.Module) -> list[nn.Module]:
    """The layers of an encoder, first to last; none where they share their weights."""
    wanted = getattr(encoder.config, "num_hidden_layers", None)
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList) and len(module) == wanted:
            return list(module)
    return []
