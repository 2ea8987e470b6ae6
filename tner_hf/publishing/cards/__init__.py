"""Model cards: what a run's own files say, as a README.md for the Hub. No network, no torch.

Names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.publishing.cards.collecting import collect_facts, render_model_card
    from tner_hf.publishing.cards.facts import CardFacts
    from tner_hf.publishing.cards.rendering import render_card

__all__ = ["CardFacts", "collect_facts", "render_card", "render_model_card"]

__getattr__, __dir__ = load_lazily(__name__)
