"""When a trial is stopped before its end."""

from __future__ import annotations

from typing import Any

import optuna
from transformers import TrainerCallback, TrainerState


class TwoStages(optuna.pruners.BasePruner):
    """The two stages of T-NER's grid search: all trials train for a while, the best of them go on.

    Here each is judged as it gets there, against those that got there before, so the first ones
    always go on, and nobody waits for the last; of equal ones the first go on.
    """

    def __init__(self, first_stage: int, go_on: int) -> None:
        self._first_stage, self._go_on = first_stage, go_on

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        own = trial.intermediate_values.get(self._first_stage)
        if trial.last_step != self._first_stage or own is None:
            return False
        others = (
            each.intermediate_values.get(self._first_stage)
            for each in study.get_trials(deepcopy=False)
            if each.number != trial.number
        )
        return sum(value is not None and value >= own for value in others) >= self._go_on


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
