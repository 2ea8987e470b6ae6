"""`tner-hf card`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tner_hf.cli import main
from tner_hf.publishing.cards import render_model_card

Make = Callable[..., Path]


def test_the_card_goes_to_standard_output(
    make_folder: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder()
    assert main(["card", str(folder), "--license", "mit"]) == 0
    assert capsys.readouterr().out == render_model_card(folder, license="mit")


def test_facts_and_card_are_written_and_the_one_renders_the_other(
    make_folder: Make, scored: dict[str, Any], tmp_path: Path
) -> None:
    folder, facts, card = make_folder(scores=scored), tmp_path / "results.json", tmp_path / "a.md"
    results = str(folder / "scores.json")
    made = ["card", str(folder), "--results", results, "--facts_file", str(facts), "-o", str(card)]
    assert main(made) == 0
    assert main(["card", str(facts), "-o", str(tmp_path / "b.md")]) == 0
    assert card.read_text(encoding="utf-8") == (tmp_path / "b.md").read_text(encoding="utf-8")


def test_facts_that_are_stored_take_no_others(
    make_folder: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = tmp_path / "results.json"
    assert main(["card", str(make_folder()), "--facts_file", str(stored)]) == 0
    assert main(["card", str(stored), "--license", "mit"]) == 2
    assert "--license goes with the folder of a model" in capsys.readouterr().err


def test_a_dataset_id_without_its_corpus_is_refused(
    make_folder: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["card", str(make_folder()), "--dataset_id", "org/wnut"]) == 2
    assert "accepted: CORPUS=ID" in capsys.readouterr().err
