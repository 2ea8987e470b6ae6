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
from tner_hf.lab.reproduce.notes import explain_incomparable
from tner_hf.lab.reproduce.paper_scoring import cut, find_kept, mask_tags
from tner_hf.lab.reproduce.plan import Plan, PlannedModel
from tner_hf.lab.reproduce.result import Cell
from tner_hf.labels import UNIFIED_1, LabelSpace
from tner_hf.models import load_tokenizer
from tner_hf.predictions.store import load_arrays
from tner_hf.predictions.test_set import flat_labels


def score_model(
    plan: Plan,
    model: PlannedModel,
    checkpoint: Path,
    folder: Path,
    code: PaperCode,
    **loading: Any,
) -> list[Cell]:
    """The cells of a model."""
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
        kept = code.find_kept(replace(row, checkpoint=str(checkpoint)), column)
        known = frozenset().union(*map(code.find_tags, model.datasets))
        found = code.find_tags(test.dataset)
        path = store.path(model.name, test.dataset, lowercase=row.lowercase)
        said = replace(load_arrays(path), label_map=UNIFIED_1)
        as_paper = Pair.of(mask_tags(cut(said, kept), known, found))
        cell = _fill_cell(plan, test, pair, as_paper)
        _, *tags = LabelSpace(cell.shared_types).names
        cells.append(
            replace(
                cell,
                tokens=column.tokens,
                tokens_cut=int((~kept).sum()),
                tags_masked=tuple(tag for tag in tags if tag not in known & found),
            )
        )
    return cells


class PaperCode:
    """What the paper's code knew and scored of data; found once for each."""

    def __init__(self, loading: Mapping[str, Any], most: int | None) -> None:
        self.loading = loading
        self.most = most
        self._kept: dict[tuple[str, str, bool, int], NDArray[np.bool_]] = {}
        self._tags: dict[str, frozenset[str]] = {}

    def find_kept(self, row: Row, column: Column) -> NDArray[np.bool_]:
        """Whether each token of a test set is scored. *Shape:* [n_tokens]."""
        from tner_hf.data import load_dataset

        key = (row.checkpoint, column.name, row.lowercase, row.max_length)
        if key not in self._kept:
            data: Any = load_dataset(column.name, split=column.split, **self.loading)
            sentences = data.with_format(None)["tokens"][: self.most]
            self._kept[key] = find_kept(
                sentences,
                load_tokenizer(row.checkpoint),
                max_length=row.max_length,
                lowercase=row.lowercase,
            )
        return self._kept[key]

    def find_tags(self, dataset: str) -> frozenset[str]:
        """The tags that some split of a corpus has, types mapped by the paper's map."""
        from tner_hf.data import labels_of, load_dataset

        if dataset not in self._tags:
            splits: Any = load_dataset(dataset, label_map=UNIFIED_1, **self.loading)
            self._tags[dataset] = frozenset(
                labels_of(rows).names[label]
                for rows in splits.values()
                for label in np.unique(flat_labels(rows)).tolist()
            )
        return self._tags[dataset]


def _fill_cell(plan: Plan, test: Cell, pair: Pair, as_paper: Pair) -> Cell:
    view = View("shared", plan.recipe.variant)
    return replace(
        test,
        ours=round(100 * pair.score(view)["f1"], 2),
        ours_as_paper=round(100 * as_paper.score(view)["f1"], 2),
        decimals=plan.recipe.decimals,
        gold_total=pair.coverage["gold_total"],
        gold_kept=pair.coverage["gold_kept"],
        predictions_masked=pair.coverage["predictions_masked"],
        shared_types=tuple(pair.coverage["shared_types"]),
        not_comparable=explain_incomparable(plan, test),
    )
