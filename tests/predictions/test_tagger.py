"""A tagger: loaded once and only for work, its answers found again where they are stored."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from preparations import save_tagger

from tner_hf.errors import CheckpointError, UnknownNameError
from tner_hf.models import load_model
from tner_hf.predictions import GoldSplit, PredictionStore, PredictOptions, Tagger, tagger

OPTIONS = PredictOptions(lowercase=True, max_length=16)


@pytest.fixture(scope="module")
def checkpoint(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("checkpoint")
    return str(save_tagger(folder, tiny_encoder, "PER", "LOC", max_length=32))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The checkpoint of every loading of weights."""
    calls: list[str] = []
    original = tagger.load_tagger

    def counting(source: Any, **options: Any) -> Any:
        calls.append(str(source))
        return original(source, **options)

    monkeypatch.setattr(tagger, "load_tagger", counting)
    return calls


@pytest.fixture
def gold_splits(toy_iob: Path, tmp_path: Path) -> list[GoldSplit]:
    other = tmp_path / "other.txt"
    other.write_text("Grace B-PER\nlives O\n", encoding="utf-8")
    return [
        GoldSplit.load(path, options=OPTIONS, name=name)
        for name, path in {"toy": toy_iob, "other": other}.items()
    ]


def test_a_model_is_loaded_once_for_all_test_sets(
    checkpoint: str, gold_splits: list[GoldSplit], loads: list[str]
) -> None:
    answers = list(Tagger(checkpoint, OPTIONS, name="mine").tag(gold_splits))
    assert loads == [checkpoint]
    assert [(a.provenance["model"], len(a)) for a in answers] == [("mine", 5), ("mine", 1)]


def test_stored_answers_are_found_with_all_that_goes_with_them(
    checkpoint: str, gold_splits: list[GoldSplit], loads: list[str], tmp_path: Path
) -> None:
    store = PredictionStore(tmp_path / "store")
    made = list(Tagger(checkpoint, OPTIONS).tag(gold_splits, store))
    loads.clear()
    found = list(Tagger(checkpoint, OPTIONS).tag(gold_splits, store))
    assert loads == []
    for one, other in zip(made, found, strict=True):
        assert one.provenance == other.provenance
        assert [list(words) for words in one.sentences] == [list(w) for w in other.sentences]
        assert one.score() == other.score()
    changed = PredictOptions(lowercase=True, max_length=12)
    list(Tagger(checkpoint, changed).tag(gold_splits[:1], store))
    assert loads == [checkpoint]


def test_what_is_recorded_is_what_was_done(checkpoint: str, gold_splits: list[GoldSplit]) -> None:
    facts = next(Tagger(checkpoint, OPTIONS).tag(gold_splits)).provenance
    assert (facts["max_length"], facts["lowercase"]) == (16, True)
    assert facts["settings"]["max_length"] == 32
    beyond = Tagger(checkpoint, PredictOptions(max_length=100_000))
    assert beyond.settings.max_length < 100_000  # no more than the model can read
    assert Tagger(checkpoint, PredictOptions()).settings.max_length == 32


def test_nothing_is_loaded_before_there_is_work(checkpoint: str, loads: list[str]) -> None:
    lazy = Tagger(checkpoint, OPTIONS)
    assert lazy.fingerprint == Tagger(checkpoint, OPTIONS).fingerprint
    assert list(lazy.tag([])) == loads == []


def test_a_model_without_its_tokenizer_is_refused(checkpoint: str) -> None:
    with pytest.raises(CheckpointError, match="was given without its tokenizer"):
        Tagger(load_model(checkpoint), OPTIONS)


def test_compare_loads_each_model_once(
    checkpoint: str, toy_iob: Path, tmp_path: Path, loads: list[str]
) -> None:
    from tner_hf.lab.analysis import compare_systems_on
    from tner_hf.lab.analysis.systems import System

    twin = str(shutil.copytree(checkpoint, tmp_path / "twin"))
    systems = [System("one", (checkpoint,)), System("two", (twin, checkpoint))]
    sets: dict[str, Any] = {name: {"test": toy_iob} for name in ("a", "b", "c")}
    report = compare_systems_on(systems, sets, n_resamples=9)
    assert loads == [checkpoint, twin]
    assert [one.dataset for one in report.datasets] == ["a", "b", "c"]
    loads.clear()
    with pytest.raises(UnknownNameError):  # the data first
        compare_systems_on(systems, {**sets, "d": "wnut2016"}, n_resamples=9)
    assert loads == []
