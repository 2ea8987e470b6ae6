"""The tables of the T-NER paper again: recipes, what the paper printed, and what comes out here.

Names load on first use: `tner-hf reproduce --list` needs neither torch nor transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.lab.reproduce.plan import Plan, Scale, make_plan
    from tner_hf.lab.reproduce.printed import PrintedTable, read_printed
    from tner_hf.lab.reproduce.recipes import RECIPES, Recipe, recipe
    from tner_hf.lab.reproduce.result import Reproduction
    from tner_hf.lab.reproduce.running import reproduce

__all__ = [
    "RECIPES",
    "Plan",
    "PrintedTable",
    "Recipe",
    "Reproduction",
    "Scale",
    "make_plan",
    "read_printed",
    "recipe",
    "reproduce",
]

__getattr__, __dir__ = load_lazily(__name__)
