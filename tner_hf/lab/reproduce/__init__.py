"""The tables of the T-NER paper again, with what comes out here; and the study of merging.

Names load on first use: `tner-hf reproduce --list` needs neither torch nor transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf._lazy import load_lazily

if TYPE_CHECKING:
    from tner_hf.lab.reproduce.merged import study_merging
    from tner_hf.lab.reproduce.merged_result import MergingResult
    from tner_hf.lab.reproduce.merged_runs import Study
    from tner_hf.lab.reproduce.plan import Scale, make_plan
    from tner_hf.lab.reproduce.printed import read_printed
    from tner_hf.lab.reproduce.recipes import RECIPES, recipe
    from tner_hf.lab.reproduce.result import Reproduction
    from tner_hf.lab.reproduce.running import reproduce

__all__ = [
    "RECIPES",
    "MergingResult",
    "Reproduction",
    "Scale",
    "Study",
    "make_plan",
    "read_printed",
    "recipe",
    "reproduce",
    "study_merging",
]

__getattr__, __dir__ = load_lazily(__name__)
