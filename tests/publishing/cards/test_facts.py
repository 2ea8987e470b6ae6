"""`results.json`: facts there and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tner_hf.config import CheckpointSettings
from tner_hf.errors import DataError
from tner_hf.publishing.cards import CardFacts, collect_facts
from tner_hf.publishing.cards.facts import Parity, Transfer, TransferTable


def test_facts_survive_json(make_folder: Callable[..., Path], scored: dict[str, Any]) -> None:
    table = TransferTable("micro F1 (%)", ("fin",), (("news", "50.00"),), ("* in-domain",))
    facts = replace(
        collect_facts(make_folder(scores=scored), dataset_ids={"wnut2017": "org/wnut"}),
        transfer=Transfer("news", (table,), "matrix/matrix.png"),
        parity=Parity(10, "first", 0, 1, {"first": 1, "max": 2}, {"scored": 0.5, "plain": 0.4}),
        carbon={"emissions": 1.5},
        tags=("mine",),
        notes=("A note.",),
    )
    assert CardFacts.from_dict(json.loads(facts.to_json())) == facts


def test_the_least_facts_survive_json() -> None:
    facts = CardFacts("x", ("person",))
    assert CardFacts.from_dict(json.loads(facts.to_json())) == facts


@pytest.mark.parametrize(
    ("stored", "message"),
    [({"format": 2}, "format 2"), ({"format": 1, "mood": "fine"}, "unknown fields mood")],
)
def test_facts_of_another_version_are_refused(stored: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        CardFacts.from_dict(stored)


@pytest.mark.parametrize("content", ["[1]", "{", None])
def test_what_holds_no_facts_is_refused(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="holds no facts of a card"):
        CardFacts.load(path)


@pytest.mark.parametrize(
    ("splitter", "strategy"),
    [("unicode", "first"), ("whitespace", "first"), ("characters", "simple")],
)
def test_the_strategy_follows_the_words(splitter: Any, strategy: str) -> None:
    settings = CheckpointSettings(word_splitter=splitter)
    assert CardFacts("x", ("person",), settings=settings).strategy == strategy
