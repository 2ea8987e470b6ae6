"""`train_seeds`: one recipe with several seeds, each a run of its own, and their spread."""

from __future__ import annotations

import html
import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.metrics.seeds import summarise_seeds
from tner_hf.report.columns import align_columns
from tner_hf.runs import RUN_FILE
from tner_hf.runs.seeds import SeedGroup, name_run
from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
from tner_hf.training.judging import check_settings
from tner_hf.training.output import check_folder
from tner_hf.training.result import TrainResult
from tner_hf.training.run import train

logger = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class SeedResults:
    """What runs of one recipe left behind, by their seeds, and what `seeds.json` says of all."""

    output_dir: str
    runs: dict[int, TrainResult]
    group: SeedGroup

    def table(self) -> str:
        """F1 of each run and of all, in percent."""
        splits = list(self.group.splits)
        rows = [["seed", *splits]]
        for seed, result in self.runs.items():
            f1 = [
                getattr(result, split)["type_aware"]["default"]["micro"]["f1"] for split in splits
            ]
            rows.append([str(seed), *(f"{100 * each:.2f}" for each in f1)])
        rows.append(["mean ± std", *(self.group.show(split) or "" for split in splits)])
        return "\n".join(align_columns(rows)) if splits else "no split to score on"

    def __repr__(self) -> str:
        return f"saved in {self.output_dir}\n{self.table()}"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def train_seeds(
    model_args: ModelArguments,
    data_args: DataArguments,
    args: NERTrainingArguments,
    seeds: Sequence[int],
    *,
    dataset: Any = None,
) -> SeedResults:
    """`train` once for each seed, in `<output_dir>/seed-<n>`, and `seeds.json` beside them.

    Each folder is that of `train` with this seed, so a killed call goes on where it was, and one
    with more seeds trains only those that are new. What is drawn of the data (by
    `--max_train_samples`, `--validation_fraction`) is drawn for each seed.

    Args:
        model_args: what is fine-tuned.
        data_args: what on.
        args: how; its own seed does not count.
        seeds: one or more, each once.
        dataset: as for `train`.

    Raises:
        SettingError: seeds that cannot be used, or `push_to_hub`; otherwise as `train`.
    """
    _check_seeds(args, seeds)
    folder = Path(args.output_dir).expanduser()
    planned = {seed: _with_seed(args, folder, seed) for seed in seeds}
    runs = {}
    for seed, each in planned.items():
        logger.info("seed %d: %s", seed, each.output_dir)
        runs[seed] = train(model_args, data_args, each, dataset=dataset)
    splits = {
        split: summarise_seeds([getattr(run, split) for run in runs.values()])
        for split in ("validation", "test")
        if all(getattr(run, split) is not None for run in runs.values())
    }

    def validation_f1(seed: int) -> float:
        scores = runs[seed].validation
        return 0.0 if scores is None else scores["type_aware"]["default"]["micro"]["f1"]

    group = SeedGroup(tuple(seeds), max(seeds, key=validation_f1), splits)
    if args.process_index == 0:
        group.write(folder)
    return SeedResults(str(folder), runs, group)


def _with_seed(args: NERTrainingArguments, folder: Path, seed: int) -> NERTrainingArguments:
    own = copy(args)
    own.seed, own.seeds, own.output_dir = seed, None, str(folder / name_run(seed))
    own.hub_token = args.hub_token  # which no copy has
    return own


def _check_seeds(args: NERTrainingArguments, seeds: Sequence[int]) -> None:
    if not seeds or len(set(seeds)) < len(seeds):
        raise SettingError(
            f"--seeds {' '.join(map(str, seeds))} cannot be used; give one or more, each once"
        )
    if args.push_to_hub:
        raise SettingError(
            "--push_to_hub with --seeds: a repository holds one model. Train first, then: tner-hf "
            "push model FOLDER/seed-N OWNER/NAME"
        )
    if args.resume_from_checkpoint:
        raise SettingError(
            f"--resume_from_checkpoint {args.resume_from_checkpoint} with --seeds: each run goes "
            "on from its own checkpoint; leave it out"
        )
    folder = Path(args.output_dir).expanduser()
    if (folder / RUN_FILE).exists():
        raise SettingError(
            f"--output_dir {folder} holds a single run; a group of seeds needs another folder"
        )
    for seed in seeds:  # the last should not fail after hours
        check_settings(_with_seed(args, folder, seed))
        if args.process_index == 0:
            check_folder(folder / name_run(seed))
