"""Intervals equal scipy's on the same draws, and those of scoring each resample from scratch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from drawn_corpora import NAMES, draw_corpus, lay_out
from scipy import stats

from tner_hf.metrics import score
from tner_hf.metrics.bootstrap import bound_resampled, resample_scores
from tner_hf.metrics.counts import divide_counts
from tner_hf.metrics.intervals import confidence_intervals
from tner_hf.metrics.resampling import METRICS, count_sentences, nest_values


def split_tags(ids: np.ndarray, offsets: np.ndarray) -> list[list[str]]:
    pairs = itertools.pairwise(offsets)
    return [[NAMES[i] for i in ids[first:last]] for first, last in pairs]


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_micro_intervals_equal_scipy(method: str) -> None:
    gold, predicted, offsets = draw_corpus(60)
    found = confidence_intervals(
        gold, predicted, names=NAMES, offsets=offsets, n_resamples=500, method=method, seed=5
    )
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    first = lay_out(counts)[:, : counts.blocks[0].width].reshape(60, 3, -1).sum(axis=2)
    for which, metric in enumerate(METRICS):

        def compute_metric(*sides: np.ndarray, axis: int = -1, which: int = which) -> np.ndarray:
            # Rounded, for scipy takes scores that differ in their last digits for unequal.
            return divide_counts(*(side.sum(axis=axis) for side in sides))[which].round(12)

        referee = stats.bootstrap(
            tuple(first.T),
            compute_metric,
            paired=True,
            vectorized=True,
            n_resamples=500,
            method={"percentile": "percentile", "bca": "BCa"}[method],
            rng=np.random.default_rng(5),
        ).confidence_interval
        ours = found.bounds["type_aware"]["default"]["micro"][metric]
        assert ours == pytest.approx([referee.low, referee.high], abs=1e-9)


def test_every_resample_equals_scoring_its_sentences_from_scratch() -> None:
    gold, predicted, offsets = draw_corpus(12)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    resampled = resample_scores(counts, n_resamples=25, seed=1)
    sentences = split_tags(gold, offsets), split_tags(predicted, offsets)
    drawn = np.random.default_rng(1).integers(0, 12, (25, 12))
    for rows, values in zip(drawn, resampled, strict=True):
        expected = score(*([side[i] for i in rows] for side in sentences))
        found = nest_values(counts.keys, values.tolist())
        for variant, by_mode in expected.items():
            for mode, block in by_mode.items():
                ours = found[variant][mode]
                for average in ("micro", "macro"):
                    wanted = {m: block[average][m] for m in METRICS}
                    assert ours[average] == pytest.approx(wanted, abs=1e-12)
                for name, values_of_type in ours["per_type"].items():
                    wanted = block["per_type"].get(name, dict.fromkeys(METRICS, 0.0))
                    wanted = {m: wanted[m] for m in METRICS}
                    assert values_of_type == pytest.approx(wanted, abs=1e-12)


def test_chunks_of_draws_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gold, predicted, offsets = draw_corpus(30)
    arguments = {"names": NAMES, "offsets": offsets, "n_resamples": 100, "method": "bca"}
    whole = confidence_intervals(gold, predicted, **arguments)
    monkeypatch.setattr("tner_hf.metrics.resampling._CHUNK", 100)
    assert confidence_intervals(gold, predicted, **arguments) == whole


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize(
    ("offsets", "gold", "bounds"),
    [
        ([0], [], [0.0, 0.0]),  # no sentence
        ([0, 0, 0], [], [0.0, 0.0]),  # nothing in them
        ([0, 3], [1, 2, 0], [1.0, 1.0]),  # one sentence
        ([0, 3, 6], [1, 2, 0, 1, 2, 0], [1.0, 1.0]),  # equal ones: crashed T-NER 0.2
        ([0, 3, 6], [0, 0, 0, 0, 0, 0], [0.0, 0.0]),  # no entity
    ],
)
def test_sets_in_which_nothing_varies(
    method: str, offsets: list[int], gold: list[int], bounds: list[float]
) -> None:
    ids = np.array(gold, dtype=int)
    found = confidence_intervals(
        ids, ids, names=NAMES, offsets=np.array(offsets), n_resamples=50, method=method
    )
    assert found.bounds["type_aware"]["strict"]["micro"]["f1"] == bounds


def test_ties_that_differ_in_their_last_digits_are_ties() -> None:
    """With few sentences many resamples score alike; sums in another order round otherwise."""
    gold, predicted, offsets = draw_corpus(12)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    values = resample_scores(counts, n_resamples=300)
    noise = np.random.default_rng(0).choice([-1e-15, 1e-15], values.shape)
    bounds = (bound_resampled(counts, v, 0.95, corrected=True) for v in (values, values + noise))
    assert next(bounds) == pytest.approx(next(bounds), abs=1e-12)
