"""One model of several corpora, or one of each? The runs of the study in docs/merging.md.

A run is one model: trained, scored on the test sets, and kept as a file of JSON beside the labels
that it said. So a stopped study goes on where it was, and tests need no model.
"""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf._version import list_versions
from tner_hf.data.corpora import corpus_names
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.files import read_json
from tner_hf.plain import Stored
from tner_hf.predictions.names import drop_places, is_corpus
from tner_hf.predictions.store import PredictionStore, file_name

logger = logging.getLogger(__name__)

CORPORA = (
    "wnut2017", "btc", "fin", "bc5cdr", "bionlp2004", "wikiann/en", "mit_restaurant", "crossner",
)  # fmt: skip
IN_DOMAIN = "in-domain"
LEAVE_ONE_OUT = "leave-one-out"

#: What a merged model does otherwise than with the defaults of `train`; T-NER's is `plain`.
MERGED: Mapping[str, Mapping[str, Any]] = {
    "plain": {"partial_labels": False},
    "partial": {},
    "condition": {"corpus_condition": 0.5},
    "condition-plain": {"corpus_condition": 0.5, "partial_labels": False},
    "temperature": {"sampling_temperature": 2.0},
    "condition-temperature": {"corpus_condition": 0.5, "sampling_temperature": 2.0},
    "apart": {"keep_apart": ["auto"]},
    "taught": {},
    "averaged": {},
}
VARIANTS = (IN_DOMAIN, *MERGED, LEAVE_ONE_OUT)

#: Taught by the in-domain models of the same seed what a corpus does not annotate.
TAUGHT = "taught"
#: The average of what the model of another variant became on each of the corpora alone.
AVERAGED, AVERAGED_OF = "averaged", "partial"

#: The recipe that was chosen before a test set was opened; what `leave-one-out` merges by.
RECIPE = "condition"

#: How a model is asked: without condition, or under that of the test set's corpus.
GENERAL, CONDITIONED = "general", "conditioned"
PROTOCOLS = ("shared", "full")
KINDS = ("type_aware", "type_ignored")


