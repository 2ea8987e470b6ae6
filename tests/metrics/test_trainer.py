"""What a plain `Trainer` gets from us, with and without its optional halves."""

from __future__ import annotations

import numpy as np
import torch
from transformers import EvalPrediction

from tner_hf.metrics import compute_metrics_for, preprocess_logits_for_metrics

NAMES = ["O", "B-a", "I-a", "B-b", "I-b"]
GOLD = np.array([[-100, 1, 2, 0, -100], [-100, 3, -100, 4, 1]])
PREDICTED = np.array([[0, 1, 4, 0, 0], [0, 3, 0, 4, 2]])


def test_flat_scores_of_all_variants_and_modes() -> None:
    scores = compute_metrics_for(NAMES)(EvalPrediction(PREDICTED, GOLD))
    # Typed: a(1) b(2) then b(3-4) a(4); gold is a(1-2), b(3-4), a(4).
    assert scores["precision"] == 2 / 4
    assert scores["recall"] == 2 / 3
    assert scores["recall_strict"] == 1 / 3
    # Ignored: [1-2], and one entity over the second sentence, where gold has two.
    assert scores["precision_type_ignored"] == 1 / 2
    assert scores["recall_type_ignored_strict"] == 1 / 3
    assert len(scores) == 24
    assert all(isinstance(value, float) for value in scores.values())


def test_logits_and_further_outputs_are_accepted() -> None:
    logits = np.eye(len(NAMES))[PREDICTED]
    expected = compute_metrics_for(NAMES)(EvalPrediction(PREDICTED, GOLD))
    assert compute_metrics_for(NAMES)(EvalPrediction(logits, GOLD)) == expected
    assert compute_metrics_for(NAMES)(EvalPrediction((logits, logits), GOLD)) == expected


def test_types_are_added_on_demand() -> None:
    scores = compute_metrics_for(NAMES, per_type=True)(EvalPrediction(GOLD, GOLD))
    assert scores["f1_a"] == scores["f1_b"] == 1.0


def test_rows_of_one_sentence_are_joined() -> None:
    rows = np.array([[1, 2], [2, -100]])
    joined = compute_metrics_for(NAMES, sentence_ids=[0, 0])
    assert joined(EvalPrediction(rows, rows))["f1_strict"] == 1.0
    apart = np.array([[1, 2], [0, -100]])
    assert joined(EvalPrediction(apart, rows))["f1"] == 0.0


def test_only_label_ids_are_kept_of_logits() -> None:
    logits = torch.tensor([[[0.1, 0.9], [0.8, 0.2]]])
    assert preprocess_logits_for_metrics(logits, None).tolist() == [[1, 0]]
    assert preprocess_logits_for_metrics((logits, logits), None).tolist() == [[1, 0]]
