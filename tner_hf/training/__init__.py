"""Fine-tuning: settings, data and a checkpoint in; a checkpoint and its scores out.

Names load on first use: importing a Trainer takes seconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
    from tner_hf.training.gold import GoldWindows
    from tner_hf.training.run import TrainResult, train
    from tner_hf.training.trainer import NERTrainer
    from tner_hf.training.transformers_ner import TrainTransformersNER

#: Public name to the module that defines it.
_HOMES = {
    "DataArguments": "tner_hf.training.arguments",
    "GoldWindows": "tner_hf.training.gold",
    "ModelArguments": "tner_hf.training.arguments",
    "NERTrainer": "tner_hf.training.trainer",
    "NERTrainingArguments": "tner_hf.training.arguments",
    "TrainResult": "tner_hf.training.run",
    "TrainTransformersNER": "tner_hf.training.transformers_ner",
    "train": "tner_hf.training.run",
}

__all__ = [
    "DataArguments",
    "GoldWindows",
    "ModelArguments",
    "NERTrainer",
    "NERTrainingArguments",
    "TrainResult",
    "TrainTransformersNER",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
