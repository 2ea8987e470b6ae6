"""The two functions that a `transformers.Trainer` takes to score NER.

trainer = Trainer(
    ...,
    compute_metrics=compute_metrics_for(label_space.names),
    preprocess_logits_for_metrics=preprocess_logits_for_metrics,
)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tner_hf.metrics.scores import Scores, score_labels

#: Ending of a flat score's key, by what it ignores and how it reads tags.
_ENDINGS = {
    ("type_aware", "default"): "",
    ("type_aware", "strict"): "_strict",
    ("type_ignored", "default"): "_type_ignored",
    ("type_ignored", "strict"): "_type_ignored_strict",
}


def compute_metrics_for(
    names: Sequence[str], *, sentence_ids: Sequence[int] | None = None, per_type: bool = False
) -> Callable[[Any], dict[str, float]]:
    """A `compute_metrics` for `Trainer`: flat scores, fractions of 1.

    Args:
        names: the tag of each label id.
        sentence_ids: one id for each evaluated row, where long sentences are cut into rows.
        per_type: whether to add `f1_<type>` for each type.

    Returns:
        A function of an `EvalPrediction`. Its keys are `precision`, `recall`, `f1`, the same with
        `_macro`, and all six with `_strict`, `_type_ignored` and `_type_ignored_strict` appended.
        Without `preprocess_logits_for_metrics` it takes logits as well as label ids.

    Examples:
        >>> compute_metrics = compute_metrics_for(["O", "B-person", "I-person"])
        >>> scores = compute_metrics((np.array([[1, 2, 0]]), np.array([[1, 2, -100]])))
        >>> scores["f1"], scores["f1_type_ignored"]
        (1.0, 1.0)
    """

    def compute_metrics(evaluated: Any) -> dict[str, float]:
        predictions, label_ids = evaluated[0], evaluated[1]
        ids = _pick_logits(predictions)
        if ids.ndim == 3:
            ids = np.asarray(ids).argmax(axis=-1)
        scores = score_labels(_pick_logits(label_ids), ids, names, sentence_ids=sentence_ids)
        return flatten_scores(scores, per_type=per_type)

    return compute_metrics


def preprocess_logits_for_metrics(logits: Any, labels: Any) -> Any:
    """Predicted label ids in place of logits, so that an evaluation keeps no logits in memory.

    Args:
        logits: a tensor, or a tuple that begins with it. *Shape:* [batch, width, n_labels].
        labels: not used; `Trainer` passes it.

    Returns:
        *Shape:* [batch, width].
    """
    del labels
    return _pick_logits(logits).argmax(-1)


def flatten_scores(scores: Scores, *, per_type: bool = False) -> dict[str, float]:
    """Micro and macro scores of all variants and modes under one flat key each."""
    flat: dict[str, float] = {}
    for (variant, mode), ending in _ENDINGS.items():
        block: Any = scores[variant][mode]  # type: ignore[index]
        for average, name in (("micro", ""), ("macro", "_macro")):
            for metric in ("precision", "recall", "f1"):
                flat[f"{metric}{name}{ending}"] = block[average][metric]
    if per_type:
        by_type = scores["type_aware"]["default"]["per_type"]
        flat.update({f"f1_{name}": values["f1"] for name, values in by_type.items()})
    return flat


def _pick_logits(outputs: Any) -> Any:
    """The first of several model outputs (hidden states may follow), or the only one."""
    return outputs[0] if isinstance(outputs, tuple) else outputs
