"""Everything that went wrong in one run: classes, confusions, breakdowns, scorers that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tner_hf.lab.analysis.training_data import Training, lower_sentences
from tner_hf.lab.evaluation import Evaluation, score_split
from tner_hf.metrics.breakdowns import (
    Bucket,
    ScorerDifference,
    break_down_by_familiarity,
    break_down_by_length,
    break_down_by_sentence_length,
    find_scorer_differences,
)
from tner_hf.metrics.errors import (
    ERROR_CLASSES,
    SIDES,
    ErrorAnalysis,
    ErrorClass,
    Side,
    analyse_errors,
)
from tner_hf.metrics.intervals import IntervalOptions
from tner_hf.metrics.partial import Agreement, Matching, score_partial
from tner_hf.plain import Stored
from tner_hf.predictions import PredictedSplit

_BREAKDOWNS = ("entity_length", "sentence_length", "familiarity")


@dataclass(frozen=True)
class ErrorReport(Stored):
    """The errors of one model on one split.

    Attributes:
        evaluation: its scores and where they come from.
        sentences: the words of each sentence.
        entities: every gold and predicted entity with its class.
        by_entity_length: F1 by the number of tokens in an entity.
        by_sentence_length: F1 by the number of tokens in its sentence.
        by_familiarity: F1 on entities seen and unseen in training; None where training is unknown.
        training: what `seen` refers to.
        agreement: the four ways of partial matching.
        disagreements: sentences on which default, strict and partial scoring differ.
    """

    indent = None

    evaluation: Evaluation
    sentences: tuple[tuple[str, ...], ...]
    entities: ErrorAnalysis
    by_entity_length: tuple[Bucket, ...]
    by_sentence_length: tuple[Bucket, ...]
    by_familiarity: tuple[Bucket, ...] | None
    training: str | None
    agreement: Mapping[Matching, Agreement]
    disagreements: tuple[ScorerDifference, ...]

    def count_classes(self, side: Side) -> dict[ErrorClass, int]:
        """Entities of one side in each class; classes that do not occur are left out."""
        entities = self.entities.gold if side == "gold" else self.entities.predicted
        counted = Counter(entity.error for entity in entities)
        return {name: counted[name] for name in ERROR_CLASSES if counted[name]}

    def top_confusions(self, most: int = 5) -> list[tuple[str, str, int]]:
        """Gold type, predicted type and how often, for the commonest pairs of different types."""
        pairs = [
            (gold, predicted, count)
            for gold, row in self.entities.confuse_types().items()
            for predicted, count in row.items()
            if gold != predicted and count and "O" not in (gold, predicted)
        ]
        return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))[:most]

    def to_dict(self) -> dict[str, Any]:
        """What was measured first, then the sentences and entities behind it."""
        own = super().to_dict()
        buckets = {name: own.pop(f"by_{name}") for name in _BREAKDOWNS}
        sentences, entities = own.pop("sentences"), own.pop("entities")
        return {
            "evaluation": own.pop("evaluation"),
            "counts": {side: self.entities.count_classes(side) for side in SIDES},
            "confusion": self.entities.confuse_types(),
            "breakdowns": buckets,
            **own,
            "sentences": sentences,
            "entities": entities,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ErrorReport:
        """The inverse of `to_dict`; counts and confusion follow from the entities."""
        buckets = {f"by_{name}": stored["breakdowns"][name] for name in _BREAKDOWNS}
        return super().from_dict({**stored, **buckets})


def report_errors(
    answer: PredictedSplit,
    *,
    training: Training | None = None,
    confidence: float | None = 0.95,
) -> ErrorReport:
    """Classify every entity of a run and break its scores down.

    Args:
        answer: sentences with gold and predicted labels.
        training: what the model was trained on, for seen and unseen entities.
        confidence: level of the intervals of the scores; None for none.
    """
    analysis = analyse_errors(
        answer.gold,
        answer.predicted,
        offsets=answer.offsets,
        corpus_names=answer.corpus_names,
        model_names=answer.model_names,
    )
    space, gold, predicted = answer.join()
    joint: Any = {"names": space.names, "offsets": answer.offsets}
    familiarity = None
    if training is not None:
        read = lower_sentences(answer.sentences) if training.lowercase else answer.sentences
        familiarity = break_down_by_familiarity(analysis, read, training.surfaces)
    return ErrorReport(
        evaluation=score_split(answer, None if confidence is None else IntervalOptions(confidence)),
        sentences=tuple(map(tuple, answer.sentences)),
        entities=analysis,
        by_entity_length=break_down_by_length(analysis),
        by_sentence_length=break_down_by_sentence_length(analysis, answer.offsets),
        by_familiarity=familiarity,
        training=None if training is None else training.name,
        agreement=score_partial(gold, predicted, **joint),
        disagreements=find_scorer_differences(gold, predicted, **joint),
    )
