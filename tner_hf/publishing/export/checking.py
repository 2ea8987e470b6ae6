"""Two models on the same gold sentences: does the exported one still say what the original says?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tner_hf.plain import Stored
from tner_hf.predictions import GoldSplit, PredictedSplit, PredictOptions, Tagger
from tner_hf.runs import Gold

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from tner_hf.inference.runtimes import OnnxTagger


@dataclass(frozen=True)
class Check(Stored):
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
    model: PreTrainedModel | OnnxTagger,
    tokenizer: PreTrainedTokenizerFast,
    gold: Gold,
    test_set: GoldSplit,
) -> PredictedSplit:
    """What the original, or the exported model, says about the labelled sentences."""
    tagger = Tagger(model, PredictOptions.of(gold.options), tokenizer=tokenizer)
    return next(tagger.tag([test_set]))


def compare(original: PredictedSplit, exported: PredictedSplit) -> Check:
    """How the exported model compares with the original on the same sentences."""
    f1, exported_f1 = (
        answer.score_full()["type_aware"]["default"]["micro"]["f1"]
        for answer in (original, exported)
    )
    return Check(
        dataset=original.provenance["dataset"],
        split=original.provenance["split"],
        sentences=len(original),
        tokens=len(original.predicted),
        f1=float(f1),
        exported_f1=float(exported_f1),
        agreement=float(np.mean(exported.predicted == original.predicted)),
        seconds=max(0.001, original.seconds),
        exported_seconds=max(0.001, exported.seconds),
    )
