"""Facts to text: the template in `model_cards/`, filled by huggingface_hub's card classes."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

from tner_hf.config import EMBEDDED_ENCODERS
from tner_hf.errors import SourceError
from tner_hf.publishing.cards.facts import CardFacts
from tner_hf.publishing.cards.metadata import make_card_data
from tner_hf.publishing.cards.tables import make_sections

TEMPLATE = "model.md.jinja"

_TEMPLATES = "tner_hf.model_cards"


def render_card(facts: CardFacts) -> str:
    """The README.md of a model: metadata for the Hub, then a page for people."""
    from huggingface_hub import ModelCard

    card = ModelCard.from_template(
        make_card_data(facts),
        template_str=_find_template().read_text(encoding="utf-8"),
        facts=facts,
        embedded=EMBEDDED_ENCODERS,
        quote=json.dumps,
        **make_sections(facts),
    )
    card.text = "\n" + re.sub(r"\n{3,}", "\n\n", card.text).strip() + "\n"
    return str(card)


def _find_template() -> Path:
    """The template: installed, or in the checkout that this module runs from."""
    checkout = Path(__file__).resolve().parents[3] / "model_cards"
    package = importlib.util.find_spec(_TEMPLATES)
    folders = [] if package is None else list(package.submodule_search_locations or ())
    for folder in (*map(Path, folders), checkout):
        if (folder / TEMPLATE).is_file():
            return folder / TEMPLATE
    raise SourceError(f"the template {TEMPLATE} of model cards is not there; install tner-hf again")
