"""Counts of sentences kept as entries, against the plain table of counts."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_corpora import NAMES, draw_corpus

from tner_hf.metrics import resampling
from tner_hf.metrics.bootstrap import Moments, bootstrap_intervals
from tner_hf.metrics.counts import count_entities
from tner_hf.metrics.resampling import count_sentences, count_systems, draw_weights


def count_plainly(gold, predicted, offsets) -> np.ndarray:
    """A column for each side and type of each variant and mode. *Shape:* [n_sentences, …]."""
    counted = count_entities(gold, predicted, names=NAMES, offsets=offsets, by_sentence=True)
    return np.concatenate(
        [
            side
            for modes in counted.values()
            for counts in modes.values()
            for side in (counts.correct, counts.predicted, counts.gold)
        ],
        axis=1,
    )


@pytest.mark.parametrize("n_sentences", [0, 1, 80])
def test_entries_add_up_to_the_counts_of_each_sentence(n_sentences: int) -> None:
    gold, predicted, offsets = draw_corpus(n_sentences)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    expected = count_plainly(gold, predicted, offsets)
    assert (counts.matrix == expected).all()
    assert (counts.sums == expected.sum(axis=0)).all()
    assert (counts.select_rows(n_sentences // 3, n_sentences) == expected[n_sentences // 3 :]).all()


@pytest.mark.parametrize("cells", [1, 200, 1 << 21])
def test_products_are_those_of_the_whole_table(monkeypatch, cells: int) -> None:
    gold, predicted, offsets = draw_corpus(50)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    drawn = list(draw_weights(50, 7, seed=2))
    monkeypatch.setattr(resampling, "_CHUNK", cells)
    products = np.concatenate(list(counts.multiply(drawn)))
    assert (products == np.concatenate(drawn) @ count_plainly(gold, predicted, offsets)).all()


def test_systems_share_their_columns() -> None:
    gold, predicted, offsets = draw_corpus(30)
    nothing = np.zeros_like(gold)
    first, second = count_systems(gold, [predicted, nothing], names=NAMES, offsets=offsets)
    assert first.blocks == second.blocks
    assert first.matrix.shape == second.matrix.shape == (30, first.n_columns)


def test_moments_of_parts_join_to_those_of_the_whole() -> None:
    values = np.random.default_rng(0).normal(3, 2, (101, 4)) ** 3
    whole = Moments.of(values)
    joined = Moments.of(values[:1]).join(Moments.of(values[1:40])).join(Moments.of(values[40:]))
    for part, expected in zip(joined, whole, strict=True):
        assert part == pytest.approx(expected, rel=1e-9)


def test_intervals_do_not_depend_on_how_much_is_held_at_once(monkeypatch) -> None:
    gold, predicted, offsets = draw_corpus(90)
    options = {"names": NAMES, "offsets": offsets, "n_resamples": 60}
    at_once = bootstrap_intervals(gold, predicted, **options)
    monkeypatch.setattr("tner_hf.metrics.bootstrap._CELLS", 300)
    in_parts = bootstrap_intervals(gold, predicted, **options)
    for variant, modes in at_once.bounds.items():
        for mode, scores in modes.items():
            found = in_parts.bounds[variant][mode]
            for average in ("micro", "macro"):
                for metric, bounds in scores[average].items():
                    assert found[average][metric] == pytest.approx(bounds, abs=1e-12)
