"""Counts of sentences kept as entries, against the plain table of counts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from drawn_corpora import NAMES, draw_corpus, lay_out

from tner_hf.metrics import resampling
from tner_hf.metrics.counts import count_entities
from tner_hf.metrics.intervals import confidence_intervals
from tner_hf.metrics.resampling import count_sentences, count_systems, draw_weights


def count_plainly(gold, predicted, offsets) -> np.ndarray:
    """A column for each side and type of each variant and mode. *Shape:* [n_sentences, …]."""
    whole = count_entities(gold, predicted, names=NAMES, offsets=offsets)
    columns = [
        (variant, mode, side, name)
        for variant, modes in whole.items()
        for mode, counts in modes.items()
        for side in ("correct", "predicted", "gold")
        for name in counts.types
    ]
    rows = np.zeros((len(offsets) - 1, len(columns)))
    for row, (first, last) in zip(rows, pairwise(offsets.tolist()), strict=True):
        sides = gold[first:last], predicted[first:last]
        counted = count_entities(*sides, names=NAMES, offsets=np.array([0, last - first]))
        for i, (variant, mode, side, name) in enumerate(columns):
            counts = counted[variant][mode]
            if name in counts.types:
                row[i] = getattr(counts, side)[counts.types.index(name)]
    return rows


@pytest.mark.parametrize("n_sentences", [0, 1, 80])
def test_entries_add_up_to_the_counts_of_each_sentence(n_sentences: int) -> None:
    gold, predicted, offsets = draw_corpus(n_sentences)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    expected = count_plainly(gold, predicted, offsets)
    assert (lay_out(counts) == expected).all()
    assert (counts.sums == expected.sum(axis=0)).all()


@pytest.mark.parametrize("per_entry", [0, 1 << 30])  # entry by entry, or as a matrix
@pytest.mark.parametrize("cells", [1, 200, 1 << 21])
def test_products_are_those_of_the_whole_table(monkeypatch, cells: int, per_entry: int) -> None:
    gold, predicted, offsets = draw_corpus(50)
    counts = count_sentences(gold, predicted, names=NAMES, offsets=offsets)
    drawn = list(draw_weights(50, 7, seed=2))
    monkeypatch.setattr(resampling, "_CHUNK", cells)
    monkeypatch.setattr(resampling, "_PER_ENTRY", per_entry)
    products = np.concatenate(list(counts.multiply(drawn)))
    assert (products == np.concatenate(drawn) @ count_plainly(gold, predicted, offsets)).all()


def test_systems_share_their_columns() -> None:
    gold, predicted, offsets = draw_corpus(30)
    nothing = np.zeros_like(gold)
    first, second = count_systems(gold, [predicted, nothing], names=NAMES, offsets=offsets)
    assert first.blocks == second.blocks
    assert lay_out(first).shape == lay_out(second).shape == (30, first.n_columns)


def test_intervals_do_not_depend_on_how_much_is_held_at_once(monkeypatch) -> None:
    gold, predicted, offsets = draw_corpus(90)
    options = {"names": NAMES, "offsets": offsets, "n_resamples": 60, "method": "bca"}
    at_once = confidence_intervals(gold, predicted, **options)
    monkeypatch.setattr(resampling, "_CHUNK", 300)
    in_parts = confidence_intervals(gold, predicted, **options)
    for variant, modes in at_once.bounds.items():
        for mode, scores in modes.items():
            found = in_parts.bounds[variant][mode]
            for average in ("micro", "macro"):
                for metric, bounds in scores[average].items():
                    assert found[average][metric] == pytest.approx(bounds, abs=1e-12)


def test_types_beyond_the_most_count_in_the_averages_alone(monkeypatch) -> None:
    gold, predicted, offsets = draw_corpus(40)
    options = {"names": NAMES, "offsets": offsets, "n_resamples": 30}
    whole = confidence_intervals(gold, predicted, **options).bounds["type_aware"]["default"]
    monkeypatch.setattr(resampling, "MOST_TYPES", 1)
    few = confidence_intervals(gold, predicted, **options).bounds["type_aware"]["default"]
    assert few["micro"] == whole["micro"]
    assert few["macro"] == whole["macro"]
    counts = count_entities(gold, predicted, names=NAMES, offsets=offsets)["type_aware"]["default"]
    commonest = counts.types[int((counts.gold + counts.predicted + counts.correct).argmax())]
    assert few["per_type"] == {commonest: whole["per_type"][commonest]}
