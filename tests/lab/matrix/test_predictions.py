"""Stored predictions: compact, whole, found by what they depend on, scored as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.lab.matrix.predictions import Origin, Predictions, file_name, find_predictions
from tner_hf.labels.maps import as_label_map

ORIGIN = Origin("m", "d", lowercase=False, max_length=128, overlap=32)


def sample(**changes: object) -> Predictions:
    made = Predictions(
        ORIGIN,
        predicted=np.array([1, 2, 0, 3, 0], dtype=np.int16),
        gold=np.array([1, 2, 0, 1, 2], dtype=np.int16),
        offsets=np.array([0, 3, 3, 5]),
        model_names=("O", "B-PER", "I-PER", "B-date"),
        corpus_names=("O", "B-person", "I-person"),
        windowed_sentences=1,
        unencodable_tokens=2,
        seconds=0.25,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    sample().save(tmp_path / "x.npz")
    again = Predictions.load(tmp_path / "x.npz")
    for name in ("predicted", "gold", "offsets"):
        assert np.array_equal(getattr(again, name), getattr(sample(), name))
    assert replace(again, predicted=0, gold=0, offsets=0) == sample(predicted=0, gold=0, offsets=0)  # type: ignore[arg-type]
    assert len(again) == 3


def test_scores_follow_from_the_file_alone(tmp_path: Path) -> None:
    sample().save(tmp_path / "x.npz")
    pair = Predictions.load(tmp_path / "x.npz").score()
    # PER is the corpus's person: 1 of 2 found; the date is masked where only shared types count.
    full, shared = (pair.protocols[p]["type_aware"]["default"]["micro"] for p in ("full", "shared"))
    assert full == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert shared == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2}
    assert pair.coverage["shared_types"] == ["person"]
    assert pair.coverage["predictions_masked"] == 1
    assert (pair.windowed_sentences, pair.unencodable_tokens) == (1, 2)


def test_another_label_map_needs_no_other_predictions() -> None:
    assert sample().score(None).coverage["shared_types"] == []
    mapped = sample().score(as_label_map({"date": "person"}))
    assert mapped.protocols["full"]["type_ignored"]["default"]["micro"]["f1"] == 0.5
    assert mapped.coverage["predictions_masked"] == 0


def test_ontonotes_and_movie_trivia_share_only_dates() -> None:
    """The paper's 88.87 of ontonotes5 on mit_movie_trivia is one over dates alone."""
    made = Predictions(
        ORIGIN,
        predicted=np.array([1, 0, 3, 4, 1, 2, 3], dtype=np.int16),
        gold=np.array([3, 0, 1, 2, 3, 4, 0], dtype=np.int16),
        offsets=np.array([0, 4, 7]),
        model_names=("O", "B-date", "I-date", "B-person", "I-person"),
        corpus_names=("O", "B-actor", "I-actor", "B-date", "I-date"),
    ).score()
    # Gold: date, actor | date. Predicted: date, person | date, person.
    assert made.coverage == {
        "shared_types": ["date"],
        "gold_total": 3,
        "gold_kept": 2,
        "predictions_masked": 2,
        "tokens_unscored": 0,
    }
    for variant in ("type_aware", "type_ignored"):
        assert made.protocols["shared"][variant]["default"]["micro"]["f1"] == 1.0
    assert made.protocols["full"]["type_aware"]["default"]["micro"]["f1"] == pytest.approx(4 / 7)
    assert made.protocols["full"]["type_ignored"]["default"]["micro"]["f1"] == pytest.approx(6 / 7)


@pytest.mark.parametrize(
    "change",
    [{"model": "n"}, {"dataset": "e"}, {"lowercase": True}, {"max_length": 64}, {"overlap": 0}],
)
def test_only_the_same_origin_is_found(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    sample().save(path)
    assert find_predictions(path, ORIGIN) is not None
    assert find_predictions(path, replace(ORIGIN, **change)) is None  # type: ignore[arg-type]


def test_a_damaged_file_is_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    sample().save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="holds no predictions"):
        Predictions.load(path)
    assert find_predictions(path, ORIGIN) is None


def test_a_file_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.where(rng.random(100_000) < 0.1, rng.integers(1, 9, 100_000), 0).astype(np.int16)
    big = sample(predicted=labels, gold=labels, offsets=np.arange(0, 100_001, 20))
    big.save(tmp_path / "x.npz")
    assert (tmp_path / "x.npz").stat().st_size < 120_000  # 800,000 as int32 on both sides


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_different_names_are_different_files(names: list[str]) -> None:
    written = [file_name(name) for name in names]
    assert written[0] != written[1]
    assert not any("/" in name or name.startswith(".") for name in written)
