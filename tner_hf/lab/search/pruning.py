"""When a trial is stopped before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

Pruner = Literal["none", "median", "stages"]


def make_pruner(kind: Pruner, *, first_stage: int, go_on: int) -> BasePruner:
    """The pruner of a search.

    Args:
        kind: `none`; `median`: worse than half of the trials before, at the same evaluation; or
            `stages`, the two of T-NER's grid search: all trials train for a few epochs, and the
            best of them go on. Here each is judged as it gets there, against those that got there
            before, so the first ones always go on, and nobody waits for the last.
        first_stage: evaluations of the first stage.
        go_on: how many go on; of equal ones the first.
    """
    import optuna

    class TwoStages(optuna.pruners.BasePruner):
        def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
            own = trial.intermediate_values.get(first_stage)
            if trial.last_step != first_stage or own is None:
                return False
            others = (
                each.intermediate_values.get(first_stage)
                for each in study.get_trials(deepcopy=False)
                if each.number != trial.number
            )
            return sum(value is not None and value >= own for value in others) >= go_on

    if kind == "stages":
        return TwoStages()
    if kind == "median":
        return optuna.pruners.MedianPruner(n_warmup_steps=first_stage - 1)
    return optuna.pruners.NopPruner()
