"""Runs of one recipe that differ in their seed: the folder of a group, and `seeds.json` in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tner_hf.errors import DataError
from tner_hf.files import read_json
from tner_hf.metrics.seeds import SeedSummary
from tner_hf.plain import Stored

#: In the folder that holds the runs.
SEEDS_FILE = "seeds.json"


@dataclass(frozen=True)
class SeedGroup(Stored):
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
            group = cls.from_dict({"splits": stored["splits"], **stored})  # it may be empty
            if group.best not in group.seeds:
                raise ValueError(f"its best run has seed {group.best}, which is none of its own")
            for split in group.splits:
                group.show(split)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{path} is no record of several seeds: {error or type(error).__name__}. Train "
                "again with the same command, which writes it anew"
            ) from error
        return group

    def write(self, folder: str | Path) -> None:
        """Put `seeds.json` into a folder."""
        self.save(Path(folder) / SEEDS_FILE)

    def show(self, split: str) -> str | None:
        """Mean and standard deviation of F1 in percent; None where the split was not scored."""
        if split not in self.splits:
            return None
        return show_spread(self.splits[split].scores["type_aware"]["default"]["micro"]["f1"])


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
