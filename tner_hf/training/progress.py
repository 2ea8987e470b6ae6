"""What a run shows while it goes on: a bar or a line a minute, and a line for each evaluation."""

from __future__ import annotations

import logging
import time
from typing import Any

from tqdm.auto import tqdm
from transformers import TrainerCallback, TrainerState
from transformers.trainer_callback import ProgressCallback

logger = logging.getLogger(__name__)


class QuietProgress(ProgressCallback):
    """Trainer's progress bar without a dictionary printed over it at each log."""

    def on_log(self, *args: Any, **kwargs: Any) -> None:
        pass


class MinuteLines(TrainerCallback):
    """A log line a minute, for where there is no bar: step, epoch, loss, time left."""

    def __init__(self, seconds: float = 60) -> None:
        self._seconds = seconds
        self._begun = self._said = time.monotonic()
        self._first_step = 0

    def on_train_begin(self, args: Any, state: TrainerState, *_: Any, **__: Any) -> None:  # noqa: ARG002
        self._begun = self._said = time.monotonic()
        self._first_step = state.global_step

    def on_step_end(self, args: Any, state: TrainerState, *_: Any, **__: Any) -> None:  # noqa: ARG002
        now = time.monotonic()
        if now - self._said < self._seconds or not state.is_world_process_zero:
            return
        self._said = now
        a_step = (now - self._begun) / max(state.global_step - self._first_step, 1)
        logger.info(
            "step %d of %d, epoch %.3g: training loss %s, %s left",
            state.global_step,
            state.max_steps,
            state.epoch or 0,
            _last_loss(state),
            _show_time(a_step * (state.max_steps - state.global_step)),
        )


class EpochLines(TrainerCallback):
    """One log line for each evaluation: loss and both F1 scores instead of two dozen numbers."""

    def on_evaluate(self, args: Any, state: TrainerState, *_: Any, **told: Any) -> None:  # noqa: ARG002
        metrics: dict[str, float] = told.get("metrics") or {}
        if not state.is_world_process_zero or "eval_f1" not in metrics:
            return
        with tqdm.external_write_mode():  # on a line of its own, above the bars
            logger.info(
                "epoch %.4g of %g: training loss %s, validation loss %.4f, "
                "F1 %.2f type-aware, %.2f type-ignored",
                state.epoch or 0,
                state.num_train_epochs,
                _last_loss(state),
                metrics.get("eval_loss", float("nan")),
                100 * metrics["eval_f1"],
                100 * metrics["eval_f1_type_ignored"],
            )


def _last_loss(state: TrainerState) -> str:
    losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
    return f"{losses[-1]:.4f}" if losses else "not logged yet"


def _show_time(seconds: float) -> str:
    """A time as people say it.

    >>> _show_time(40), _show_time(240), _show_time(7500)
    ('40 s', '4 min', '2 h 5 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
