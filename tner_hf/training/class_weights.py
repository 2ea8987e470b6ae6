"""`--class_weights`: how much each tag counts in the loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.files import read_json
from tner_hf.labels import LabelSpace
from tner_hf.predictions.test_set import flat_labels

if TYPE_CHECKING:
    from datasets import Dataset

#: Weights that are found from the training split, instead of a file.
BALANCED = "balanced"

_ACCEPTED = 'accepted: numbers from 0, not all 0, by type or tag, e.g. {"O": 0.5, "person": 2}'


def read_class_weights(given: str | None) -> Any:
    """What is asked for: `balanced`, what a file says, or None.

    Raises:
        SettingError: there is no such file, or it holds no weights.
        DataError: it is no JSON.
    """
    if given is None or given == BALANCED:
        return given
    stored = read_json(Path(given).expanduser())
    if stored is None:
        raise SettingError(
            f"--class_weights {given}: there is no such file; give {BALANCED}, or a JSON file with "
            "the weight of each type or tag"
        )
    for name, weight in stored.items():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not (is_number and 0 <= weight < math.inf):
            raise SettingError(
                f"--class_weights {given}: {name!r:.60} weighs {weight!r:.60}; {_ACCEPTED}"
            )
    return stored


def weigh_labels(weights: Mapping[str, float], space: LabelSpace) -> list[float]:
    """The weight of each label; 1 where none is given. A tag's own goes before that of its type.

    Raises:
        UnknownNameError: a name is neither a tag nor a type.
        SettingError: every weight is 0.

    >>> weigh_labels({"x": 2, "I-x": 3, "O": 0.5}, LabelSpace(("x", "y")))
    [0.5, 2.0, 3.0, 1.0, 1.0]
    """
    known = (*space.names, *space.types)
    if unknown := [name for name in weights if name not in known]:
        raise UnknownNameError("name in --class_weights", unknown[0], known)
    found = []
    for tag in space.names:
        of_type = weights.get(tag[2:], 1.0) if tag[1:2] == "-" else 1.0
        found.append(float(weights.get(tag, of_type)))
    if not any(found):
        raise SettingError(f"--class_weights: every weight is 0; {_ACCEPTED}")
    return found


def balance_labels(rows: Dataset, num_labels: int) -> list[float]:
    """Weights that let every tag of the training split count the same, 1 on average.

    That of a label is n / (k * n_label), for n labelled sub-tokens of k labels, as in scikit-learn;
    1 where the split does not have it. An open `O` is an `O`.
    """
    labels = flat_labels(rows, "labels")
    labels = labels[labels >= 0]
    counts = np.bincount(np.where(labels < num_labels, labels, 0), minlength=num_labels)
    present = counts > 0
    weights = counts.sum() / (present.sum() * np.maximum(counts, 1))
    return np.where(present, weights, 1.0).tolist()  # type: ignore[no-any-return]
