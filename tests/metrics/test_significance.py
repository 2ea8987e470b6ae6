"""P-values against exact enumeration and a slow, obvious implementation."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from tner_hf.errors import SettingError
from tner_hf.metrics import score
from tner_hf.metrics.resampling import count_systems
from tner_hf.metrics.significance import (
    Comparison,
    SeedSummary,
    compare_runs,
    compare_systems,
    correct_holm,
    summarise_seeds,
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
    assert f1.p_randomisation == pytest.approx(exact, abs=0.01)


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
    bounds = np.quantile(differences, [0.025, 0.975])
    assert [f1.low, f1.high] == pytest.approx(bounds.tolist(), abs=1e-12)


def test_a_system_is_not_better_than_itself() -> None:
    gold, first, _ = draw_systems()
    found = compare_systems(gold, first, first, names=NAMES, offsets=OFFSETS, n_resamples=50)
    for mode in ("default", "strict"):
        f1 = found.differences["type_ignored"][mode]["macro"]["f1"]
        assert (f1.difference, f1.low, f1.high) == (0.0, 0.0, 0.0)
        assert f1.p_bootstrap == f1.p_randomisation == 1.0


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
    assert found.differences["type_aware"]["default"]["micro"]["f1"].p_randomisation == 1.0


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


def test_seeds_have_mean_and_sample_deviation() -> None:
    gold = [["B-a", "O", "B-b"]]
    runs = [score(gold, [tags.split()]) for tags in ("B-a O B-b", "B-a O O", "B-a B-c B-b")]
    summary = summarise_seeds(runs)
    recall = summary.scores["type_aware"]["default"]["micro"]["recall"]
    assert recall["mean"] == pytest.approx(5 / 6)
    assert recall["std"] == pytest.approx(np.std([1, 0.5, 1], ddof=1))
    assert summary.scores["type_aware"]["default"]["per_type"]["c"]["f1"]["mean"] == 0.0
    alone = summarise_seeds(runs[:1])
    assert alone.scores["type_ignored"]["strict"]["macro"]["f1"] == {"mean": 1.0, "std": None}
    assert SeedSummary.from_dict(json.loads(json.dumps(summary.to_dict()))) == summary
    with pytest.raises(SettingError, match="no scores"):
        summarise_seeds([])


def test_several_runs_are_compared_by_their_mean_scores() -> None:
    """Two runs against one: resampled and swapped sentence by sentence, scored from scratch."""
    gold, first, second = draw_systems(1)
    third = draw_systems(8)[2]
    counts = count_systems(gold, [first, second, third], names=NAMES, offsets=OFFSETS)
    found = compare_runs(counts[:1], counts[1:], n_resamples=100, seed=3)
    f1 = found.differences["type_aware"]["default"]["micro"]["f1"]
    rows = [ids.reshape(N_SENTENCES, LENGTH) for ids in (gold, first, second, third)]

    def differ(places: np.ndarray) -> float:
        scores = [compute_f1(rows[0][places], run[places]) for run in rows[1:]]
        return (scores[1] + scores[2]) / 2 - scores[0]

    def differ_swapped(swapped: np.ndarray) -> float:
        one, *others = rows[1:]
        lefts = [compute_f1(rows[0], np.where(swapped, run, one)) for run in others]
        rights = [compute_f1(rows[0], np.where(swapped, one, run)) for run in others]
        return sum(rights) / 2 - sum(lefts) / 2

    observed = differ(np.arange(N_SENTENCES))
    assert f1.difference == pytest.approx(observed)
    drawn = np.random.default_rng(3).integers(0, N_SENTENCES, (100, N_SENTENCES))
    resampled = np.array([differ(places) for places in drawn])
    assert [f1.low, f1.high] == pytest.approx(np.quantile(resampled, [0.025, 0.975]))
    swaps = np.random.default_rng(3).integers(0, 2, (100, N_SENTENCES), dtype=np.int8)
    values = np.array([differ_swapped(row[:, None] == 1) for row in swaps])
    extreme = (np.abs(values) >= abs(observed) - 1e-12).sum()
    assert f1.p_randomisation == pytest.approx((1 + extreme) / 101)


def test_a_comparison_without_runs_is_refused() -> None:
    with pytest.raises(SettingError, match="at least one run of each side"):
        compare_runs([], [])
