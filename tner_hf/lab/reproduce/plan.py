"""What a table needs: which models on which data, and which test sets for which cell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.lab.reproduce.printed import read_printed
from tner_hf.lab.reproduce.recipes import MERGED, Recipe, Training
from tner_hf.lab.reproduce.result import Cell
from tner_hf.plain import as_plain

#: Corpus to the configuration with the sentences that T-NER 0.0.8 reads, where those are not the
#: released ones. That of WNUT 2017 is not among them: its `paper` has as many training sentences as
#: Table 1, but no reader of T-NER that was run makes them.
_AS_IN_PAPER = {"bc5cdr": "bc5cdr/paper"}

Edition = Literal["paper", "default"]

#: What is known of a cell before anything is computed.
_PLANNED = (
    "row", "column", "encoder", "trained_on", "tested_on", "dataset", "model", "paper", "absent",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """What a run does otherwise than the paper; by default nothing.

    Attributes:
        model_name_or_path: encoder in place of the paper's. One that is called like an encoder of
            the table (a local copy of it) keeps to that encoder's columns.
        corpora: only these, as rows, as columns and in merged models.
        max_steps: optimizer steps of every model.
        batch_size: sentences in an optimizer step.
        max_train_samples: sentences to train on.
        max_test_samples: sentences to test on, the first of each test set.
        edition: `paper` takes the sentences that the paper's code reads, `default` those that were
            released; they differ for bc5cdr alone.
        gradient_accumulation_steps: parts that a batch is cut into to need less memory.
        bf16: train in bfloat16.
        seed: in place of the paper's.
    """

    model_name_or_path: str | None = None
    corpora: tuple[str, ...] = ()
    max_steps: int | None = None
    batch_size: int | None = None
    max_train_samples: int | None = None
    max_test_samples: int | None = None
    edition: Edition = "paper"
    gradient_accumulation_steps: int = 1
    bf16: bool = False
    seed: int | None = None

    def __post_init__(self) -> None:
        names = (
            "max_steps", "batch_size", "max_train_samples", "max_test_samples",
            "gradient_accumulation_steps",
        )  # fmt: skip
        for name in names:
            if (value := getattr(self, name)) is not None and value < 1:
                raise SettingError(f"--{name} {value} is too few; give 1 or more")

    def deviations(self, recipe: Recipe) -> tuple[str, ...]:
        """Why figures of this run cannot be held against the paper's; empty where they can."""
        usual = recipe.training
        found = []
        given = self.model_name_or_path
        if given and Path(given).name not in encoders(recipe):
            found.append(
                f"encoder {Path(given).name!r} instead of {' and '.join(encoders(recipe))}"
            )
        steps = usual.merged_steps if recipe.layout == "merged" else usual.max_steps
        if self.max_steps and self.max_steps != steps:
            found.append(f"{self.max_steps:,} steps instead of {steps:,}")
        if self.batch_size not in {None, usual.batch_size}:
            found.append(f"batches of {self.batch_size} instead of {usual.batch_size}")
        if self.max_train_samples:
            found.append(f"at most {self.max_train_samples:,} training sentences")
        if self.max_test_samples:
            found.append(f"the first {self.max_test_samples:,} sentences of each test set")
        return tuple(found)

    def training(self, recipe: Recipe, *, merged: bool) -> Training:
        """How a model is trained in this run; a shorter one warms up for the same share of it."""
        usual = recipe.training
        full = usual.merged_steps if merged else usual.max_steps
        steps = self.max_steps or full
        return replace(
            usual,
            max_steps=steps,
            warmup_steps=usual.warmup_steps * steps // full if steps < full else usual.warmup_steps,
            batch_size=self.batch_size or usual.batch_size,
            seed=usual.seed if self.seed is None else self.seed,
        )


@dataclass(frozen=True)
class PlannedModel:
    """A model that the table needs.

    Attributes:
        name: of its folder.
        encoder: what is fine-tuned.
        trained_on: a corpus, or a key of `MERGED`.
        datasets: what `load_dataset` is asked for.
        lowercase: whether text is lower-cased.
        training: how it is fine-tuned.
        lacking: corpora that a merged model should have been trained on, and is not.
    """

    name: str
    encoder: str
    trained_on: str
    datasets: tuple[str, ...]
    lowercase: bool
    training: Training
    lacking: tuple[str, ...] = ()

    @property
    def is_merged(self) -> bool:
        return self.trained_on in MERGED


@dataclass(frozen=True)
class Plan:
    """Everything a run will do.

    Attributes:
        scale: what is done otherwise.
        models: name to model.
        cells: in the order of the table, without figures of ours; `dataset` is as `load_dataset`
            is asked for it, and `model` empty where it cannot be trained.
        absent: corpus to the reason why it cannot be had.
    """

    recipe: Recipe
    scale: Scale
    models: Mapping[str, PlannedModel]
    cells: tuple[Cell, ...]
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def scaled_down(self) -> tuple[str, ...]:
        """Why no figure of this run can be held against the paper's."""
        return self.scale.deviations(self.recipe)

    def tests(self, model: str) -> tuple[Cell, ...]:
        """The cells that a model is scored for."""
        return tuple(cell for cell in self.cells if cell.model == model and not cell.absent)

    def to_dict(self) -> dict[str, Any]:
        models = list(self.models.values())
        cells = [{name: getattr(cell, name) for name in _PLANNED} for cell in self.cells]
        shown = {"models": models, "cells": cells, "absent": self.absent}
        return {
            "table": self.recipe.table,
            "scaled_down": list(self.scaled_down),
            **as_plain(shown),
        }


