"""What a run shows while it goes on: a bar, and a line for each evaluation."""

from __future__ import annotations

import logging
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ProgressCallback

logger = logging.getLogger(__name__)


class QuietProgress(ProgressCallback):
    """Trainer's progress bar without a dictionary printed over it at each log."""

    def on_log(self, *args: Any, **kwargs: Any) -> None:
        pass


class EpochLines(TrainerCallback):
    """One log line for each evaluation: loss and both F1 scores instead of two dozen numbers."""

    def on_evaluate(
        self,
        args: TrainingArguments,  # noqa: ARG002 — the signature is Trainer's
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        metrics: dict[str, float] | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        if not state.is_world_process_zero or not metrics or "eval_f1" not in metrics:
            return
        losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
        logger.info(
            "epoch %.4g of %g: training loss %s, validation loss %.4f, "
            "F1 %.4f type-aware, %.4f type-ignored",
            state.epoch or 0,
            state.num_train_epochs,
            f"{losses[-1]:.4f}" if losses else "not logged yet",
            metrics.get("eval_loss", float("nan")),
            metrics["eval_f1"],
            metrics["eval_f1_type_ignored"],
        )
