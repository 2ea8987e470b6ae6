"""A group of seeds, and whether the runs in its folder are its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tner_hf.errors import CheckpointError, DataError
from tner_hf.runs import Run, SplitFacts
from tner_hf.runs.groups import check_group, list_runs
from tner_hf.runs.seeds import SeedGroup


def write_run(folder: Path, seed: int, *, fingerprint: str = "a", **more: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(
        data={"max_train_samples": more.pop("max_train_samples", None)},
        training={"seed": seed, "learning_rate": 1e-4, **more},
        splits={"train": SplitFacts(3, ("person",), fingerprint)},
    )
    run.write(folder)
    (folder / "config.json").write_text("{}", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A group of the seeds 1, 2 and 3."""
    for seed in (1, 2, 3):
        write_run(tmp_path / f"seed-{seed}", seed)
    SeedGroup((1, 2, 3), 2).write(tmp_path)
    return tmp_path


def test_a_group_is_its_runs(folder: Path) -> None:
    assert list_runs(folder) == tuple(str(folder / f"seed-{seed}") for seed in (1, 2, 3))
    assert list_runs(folder / "seed-1") == (str(folder / "seed-1"),)


@pytest.mark.parametrize(
    ("seed", "more", "why"),
    [
        (3, {}, "its seed is 3"),
        (2, {"learning_rate": 1.0}, "beside seed-1, learning_rate was 0.0001 and is now 1.0"),
        (2, {"fingerprint": "b"}, "beside seed-1, the train split has other words or tags"),
    ],
)
def test_a_run_that_is_not_of_the_group_is_refused(
    folder: Path, seed: int, more: dict[str, Any], why: str
) -> None:
    write_run(folder / "seed-2", seed, **more)
    with pytest.raises(DataError, match=f"seed-2 is no run of the group .*: {why}"):
        list_runs(folder)


def test_what_is_drawn_by_the_seed_may_differ(folder: Path) -> None:
    for seed in (1, 2, 3):
        write_run(folder / f"seed-{seed}", seed, fingerprint=str(seed), max_train_samples=3)
    assert len(list_runs(folder)) == 3


def test_a_record_without_scores_says_so_itself(folder: Path) -> None:
    (folder / "seeds.json").write_text('{"seeds": [1], "best": 1}', encoding="utf-8")
    with pytest.raises(DataError, match="no record of several seeds: 'splits'"):
        SeedGroup.read(folder)


def test_a_run_that_is_gone_is_named(folder: Path) -> None:
    for path in (folder / "seed-3").iterdir():
        path.unlink()
    with pytest.raises(CheckpointError, match=r"group of seeds .*, and seed-3 is not there"):
        list_runs(folder)
    group = SeedGroup.read(folder)
    assert group is not None
    check_group(folder, group)  # what is said of all of them stays true
