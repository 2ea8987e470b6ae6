"""Two models on the same gold sentences: does the exported one still say what the original says?"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.inference.tagging import tag_sentences
from tner_hf.lab.evaluation.predictions import PredictedSplit
from tner_hf.lab.evaluation.running import predict_split
from tner_hf.lab.evaluation.scoring import score_split
from tner_hf.models import read_settings
from tner_hf.runs import Gold

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from tner_hf.inference.runtimes import OnnxTagger


@dataclass(frozen=True)
class Check:
    """An exported model beside its original.

    Attributes:
        dataset: what both were scored on.
        split: of the dataset.
        sentences: how many.
        tokens: how many.
        f1: of the original: type-aware, micro, seqeval's default mode, every entity.
        exported_f1: of the exported model.
        agreement: the share of tokens that have the same label from both.
        seconds: that the original took to tag them.
        exported_seconds: that the exported model took.
    """

    dataset: str
    split: str
    sentences: int
    tokens: int
    f1: float
    exported_f1: float
    agreement: float
    seconds: float
    exported_seconds: float

    @property
    def drop(self) -> float:
        """How much lower the F1 of the exported model is; negative where it is higher."""
        return self.f1 - self.exported_f1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """The comparison as text."""
        speed = self.tokens / self.seconds, self.tokens / self.exported_seconds
        size = f"{self.sentences:,} sentences, {self.tokens:,} tokens"
        f1 = f"{100 * self.f1:.2f} in PyTorch, {100 * self.exported_f1:.2f} exported"
        return [
            f"checked on {self.dataset} {self.split}: {size}",
            f"F1: {f1} ({100 * (self.exported_f1 - self.f1):+.2f} points)",
            f"labels that agree: {100 * self.agreement:.2f} %",
            f"speed: {speed[0]:,.0f} tokens a second in PyTorch, {speed[1]:,.0f} exported",
        ]


def predict_gold(
    original: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, gold: Gold
) -> PredictedSplit:
    """What the original says about gold data."""
    return predict_split(original, gold.dataset, gold.config, tokenizer=tokenizer, **gold.options)


def compare(
    expected: PredictedSplit, exported: OnnxTagger, tokenizer: PreTrainedTokenizerFast
) -> Check:
    """Tag the same sentences in the same windows with the exported model.

    Args:
        expected: what the original said.
        exported: the exported model.
        tokenizer: of both.
    """
    facts = expected.provenance
    settings = replace(
        read_settings(exported.config),
        max_length=facts["max_length"],
        lowercase=facts["lowercase"],
    )
    begin = time.perf_counter()
    tagged = tag_sentences(
        exported, tokenizer, expected.sentences, settings=settings, overlap=facts["overlap"]
    )
    seconds = time.perf_counter() - begin
    ways = (expected, replace(expected, predicted=tagged.ids))
    f1, exported_f1 = (
        score_split(way, confidence=None)["protocols"]["full"]["type_aware"]["default"]["micro"][
            "f1"
        ]
        for way in ways
    )
    return Check(
        dataset=facts["dataset"],
        split=facts["split"],
        sentences=len(expected),
        tokens=len(tagged.ids),
        f1=float(f1),
        exported_f1=float(exported_f1),
        agreement=float(np.mean(tagged.ids == expected.predicted)),
        seconds=max(0.001, float(facts["seconds"])),
        exported_seconds=max(0.001, round(seconds, 3)),
    )
