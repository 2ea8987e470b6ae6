"""Scores of a model on a corpus whose types are not the model's own.

Two protocols, because no one number is fair to such a pair:

* `full`: every gold and every predicted entity counts; a type that only one side knows can never
  be right.
* `shared`, the paper's: gold entities whose type the model does not know become `O`, and so do
  predicted entities whose type the corpus does not have; only then are types ignored for the
  type-ignored scores. What is left says how well the types that both sides know are found, and
  how much was left out is part of the result.

Each side is decoded by its own names: label 3 of the model and label 3 of the corpus are
different tags. Types are compared as strings, so map both sides to the unified types first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError, SettingError
from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.metrics.scores import IGNORED, Scores, score_flat
from tner_hf.metrics.spans import Labels, Positions, TagTable, find_spans

Protocol = Literal["full", "shared"]
PROTOCOLS: tuple[Protocol, ...] = ("full", "shared")


class Coverage(TypedDict):
    """What a cross-corpus score leaves out.

    `shared_types` are the types that both sides know, sorted; `gold_total` and `gold_kept` count
    gold entities before and after the `shared` masking; `predictions_masked` counts predicted
    entities that it takes away; `tokens_unscored` counts tokens without a prediction, which are
    read as `O`. Entities are those of the default mode.
    """

    shared_types: list[str]
    gold_total: int
    gold_kept: int
    predictions_masked: int
    tokens_unscored: int


class ProtocolScores(TypedDict):
    """Scores under both protocols and what they cover."""

    protocols: dict[Protocol, Scores]
    coverage: Coverage


@dataclass(frozen=True)
class SharedSpace:
    """Two label spaces laid over each other.

    Attributes:
        names: every tag of either side, `O` first.
        shared_types: the types that both sides know, sorted.
        gold_ids: corpus label to joint label. *Shape:* [n_corpus_labels].
        predicted_ids: model label to joint label. *Shape:* [n_model_labels].
        masked: joint label to itself, or to `O` where only one side knows its type.
            *Shape:* [n_names].
    """

    names: tuple[str, ...]
    shared_types: tuple[str, ...]
    gold_ids: Positions
    predicted_ids: Positions
    masked: Positions

    @classmethod
    def of(cls, corpus_names: Sequence[str], model_names: Sequence[str]) -> SharedSpace:
        """The joint space of a corpus and a model, each given by the tag of each of its labels.

        Examples:
            >>> space = SharedSpace.of(["O", "B-date"], ["B-law", "O", "B-date"])
            >>> space.names, space.shared_types
            (('O', 'B-date', 'B-law'), ('date',))
            >>> space.predicted_ids.tolist(), space.masked.tolist()
            ([2, 0, 1], [0, 1, 0])
        """
        names = tuple(dict.fromkeys((OUTSIDE, *corpus_names, *model_names)))
        ids = {name: i for i, name in enumerate(names)}
        shared = _types_of(corpus_names) & _types_of(model_names)
        outside = ids[OUTSIDE]
        masked = [ids[n] if split_tag(n)[1] in shared else outside for n in names]
        return cls(
            names,
            tuple(sorted(shared)),
            np.array([ids[n] for n in corpus_names], dtype=np.intp),
            np.array([ids[n] for n in model_names], dtype=np.intp),
            np.array(masked, dtype=np.intp),
        )


def score_protocols(
    gold: Labels,
    predicted: Labels,
    *,
    offsets: Positions,
    corpus_names: Sequence[str],
    model_names: Sequence[str],
) -> ProtocolScores:
    """Scores under the `full` and the `shared` protocol, and their coverage.

    Args:
        gold: label ids of the corpus, one for each token. *Shape:* [n_tokens].
        predicted: label ids of the model, -100 for a token without a prediction.
            *Shape:* [n_tokens].
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        corpus_names: the tag of each id in `gold`.
        model_names: the tag of each id in `predicted`.

    Raises:
        SettingError: shapes that do not fit together.
        DataError: an id without a name, or a name that is no tag.

    Examples:
        >>> result = score_protocols(
        ...     np.array([1, 0, 2]), np.array([1, 0, 2]), offsets=np.array([0, 3]),
        ...     corpus_names=["O", "B-date", "B-song"], model_names=["O", "B-date", "B-law"])
        >>> [result["protocols"][p]["type_aware"]["default"]["micro"]["f1"] for p in PROTOCOLS]
        [0.5, 1.0]
        >>> result["coverage"]["gold_kept"], result["coverage"]["predictions_masked"]
        (1, 1)
    """
    space = SharedSpace.of(corpus_names, model_names)
    gold, predicted, unscored = join_labels(gold, predicted, space, (corpus_names, model_names))
    full = score_flat(gold, predicted, names=space.names, offsets=offsets)
    kept, unmasked = space.masked[gold], space.masked[predicted]
    shared = score_flat(kept, unmasked, names=space.names, offsets=offsets)
    gold_total = full["type_aware"]["default"]["micro"]["support"]
    gold_kept = shared["type_aware"]["default"]["micro"]["support"]
    table = TagTable(space.names)
    predictions_total, predictions_kept = (
        len(find_spans(ids, offsets, table)["type_aware"]) for ids in (predicted, unmasked)
    )
    return {
        "protocols": {"full": full, "shared": shared},
        "coverage": {
            "shared_types": list(space.shared_types),
            "gold_total": gold_total,
            "gold_kept": gold_kept,
            "predictions_masked": predictions_total - predictions_kept,
            "tokens_unscored": unscored,
        },
    }


def join_labels(
    gold: Labels,
    predicted: Labels,
    space: SharedSpace,
    names: tuple[Sequence[str], Sequence[str]],
) -> tuple[Positions, Positions, int]:
    """Both sides in the joint space, and the number of tokens without a prediction.

    Args:
        gold: label ids of the corpus. *Shape:* [n_tokens].
        predicted: label ids of the model, -100 for none (read as `O`). *Shape:* [n_tokens].
        space: the two spaces laid over each other.
        names: the tags of the corpus and those of the model, for messages.
    """
    if gold.shape != predicted.shape:
        raise SettingError(
            f"gold has shape {gold.shape}, predicted {predicted.shape}; each token needs both "
            f"(a token without a prediction has {IGNORED})."
        )
    missing = predicted == IGNORED
    _check_side("gold", gold, names[0])
    _check_side(
        "predicted", np.where(missing, 0, predicted) if len(names[1]) else predicted, names[1]
    )
    joint = space.predicted_ids[np.where(missing, 0, predicted)]
    joint[missing] = space.names.index(OUTSIDE)
    return space.gold_ids[gold], joint, int(missing.sum())


def _types_of(names: Sequence[str]) -> set[str]:
    return {entity_type for _, entity_type in map(split_tag, names) if entity_type}


def _check_side(side: str, ids: NDArray[np.integer], names: Sequence[str]) -> None:
    if not len(ids) or (ids.min() >= 0 and ids.max() < len(names)):
        return
    wrong = np.flatnonzero((ids < 0) | (ids >= len(names)))
    raise DataError(
        f"{side} label id {ids[wrong[0]]} at token {int(wrong[0]) + 1} has no name; the "
        f"{'corpus' if side == 'gold' else 'model'} has {len(names)} tags, so ids 0 to "
        f"{len(names) - 1} are accepted."
    )
