"""P-values against exact enumeration and a slow, obvious implementation."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_corpora import draw_recipe
from scipy import stats

from tner_hf.errors import SettingError
from tner_hf.metrics import score
from tner_hf.metrics.differences import Comparison, Difference
from tner_hf.metrics.resampling import ScoreKey, count_systems
from tner_hf.metrics.significance import (
    compare_pooled,
    compare_runs,
    compare_systems,
    correct_holm,
)

NAMES = ["O", "B-a", "I-a", "B-b", "I-b"]
N_SENTENCES, LENGTH = 10, 4
OFFSETS = np.arange(0, N_SENTENCES * LENGTH + 1, LENGTH)


def draw_systems(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    gold = random.integers(0, 5, N_SENTENCES * LENGTH)
    sides = [
        np.where(random.random(len(gold)) < noise, random.integers(0, 5, len(gold)), gold)
        for noise in (0.5, 0.2)
    ]
    return gold, *sides


def compute_f1(gold: np.ndarray, predicted: np.ndarray) -> float:
    sentences = ([[NAMES[i] for i in row] for row in side] for side in (gold, predicted))
    return score(*sentences)["type_aware"]["default"]["micro"]["f1"]


def test_randomisation_nears_the_exact_p_value() -> None:
    gold, first, second = (ids.reshape(N_SENTENCES, LENGTH) for ids in draw_systems())
    observed = abs(compute_f1(gold, second) - compute_f1(gold, first))
    extreme = 0
    for swaps in itertools.product([False, True], repeat=N_SENTENCES):
        swapped = np.array(swaps)[:, None]
        left, right = np.where(swapped, second, first), np.where(swapped, first, second)
        extreme += abs(compute_f1(gold, right) - compute_f1(gold, left)) >= observed - 1e-12
    exact = extreme / 2**N_SENTENCES
    found = compare_systems(
        *(ids.ravel() for ids in (gold, first, second)),
        names=NAMES,
        offsets=OFFSETS,
        n_resamples=20_000,
    )
    f1 = found.differences["type_aware"]["default"]["micro"]["f1"]
    assert f1.p == pytest.approx(exact, abs=0.01)


def test_paired_bootstrap_equals_scoring_each_resample_from_scratch() -> None:
    gold, first, second = (ids.reshape(N_SENTENCES, LENGTH) for ids in draw_systems(4))
    observed = compute_f1(gold, second) - compute_f1(gold, first)
    drawn = np.random.default_rng(7).integers(0, N_SENTENCES, (200, N_SENTENCES))
    differences = np.array(
        [compute_f1(gold[r], second[r]) - compute_f1(gold[r], first[r]) for r in drawn]
    )
    extreme = np.abs(differences - observed) >= abs(observed) - 1e-12
    found = compare_systems(
        *(ids.ravel() for ids in (gold, first, second)),
        names=NAMES,
        offsets=OFFSETS,
        n_resamples=200,
        seed=7,
    )
    f1 = found.differences["type_aware"]["default"]["micro"]["f1"]
    assert f1.difference == pytest.approx(observed, abs=1e-12)
    assert f1.p_bootstrap == pytest.approx((1 + extreme.sum()) / 201, abs=1e-12)
    # as far apart as a t interval of ten sentences, not of ever so many
    tail = stats.norm.sf(stats.t.ppf(0.975, N_SENTENCES - 1) * (N_SENTENCES / 9) ** 0.5)
    bounds = np.quantile(differences, [tail, 1 - tail])
    assert [f1.low, f1.high] == pytest.approx(bounds.tolist(), abs=1e-12)


def test_a_system_is_not_better_than_itself() -> None:
    gold, first, _ = draw_systems()
    found = compare_systems(gold, first, first, names=NAMES, offsets=OFFSETS, n_resamples=50)
    for mode in ("default", "strict"):
        f1 = found.differences["type_ignored"][mode]["macro"]["f1"]
        assert (f1.difference, f1.low, f1.high) == (0.0, 0.0, 0.0)
        assert f1.p_bootstrap == f1.p == 1.0


def test_types_of_either_system_are_compared() -> None:
    gold, first, second = (np.array([i]) for i in (1, 1, 3))
    found = compare_systems(
        gold, first, second, names=NAMES, offsets=np.array([0, 1]), n_resamples=10
    )
    block = found.differences["type_aware"]["default"]
    assert list(block["per_type"]) == ["a", "b"]
    assert block["macro"]["f1"].first == 1.0  # `b` is no type of the first system
    assert block["per_type"]["a"]["recall"].difference == -1.0


def test_no_sentences_compare_as_equal() -> None:
    nothing = np.array([], dtype=int)
    found = compare_systems(nothing, nothing, nothing, names=NAMES, offsets=np.array([0]))
    assert found.differences["type_aware"]["default"]["micro"]["f1"].p == 1.0


def test_comparison_survives_json() -> None:
    found = compare_systems(*draw_systems(), names=NAMES, offsets=OFFSETS, n_resamples=20)
    assert Comparison.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_holm_corrects_in_order_and_stays_below_one() -> None:
    corrected = correct_holm({"a": 0.04, "b": 0.01, "c": 0.9, "d": 0.02})
    assert corrected == pytest.approx({"a": 0.08, "b": 0.04, "c": 0.9, "d": 0.06})
    assert correct_holm({"a": 0.7, "b": 0.6}) == {"a": 1.0, "b": 1.0}
    assert correct_holm({}) == {}
    with pytest.raises(SettingError, match=r"\{'a': 1.5\}"):
        correct_holm({"a": 1.5})


def test_recipes_are_held_to_a_t_distribution_of_runs_and_text() -> None:
    """The formulas of Welch and Satterthwaite, from scores of each run scored from scratch."""
    gold, *runs = draw_systems(1)
    runs += draw_systems(8)[1:]
    counts = count_systems(gold, runs, names=NAMES, offsets=OFFSETS)
    found = compare_runs(counts[:2], counts[2:], n_resamples=100, seed=3)
    f1 = found.differences["type_aware"]["default"]["micro"]["f1"]
    gold, *runs = (ids.reshape(N_SENTENCES, LENGTH) for ids in (gold, *runs))

    def score_all(places: np.ndarray) -> np.ndarray:
        return np.array([compute_f1(gold[places], run[places]) for run in runs])

    scores = score_all(np.arange(N_SENTENCES))
    assert f1.difference == pytest.approx(scores[2:].mean() - scores[:2].mean())
    drawn = np.random.default_rng(3).integers(0, N_SENTENCES, (100, N_SENTENCES))
    resampled = np.array([score_all(places) for places in drawn])
    text = (resampled[:, 2:].mean(axis=1) - resampled[:, :2].mean(axis=1)).var() * 10 / 9
    parts = [(scores[:2].var(ddof=1) / 2, 1), (scores[2:].var(ddof=1) / 2, 1), (text, 9)]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / one for part, one in parts)
    assert (f1.error, f1.freedom) == pytest.approx((variance**0.5, freedom))
    student = stats.t(freedom, 0, variance**0.5)
    assert f1.p == pytest.approx(2 * student.sf(abs(f1.difference)))
    assert [f1.low, f1.high] == pytest.approx(
        [f1.difference + end for end in student.interval(0.95)]
    )
    assert (found.test, f1.p_bootstrap, found.least_p()) == ("runs", None, 0.0)


def test_one_run_is_taken_to_vary_as_the_others_do() -> None:
    gold, *runs = draw_systems(1)
    runs += draw_systems(8)[1:]
    counts = count_systems(gold, runs, names=NAMES, offsets=OFFSETS)
    several = compare_runs(counts[:1], counts[1:], n_resamples=50, seed=3)
    turned = compare_runs(counts[1:], counts[:1], n_resamples=50, seed=3)
    one, other = (
        each.differences["type_aware"]["default"]["micro"]["f1"] for each in (several, turned)
    )
    assert several.test == "runs"
    assert (one.p, one.error, one.difference) == pytest.approx(
        (other.p, other.error, -other.difference)
    )
    spread = np.var([compute_f1(gold.reshape(-1, LENGTH), run.reshape(-1, LENGTH))
                     for run in runs[1:]], ddof=1)  # fmt: skip
    assert one.error**2 > spread * (1 + 1 / 3)


F1 = ScoreKey("type_aware", "default", "micro", "", "f1")


def draw_sets() -> list[tuple[Any, Any]]:
    """Two test sets with two runs of each of two recipes."""
    sets = []
    for seed in (1, 2):
        gold, *runs = draw_systems(seed)
        runs += draw_systems(seed + 7)[1:]
        counts = count_systems(gold, runs, names=NAMES, offsets=OFFSETS)
        sets.append((counts[:2], counts[2:]))
    return sets


def test_the_mean_over_test_sets_has_the_text_of_each_and_the_runs_of_all() -> None:
    sets = draw_sets()
    alone = [compare_runs(*each, n_resamples=100, seed=3) for each in sets]
    each = [one.differences["type_aware"]["default"]["micro"]["f1"] for one in alone]
    (pooled,) = compare_pooled(sets, [F1], n_resamples=100, seed=3)
    assert pooled.difference == pytest.approx(np.mean([one.difference for one in each]))
    at = sets[0][0][0].keys.index(F1)
    scores = np.array([[[run.score()[at] for run in side] for side in one] for one in sets])
    text = []
    for one, on_set in zip(each, scores, strict=True):  # what is left of the error of each set
        text.append((one.error**2 - on_set.var(axis=1, ddof=1).sum() / 2) / 4)
    runs = scores.mean(axis=0).var(axis=1, ddof=1) / 2
    assert pooled.error**2 == pytest.approx(sum(text) + runs.sum())
    parts = [(text[0], 9), (text[1], 9), (runs[0], 1), (runs[1], 1)]
    freedom = pooled.error**4 / sum(part**2 / one for part, one in parts)
    assert pooled.freedom == pytest.approx(freedom)
    student = stats.t(freedom, 0, pooled.error)
    assert pooled.worse_by(0.05) == pytest.approx(student.sf(pooled.difference + 0.05))


def test_of_single_runs_only_the_text_varies() -> None:
    sets = [(first[:1], second[:1]) for first, second in draw_sets()]
    errors = [
        compare_runs(*one, n_resamples=100)
        .differences["type_aware"]["default"]["micro"]["f1"]
        .error
        for one in sets
    ]
    (pooled,) = compare_pooled(sets, [F1], n_resamples=100)
    assert pooled.error == pytest.approx(np.hypot(*errors) / 2)


def test_counts_without_types_have_the_same_micro_averages() -> None:
    first, second = draw_sets()[0]
    found, fast = (
        compare_runs(*sides, n_resamples=50).differences
        for sides in (
            (first, second),
            [[run.without_types() for run in s] for s in (first, second)],
        )
    )
    for variant in ("type_aware", "type_ignored"):
        for mode in ("default", "strict"):
            assert fast[variant][mode]["micro"] == found[variant][mode]["micro"]
            assert fast[variant][mode]["per_type"] == {}


def test_a_pooled_comparison_without_sets_is_refused() -> None:
    with pytest.raises(SettingError, match="a run of each side on each"):
        compare_pooled([], [F1])


def test_runs_that_never_vary_are_as_sure_as_resampling() -> None:
    gold = np.tile([1, 0, 0, 0], N_SENTENCES)
    runs = [np.zeros_like(gold)] * 2 + [gold] * 2
    counts = count_systems(gold, runs, names=NAMES, offsets=OFFSETS)
    found = compare_runs(counts[:2], counts[2:], n_resamples=99)
    recall = found.differences["type_aware"]["default"]["micro"]["recall"]
    assert (recall.difference, recall.p, recall.smallest_shown(0.05)) == (1.0, 0.01, None)


def test_whole_documents_are_swapped() -> None:
    """Documents of two sentences, all that the same two sentences read as one would give."""
    gold, first, second = draw_systems(4)
    documents = np.arange(N_SENTENCES) // 2
    found = compare_systems(
        gold, first, second, names=NAMES, offsets=OFFSETS, documents=documents, n_resamples=500
    )
    assert (found.unit, found.n_units, found.least_p()) == ("documents", 5, 1 / 16)
    rows = [ids.reshape(5, 2 * LENGTH) for ids in (gold, first, second)]
    extreme = 0
    for swaps in itertools.product([False, True], repeat=5):
        swapped = np.array(swaps)[:, None]
        left, right = np.where(swapped, rows[2], rows[1]), np.where(swapped, rows[1], rows[2])
        sides = [compute_f1(*(ids.reshape(-1, LENGTH) for ids in (gold, side)))
                 for side in (left, right)]  # fmt: skip
        f1 = found.differences["type_aware"]["default"]["micro"]["f1"]
        extreme += abs(sides[1] - sides[0]) >= abs(f1.difference) - 1e-12
    assert f1.p == pytest.approx(extreme / 32, abs=0.06)


def test_the_smallest_difference_shown_is_shown_four_times_in_five() -> None:
    """Systems that truly differ by it are told apart in 80 % of drawn test sets."""
    found = Difference(0.5, 0.5, 0.0, 0.0, 0.0, 1.0, 1.0, error=0.02, freedom=8)
    smallest = found.smallest_shown(0.05)
    drawn = stats.t.rvs(8, size=100_000, random_state=0)
    shown = np.abs(drawn * 0.02 + smallest) > stats.t.ppf(0.975, 8) * 0.02
    assert shown.mean() == pytest.approx(0.8, abs=0.005)
    unknown = replace(found, error=None, freedom=None)
    assert unknown.smallest_shown(0.05) is None


def test_comparisons_of_earlier_versions_are_read() -> None:
    now = compare_systems(*draw_systems(), names=NAMES, offsets=OFFSETS, n_resamples=20)
    stored = json.loads(json.dumps(now.to_dict()))
    del stored["test"], stored["unit"]
    stored["n_sentences"] = stored.pop("n_units")
    for modes in stored["differences"].values():
        for block in modes.values():
            for values in (block["micro"], block["macro"], *block["per_type"].values()):
                for value in values.values():
                    value["p_randomisation"] = value.pop("p")
                    del value["error"], value["freedom"]
    read = Comparison.from_dict(stored)
    assert (read.test, read.unit, read.n_units) == ("randomisation", "sentences", N_SENTENCES)
    f1, wanted = (each.differences["type_ignored"]["strict"]["micro"]["f1"] for each in (read, now))
    assert (f1.p, f1.low, f1.smallest_shown(0.05)) == (wanted.p, wanted.low, None)


@pytest.mark.parametrize(
    ("runs", "documents", "seed_spread"),
    [(1, False, 0.0), (1, True, 0.0), (3, False, 0.05), (3, True, 0.05)],
)
def test_equal_systems_are_told_apart_in_five_percent(
    runs: int, documents: bool, seed_spread: float
) -> None:
    """Type-I rates: runs of one recipe, split in two groups; 7 % and what 150 sets leave open."""
    random = np.random.default_rng(0)
    n_sets, rejected = 150, 0
    for seed in range(n_sets):
        counts = draw_recipe(random, 2 * runs, documents=documents, seed_spread=seed_spread)
        found = compare_runs(counts[:runs], counts[runs:], n_resamples=100, seed=seed)
        rejected += found.differences["type_aware"]["default"]["micro"]["f1"].p < 0.05
    assert rejected / n_sets <= 0.07 + 2 * (0.07 * 0.93 / n_sets) ** 0.5


def test_sentences_of_documents_taken_as_independent_reject_too_often() -> None:
    """What documents are there for: the same systems, judged by the sentence."""
    random = np.random.default_rng(0)
    rejected = 0
    for seed in range(100):
        counts = draw_recipe(random, 2, documents=True, seed_spread=0.0, named=False)
        found = compare_runs(counts[:1], counts[1:], n_resamples=100, seed=seed)
        rejected += found.differences["type_aware"]["default"]["micro"]["f1"].p < 0.05
    assert rejected > 15


def test_a_comparison_without_runs_is_refused() -> None:
    with pytest.raises(SettingError, match="at least one run of each side"):
        compare_runs([], [])
