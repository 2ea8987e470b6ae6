"""A model on a corpus: both F1 variants, every protocol, and where the numbers come from."""

from __future__ import annotations

from tner_hf.lab.evaluation.result import Evaluation
from tner_hf.lab.evaluation.scoring import evaluate, score_split

__all__ = ["Evaluation", "evaluate", "score_split"]
