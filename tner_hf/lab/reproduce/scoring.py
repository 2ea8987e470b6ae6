"""Scoring the models of a table; what a model said on a test set is stored and asked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.lab.matrix.result import Pair
from tner_hf.lab.matrix.running import run_matrix
from tner_hf.lab.matrix.view import View
from tner_hf.lab.reproduce.notes import explain_incomparable
from tner_hf.lab.reproduce.paper_scoring import cut, find_kept, mask_tags
from tner_hf.lab.reproduce.plan import Plan, PlannedModel
from tner_hf.lab.reproduce.result import Cell
from tner_hf.labels import UNIFIED_1, LabelSpace
from tner_hf.models import load_tokenizer
from tner_hf.predictions import PredictedSplit
from tner_hf.predictions.test_set import flat_labels


def score_model(
    plan: Plan,
    model: PlannedModel,
    checkpoint: Path,
    folder: Path,
    tags_of: Callable[[str], frozenset[str]],
    **loading: Any,
) -> list[Cell]:
    """The cells of a model; what it says is kept in `folder`, and `tags_of` is `find_tags`."""
    tests = plan.tests(model.name)
    said: dict[str, PredictedSplit] = {}

    def keep(_: str, dataset: str, answer: PredictedSplit) -> None:
        said[dataset] = answer

    matrix = run_matrix(
        {model.name: str(checkpoint)},
        {name: name for name in dict.fromkeys(test.dataset for test in tests)},
        output_dir=folder / "evaluations" / model.name,
        label_map=UNIFIED_1,  # the paper's
        max_test_samples=plan.scale.max_test_samples,
        on_pair=keep,
        **loading,
    )
    row, tokenizer = matrix.row(model.name), load_tokenizer(checkpoint)
    known = frozenset().union(*map(tags_of, model.datasets))
    cells = []
    for test in tests:
        answer, found = said[test.dataset], tags_of(test.dataset)
        kept = find_kept(
            answer.sentences, tokenizer, max_length=row.max_length, lowercase=row.lowercase
        )
        as_paper = Pair.of(mask_tags(cut(answer, kept), known, found))
        cell = _fill_cell(plan, test, matrix.pairs[model.name, test.dataset], as_paper)
        _, *tags = LabelSpace(cell.shared_types).names
        cells.append(
            replace(
                cell,
                tokens=len(kept),
                tokens_cut=int((~kept).sum()),
                tags_masked=tuple(tag for tag in tags if tag not in known & found),
            )
        )
    return cells


def find_tags(dataset: str, **loading: Any) -> frozenset[str]:
    """The tags that some split of a corpus has, types mapped by the paper's map."""
    from tner_hf.data import labels_of, load_dataset

    splits: Any = load_dataset(dataset, label_map=UNIFIED_1, **loading)
    return frozenset(
        labels_of(rows).names[label]
        for rows in splits.values()
        for label in np.unique(flat_labels(rows)).tolist()
    )


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
