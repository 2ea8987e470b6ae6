"""Skewness of leaving one sentence out, against leaving each one out and scoring the rest."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_corpora import NAMES, draw_corpus, lay_out

from tner_hf.metrics.jackknife import measure_skew
from tner_hf.metrics.resampling import count_sentences, score_sums


@pytest.mark.parametrize("n_sentences", [1, 5, 60])
def test_skew_is_that_of_scoring_all_other_sentences(n_sentences: int) -> None:
    gold, predicted, offsets = draw_corpus(n_sentences)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    left = score_sums(counts.sums - lay_out(counts), counts.blocks)
    deviation = left.mean(axis=0) - left
    second, third = ((deviation**power).sum(axis=0) for power in (2, 3))
    moves = second > 1e-20
    assert moves.any() or n_sentences < 60
    found = measure_skew(counts)
    assert found.shape == moves.shape
    assert found[moves] == pytest.approx((third[moves] / (6 * second[moves] ** 1.5)), rel=1e-9)


def test_without_sentences_nothing_matters() -> None:
    gold, predicted, offsets = draw_corpus(0)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    assert np.isnan(measure_skew(counts)).all()
