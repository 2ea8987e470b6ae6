"""The runs of a group of seeds: where they are, and whether they are still its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf.errors import CheckpointError, DataError
from tner_hf.runs.recipe import list_differences
from tner_hf.runs.record import Run
from tner_hf.runs.seeds import SEEDS_FILE, SeedGroup, name_run

#: Settings of `data` that take a part of a split by the seed.
_DRAWN = ("max_train_samples", "max_eval_samples", "max_test_samples", "validation_fraction")


def check_group(folder: str | Path, group: SeedGroup) -> None:
    """Make sure that the runs of a group which are there are its own, and of one recipe.

    Raises:
        DataError: one has another seed than its folder says, or other settings than the first.
    """
    there = [(seed, Run.read(Path(folder) / name_run(seed))) for seed in group.seeds]
    runs = [(seed, run) for seed, run in there if run is not None]
    for seed, run in runs:
        own, (first, other) = run.training.get("seed"), runs[0]
        if own != seed:
            why = [f"its seed is {own}"]
        else:
            why = list_differences(_without_seed(other), _without_seed(run))
            why[:1] = [f"beside {name_run(first)}, {line}" for line in why[:1]]
        if why:
            raise DataError(
                f"{Path(folder) / name_run(seed)} is no run of the group in {folder}, as "
                f"{SEEDS_FILE} there says: {'; '.join(why)}. Put the group's own run back, or "
                "train the group again in another folder"
            )


def _without_seed(run: Run) -> Run:
    """A run as those of other seeds have it: what is drawn of the data is drawn for each."""
    drawn = any(run.data.get(name) is not None for name in _DRAWN)
    training = {**run.training, "seed": None}
    return replace(run, training=training, splits={} if drawn else run.splits)


def list_runs(folder: str | Path) -> tuple[str, ...]:
    """The checkpoints of a group of seeds; of everything else itself.

    Raises:
        DataError: a run of the group is not its own.
        CheckpointError: one is not there.
    """
    place = Path(folder).expanduser()
    group = SeedGroup.read(place) if place.is_dir() else None
    if group is None:
        return (str(folder),)
    check_group(place, group)
    runs = [place / name_run(seed) for seed in group.seeds]
    for run in runs:
        if not (run / "config.json").is_file():
            raise CheckpointError(
                f"{place} holds a group of seeds ({SEEDS_FILE}), and {run.name} is not there, or "
                "holds no model. The command that trained the group makes it anew; to do without "
                "it, name the folders of the others"
            )
    return tuple(map(str, runs))


def expand_groups(named: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Sequence[str]]]:
    """Models with each group of seeds as its runs, and the names of the runs of each group.

    Args:
        named: name to checkpoint or folder of a group.
    """
    models: dict[str, Any] = {}
    groups: dict[str, Sequence[str]] = {}
    for name, checkpoint in named.items():
        runs = list_runs(checkpoint)
        if runs == (str(checkpoint),):
            models[name] = checkpoint
            continue
        inner = {f"{name}/{Path(run).name}": run for run in runs}
        groups[name] = list(inner)
        models.update(inner)
    return models, groups
