"""Scores of NER predictions. Needs numpy only; what needs more is imported when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tner_hf.metrics.protocols import PROTOCOLS, score_protocols
from tner_hf.metrics.scores import IGNORED, Score, Scores, score, score_flat, score_labels
from tner_hf.metrics.trainer import compute_metrics_for, preprocess_logits_for_metrics

if TYPE_CHECKING:
    from tner_hf.metrics.seqeval_metric import NERMetric

__all__ = [
    "IGNORED",
    "PROTOCOLS",
    "Score",
    "Scores",
    "compute_metrics_for",
    "load_metric",
    "preprocess_logits_for_metrics",
    "score",
    "score_flat",
    "score_labels",
    "score_protocols",
]


def load_metric(**settings: Any) -> NERMetric:
    """An `evaluate.Metric` that stands in for `evaluate.load("seqeval")`, without its download.

    Args:
        settings: what `evaluate.Metric` takes, such as `keep_in_memory` or `num_process`.
    """
    from tner_hf.metrics.seqeval_metric import NERMetric

    return NERMetric(**settings)
