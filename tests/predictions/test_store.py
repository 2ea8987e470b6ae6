"""Stored predictions: compact, whole, found by what they depend on, scored as they are."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.labels import UNIFIED
from tner_hf.predictions.predicted import Origin, PredictedSplit
from tner_hf.predictions.store import PredictionStore, file_name, load_arrays, save_arrays

ORIGIN = Origin("m", "d", lowercase=False, max_length=128, overlap=32)


def sample(**changes: Any) -> PredictedSplit:
    made = PredictedSplit(
        origin=ORIGIN,
        predicted=np.array([1, 2, 0, 3, 0], dtype=np.int16),
        gold=np.array([1, 2, 0, 1, 2], dtype=np.int16),
        offsets=np.array([0, 3, 3, 5]),
        own_names=("O", "B-PER", "I-PER", "B-date"),
        corpus_names=("O", "B-person", "I-person"),
        windowed_sentences=1,
        unencodable_tokens=2,
        seconds=0.25,
    )
    return replace(made, **changes)


def assert_same(one: PredictedSplit, other: PredictedSplit) -> None:
    arrays = ("predicted", "gold", "offsets", "documents")
    for name in arrays:
        assert np.array_equal(getattr(one, name), getattr(other, name))
    facts = (
        "origin", "own_names", "corpus_names", "windowed_sentences", "unencodable_tokens", "seconds"
    )  # fmt: skip
    assert [getattr(one, name) for name in facts] == [getattr(other, name) for name in facts]


@pytest.mark.parametrize("documents", [None, np.array([0, 0, 1], np.int32)])
def test_a_file_gives_back_what_was_saved(documents: Any, tmp_path: Path) -> None:
    made = sample(documents=documents)
    save_arrays(made, tmp_path / "x.npz")
    again = load_arrays(tmp_path / "x.npz")
    assert_same(again, made)
    assert len(again) == 3
    assert (again.documents is None) == (documents is None)


def test_scores_follow_from_the_file_alone(tmp_path: Path) -> None:
    save_arrays(sample(), tmp_path / "x.npz")
    scored = replace(load_arrays(tmp_path / "x.npz"), label_map=UNIFIED).score()
    # PER is the corpus's person: 1 of 2 found; the date is masked where only shared types count.
    full, shared = (
        scored["protocols"][p]["type_aware"]["default"]["micro"] for p in ("full", "shared")
    )
    assert full == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}
    assert shared == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2}
    assert scored["coverage"]["shared_types"] == ["person"]
    assert scored["coverage"]["predictions_masked"] == 1


def test_the_words_are_not_in_the_file(tmp_path: Path) -> None:
    words = [["secret", "words", "of"], [], ["a", "corpus"]]
    save_arrays(sample(sentences=words), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        assert "secret" not in "".join(str(arrays[name]) for name in arrays)
    assert load_arrays(tmp_path / "x.npz").sentences == ()


@pytest.mark.parametrize(
    "change",
    [{"model": "n"}, {"dataset": "e"}, {"lowercase": True}, {"max_length": 64}, {"overlap": 0}],
)
def test_only_the_same_origin_is_found(change: dict[str, Any], tmp_path: Path) -> None:
    store = PredictionStore(tmp_path)
    store.save("a/b", "x", sample())
    assert store.path("a/b", "x") == tmp_path / "a@b" / "x.npz"
    assert store.find("a/b", "x", ORIGIN) is not None
    assert store.find("a/b", "x", replace(ORIGIN, **change)) is None
    assert store.find("a/b", "y", ORIGIN) is None


def test_lower_cased_predictions_have_a_file_of_their_own(tmp_path: Path) -> None:
    store, lowered = PredictionStore(tmp_path), replace(ORIGIN, lowercase=True)
    store.save("a", "x", sample())
    store.save("a", "x", sample(origin=lowered, seconds=9.0))
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"x.npz", "x.lower.npz"}
    found = store.find("a", "x", ORIGIN), store.find("a", "x", lowered)
    assert [each.seconds if each else None for each in found] == [0.25, 9.0]


def rewritten(path: Path, facts: Any = None, **arrays: Any) -> None:
    """The file with other contents: damaged where numpy does not notice."""
    with np.load(path) as stored:
        kept = {name: stored[name] for name in stored}
    if facts is not None:
        kept["facts"] = np.array(json.dumps(facts(json.loads(str(kept["facts"])))))
    buffer = io.BytesIO()
    np.savez(buffer, **{**kept, **arrays})
    path.write_bytes(buffer.getvalue())


DAMAGES: dict[str, Any] = {
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_bytes(b""),
    "no zip": lambda path: path.write_bytes(b"PK torn"),
    "one array": lambda path: path.write_bytes(np.lib.format.magic(1, 0)),
    "facts no object": lambda path: rewritten(path, lambda facts: [facts]),
    "facts of a later version": lambda path: rewritten(path, lambda f: {**f, "format": 2}),
    "an unknown origin": lambda path: rewritten(path, lambda f: {**f, "origin": {"x": 1}}),
    "labels without a name": lambda path: rewritten(path, gold=np.array([1, 2, 0, 1, 9])),
    "negative labels": lambda path: rewritten(path, predicted=np.array([1, 2, 0, -1, 0])),
    "too few labels": lambda path: rewritten(path, gold=np.array([1, 2])),
    "documents of others": lambda path: rewritten(path, documents=np.array([1])),
    "objects": lambda path: rewritten(path, gold=np.array([{}], dtype=object)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_computed_again(damage: str, tmp_path: Path) -> None:
    store = PredictionStore(tmp_path)
    store.save("a", "x", sample())
    DAMAGES[damage](store.path("a", "x"))
    with pytest.raises(DataError, match=r"holds no predictions|is of format 2|has . entries"):
        load_arrays(store.path("a", "x"))
    assert store.find("a", "x", ORIGIN) is None


def test_a_file_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.where(rng.random(100_000) < 0.1, rng.integers(1, 9, 100_000), 0)
    names = tuple(f"B-{i}" for i in range(9))
    big = sample(
        predicted=labels, gold=labels, offsets=np.arange(0, 100_001, 20), own_names=names,
        corpus_names=names,
    )  # fmt: skip
    save_arrays(big, tmp_path / "x.npz")
    assert (tmp_path / "x.npz").stat().st_size < 120_000  # 800,000 as int32 on both sides


def test_labels_beyond_two_bytes_are_kept(tmp_path: Path) -> None:
    names = ("O", *(f"B-t{i}" for i in range(40_000)))
    wide = sample(gold=np.array([40_000, 1, 2, 3, 4]), corpus_names=names)
    save_arrays(wide, tmp_path / "x.npz")
    assert load_arrays(tmp_path / "x.npz").gold.tolist() == [40_000, 1, 2, 3, 4]


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_different_names_are_different_files(names: list[str]) -> None:
    written = [file_name(name) for name in names]
    assert written[0] != written[1]
    assert not any("/" in name or name.startswith(".") for name in written)
