"""A model on a corpus: both F1 variants, both protocols, and where the numbers come from."""

from __future__ import annotations

from tner_hf.evaluation.result import Evaluation
from tner_hf.evaluation.running import evaluate

__all__ = ["Evaluation", "evaluate"]
