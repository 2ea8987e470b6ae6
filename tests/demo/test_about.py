"""What the page says of a model that it knows by its card only."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from tner_hf.demo.about import _read_card
from tner_hf.publishing.cards import CardFacts, render_card

REPOSITORY = Path(__file__).resolve().parent.parent.parent
STORED = sorted((REPOSITORY / "model_cards").glob("*/results.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_a_card_says_what_its_facts_say(path: Path) -> None:
    known = CardFacts.load(path)
    facts, scores, texts = _read_card(ModelCard(render_card(known)).data)
    assert facts["fine-tuned from"] == known.base_model
    assert facts["languages"] == ", ".join(known.languages)
    assert texts == list(known.widget)
    published = [each for each in known.test_sets if each.published]
    assert len(scores) == len(published) > 0
    for shown, each in zip(scores, published, strict=True):
        best = each.protocols["shared" if "shared" in each.protocols else "full"]
        assert each.title in shown["on"]
        assert shown["aware"] == best["type_aware"]["default"]["micro"]["f1"]
        assert shown["ignored"] == best["type_ignored"]["default"]["micro"]["f1"]


def test_a_card_of_others_may_say_less() -> None:
    text = """---
license: mit
model-index:
- name: x
  results:
  - task: {type: token-classification}
    dataset: {type: conll2003, name: CoNLL}
    metrics:
    - {type: f1, value: 0.91}
    - {type: accuracy, value: 0.99}
---
"""
    facts, scores, texts = _read_card(ModelCard(text).data)
    assert {name: value for name, value in facts.items() if value} == {"licence": "mit"}
    assert scores == [{"on": "CoNLL", "aware": 0.91, "ignored": None}]
    assert texts == []
