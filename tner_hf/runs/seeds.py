"""Runs of one recipe that differ in their seed: the folder of a group, and `seeds.json` in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tner_hf.errors import CheckpointError, DataError
from tner_hf.files import read_json, write_json
from tner_hf.metrics.seeds import SeedSummary
from tner_hf.runs.recipe import list_differences
from tner_hf.runs.record import Run

#: Settings of `data` that take a part of a split by the seed.
_DRAWN = ("max_train_samples", "max_eval_samples", "max_test_samples", "validation_fraction")

#: In the folder that holds the runs.
SEEDS_FILE = "seeds.json"


@dataclass(frozen=True)
class SeedGroup:
    """Several runs of one recipe.

    Attributes:
        seeds: of the runs, in order.
        best: the seed of the run with the best F1 on the validation split; without one the first.
        splits: split to mean and standard deviation of its scores.
    """

    seeds: tuple[int, ...]
    best: int
    splits: Mapping[str, SeedSummary] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: str | Path) -> SeedGroup | None:
        """The group in a folder; None where there is none.

        Raises:
            DataError: the file is damaged.
        """
        path = Path(folder) / SEEDS_FILE
        stored = read_json(path)
        if stored is None:
            return None
        try:
            splits = {name: SeedSummary.from_dict(each) for name, each in stored["splits"].items()}
            group = cls(tuple(map(int, stored["seeds"])), int(stored["best"]), splits)
            if group.best not in group.seeds:
                raise ValueError(f"its best run has seed {group.best}, which is none of its own")
            for split in splits:
                group.show(split)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"{path} is no record of several seeds: {error or type(error).__name__}. Train "
                "again with the same command, which writes it anew"
            ) from error
        return group

    def write(self, folder: str | Path) -> None:
        """Put `seeds.json` into a folder."""
        write_json(Path(folder) / SEEDS_FILE, {**asdict(self), "seeds": list(self.seeds)})

    def show(self, split: str) -> str | None:
        """Mean and standard deviation of F1 in percent; None where the split was not scored."""
        if split not in self.splits:
            return None
        return show_spread(self.splits[split].scores["type_aware"]["default"]["micro"]["f1"])


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


def show_spread(score: Mapping[str, float | None]) -> str:
    """Mean and standard deviation in percent.

    >>> show_spread({"mean": 0.5, "std": 0.0123}), show_spread({"mean": 0.5, "std": None})
    ('50.00 ± 1.23', '50.00')
    """
    mean, std = score["mean"], score["std"]
    spread = "" if std is None else f" ± {100 * std:.2f}"
    return f"{100 * (mean or 0):.2f}{spread}"


def name_run(seed: int) -> str:
    """The folder of a run in that of its group."""
    return f"seed-{seed}"


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
