"""A model with fewer of a teacher's layers, its weights where it begins."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from tner_hf.errors import CheckpointError, SettingError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: A weight of a numbered layer: what is before the number, the number, what is after.
_NUMBERED = re.compile(r"(.+?\.)(\d+)(\..+)")

#: How configurations call the number of layers.
_COUNTS = ("num_hidden_layers", "n_layers")


def check_layers(layers: int, of: int) -> None:
    """Make sure that a student has some of its teacher's layers, and not all.

    Raises:
        SettingError: as many as the teacher has or more, or none.
    """
    if not 1 <= layers < of:
        raise SettingError(
            f"--layers {layers}: the teacher has {of}; accepted: 1 to {of - 1}, for a student with "
            "as many would be no faster"
        )


def count_layers(teacher: PreTrainedModel) -> int:
    """How many layers a model has.

    Raises:
        CheckpointError: none that could be left out.
    """
    return len(_find_stack(teacher)[1])


def make_student(teacher: PreTrainedModel, layers: int) -> PreTrainedModel:
    """A new model with embeddings, head and the first layers of a teacher, which stays as it is.

    The first, because each goes on reading what it learned to read; taken from all over the
    teacher (as DistilBERT's were, which was pretrained again), a student of three layers lost
    3.2 points of F1 where this one lost 0.7 (WNUT 2017, validation, one seed; docs/distil.md).
    Sajjad et al. (2020, arXiv 2004.03844) find the same of fine-tuning.

    Raises:
        SettingError: as many as the teacher has or more, or none.
        CheckpointError: its layers cannot be taken apart.
    """
    prefix, numbers = _find_stack(teacher)
    check_layers(layers, len(numbers))
    config = copy.deepcopy(teacher.config)
    for name in _COUNTS:
        if getattr(config, name, None) == len(numbers):
            setattr(config, name, layers)
    kinds = getattr(config, "layer_types", None)
    if isinstance(kinds, list) and len(kinds) == len(numbers):
        config.layer_types = kinds[:layers]
    weights: dict[str, Any] = {}
    for name, weight in teacher.state_dict().items():
        found = _NUMBERED.fullmatch(name)
        if found is None or found[1] != prefix or int(found[2]) < layers:
            weights[name] = weight
    try:
        student = type(teacher)(config)
        student.load_state_dict(weights)
    except (RuntimeError, ValueError, TypeError) as error:
        raise _refuse(teacher) from error
    return student


def _find_stack(model: PreTrainedModel) -> tuple[str, list[int]]:
    """What the names of the layers begin with, and their numbers."""
    counted = {getattr(model.config, name, None) for name in _COUNTS}
    stacks: dict[str, set[int]] = {}
    for name in model.state_dict():
        if found := _NUMBERED.fullmatch(name):
            stacks.setdefault(found[1], set()).add(int(found[2]))
    for prefix, numbers in stacks.items():
        if len(numbers) in counted and numbers == set(range(len(numbers))):
            return prefix, sorted(numbers)
    raise _refuse(model)


def _refuse(model: PreTrainedModel) -> CheckpointError:
    return CheckpointError(
        f"{str(model.name_or_path)!r} is a model of type {model.config.model_type!r} whose layers "
        "cannot be left out one by one (they share weights, or are not numbered alike); accepted: "
        "encoders such as BERT, RoBERTa, XLM-R, DeBERTa, ELECTRA, DistilBERT and ModernBERT"
    )
