"""The record: names are mapped in one place, and every score follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tner_hf.errors import DataError
from tner_hf.labels import UNIFIED
from tner_hf.labels.maps import as_label_map
from tner_hf.predictions import PredictedSplit


def sample(**changes: Any) -> PredictedSplit:
    given: dict[str, Any] = {
        "predicted": np.array([1, 2, 0, 3, 0]),
        "gold": np.array([1, 2, 0, 1, 2]),
        "offsets": np.array([0, 3, 3, 5]),
        "own_names": ("O", "B-PER", "I-PER", "B-date"),
        "corpus_names": ("O", "B-person", "I-person"),
        "label_map": UNIFIED,
    }
    return PredictedSplit(**{**given, **changes})


def test_another_label_map_needs_no_other_predictions() -> None:
    native = replace(sample(), label_map=None)
    assert native.model_names == native.own_names
    assert native.score()["coverage"]["shared_types"] == []
    mapped = replace(sample(), label_map=as_label_map({"date": "person"})).score()
    assert mapped["protocols"]["full"]["type_ignored"]["default"]["micro"]["f1"] == 0.5
    assert mapped["coverage"]["predictions_masked"] == 0


def test_what_became_of_each_type_is_told() -> None:
    names = ("O", "B-PER", "B-cell type", "B-my type", "B-Persn")
    answer = sample(own_names=names, predicted=np.array([1, 2, 3, 4, 0]))
    assert answer.model_names == ("O", "B-person", "B-cell_type", "B-my type", "B-Persn")
    assert answer.model_types == ("person", "cell_type", "my type", "Persn")
    assert answer.unification.to_dict() == {
        "mapped": {"PER": "person", "cell type": "cell_type"},
        "kept": ["my type", "Persn"],
        "near": {"Persn": "person"},
    }
    assert list(answer.tags("predicted")) == [
        ["B-person", "B-cell_type", "B-my type"], [], ["B-Persn", "O"],
    ]  # fmt: skip


def test_ontonotes_and_movie_trivia_share_only_dates() -> None:
    """The paper's 88.87 of ontonotes5 on mit_movie_trivia is one over dates alone."""
    made = PredictedSplit(
        predicted=np.array([1, 0, 3, 4, 1, 2, 3], dtype=np.int16),
        gold=np.array([3, 0, 1, 2, 3, 4, 0], dtype=np.int16),
        offsets=np.array([0, 4, 7]),
        own_names=("O", "B-date", "I-date", "B-person", "I-person"),
        corpus_names=("O", "B-actor", "I-actor", "B-date", "I-date"),
        label_map=UNIFIED,
    )
    scored = made.score()
    # Gold: date, actor | date. Predicted: date, person | date, person.
    assert scored["coverage"] == {
        "shared_types": ["date"],
        "gold_total": 3,
        "gold_kept": 2,
        "predictions_masked": 2,
        "tokens_unscored": 0,
        "lattice_types": {"actor": "person", "date": "date", "person": "person"},
        "lattice_gold_kept": 3,
        "lattice_predictions_masked": 0,
    }
    full, shared = scored["protocols"]["full"], scored["protocols"]["shared"]
    for variant in ("type_aware", "type_ignored"):
        assert shared[variant]["default"]["micro"]["f1"] == 1.0
    assert full["type_aware"]["default"]["micro"]["f1"] == pytest.approx(4 / 7)
    assert full["type_ignored"]["default"]["micro"]["f1"] == pytest.approx(6 / 7)
    assert made.score_full() == full


def test_a_selection_is_the_record_of_those_sentences() -> None:
    words = [["a", "b", "c"], [], ["d", "e"]]
    whole = sample(sentences=words, documents=np.array([4, 5, 4], np.int32))
    part = whole.select(np.array([False, True, True]))
    assert (part.sentences, part.offsets.tolist()) == ([[], ["d", "e"]], [0, 0, 2])
    assert list(part.tags("gold")) == list(whole.tags("gold"))[1:]
    assert list(part.tags("predicted")) == list(whole.tags("predicted"))[1:]
    assert part.documents is not None
    assert part.documents.tolist() == [5, 4]
    assert sample().select(np.array([True, False, False])).sentences == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gold": np.array([1, 2])}, "gold has 2 entries for 3 sentences of 5 tokens; expected 5"),
        ({"predicted": np.zeros(6, int)}, "predicted has 6 entries"),
        ({"sentences": [["a"]]}, "sentences has 1 entries .* expected 3"),
        ({"documents": np.array([0, 1])}, "documents has 2 entries .* expected 3"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        sample(**change)
