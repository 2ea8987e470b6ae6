"""A run that is a trial: each evaluation is reported, and may be its last."""

from __future__ import annotations

from typing import Any

import optuna
from transformers import TrainerCallback, TrainerState


class Watch(TrainerCallback):
    """Tells a study the score of each evaluation, by its number from 1."""

    def __init__(self, study: optuna.Study, trial: optuna.Trial, metric: str) -> None:
        self._study, self._trial, self._metric = study, trial, metric

    def on_evaluate(self, args: Any, state: TrainerState, *_: Any, **told: Any) -> None:  # noqa: ARG002
        """As the Trainer calls it.

        Raises:
            TrialPruned: the trial is not worth going on with.
        """
        score = (told.get("metrics") or {}).get(f"eval_{self._metric}")
        if score is None:
            return
        number = sum("eval_loss" in entry for entry in state.log_history)
        frozen = self._study.get_trials(deepcopy=False)[self._trial.number]
        if number not in frozen.intermediate_values:  # a run that goes on may repeat one
            self._trial.report(score, number)
        if self._trial.should_prune():
            raise optuna.TrialPruned
