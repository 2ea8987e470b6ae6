"""Scoring the models of a table; what a model said on a test set is stored and asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.lab.matrix.result import Column, Pair, Row
from tner_hf.lab.matrix.running import run_matrix, stored_predictions
from tner_hf.lab.matrix.view import View
from tner_hf.lab.reproduce.kept_tokens import cut, find_kept
from tner_hf.lab.reproduce.notes import explain_incomparable
from tner_hf.lab.reproduce.plan import Plan, PlannedCell, PlannedModel
from tner_hf.lab.reproduce.result import Cell
from tner_hf.labels import UNIFIED_1
from tner_hf.models import load_tokenizer
from tner_hf.predictions.store import load_arrays


def score_model(
    plan: Plan,
    model: PlannedModel,
    checkpoint: Path,
    folder: Path,
    masks: Masks,
    **loading: Any,
) -> list[Cell]:
    """The cells of a model.

    Args:
        plan: of the run.
        model: one of its models.
        checkpoint: its folder.
        folder: of all runs.
        masks: what the paper scored.
        **loading: options of `load_dataset`.
    """
    tests = plan.tests(model.name)
    place = folder / "evaluations" / model.name
    matrix = run_matrix(
        {model.name: str(checkpoint)},
        {name: name for name in dict.fromkeys(test.dataset for test in tests)},
        output_dir=place,
        label_map=UNIFIED_1,  # the paper's
        max_test_samples=plan.scale.max_test_samples,
        **loading,
    )
    store = stored_predictions(place)
    cells = []
    for test in tests:
        pair = matrix.pairs[model.name, test.dataset]
        row, column = matrix.row(model.name), matrix.column(test.dataset)
        kept = masks.find(replace(row, checkpoint=str(checkpoint)), column)
        if kept.all():
            cells.append(_fill_cell(plan, test, column, pair, pair, 0))
            continue
        path = store.path(model.name, test.dataset, lowercase=row.lowercase)
        said = replace(load_arrays(path), label_map=UNIFIED_1)
        within = Pair.of(cut(said, kept))
        cells.append(_fill_cell(plan, test, column, pair, within, int((~kept).sum())))
    return cells


class Masks:
    """Which tokens of a test set the paper scored; found once for each tokenizer and test set."""

    def __init__(self, loading: Mapping[str, Any], most: int | None) -> None:
        self.loading = loading
        self.most = most
        self._known: dict[tuple[str, str, bool, int], NDArray[np.bool_]] = {}

    def find(self, row: Row, column: Column) -> NDArray[np.bool_]:
        """Whether each token is scored, shape [n_tokens]."""
        from tner_hf.data import load_dataset

        key = (row.checkpoint, column.name, row.lowercase, row.max_length)
        if key not in self._known:
            data: Any = load_dataset(column.name, split=column.split, **self.loading)
            sentences = data.with_format(None)["tokens"][: self.most]
            self._known[key] = find_kept(
                sentences,
                load_tokenizer(row.checkpoint),
                max_length=row.max_length,
                lowercase=row.lowercase,
            )
        return self._known[key]


def _fill_cell(
    plan: Plan, test: PlannedCell, column: Column, pair: Pair, within: Pair, tokens_cut: int
) -> Cell:
    view = View("shared", plan.recipe.variant)
    scores = pair.score(view), within.score(view)
    return Cell(
        **identify(test),
        ours=round(100 * scores[0]["f1"], 2),
        ours_cut=round(100 * scores[1]["f1"], 2),
        tokens=column.tokens,
        tokens_cut=tokens_cut,
        gold_total=pair.coverage["gold_total"],
        gold_kept=pair.coverage["gold_kept"],
        gold_cut=pair.coverage["gold_kept"] - within.coverage["gold_kept"],
        predictions_masked=pair.coverage["predictions_masked"],
        shared_types=tuple(pair.coverage["shared_types"]),
        not_comparable=explain_incomparable(plan, test),
    )


def identify(cell: PlannedCell) -> dict[str, Any]:
    """The part of a `Cell` that is known before anything is computed."""
    names = (
        "row", "column", "encoder", "trained_on", "tested_on", "dataset", "model", "paper",
    )  # fmt: skip
    return {**{name: getattr(cell, name) for name in names}, "in_domain": cell.is_in_domain}
