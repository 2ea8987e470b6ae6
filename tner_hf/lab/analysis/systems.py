"""What the user calls the systems of a comparison: a model, stored predictions, or several runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tner_hf.errors import SettingError
from tner_hf.predictions.names import name_models, split_named
from tner_hf.runs.groups import list_runs


@dataclass(frozen=True)
class System:
    """One side of comparisons.

    Attributes:
        name: what it is called.
        runs: checkpoints or files of predictions, one for each seed of the recipe.
    """

    name: str
    runs: tuple[str, ...]


def read_systems(given: Sequence[str]) -> tuple[System, ...]:
    """Systems as `MODEL`, `NAME=MODEL` or `NAME=RUN1,RUN2,RUN3`.

    The folder of a group of seeds stands for its runs.

    Raises:
        SettingError: fewer than two, two of one name, or several runs without a name.

    Examples:
        >>> read_systems(["owner/base", "large=runs/s1,runs/s2"])[1]
        System(name='large', runs=('runs/s1', 'runs/s2'))
    """
    named = [_read_system(one) for one in given]
    # Those without a name are called after their folders, as in a matrix.
    called = [
        (text if Path(text).exists() else runs[0]) if name is None else f"{name}={runs[0]}"
        for text, (name, runs) in zip(given, named, strict=True)
    ]
    names = list(name_models(called))
    if len(names) < 2:
        raise SettingError(
            f"{len(names)} system given; a comparison needs two or more: "
            "tner-hf compare model-a model-b --dataset_name wnut2017"
        )
    return tuple(System(name, runs) for name, (_, runs) in zip(names, named, strict=True))


def _read_system(text: str) -> tuple[str | None, tuple[str, ...]]:
    name, sources = split_named(text)
    if Path(sources).exists():  # its name may hold a comma
        return name, list_runs(sources)
    runs = tuple(part.strip() for part in sources.split(",") if part.strip())
    if not runs or (len(runs) > 1 and name is None):
        raise SettingError(
            f"{text!r} names several runs of one recipe; give it a name: my-recipe={text}"
        )
    return name, runs
