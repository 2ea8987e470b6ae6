"""The stock Trainer, made to stop at what is no number, and to say nothing that is not so."""

from __future__ import annotations

import contextlib
import logging
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import TrainerCallback, TrainerState, TrainingArguments

from tner_hf.errors import FileError, TrainingError
from tner_hf.models.loading import find_broken
from tner_hf.training.judging import explain_divergence
from tner_hf.training.output import find_checkpoint
from tner_hf.training.pushing import PushingTrainer

#: Transformers compares `--logging_steps 0.02` with the steps that it made of it, and warns.
_FALSE_WARNING = "The following arguments do not match the ones in the `trainer_state.json`"

#: What torch says where the system lets it write no further.
_CANNOT_WRITE = ("PytorchStreamWriter", "inline_container", "No space left", "File too large")


class CarefulTrainer(PushingTrainer):
    """A Trainer that never saves what is not finite, and whose evaluations leave nothing out.

    - A loss that is no number raises a `TrainingError` with step and likely cause; so does a weight
      before a checkpoint is saved. Checkpoints that were saved before stay.
    - A disk that is full is a `FileError`, and half of a checkpoint is not left there.
    - `dataloader_drop_last` drops training rows alone.
    - A resumed run logs, saves and evaluates as it is told now, and is not warned that
      `logging_steps` were given as a share.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_callback(_Schedule)

    def train(self, *args: Any, **kwargs: Any) -> Any:
        with _without_false_warning():
            return super().train(*args, **kwargs)

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """As in Trainer; a loss that is no number ends the training."""
        loss = super().training_step(model, inputs, num_items_in_batch)
        # A GPU would have to be waited for in each step; there it is seen where it is logged.
        if loss.device.type == "cpu":
            # Within a step its number is that of the one before.
            self._check_loss(float(loss), self.state.global_step + 1)
        return loss

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """As in Trainer; a loss that is no number ends the training."""
        super().log(logs, *args, **kwargs)
        if "loss" in logs:
            self._check_loss(logs["loss"], self.state.global_step)

    def _check_loss(self, loss: float, step: int) -> None:
        if not math.isfinite(loss):
            raise self._diverged(f"the training loss is {loss} at step {step}")

    def _diverged(self, what: str) -> TrainingError:
        folder = Path(str(self.args.output_dir))
        kept = find_checkpoint(folder, processes=self.args.world_size)
        left = f"{kept} holds the last finite state" if kept else "no checkpoint was saved before"
        return TrainingError(
            f"{what}, and the training was stopped. {explain_divergence(self.args)}. "
            f"{left}; other settings need another --output_dir, or --start_over"
        )

    def _get_dataloader(self, *args: Any, is_training: bool = False, **kwargs: Any) -> Any:
        dropping = self.args.dataloader_drop_last
        self.args.dataloader_drop_last = dropping and is_training
        try:
            kwargs["is_training"] = is_training
            return super()._get_dataloader(*args, **kwargs)
        finally:
            self.args.dataloader_drop_last = dropping

    def _save_checkpoint(self, *args: Any, **kwargs: Any) -> None:
        target = Path(str(self.args.output_dir)) / f"checkpoint-{self.state.global_step}"
        try:
            super()._save_checkpoint(*args, **kwargs)
        except (OSError, SafetensorError, RuntimeError) as error:
            told = isinstance(error, RuntimeError) and not any(
                words in str(error) for words in _CANNOT_WRITE
            )
            if isinstance(error, FileError | TrainingError) or told:
                raise
            shutil.rmtree(target, ignore_errors=True)
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
            raise FileError(
                f"{target} cannot be saved: {reason}. What was saved before is kept; with the same "
                "command the run goes on from there"
            ) from error

    def save_model(self, output_dir: str | None = None, *args: Any, **kwargs: Any) -> None:
        """As in Trainer; weights that are not finite are not saved."""
        if broken := find_broken(self.accelerator.unwrap_model(self.model).named_parameters()):
            step = self.state.global_step
            raise self._diverged(f"the weights {broken} are not finite after step {step}")
        super().save_model(output_dir, *args, **kwargs)


class _Schedule(TrainerCallback):
    """Takes intervals from the settings of now: those of the state are from before."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, *_: Any, **__: Any
    ) -> None:
        state.compute_steps(args, state.max_steps)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _without_false_warning() -> Iterator[None]:
    def is_true(record: logging.LogRecord) -> bool:
        return _FALSE_WARNING not in record.getMessage()

    source = logging.getLogger("transformers.trainer_utils")
    source.addFilter(is_true)
    try:
        yield
    finally:
        source.removeFilter(is_true)