@dataclass(frozen=True)
class Study(Stored):
    """What all runs of a study have in common.

    Attributes:
        corpora: that are merged, and scored on.
        model_name_or_path: encoder that every model starts from.
        max_train_samples: training sentences of each corpus, drawn once for all runs.
        max_test_samples: the first so many sentences of a test set are scored.
        held_out: training sentences that validate where a corpus has no split for it; no run of
            any size trains on them.
        epochs: over the training sentences.
        max_steps: optimizer steps in place of `epochs`.
        batch_size: sentences in a step.
        learning_rate: at the beginning; it falls linearly.
        tail_epochs: of `averaged` on each corpus alone; `max_steps` takes their place too.
        tail_learning_rate: there.
        bf16: train in bfloat16.

    Raises:
        SettingError: fewer than two corpora, one twice, or a number below 1.
        UnknownNameError: no such corpus.
    """

    corpora: tuple[str, ...] = CORPORA
    model_name_or_path: str = "embedded"
    max_train_samples: int = 3_000
    max_test_samples: int = 1_000
    held_out: int = 200
    epochs: int = 3
    max_steps: int | None = None
    batch_size: int = 16
    learning_rate: float = 2e-4
    tail_epochs: int = 1
    tail_learning_rate: float = 5e-5
    bf16: bool = False

    def __post_init__(self) -> None:
        for name in self.corpora:
            if not is_corpus(name):
                raise UnknownNameError("corpus", name, corpus_names())
        if len(set(self.corpora)) < max(2, len(self.corpora)):
            raise SettingError(
                f"--dataset_name {' '.join(self.corpora)}: merging needs two corpora or more, each "
                "of them once"
            )
        for name, value in vars(self).items():
            if isinstance(value, int | float) and value is not False and value <= 0:
                raise SettingError(f"--{name} {value} is too few; give 1 or more")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, which names no folder of this machine."""
        return {**super().to_dict(), "model_name_or_path": drop_places(self.model_name_or_path)}

    def check_folder(self, folder: Path) -> None:
        """Make sure that the runs of a folder are of this study.

        Raises:
            SettingError: one has other settings.
        """
        now = self.to_dict()
        for path in sorted(folder.glob("runs/*/*.json")):
            then = (read_json(path) or {}).get("study", {})
            differ = [
                f"{name} was {then.get(name)!r} and is now {value!r}"
                for name, value in now.items()
                if then.get(name) != value
            ]
            if differ:
                raise SettingError(
                    f"{folder} holds a study of other settings ({path.name}): {'; '.join(differ)}. "
                    "Give the same ones, or another --output_dir"
                )


@dataclass(frozen=True)
class Run(Stored):
    """A model and its scores.

    Attributes:
        study: the settings.
        split: that was scored.
        variant: how it was trained; of `leave-one-out` also by which recipe.
        seed: of the run.
        corpus: that alone was trained on, or alone was left out; empty where all were merged.
        scores: test set, way of asking, protocol and kind to micro F1 in percent.
        steps: optimizer steps; of `averaged` those of its tails, 0 where an average was kept.
        seconds: of training and scoring, as far as this process did them.
        versions: of the libraries.
    """

    study: Study
    split: str
    variant: str
    seed: int
    corpus: str = ""
    scores: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]] = field(
        default_factory=dict
    )
    steps: int = 0
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its file, and of the folder of its model."""
        own = (file_name(self.corpus),) if self.corpus else ()
        return "-".join([self.variant, *own, str(self.seed)])

    @property
    def recipe(self) -> str:
        """How its corpora are merged."""
        return self.variant.removeprefix(f"{LEAVE_ONE_OUT}-")

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it is trained with otherwise than by default."""
        return MERGED.get(self.recipe, {})

    @property
    def made_of(self) -> list[Run]:
        """The runs of the same seed whose models its own needs."""
        if self.recipe == TAUGHT:
            return [replace(self, variant=IN_DOMAIN, corpus=name) for name in self.trained_on]
        if self.recipe == AVERAGED:
            return [replace(self, variant=self.variant.replace(AVERAGED, AVERAGED_OF))]
        return []

    @property
    def trained_on(self) -> tuple[str, ...]:
        """The corpora that it learns from."""
        if self.variant == IN_DOMAIN:
            return (self.corpus,)
        return tuple(name for name in self.study.corpora if name != self.corpus)

    @property
    def tested_on(self) -> tuple[str, ...]:
        """The corpora that it is scored on; an in-domain model on all, which tells its transfer."""
        left_out = self.corpus and self.variant != IN_DOMAIN
        return (self.corpus,) if left_out else self.study.corpora

    def result(self, folder: Path) -> Path:
        """Its file."""
        return folder / "runs" / self.split / f"{self.name}.json"

    def model(self, folder: Path) -> Path:
        """Its checkpoint."""
        return folder / "models" / self.name

    def said(self, folder: Path, dataset: str, way: str) -> Path:
        """The labels that it said on a test set."""
        return PredictionStore(folder / "said" / self.split / way).path(self.name, dataset)


def plan_runs(
    study: Study, split: str, variants: Sequence[str], seeds: Sequence[int], recipe: str = RECIPE
) -> list[Run]:
    """The runs of a study, those of a seed together.

    Args:
        study: the settings.
        split: that is scored, `validation` or `test`.
        variants: names in `VARIANTS`; empty for all that so many corpora allow.
        seeds: of the runs.
        recipe: what `leave-one-out` merges by.

    Raises:
        SettingError: two corpora, of which one cannot be left out, another split, or no seed.
        UnknownNameError: no such variant or recipe.
    """
    if split not in ("validation", "test"):
        raise SettingError(f"--split {split}: accepted are validation and test")
    if not seeds or min(seeds) < 0:
        raise SettingError(f"--seeds {' '.join(map(str, seeds))}: give whole numbers from 0")
    for kind, known, given in (("variant", VARIANTS, variants), ("recipe", [*MERGED], [recipe])):
        for name in given:
            if name not in known:
                raise UnknownNameError(kind, name, known)
    several = len(study.corpora) > 2
    if LEAVE_ONE_OUT in variants and not several:
        raise SettingError(f"{LEAVE_ONE_OUT} merges all corpora but one: it needs three or more")
    wanted = variants or [name for name in VARIANTS if several or name != LEAVE_ONE_OUT]
    runs = []
    for seed in dict.fromkeys(seeds):
        for variant in dict.fromkeys(wanted):
            own = variant in (IN_DOMAIN, LEAVE_ONE_OUT)
            name = f"{variant}-{recipe}" if variant == LEAVE_ONE_OUT else variant
            corpora = study.corpora if own else ("",)
            runs += [Run(study, split, name, seed, corpus) for corpus in corpora]
    return runs


def keep_runs(
    runs: Sequence[Run],
    folder: Path,
    *,
    minutes: float | None = None,
    keep_models: bool = False,
    **loading: Any,
) -> int:
    """Train and score the runs that are not there yet.

    Args:
        runs: of one study and split.
        folder: where results are stored, and found again.
        minutes: no further run begins after so many.
        keep_models: leave the models; else each goes when it is scored and no other of these runs
            is made of it. One that has gone and is needed is trained again, and not scored.
        **loading: arguments of `load_dataset`.

    Returns:
        The number of runs that are still missing.
    """
    missing = [run for run in runs if not run.result(folder).is_file()]
    parts = load_parts(runs[0].study, runs[0].split, **loading) if missing else {}
    begun = time.monotonic()
    for number, run in enumerate(missing):
        if minutes is not None and time.monotonic() - begun > 60 * minutes:
            return len(missing) - number
        logger.info("run %d of %d: %s", number + 1, len(missing), run.name)
        _keep_run(run, folder, parts)
        needed = {each.name for later in missing[number + 1 :] for each in later.made_of}
        for each in () if keep_models else (run, *run.made_of):
            if each.name not in needed:
                shutil.rmtree(each.model(folder), ignore_errors=True)
    return 0


def read_runs(folder: Path, split: str) -> list[Run]:
    """The finished runs of a folder on a split, in the order of their names.

    Raises:
        DataError: a file is damaged.
    """
    return [Run.from_dict(read_json(path)) for path in sorted(folder.glob(f"runs/{split}/*.json"))]


def load_parts(study: Study, split: str, **loading: Any) -> dict[str, dict[str, Any]]:
    """Corpus to its sentences: `train`, and the split that is scored."""
    from tner_hf.data import load_dataset

    return {
        name: _cut_splits(study, name, load_dataset(name, **loading), split)
        for name in study.corpora
    }


def _cut_splits(study: Study, name: str, splits: Any, split: str) -> dict[str, Any]:
    train = splits["train"]
    order = np.random.default_rng(0).permutation(len(train))
    held, rest = (order[:0], order)
    if "validation" not in splits:
        held, rest = order[: study.held_out], order[study.held_out :]
    if not len(rest) or (split == "test" and "test" not in splits):
        sizes = ", ".join(f"{len(rows):,} of {each}" for each, rows in splits.items())
        raise DataError(
            f"{name} has too few sentences to train, hold {study.held_out} out and score: {sizes}"
        )
    chosen = np.sort(rest[: study.max_train_samples])
    scored = splits[split] if split in splits else train.select(np.sort(held))
    return {
        "train": train.select(chosen),
        split: scored.select(range(min(study.max_test_samples, len(scored)))),
    }


def _keep_run(run: Run, folder: Path, parts: Mapping[str, Mapping[str, Any]]) -> None:
    begun = time.monotonic()
    steps = _make_model(run, folder, {name: parts[name]["train"] for name in run.study.corpora})
    scores = {
        name: dict(_score(run, folder, name, parts[name][run.split])) for name in run.tested_on
    }
    replace(
        run,
        scores=scores,
        steps=steps,
        seconds=round(time.monotonic() - begun, 1),
        versions=list_versions("torch", "transformers"),
    ).save(run.result(folder))


def _make_model(run: Run, folder: Path, data: Mapping[str, Any]) -> int:
    """Train a model and those that it is made of, and count its own steps."""
    for each in run.made_of:
        _make_model(each, folder, data)
    own = {name: data[name] for name in run.trained_on}
    base, place = run.study.model_name_or_path, run.model(folder)
    if run.recipe == AVERAGED:
        return _average_tails(run, folder, own)
    settings = dict(run.settings)
    if run.recipe == TAUGHT:
        settings["teachers"] = _choose_teachers(run, folder, own) or None
    return _train(run, base, place, own, settings)


def _choose_teachers(run: Run, folder: Path, data: Mapping[str, Any]) -> list[str]:
    """Those of the in-domain models that know a type which another corpus does not annotate."""
    from tner_hf.data import labels_of

    types = {name: set(labels_of(rows).types) for name, rows in data.items()}
    return [
        str(each.model(folder))
        for each in run.made_of
        if any(types[each.corpus] - others for others in types.values())
    ]


def _average_tails(run: Run, folder: Path, data: Mapping[str, Any]) -> int:
    """The model of another variant goes on with each corpus alone; all that becomes is averaged."""
    from tner_hf.lab.averaging import average_models

    place, (base,), steps = run.model(folder), run.made_of, 0
    if (place / "config.json").is_file():
        return steps
    tails = place.with_name(f"{place.name}.tails")
    for name, rows in data.items():
        where = tails / file_name(name)
        steps += _train(run, str(base.model(folder)), where, {name: rows}, {}, is_tail=True)
    average_models([tails / file_name(name) for name in data], place)
    shutil.rmtree(tails)
    return steps


def _train(
    run: Run,
    base: str,
    place: Path,
    data: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    is_tail: bool = False,
) -> int:
    """Train a model and count its steps; a finished one is found again, a killed one goes on."""
    from datasets import DatasetDict

    from tner_hf.data.merging import merge_datasets
    from tner_hf.lab.reproduce.training import check_batch
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train

    study = run.study
    args = NERTrainingArguments(
        str(place),
        num_train_epochs=study.tail_epochs if is_tail else study.epochs,
        max_steps=study.max_steps or -1,
        per_device_train_batch_size=study.batch_size,
        learning_rate=study.tail_learning_rate if is_tail else study.learning_rate,
        seed=run.seed,
        bf16=study.bf16,
        eval_strategy="no",
        metric_for_best_model=None,
        save_strategy="epoch",
        save_total_limit=1,
        disable_tqdm=not sys.stderr.isatty(),
        report_to="none",
    )
    check_batch(args, study.batch_size)
    splits = {name: DatasetDict({"train": rows}) for name, rows in data.items()}
    merged = merge_datasets(splits) if len(splits) > 1 else next(iter(splits.values()))
    result = train(ModelArguments(base), DataArguments(**settings), args, dataset=merged)
    return int(result.train["global_step"])


def _score(run: Run, folder: Path, name: str, rows: Any) -> Iterator[tuple[str, Any]]:
    """Each way of asking with its scores; what the model said is stored."""
    from tner_hf.models import load_config, read_settings
    from tner_hf.predictions import predict_split
    from tner_hf.predictions.store import save_arrays

    model = run.model(folder)
    known = read_settings(load_config(str(model))).conditions
    for way, corpus in ((GENERAL, None), (CONDITIONED, name)):
        if corpus is not None and corpus not in known:
            continue
        said = predict_split(str(model), rows, split=run.split, corpus=corpus)
        save_arrays(replace(said, scores=None), run.said(folder, name, way))
        protocols: Any = said.score()["protocols"]
        yield (
            way,
            {
                protocol: {
                    kind: round(100 * protocols[protocol][kind]["default"]["micro"]["f1"], 2)
                    for kind in KINDS
                }
                for protocol in PROTOCOLS
            },
        )
