"""Fine-tuning: settings, data and a checkpoint in; a checkpoint and its scores out.

Names load on first use: importing a Trainer takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
    from tner_hf.training.gold_windows import GoldWindows
    from tner_hf.training.result import TrainResult
    from tner_hf.training.run import train
    from tner_hf.training.seeds import train_seeds
    from tner_hf.training.trainer import NERTrainer

__all__ = [
    "DataArguments",
    "GoldWindows",
    "ModelArguments",
    "NERTrainer",
    "NERTrainingArguments",
    "TrainResult",
    "train",
    "train_seeds",
]

__getattr__, __dir__ = load_lazily(__name__)
