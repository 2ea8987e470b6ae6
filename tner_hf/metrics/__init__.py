"""Scores of NER predictions, their uncertainty, and what lies behind them.

Scoring needs numpy only and is imported at once; the rest loads on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tner_hf.metrics.protocols import PROTOCOLS, score_protocols
from tner_hf.metrics.scores import IGNORED, Score, Scores, score, score_flat, score_labels
from tner_hf.metrics.trainer import compute_metrics_for, preprocess_logits_for_metrics

if TYPE_CHECKING:
    from tner_hf.metrics.bootstrap import bootstrap_intervals
    from tner_hf.metrics.errors import analyse_errors
    from tner_hf.metrics.partial import score_partial
    from tner_hf.metrics.seqeval_metric import NERMetric
    from tner_hf.metrics.significance import compare_systems, correct_holm, summarise_seeds

#: Public name to the module that defines it.
_HOMES = {
    "analyse_errors": "errors",
    "bootstrap_intervals": "bootstrap",
    "compare_systems": "significance",
    "correct_holm": "significance",
    "score_partial": "partial",
    "summarise_seeds": "significance",
}

__all__ = [
    "IGNORED",
    "PROTOCOLS",
    "Score",
    "Scores",
    "analyse_errors",
    "bootstrap_intervals",
    "compare_systems",
    "compute_metrics_for",
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


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"tner_hf.metrics.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
