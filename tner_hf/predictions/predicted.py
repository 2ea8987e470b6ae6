"""The record of what a model said about a test set, and the one place where its names are mapped.

The model's tags are kept as the checkpoint has them; what scores see is always those names sent
through the record's label map. So every command that scores a record maps in the same way, and
another map needs no other predictions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError
from tner_hf.labels import LabelMap, LabelSpace, UnificationReport, split_tag
from tner_hf.metrics.calibration import Calibration, measure_calibration
from tner_hf.metrics.protocols import (
    Protocol,
    ProtocolScores,
    SharedSpace,
    join_labels,
    score_protocols,
)
from tner_hf.metrics.scores import Scores, score_flat
from tner_hf.metrics.spans import Labels, Positions

Side = Literal["gold", "predicted"]


@dataclass(frozen=True)
class Origin:
    """What predictions depend on: equal origins mean equal predictions.

    Attributes:
        model: fingerprint of the checkpoint's files.
        dataset: fingerprint of the test set.
        lowercase: whether words were lower-cased.
        max_length: longest window in sub-tokens.
        overlap: sub-tokens that windows share.
        corpus: by whose guidelines the model was told to tag; None for nobody's.
    """

    model: str
    dataset: str
    lowercase: bool
    max_length: int
    overlap: int
    corpus: str | None = None


@dataclass(frozen=True, kw_only=True)
class PredictedSplit:
    """What a model said about each token of a test set, and what is true; each in its own labels.

    Attributes:
        gold: label ids of the corpus. *Shape:* [n_tokens].
        predicted: label ids of the model. *Shape:* [n_tokens].
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        corpus_names: the tag of each id in `gold`, types mapped.
        own_names: the tag of each id in `predicted` as the checkpoint has it, in IOB2.
        scores: the model's probability of each label in `predicted`, 0 where it saw no such word;
            None where it said none. *Shape:* [n_tokens].
        label_map: what the model's types go through, as the corpus's have been; None where types
            stay as they are.
        sentences: the words of each sentence; empty where only labels were stored.
        documents: the number of the document that each sentence belongs to, counted from 0; None
            where that is unknown. *Shape:* [n_sentences].
        origin: what the predictions depend on; None where they were not made of files.
        windowed_sentences: sentences that were longer than a window.
        unencodable_tokens: words without sub-tokens, tagged after their neighbours.
        seconds: spent on tagging.
        provenance: model, dataset, split, fingerprint of the data, sizes, settings, versions; the
            first three only where it was read from a file.

    Raises:
        DataError: arrays that do not fit together.
    """

    gold: Labels
    predicted: Labels
    offsets: Positions
    corpus_names: tuple[str, ...]
    own_names: tuple[str, ...]
    scores: NDArray[np.float32] | None = None
    label_map: LabelMap | None = None
    sentences: Sequence[Sequence[str]] = ()
    documents: NDArray[np.int32] | None = None
    origin: Origin | None = None
    windowed_sentences: int = 0
    unencodable_tokens: int = 0
    seconds: float = 0.0
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tokens, count = int(self.offsets[-1]), len(self)
        sizes = {"gold": (len(self.gold), tokens), "predicted": (len(self.predicted), tokens)}
        if self.scores is not None:
            sizes["scores"] = (len(self.scores), tokens)
        if len(self.sentences):
            sizes["sentences"] = (len(self.sentences), count)
        if self.documents is not None:
            sizes["documents"] = (len(self.documents), count)
        for name, (found, wanted) in sizes.items():
            if found != wanted:
                raise DataError(
                    f"{name} has {found} entries for {count} sentences of {tokens} tokens; "
                    f"expected {wanted}"
                )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def _mapped(self) -> tuple[tuple[str, ...], UnificationReport]:
        return map_names(self.own_names, self.label_map)

    @property
    def model_names(self) -> tuple[str, ...]:
        """The tag of each id in `predicted`, types mapped: what scores see."""
        return self._mapped[0]

    @property
    def unification(self) -> UnificationReport:
        """What became of each type of the model."""
        return self._mapped[1]

    @property
    def model_types(self) -> tuple[str, ...]:
        """The types that the model knows, mapped."""
        return LabelSpace.from_names(self.model_names).types

    def tags(self, side: Side) -> Iterator[list[str]]:
        """The tags of each sentence in turn, types mapped."""
        gold = side == "gold"
        names = self.corpus_names if gold else self.model_names
        ids = self.gold if gold else self.predicted
        for begin, end in pairwise(self.offsets.tolist()):
            yield [names[i] for i in ids[begin:end]]

    def join(self) -> tuple[SharedSpace, Positions, Positions]:
        """The label space of both sides together, and gold and predicted ids in it."""
        names = self.corpus_names, self.model_names
        space = SharedSpace.of(*names)
        return space, *join_labels(self.gold, self.predicted, space, names)[:2]

    def score(self) -> ProtocolScores:
        """Scores under every protocol, and what they cover."""
        return score_protocols(
            self.gold,
            self.predicted,
            offsets=self.offsets,
            corpus_names=self.corpus_names,
            model_names=self.model_names,
        )

    def score_full(self) -> Scores:
        """Scores of the protocol `full` alone: both sides have the same types, as in training."""
        space, gold, predicted = self.join()
        return score_flat(gold, predicted, names=space.names, offsets=self.offsets)

    @cached_property
    def calibration(self) -> Calibration | None:
        """Whether scores are right as often as they say; None where there are none."""
        if self.scores is None:
            return None
        space, gold, predicted = self.join()
        shared = space.under("shared", predicted)
        return measure_calibration(
            space.under("shared", gold),
            shared,
            np.where(shared == predicted, self.scores, np.float32(0)),
            offsets=self.offsets,
            names=space.names,
            temperature=self.provenance.get("settings", {}).get("temperature"),
        )

    def select(self, chosen: NDArray[np.bool_]) -> PredictedSplit:
        """The sentences that are chosen, without what is known of the whole.

        Args:
            chosen: whether each is. *Shape:* [n_sentences].
        """
        sizes = np.diff(self.offsets)
        tokens = np.repeat(chosen, sizes)
        return PredictedSplit(
            gold=self.gold[tokens],
            predicted=self.predicted[tokens],
            scores=None if self.scores is None else self.scores[tokens],
            offsets=np.concatenate(([0], np.cumsum(sizes[chosen]))).astype(np.intp),
            corpus_names=self.corpus_names,
            own_names=self.own_names,
            label_map=self.label_map,
            sentences=[self.sentences[i] for i in np.flatnonzero(chosen).tolist()]
            if self.sentences
            else (),
            documents=None if self.documents is None else self.documents[chosen],
        )


class JoinedAnswers(NamedTuple):
    """What several said about one test set in one label space, read as a protocol reads it."""

    names: tuple[str, ...]
    gold: Positions
    runs: list[Positions]
    shared_types: tuple[str, ...]


def join_answers(answers: Sequence[PredictedSplit], protocol: Protocol) -> JoinedAnswers:
    """One label space for a test set and all that was said about it, read as a protocol reads it.

    `shared` keeps the types that all know, `lattice` what all meet at.
    """
    said = [answer.predicted for answer in answers]
    space = SharedSpace.of(answers[0].corpus_names, *(answer.model_names for answer in answers))
    gold, *runs = (
        space.under(protocol, ids[labels])
        for ids, labels in zip(space.ids, [answers[0].gold, *said], strict=True)
    )
    met = tuple(sorted(set(space.read_as.values())))
    known = met if protocol == "lattice" else space.shared_types
    return JoinedAnswers(space.names, gold, runs, known)


def map_names(
    names: tuple[str, ...], label_map: LabelMap | None
) -> tuple[tuple[str, ...], UnificationReport]:
    """The tags of a model with their types mapped, and what became of each type.

    >>> from tner_hf.labels import UNIFIED
    >>> map_names(("O", "B-cell type", "B-PER"), UNIFIED)[0]
    ('O', 'B-cell_type', 'B-person')
    """
    if label_map is None:
        return names, UnificationReport()
    types = LabelSpace.from_names(names).types
    spelled = {name: respell(name, label_map) for name in types}
    _, report = label_map.map_types([name for name in types if spelled[name] == name])
    respelled = {name: now for name, now in spelled.items() if now != name}
    parts = [split_tag(name) for name in names]
    now = [f"{prefix}-{spelled[name]}" if name else prefix for prefix, name in parts]
    return (
        tuple(label_map.map_tag(name) for name in now),
        replace(report, mapped={**report.mapped, **respelled}),
    )


def respell(name: str, label_map: LabelMap) -> str:
    """A type as the map spells it: the first T-NER wrote the unified types with spaces.

    >>> from tner_hf.labels import UNIFIED
    >>> respell("cell type", UNIFIED), respell("my type", UNIFIED)
    ('cell_type', 'my type')
    """
    joined = name.replace(" ", "_")
    return joined if joined in label_map.targets else name