def encoders(recipe: Recipe) -> tuple[str, ...]:
    """The base checkpoints of a table."""
    several = (setting.encoder for setting in recipe.columns.values())
    return (recipe.encoder,) if recipe.encoder else tuple(dict.fromkeys(several))


def needed_corpora(recipe: Recipe, scale: Scale) -> tuple[str, ...]:
    """The corpora that a run of the table touches, in the table's order.

    Raises:
        UnknownNameError: `scale.corpora` names one that the table does not have.
    """
    printed = read_printed(recipe.file)
    names = [recipe.prefix + name for name in printed.rows if name not in MERGED]
    if recipe.layout == "transfer":
        names += [recipe.prefix + name for name in printed.columns]
    for merged in {s.trained_on for s in recipe.columns.values()} | set(printed.rows):
        names += MERGED.get(merged, ())
    known = tuple(dict.fromkeys(names))
    wanted = [n if n in known else recipe.prefix + n for n in scale.corpora]
    for given, name in zip(scale.corpora, wanted, strict=True):
        if name not in known:
            raise UnknownNameError(f"corpus of {recipe.table}", given, known)
    return tuple(name for name in known if name in wanted) if wanted else known


def dataset_name(corpus: str, edition: Edition) -> str:
    """What `load_dataset` is asked for to have a corpus in an edition.

    >>> dataset_name("bc5cdr", "paper"), dataset_name("wnut2017", "paper")
    ('bc5cdr/paper', 'wnut2017')
    """
    return _AS_IN_PAPER.get(corpus, corpus) if edition == "paper" else corpus


def make_plan(recipe: Recipe, scale: Scale, absent: Mapping[str, str] | None = None) -> Plan:
    """What a run of the table does."""
    absent = dict(absent or {})
    corpora = needed_corpora(recipe, scale)
    only = Path(scale.model_name_or_path or "").name
    models: dict[str, PlannedModel] = {}
    cells = []
    for cell in _list_cells(recipe):
        if cell.tested_on not in corpora or (only in encoders(recipe) and cell.encoder != only):
            continue
        if cell.trained_on not in MERGED and cell.trained_on not in corpora:
            continue
        present = [c for c in _members(cell.trained_on) if c in corpora and c not in absent]
        reason = _explain_absence(cell, present, absent)
        model = _plan_model(recipe, scale, cell, present) if present else None
        if model and not reason:
            models[model.name] = model
        dataset = dataset_name(cell.tested_on, scale.edition)
        name = model.name if model and not reason else ""
        cells.append(replace(cell, dataset=dataset, model=name, absent=reason))
    return Plan(recipe, scale, models, tuple(cells), absent)


def _list_cells(recipe: Recipe) -> Iterable[Cell]:
    """The cells of a table, their data and models still to be named."""
    printed = read_printed(recipe.file)
    for row in printed.rows:
        for column in printed.columns:
            if (row, column) not in printed.figures:
                continue
            if recipe.layout != "transfer" and column not in recipe.columns:
                continue  # what others published, for comparison
            corpus = row if row in MERGED else recipe.prefix + row
            setting = recipe.columns.get(column)
            trained_on = (setting and setting.trained_on) or corpus
            tested_on = corpus if setting else recipe.prefix + column
            yield Cell(
                row=row,
                column=column,
                encoder=setting.encoder if setting else recipe.encoder,
                trained_on=trained_on,
                tested_on=tested_on,
                dataset="",
                model="",
                in_domain=trained_on == tested_on or trained_on in MERGED,
                paper=printed.figures[row, column],
            )


def _plan_model(recipe: Recipe, scale: Scale, cell: Cell, corpora: list[str]) -> PlannedModel:
    setting = recipe.columns.get(cell.column)
    lowercase = setting.lowercase if setting else recipe.lowercase
    encoder = scale.model_name_or_path or cell.encoder
    datasets = tuple(dataset_name(corpus, scale.edition) for corpus in corpora)
    lacking = tuple(name for name in _members(cell.trained_on) if name not in corpora)
    data = datasets[0].replace("/", "-")
    if cell.trained_on in MERGED:
        digest = hashlib.sha256("\n".join(datasets).encode()).hexdigest()[:6]
        own = lacking or scale.edition != "paper"
        data = f"{cell.trained_on}-{digest}" if own else cell.trained_on
    return PlannedModel(
        name="-".join([Path(encoder).name, data, *(["lower"] if lowercase else [])]),
        encoder=encoder,
        trained_on=cell.trained_on,
        datasets=datasets,
        lowercase=lowercase,
        training=scale.training(recipe, merged=cell.trained_on in MERGED),
        lacking=lacking,
    )


def _members(trained_on: str) -> tuple[str, ...]:
    return MERGED.get(trained_on, (trained_on,))


def _explain_absence(cell: Cell, present: list[str], absent: Mapping[str, str]) -> str:
    if cell.tested_on in absent:
        return f"{cell.tested_on} is not here"
    if cell.trained_on in absent:
        return f"{cell.trained_on} is not here"
    if cell.trained_on in MERGED and len(present) < 2:
        return f"{cell.trained_on} needs two corpora; here: {', '.join(present) or 'none'}"
    return ""
