"""Intervals: how they are asked for, named, stored and read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from drawn_corpora import NAMES, draw_corpus

from tner_hf.errors import SettingError
from tner_hf.metrics.intervals import (
    METHODS,
    Intervals,
    confidence_intervals,
    describe_intervals,
)


@pytest.mark.parametrize("method", METHODS)
def test_intervals_survive_json(method: str) -> None:
    gold, predicted, offsets = draw_corpus(20)
    found = confidence_intervals(
        gold, predicted, names=NAMES, offsets=offsets, method=method, n_resamples=50, seed=2
    )
    assert Intervals.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    drawn = (0, 0) if method == "exact" else (50, 2)
    assert (found.unit, found.n_units, found.n_resamples, found.seed) == ("sentences", 20, *drawn)


def test_intervals_of_earlier_versions_are_read_and_named() -> None:
    stored = {"bounds": {}, "level": 0.95, "method": "bca", "n_resamples": 1000,
              "n_sentences": 1287, "seed": 3}  # fmt: skip
    found = Intervals.from_dict(stored)
    assert (found.unit, found.n_units) == ("sentences", 1287)
    assert (
        describe_intervals(stored)
        == describe_intervals(found.to_dict())
        == (
            "95 % confidence intervals, BCa bootstrap over 1,287 sentences taken as independent, "
            "1,000 resamples, seed 3"
        )
    )


def test_documents_are_named_and_few_ones_told() -> None:
    gold, predicted, offsets = draw_corpus(40)
    options = {"names": NAMES, "offsets": offsets}
    many, few, one = (
        confidence_intervals(gold, predicted, **options, documents=np.arange(40) // size)
        for size in (4, 10, 40)
    )
    exact = "exact (Clopper-Pearson at the effective number of entities; macro: MOVER)"
    begins = f"95 % confidence intervals, {exact} over "
    assert describe_intervals(many.to_dict()) == f"{begins}10 documents"
    assert describe_intervals(few.to_dict()) == f"{begins}4 documents (few: intervals are wide)"
    # A single document says nothing of how documents differ.
    marked = "; of so few those of macro averages may be too narrow"
    assert describe_intervals(one.to_dict()) == f"{begins}40 sentences taken as independent{marked}"
    enough = {**one.to_dict(), "n_units": 50}
    assert describe_intervals(enough) == f"{begins}50 sentences taken as independent"


@pytest.mark.parametrize("method", METHODS)
def test_a_document_is_drawn_as_one_sentence_with_all_its_entities_would_be(method: str) -> None:
    gold, predicted, offsets = draw_corpus(60)
    documents = np.random.default_rng(0).integers(0, 12, 60)  # not in a row either
    options = {"names": NAMES, "method": method, "n_resamples": 60}
    found = confidence_intervals(gold, predicted, offsets=offsets, documents=documents, **options)
    order = np.argsort(documents, kind="stable")
    pieces = [np.arange(offsets[i], offsets[i + 1]) for i in order]
    gaps = [np.append(piece, -1) for piece in pieces]  # an O between sentences joins no entities
    tokens = np.concatenate(gaps)
    ends = np.cumsum([len(piece) for piece in gaps])[np.cumsum(np.bincount(documents)) - 1]
    sides = (np.append(side, 0)[tokens] for side in (gold, predicted))
    joined = confidence_intervals(*sides, offsets=np.concatenate(([0], ends)), **options)
    assert joined.bounds == found.bounds
    assert (found.unit, found.n_units) == ("documents", 12)


def test_settings_are_checked() -> None:
    gold, predicted, offsets = draw_corpus(3)
    options = {"names": NAMES, "offsets": offsets}
    wrong = {
        "confidence=95 is no": {"level": 95},
        "'basic' is no method of confidence intervals; accepted: exact, bca": {"method": "basic"},
        "n_resamples=0": {"method": "bca", "n_resamples": 0},
        "for 2 of 3 sentences": {"documents": np.array([0, 1])},
    }
    for message, setting in wrong.items():
        with pytest.raises(SettingError, match=message):
            confidence_intervals(gold, predicted, **options, **setting)
