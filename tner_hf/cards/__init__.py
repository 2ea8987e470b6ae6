"""Model cards: what a run's own files say, as a README.md for the Hub. No network, no torch.

Names load on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tner_hf.cards.collecting import collect_facts, render_model_card
    from tner_hf.cards.facts import CardFacts
    from tner_hf.cards.rendering import render_card

#: Public name to the module that defines it.
_HOMES = {
    "CardFacts": "tner_hf.cards.facts",
    "collect_facts": "tner_hf.cards.collecting",
    "render_card": "tner_hf.cards.rendering",
    "render_model_card": "tner_hf.cards.collecting",
}

__all__ = ["CardFacts", "collect_facts", "render_card", "render_model_card"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
