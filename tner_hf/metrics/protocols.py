"""Scores of a model on a corpus whose types are not the model's own.

Three protocols, because no one number is fair to such a pair:

* `full`: every gold and every predicted entity counts; a type that only one side knows can never
  be right.
* `shared`, after the T-NER paper: gold entities whose type the model does not know become `O`, and
  so do predicted entities whose type the corpus does not have; only then are types ignored for the
  type-ignored scores. What is left says how well the types that both sides know are found, and
  how much was left out is part of the result. The paper's code masked tags, which is the same
  unless a corpus lacks one of a type's two (`tner_hf.lab.reproduce.paper_scoring` has just that).
* `lattice`: as `shared`, but types nest. Each type is read as the nearest one above it at which
  corpus and model meet (`meet_types`), so that a model which knows `person` is judged on the
  `politician` of a corpus. Equal to `shared` where nothing nests.

Each side is decoded by its own names: label 3 of the model and label 3 of the corpus are
different tags. Types are compared as strings, so map both sides to the unified types first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError, SettingError
from tner_hf.labels import OUTSIDE
from tner_hf.metrics.lattice import meet_types, retype, types_of
from tner_hf.metrics.scores import IGNORED, Scores, score_flat
from tner_hf.metrics.spans import Labels, Positions, TagTable, find_spans

Protocol = Literal["full", "shared", "lattice"]
PROTOCOLS: tuple[Protocol, ...] = ("full", "shared", "lattice")


class Coverage(TypedDict):
    """What a cross-corpus score leaves out.

    `shared_types` are the types that both sides know, sorted; `gold_total` and `gold_kept` count
    gold entities before and after the `shared` masking; `predictions_masked` counts predicted
    entities that it takes away; `tokens_unscored` counts tokens without a prediction, which are
    read as `O`. `lattice_types` is what each type that counts in `lattice` is read as;
    `lattice_gold_kept` and `lattice_predictions_masked` are as above. Entities are those of the
    default mode.
    """

    shared_types: list[str]
    gold_total: int
    gold_kept: int
    predictions_masked: int
    tokens_unscored: int
    lattice_types: dict[str, str]
    lattice_gold_kept: int
    lattice_predictions_masked: int


class ProtocolScores(TypedDict):
    """Scores under all protocols and what they cover."""

    protocols: dict[Protocol, Scores]
    coverage: Coverage


def nests(coverage: Mapping[str, Any]) -> bool:
    """Whether `lattice` counts anything otherwise than `shared` does; no for an older result."""
    read_as = coverage.get("lattice_types", {})
    return any(name != broader for name, broader in read_as.items())


def describe_nesting(coverage: Mapping[str, Any]) -> str:
    """The types that `lattice` reads as others, by what they are read as.

    >>> describe_nesting({"lattice_types": {"a": "c", "b": "c", "c": "c", "d": "d"}})
    'a, b -> c'
    """
    found: dict[str, list[str]] = {}
    for name, broader in coverage.get("lattice_types", {}).items():
        if name != broader:
            found.setdefault(broader, []).append(name)
    return "; ".join(f"{', '.join(names)} -> {broader}" for broader, names in found.items())


@dataclass(frozen=True)
class SharedSpace:
    """The label spaces of a corpus and of one model or several laid over each other.

    Attributes:
        names: every tag of any side, `O` first; then those that a side is read as only.
        shared_types: the types that all sides know, sorted.
        ids: label of each side to joint label. *Shape:* [n_labels] each.
        masked: joint label to itself, or to `O` where not all sides know its type.
            *Shape:* [n_names].
        read_as: each type that counts in `lattice` to the type that it is read as.
        met: joint label to that of the type that its own is read as, or to `O`.
            *Shape:* [n_names].
    """

    names: tuple[str, ...]
    shared_types: tuple[str, ...]
    ids: tuple[Positions, ...]
    masked: Positions
    read_as: Mapping[str, str]
    met: Positions

    @classmethod
    def of(cls, *named: Sequence[str]) -> SharedSpace:
        """The joint space of a corpus and of models, each given by the tag of each of its labels.

        Examples:
            >>> space = SharedSpace.of(["O", "B-date"], ["B-law", "O", "B-date"])
            >>> space.names, space.shared_types
            (('O', 'B-date', 'B-law'), ('date',))
            >>> space.ids[1].tolist(), space.masked.tolist()
            ([2, 0, 1], [0, 1, 0])
        """
        own = tuple(dict.fromkeys((OUTSIDE, *(name for names in named for name in names))))
        sides = [types_of(names) for names in named]
        read_as = meet_types(sides)
        met = [retype(name, read_as) for name in own]
        names = tuple(dict.fromkeys((*own, *met)))
        ids = {name: i for i, name in enumerate(names)}
        shared = {entity_type: entity_type for entity_type in set.intersection(*sides)}
        masked = [ids[retype(name, shared)] for name in names]
        added = names[len(own) :]
        return cls(
            names,
            tuple(sorted(shared)),
            tuple(np.array([ids[n] for n in side], dtype=np.intp) for side in named),
            np.array(masked, dtype=np.intp),
            read_as,
            np.array([ids[n] for n in (*met, *added)], dtype=np.intp),
        )

    @property
    def nests(self) -> bool:
        """Whether `lattice` reads anything otherwise than `shared` does."""
        return not np.array_equal(self.met, self.masked)

    def under(self, protocol: Protocol, labels: Positions) -> Positions:
        """Joint labels as a protocol reads them."""
        if protocol == "full":
            return labels
        return (self.masked if protocol == "shared" else self.met)[labels]


def score_protocols(
    gold: Labels,
    predicted: Labels,
    *,
    offsets: Positions,
    corpus_names: Sequence[str],
    model_names: Sequence[str],
) -> ProtocolScores:
    """Scores under each protocol, and what they cover.

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
        [0.5, 1.0, 1.0]
        >>> result["coverage"]["gold_kept"], result["coverage"]["predictions_masked"]
        (1, 1)
    """
    space = SharedSpace.of(corpus_names, model_names)
    gold, predicted, unscored = join_labels(gold, predicted, space, (corpus_names, model_names))
    table = TagTable(space.names)
    scores: dict[Protocol, Scores] = {}
    found: dict[Protocol, int] = {}  # predicted entities
    for protocol in PROTOCOLS:
        if protocol == "lattice" and not space.nests:
            scores[protocol], found[protocol] = scores["shared"], found["shared"]
            continue
        sides = space.under(protocol, gold), space.under(protocol, predicted)
        scores[protocol] = score_flat(*sides, names=space.names, offsets=offsets)
        found[protocol] = len(find_spans(sides[1], offsets, table)["type_aware"])
    support = {
        protocol: scores[protocol]["type_aware"]["default"]["micro"]["support"]
        for protocol in PROTOCOLS
    }
    return {
        "protocols": scores,
        "coverage": {
            "shared_types": list(space.shared_types),
            "gold_total": support["full"],
            "gold_kept": support["shared"],
            "predictions_masked": found["full"] - found["shared"],
            "tokens_unscored": unscored,
            "lattice_types": dict(space.read_as),
            "lattice_gold_kept": support["lattice"],
            "lattice_predictions_masked": found["full"] - found["lattice"],
        },
    }


def join_labels(
    gold: Labels,
    predicted: Labels,
    space: SharedSpace,
    names: tuple[Sequence[str], Sequence[str]],
) -> tuple[Positions, Positions, int]:
    """Both sides in the joint space, and the number of tokens without a prediction, read as `O`.

    Labels as for `score_protocols`; the names of both sides are for messages.
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
    joint = space.ids[1][np.where(missing, 0, predicted)]
    joint[missing] = space.names.index(OUTSIDE)
    return space.ids[0][gold], joint, int(missing.sum())


def _check_side(side: str, ids: NDArray[np.integer], names: Sequence[str]) -> None:
    if not len(ids) or (ids.min() >= 0 and ids.max() < len(names)):
        return
    wrong = np.flatnonzero((ids < 0) | (ids >= len(names)))
    raise DataError(
        f"{side} label id {ids[wrong[0]]} at token {int(wrong[0]) + 1} has no name; the "
        f"{'corpus' if side == 'gold' else 'model'} has {len(names)} tags, so ids 0 to "
        f"{len(names) - 1} are accepted."
    )
