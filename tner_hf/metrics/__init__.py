"""Scores of NER predictions, their uncertainty, and what lies behind them.

Scoring needs numpy only and is imported at once; the rest loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tner_hf._lazy import load_lazily
from tner_hf.metrics.protocols import PROTOCOLS, score_protocols
from tner_hf.metrics.scores import IGNORED, Score, Scores, score, score_flat, score_labels
from tner_hf.metrics.trainer import compute_metrics_for, preprocess_logits_for_metrics

if TYPE_CHECKING:
    from tner_hf.metrics.errors import analyse_errors
    from tner_hf.metrics.intervals import confidence_intervals
    from tner_hf.metrics.partial import score_partial
    from tner_hf.metrics.seeds import summarise_seeds
    from tner_hf.metrics.seqeval_metric import NERMetric
    from tner_hf.metrics.significance import compare_systems, correct_holm

__all__ = [
    "IGNORED",
    "PROTOCOLS",
    "Score",
    "Scores",
    "analyse_errors",
    "compare_systems",
    "compute_metrics_for",
    "confidence_intervals",
    "correct_holm",
    "load_metric",
    "preprocess_logits_for_metrics",
    "score",
    "score_flat",
    "score_labels",
    "score_partial",
    "score_protocols",
    "summarise_seeds",
]


def load_metric(**settings: Any) -> NERMetric:
    """An `evaluate.Metric` that stands in for `evaluate.load("seqeval")`, without its download.

    Args:
        settings: what `evaluate.Metric` takes, such as `keep_in_memory` or `num_process`.
    """
    from tner_hf.metrics.seqeval_metric import NERMetric

    return NERMetric(**settings)


__getattr__, __dir__ = load_lazily(__name__)
