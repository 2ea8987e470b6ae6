"""Reliability, temperature and thresholds, against slow and obvious versions of each."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from tner_hf.errors import DataError, SettingError
from tner_hf.metrics.calibration import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    N_BINS,
    Calibration,
    Reliability,
    find_threshold,
    fit_temperature,
    mean_loss,
    mean_over_spans,
    measure_calibration,
    search_temperature,
    softmax,
)

ANSWERS = st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), max_size=60)


def split(answers: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([s for s, _ in answers]), np.array([c for _, c in answers], dtype=bool)


@given(ANSWERS)
def test_the_error_is_the_mean_distance_in_bins(answers: list[tuple[float, bool]]) -> None:
    scores, correct = split(answers)
    found = Reliability.of(scores, correct)
    assert found.count == sum(one.answers for one in found.bins) == len(answers)
    total = 0.0
    for i, one in enumerate(found.bins):
        inside = [
            (s, c)
            for s, c in answers
            if (i / N_BINS < s or (i == 0 and s == 0)) and not s > (i + 1) / N_BINS
        ]
        near = any(abs(s * N_BINS - round(s * N_BINS)) < 1e-6 for s, _ in answers)
        if near:  # on an edge, where the two ways of rounding may differ
            return
        assert one.answers == len(inside)
        if inside:
            mean, right = np.mean([s for s, _ in inside]), np.mean([c for _, c in inside])
            assert (one.score, one.correct) == (pytest.approx(mean), pytest.approx(right))
            total += len(inside) * abs(mean - right)
    assert found.ece == pytest.approx(total / max(1, len(answers)))


def test_answers_that_are_right_as_often_as_they_say_have_no_error() -> None:
    scores = np.array([0.75] * 4 + [0.5] * 2)
    found = Reliability.of(scores, np.array([1, 1, 1, 0, 1, 0], dtype=bool))
    assert found.ece == 0
    lines = found.draw(4)
    assert lines[1:] == [
        "0.47–0.53   50.0    50.0        2  ██|·",
        "0.73–0.80   75.0    75.0        4  ███|",
    ]


@given(st.integers(0, 2**31), st.floats(0.2, 5))
def test_the_temperature_is_that_of_the_least_loss(seed: int, heat: float) -> None:
    draw = np.random.default_rng(seed)
    logits = draw.normal(0, 3, (200, 4)).astype(np.float32)
    odds = softmax(logits, heat)
    targets = np.array([draw.choice(4, p=p / p.sum()) for p in odds.astype(float)])
    found = fit_temperature(logits, targets)
    slow = minimize_scalar(
        lambda log: mean_loss(logits, targets, float(np.exp(log))),
        bounds=(np.log(LOWEST_TEMPERATURE), np.log(HIGHEST_TEMPERATURE)),
        method="bounded",
    )
    assert mean_loss(logits, targets, found) <= slow.fun + 1e-9
    assert mean_loss(logits, targets, found) <= mean_loss(logits, targets)


def test_a_temperature_that_was_there_is_found_again() -> None:
    draw = np.random.default_rng(0)
    logits = draw.normal(0, 4, (40_000, 3)).astype(np.float32)
    odds = softmax(logits, 2.5).astype(float)
    targets = (odds.cumsum(-1) < draw.random((len(odds), 1))).sum(-1).clip(max=2)
    assert fit_temperature(logits, targets) == pytest.approx(2.5, rel=0.03)


def test_searching_finds_what_halving_does() -> None:
    draw = np.random.default_rng(0)
    logits, targets = draw.normal(0, 3, (300, 4)), draw.integers(0, 4, 300)
    for each, gold in ((logits / 9, logits.argmax(-1)), (logits, targets)):
        loss = partial(mean_loss, each, gold)
        assert search_temperature(loss) == pytest.approx(fit_temperature(each, gold), rel=1e-4)
    assert search_temperature(lambda each: each) == LOWEST_TEMPERATURE
    assert search_temperature(lambda each: -each) == HIGHEST_TEMPERATURE


def test_without_a_maximum_the_limit_it_is() -> None:
    logits = np.array([[2.0, 0.0], [0.0, 1.0]])
    assert fit_temperature(logits, np.array([0, 1])) == pytest.approx(LOWEST_TEMPERATURE)
    assert fit_temperature(logits, np.array([1, 0])) == pytest.approx(HIGHEST_TEMPERATURE)
    with pytest.raises(DataError, match="nothing can be calibrated"):
        fit_temperature(np.zeros((0, 2)), np.zeros(0, np.intp))
    with pytest.raises(DataError, match="logits that are no numbers"):
        fit_temperature(np.array([[np.nan, 0.0]]), np.zeros(1, np.intp))


@given(ANSWERS.filter(bool), st.floats(0.05, 1))
def test_the_threshold_keeps_most_of_what_is_precise_enough(
    answers: list[tuple[float, bool]], least: float
) -> None:
    scores, correct = split(answers)
    n_gold = int(correct.sum()) + 3
    ways = {s: correct[scores >= s] for s in scores}
    enough = {s: kept for s, kept in ways.items() if kept.mean() >= least}
    if not enough:
        with pytest.raises(DataError, match="no threshold gives a precision"):
            find_threshold(scores, correct, n_gold=n_gold, min_precision=least)
        return
    found = find_threshold(scores, correct, n_gold=n_gold, min_precision=least)
    kept = enough[min(enough)]
    assert (found.score, found.kept) == (min(enough), len(kept))
    assert found.precision == pytest.approx(kept.mean())
    assert found.recall == kept.sum() / n_gold
    assert found.full_recall == correct.sum() / n_gold


@pytest.mark.parametrize("precision", [0, -1, 1.1, float("nan")])
def test_a_precision_is_a_fraction(precision: float) -> None:
    with pytest.raises(SettingError, match="accepted: above 0, and up to 1"):
        find_threshold(np.ones(1), np.ones(1, bool), n_gold=1, min_precision=precision)


def test_entities_are_scored_by_the_mean_of_the_words_that_were_seen() -> None:
    values = np.array([0.5, 0.0, 0.75, 0.0, 1.0], dtype=np.float32)
    starts, ends = np.array([0, 3, 4]), np.array([3, 4, 5])
    means, seen = mean_over_spans(values, starts, ends)
    assert means.tolist() == [0.625, 0.0, 1.0]
    assert seen.tolist() == [True, False, True]


def test_a_calibration_counts_entities_and_words_and_survives_json() -> None:
    names = ("O", "B-x", "I-x")
    gold = np.array([1, 2, 0, 1, 0])
    predicted = np.array([1, 2, 0, 0, 1])
    scores = np.array([0.9, 0.7, 0.65, 0.55, 0.0], dtype=np.float32)  # the last was not seen
    found = measure_calibration(
        gold, predicted, scores, offsets=np.array([0, 3, 5]), names=names, temperature=None
    )
    assert (found.entities.count, found.words.count) == (1, 4)
    assert found.entities.ece == pytest.approx(0.2)  # 0.8 said, and right
    assert found.words.ece == pytest.approx((0.1 + 0.3 + 0.35 + 0.55) / 4)
    assert found.describe().startswith("score (not calibrated): expected calibration error 20.0 %")
    calibrated = Calibration(1.5, found.entities, found.words)
    assert calibrated.describe().startswith("confidence (temperature 1.5): ")
    assert Calibration.from_dict(calibrated.to_dict()) == calibrated
