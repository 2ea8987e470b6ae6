"""Exact intervals: against scipy's, and by how often they contain what is true."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_corpora import RATES, draw_counts
from scipy import stats

from tner_hf.metrics.exact import bound_scores, bound_share
from tner_hf.metrics.intervals import EXACT, bound_counts, confidence_intervals
from tner_hf.metrics.resampling import UnitCounts

NAMES = ["O", "B-a", "B-b"]


def bound_right(n_right: int, n_all: int, level: float = 0.95) -> dict:
    """Intervals where every sentence is one gold entity, some of them found."""
    gold = np.ones(n_all, dtype=int)
    predicted = np.where(np.arange(n_all) < n_right, 1, 0)
    offsets = np.arange(n_all + 1)
    found = confidence_intervals(gold, predicted, names=NAMES, offsets=offsets, level=level)
    return found.bounds["type_aware"]["default"]


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("hits", "trials"), [(0, 1), (0, 30), (1, 30), (17, 30), (30, 30)])
def test_a_share_is_bounded_as_scipy_does(hits: int, trials: int, level: float) -> None:
    referee = stats.binomtest(hits, trials).proportion_ci(level, method="exact")
    ours = bound_share(np.array(hits / trials), np.array(float(trials)), level)
    assert ours == pytest.approx([referee.low, referee.high], abs=1e-7)


def test_thirty_of_thirty_right_leave_a_doubt() -> None:
    block = bound_right(30, 30)
    low = 0.025 ** (1 / 30)
    assert block["micro"]["precision"] == pytest.approx([low, 1.0])
    assert block["micro"]["f1"] == pytest.approx([2 * low / (1 + low), 1.0])
    for metric, bounds in block["micro"].items():
        assert block["macro"][metric] == pytest.approx(bounds)
        assert block["per_type"]["a"][metric] == pytest.approx(bounds)


def test_nothing_found_and_nothing_there_are_bounded_too() -> None:
    block = bound_right(0, 30)
    assert block["micro"]["recall"] == pytest.approx([0.0, 1 - 0.025 ** (1 / 30)])
    assert block["micro"]["precision"] == [0.0, 1.0]  # nothing predicted: nothing is known of it
    nothing = confidence_intervals(
        np.zeros(3, int), np.zeros(3, int), names=NAMES, offsets=np.arange(4)
    )
    assert nothing.bounds["type_aware"]["default"]["micro"]["f1"] == [0.0, 1.0]
    empty = confidence_intervals(
        np.zeros(0, int), np.zeros(0, int), names=NAMES, offsets=np.array([0])
    )
    assert empty.bounds["type_aware"]["strict"]["macro"]["f1"] == [0.0, 1.0]


def test_intervals_contain_the_score_and_stay_within_0_and_1() -> None:
    random = np.random.default_rng(1)
    for n_sentences in (1, 2, 5, 40):
        for chance in (0.0, 0.2, 0.97, 1.0):
            gold = random.poisson(RATES, (n_sentences, 2))
            counts = draw_counts(random, np.full(n_sentences, chance), gold)
            for units in (counts, counts.by_document(np.arange(n_sentences) // 2)):
                low, high = bound_scores(units, 0.95)
                score = units.score()
                assert (low >= 0).all()
                assert (low <= score + 1e-9).all()
                assert (score <= high + 1e-9).all()
                assert (high <= 1).all()


def test_entities_of_one_document_count_as_few() -> None:
    """All right or all wrong by the document: ten documents say what ten entities would."""
    gold = np.tile([4, 0], (10, 1))
    right = np.repeat([[4, 0], [0, 0]], [7, 3], axis=0)
    table = np.concatenate([right, right, gold], axis=1)
    rows, columns = np.nonzero(table)
    times = table[rows, columns]
    empty = draw_counts(np.random.default_rng(0), np.zeros(10), np.zeros((10, 2), int))
    entries = (np.repeat(each, times).astype(np.int32) for each in (rows, columns))
    counts = UnitCounts(empty.blocks, 10, *entries, unit="documents")
    low, high = bound_counts(counts, EXACT).bounds["type_aware"]["default"]["micro"]["recall"]
    referee = stats.binomtest(7, 10).proportion_ci(0.95, method="exact")
    assert low < referee.low
    assert referee.high < high < 1
    assert high - low < 1.35 * (referee.high - referee.low)


@pytest.mark.parametrize("documents", [False, True])
@pytest.mark.parametrize("chance", [0.5, 0.9, 0.99, 1.0])
def test_intervals_contain_what_is_true_as_often_as_they_say(
    chance: float, documents: bool
) -> None:
    """300 drawn test sets of 60 sentences: 93 % or more, and what 300 sets leave open."""
    random = np.random.default_rng(0)
    n_sets, document = 300, np.arange(60) // 6
    contained = np.zeros(3)
    for _ in range(n_sets):
        own = np.full(60, chance)
        if documents and chance < 1:
            own = random.beta(4 * chance, 4 * (1 - chance), 10)[document]
        counts = draw_counts(random, own, random.poisson(RATES, (60, 2)))
        units = counts.by_document(document) if documents else counts
        low, high = bound_scores(units, 0.95)[:, [2, 5, 11]]  # F1: micro, macro, the rare type
        contained += (low <= chance + 1e-9) & (chance <= high + 1e-9)
    assert (contained / n_sets >= 0.93 - 2 * (0.93 * 0.07 / n_sets) ** 0.5).all()
