"""The entities that a model has seen in training, by their surface form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tner_hf.data.corpora import corpus_names
from tner_hf.errors import DataError
from tner_hf.labels.maps import LabelMapLike
from tner_hf.metrics.breakdowns import Surfaces, collect_surfaces
from tner_hf.predictions import GoldSplit, PredictedSplit, PredictOptions


@dataclass(frozen=True)
class Training:
    """Training data as far as it matters here.

    Attributes:
        name: what it is, for readers.
        surfaces: surface form to the types that it was annotated with.
        lowercase: whether surface forms were lower-cased, as the model reads them.
    """

    name: str
    surfaces: Surfaces
    lowercase: bool = False


def read_training(
    source: Any,
    *,
    name: str,
    lowercase: bool = False,
    native: bool = False,
    label_map: LabelMapLike | None = None,
    **loading: Any,
) -> Training:
    """The entities of a training split.

    Args:
        source: what `load_dataset` takes; its split `train` is read.
        name: what it is called.
        lowercase: lower-case the words, for a model that does.
        native: keep types as they are.
        label_map: native type to unified type, as for the scores.
        **loading: further arguments of `load_dataset`.
    """
    options = PredictOptions(split="train", native=native, label_map=label_map, loading=loading)
    data = GoldSplit.load(source, options=options)
    sentences = lower_sentences(data.sentences) if lowercase else data.sentences
    offsets = np.concatenate(([0], np.cumsum([len(s) for s in sentences]))).astype(np.intp)
    surfaces = collect_surfaces(sentences, data.gold, names=data.labels.names, offsets=offsets)
    return Training(name, surfaces, lowercase)


def recorded_corpora(answer: PredictedSplit) -> list[str]:
    """The corpora that a checkpoint says it was trained on.

    Raises:
        DataError: it records none, or files of its user's; says what to give instead.
    """
    recorded = answer.provenance.get("settings", {}).get("corpora", [])
    unknown = [c for c in recorded if c.partition("/")[0] not in corpus_names()]
    if recorded and not unknown:
        return list(recorded)
    why = (
        f"was trained on {', '.join(unknown)}" if unknown else "does not say what it was trained on"
    )
    raise DataError(
        f"{answer.provenance['model']} {why}; name its training data with --train_dataset or "
        "--train_file to score seen and unseen entities apart"
    )


def lower_sentences(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """All words in lower case."""
    return [[word.lower() for word in sentence] for sentence in sentences]
