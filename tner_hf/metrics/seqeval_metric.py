"""`evaluate`'s seqeval metric without its download.

Importing this module imports `evaluate`; get the metric by `tner_hf.metrics.load_metric()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import datasets
import evaluate

from tner_hf.errors import SettingError
from tner_hf.metrics.scores import Scores, score

_DESCRIPTION = """
Precision, recall and F1 of entities, equal to seqeval's: type-aware and type-ignored, in the
default (conlleval) and the strict (IOB2) mode.
"""

_INPUTS = """
Args:
    predictions: predicted IOB2 tags, sentence by sentence.
    references: gold IOB2 tags, sentence by sentence.
    mode: None or "default" for conlleval's reading, "strict" for IOB2's.
Returns:
    `overall_precision`, `overall_recall`, `overall_f1`, `overall_accuracy` and a dictionary for
    each type, as seqeval's metric has them, and all scores under `scores`.
"""

_CITATION = """
@inproceedings{ushio-camacho-collados-2021-ner,
  title = "{T}-{NER}: An All-Round Python Library for Transformer-based Named Entity Recognition",
  author = "Ushio, Asahi and Camacho-Collados, Jose",
  booktitle = "Proceedings of EACL 2021: System Demonstrations",
  year = "2021"
}
"""


class NERMetric(evaluate.Metric):  # type: ignore[misc]
    """A drop-in for `evaluate.load("seqeval")` that asks nothing of the network."""

    def _info(self) -> evaluate.MetricInfo:
        tags = datasets.Sequence(datasets.Value("string"))
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": tags, "references": tags}),
            reference_urls=["https://github.com/chakki-works/seqeval"],
        )

    def _compute(
        self,
        predictions: Sequence[Sequence[str]],
        references: Sequence[Sequence[str]],
        mode: Literal["default", "strict"] | None = None,
    ) -> dict[str, Any]:
        chosen = mode or "default"
        if chosen not in ("default", "strict"):
            raise SettingError(f"mode {mode!r} is not known; accepted: None, 'default', 'strict'.")
        scores = score(references, predictions)
        return {
            **_as_seqeval(scores, chosen),
            **_accuracy(references, predictions),
            "scores": scores,
        }


def _as_seqeval(scores: Scores, mode: Literal["default", "strict"]) -> dict[str, Any]:
    block = scores["type_aware"][mode]
    per_type = {
        name: {
            "precision": values["precision"],
            "recall": values["recall"],
            "f1": values["f1"],
            "number": values["support"],
        }
        for name, values in block["per_type"].items()
    }
    overall = {f"overall_{key}": block["micro"][key] for key in ("precision", "recall", "f1")}
    return {**per_type, **overall}


def _accuracy(
    references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]
) -> dict[str, float]:
    pairs = zip(references, predictions, strict=True)
    equal = [g == p for gold, predicted in pairs for g, p in zip(gold, predicted, strict=True)]
    return {"overall_accuracy": sum(equal) / len(equal) if equal else 0.0}
