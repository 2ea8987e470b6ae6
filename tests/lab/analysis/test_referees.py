"""One real run, from model to report, against seqeval, scipy and a slow, obvious implementation."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities

from tner_hf.lab.analysis import ErrorReport, report_errors
from tner_hf.lab.evaluation import evaluate, score_split
from tner_hf.metrics.intervals import IntervalOptions
from tner_hf.predictions import PredictedSplit, read_predictions


def tags_of(answer: PredictedSplit) -> tuple[list[list[str]], list[list[str]]]:
    sides = (answer.gold, answer.corpus_names), (answer.predicted, answer.model_names)
    places = list(pairwise(answer.offsets.tolist()))
    gold, predicted = ([[names[i] for i in ids[a:b]] for a, b in places] for ids, names in sides)
    return gold, predicted


def check_scores(report: ErrorReport, answer: PredictedSplit) -> None:
    gold, predicted = tags_of(answer)
    micro = report.evaluation.protocols["full"]["type_aware"]["default"]["micro"]
    assert micro["f1"] == f1_score(gold, predicted)
    assert micro["precision"] == precision_score(gold, predicted, zero_division=0)
    assert micro["recall"] == recall_score(gold, predicted, zero_division=0)


def check_interval(answer: PredictedSplit) -> None:
    """scipy resamples per-sentence counts of seqeval's entities."""
    rows = []
    for one, other in zip(*tags_of(answer), strict=True):
        sides = set(get_entities(one)), set(get_entities(other))
        rows.append((len(sides[0] & sides[1]), len(sides[0]), len(sides[1])))

    def compute_f1(correct, n_gold, n_predicted, axis=-1):
        total = n_gold.sum(axis=axis) + n_predicted.sum(axis=axis)
        # Rounded, for scipy takes scores that differ in their last digits for unequal.
        return (2 * correct.sum(axis=axis) / np.maximum(total, 1)).round(12)

    intervals = score_split(answer, IntervalOptions(0.95, "bca", 200, seed=4)).intervals
    referee = stats.bootstrap(
        tuple(np.array(rows, dtype=float).T), compute_f1, paired=True, vectorized=True,
        n_resamples=intervals.n_resamples, method="BCa", rng=np.random.default_rng(intervals.seed),
    ).confidence_interval  # fmt: skip
    ours = intervals.protocols["full"]["type_aware"]["default"]["micro"]["f1"]
    assert ours == pytest.approx([referee.low, referee.high], abs=1e-9)


def classify(entity: tuple, others: list[tuple], known: set[str], untouched: str) -> str:
    """One entity `(type, first, last)` against all of the other side, straight from the rules."""
    kind, first, last = entity
    tokens = set(range(first, last + 1))
    touching = [o for o in others if tokens & set(range(o[1], o[2] + 1))]
    if kind not in known:
        return "schema_gap"
    if not touching:
        return untouched
    if entity in others:
        return "correct"

    def closeness(o: tuple) -> tuple:
        shared = len(tokens & set(range(o[1], o[2] + 1)))
        return (o[0] != kind, -shared, o[1])

    other = min(touching, key=closeness)
    if other[1:] == entity[1:]:
        return "type_error"
    return "boundary_error" if other[0] == kind else "both"


def check_classes(report: ErrorReport, answer: PredictedSplit) -> None:
    known = [{n[2:] for n in names} for names in (answer.corpus_names, answer.model_names)]
    expected: dict[str, Counter] = {"gold": Counter(), "predicted": Counter()}
    for one, other in zip(*tags_of(answer), strict=True):
        gold, predicted = get_entities(one), get_entities(other)
        expected["gold"].update(classify(e, predicted, known[1], "missed") for e in gold)
        expected["predicted"].update(classify(e, gold, known[0], "spurious") for e in predicted)
    for side, counts in expected.items():
        assert report.count_classes(side) == dict(counts)


def test_a_run_of_a_model(tagger, toy_iob, tmp_path) -> None:
    path = tmp_path / "p.jsonl"
    evaluate(tagger, toy_iob, predictions_file=path, confidence=None)
    answer = read_predictions(path)
    report = report_errors(answer)
    check_scores(report, answer)
    check_interval(answer)
    check_classes(report, answer)
