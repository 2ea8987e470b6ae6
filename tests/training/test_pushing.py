"""The card of a real run, and the one that Trainer writes before it pushes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tner_hf.publishing.cards import render_model_card


@pytest.fixture
def trainer(tmp_path: Path, tiny_encoder: Path) -> Any:
    from tner_hf.labels import LabelSpace
    from tner_hf.models import load_model, load_tokenizer
    from tner_hf.training import NERTrainer, NERTrainingArguments

    args = NERTrainingArguments(
        str(tmp_path / "out"), seed=7, learning_rate=3e-5, eval_strategy="no"
    )
    model = load_model(tiny_encoder, LabelSpace(("person",)))
    return NERTrainer(model, args, processing_class=load_tokenizer(tiny_encoder))


def test_trainer_writes_this_card(trainer: Any, tmp_path: Path) -> None:
    trainer.create_model_card(language="en", license="mit", tags="mine", model_name="tagger")
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load(card.split("---\n")[1]) == {
        "inference": {"parameters": {"aggregation_strategy": "first"}},
        "language": ["en"],
        "library_name": "transformers",
        "license": "mit",
        "pipeline_tag": "token-classification",
        "tags": ["token-classification", "named-entity-recognition", "tner-hf", "mine"],
        "widget": [{"text": "Clara Winter flew from Lisbon to Osaka with Aster Air."}],
    }
    assert "# tagger\n" in card
    assert "| learning_rate | `3e-05` |" in card
    assert "seed 7." in card


def test_the_code_of_the_card_runs_on_the_saved_model(trainer: Any, tmp_path: Path) -> None:
    trainer.save_model()
    folder = tmp_path / "out"
    card = render_model_card(folder, repo_id=str(folder), widget=["Ada lived in London"])
    for block in card.split("```python\n")[1:]:
        scope: dict[str, Any] = {}
        exec(block.split("```")[0], scope)
        assert isinstance(scope["ner"]("Ada lived in London"), list)
