"""Token classification heads: whether a checkpoint has one, and the tag of each of its labels."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.config import SETTINGS_KEY
from tner_hf.errors import CheckpointError, DataError
from tner_hf.labels import OUTSIDE
from tner_hf.labels.apart import Joint
from tner_hf.labels.spellings import read_tags

if TYPE_CHECKING:
    from transformers import PretrainedConfig


def is_tagger(config: PretrainedConfig) -> bool:
    """Whether the checkpoint was saved with a token-classification head."""
    return any("TokenClassification" in name for name in config.architectures or ())


def check_tagger(config: PretrainedConfig, checkpoint: str | Path) -> None:
    """Make sure that a checkpoint has a trained head whose labels have names.

    Raises:
        CheckpointError: it has not; the message says what to do.
    """
    if not is_tagger(config):
        saved = ", ".join(config.architectures or ()) or f"a {config.model_type} without a head"
        raise CheckpointError(
            f"{str(checkpoint)!r} is no token classifier (it holds {saved}); train one on it "
            f"first: tner-hf train --model_name_or_path {checkpoint} --dataset_name <corpus>"
        )
    tag_names(config)


def tag_names(config: PretrainedConfig) -> tuple[str, ...]:
    """The tag of each label that the model speaks of; rows kept apart for it are one.

    Raises:
        CheckpointError: as for `row_tags`.
    """
    joint = find_joint(config)
    return row_tags(config) if joint is None else joint.names


def find_joint(config: PretrainedConfig) -> Joint | None:
    """How the rows of the head become labels, where types are kept apart; None elsewhere."""
    apart = (getattr(config, SETTINGS_KEY, None) or {}).get("apart")
    return Joint.of(row_tags(config), apart) if apart else None


def row_tags(config: PretrainedConfig) -> tuple[str, ...]:
    """The tag of each row of the head; other spellings of tags are read as `read_tags` says.

    Raises:
        CheckpointError: the labels have no names, `O` is not among them, or they are no tags.
    """
    model = config.name_or_path or f"this {config.model_type} model"
    names = stored_names(config)
    if not names:
        raise CheckpointError(f"config.json of {model!r} names no labels")
    if all(name == f"LABEL_{i}" for i, name in enumerate(names)):
        raise CheckpointError(
            f"the {len(names)} labels of {model!r} are {names[0]} … {names[-1]}: their names were "
            'not saved. Write the tags in order into "id2label" and "label2id" of its config.json, '
            'e.g. {"0": "O", "1": "B-person", …}'
        )
    try:
        tags = read_tags(names)
    except DataError as error:
        raise CheckpointError(
            f"the labels of {model!r} {error}; accepted: tags of named entities, such as O, "
            'B-person, I-person. Write them in order into "id2label" and "label2id" of its '
            "config.json"
        ) from error
    if OUTSIDE not in tags:
        raise CheckpointError(
            f"the labels of {model!r} have no {OUTSIDE!r}: {', '.join(names[:6])} …; accepted: "
            "tags of named entities, such as O, B-person, I-person"
        )
    if changed := [f"{n} as {t}" for n, t in zip(names, tags, strict=True) if n != t]:
        shown = ", ".join(changed[:4]) + (" …" if len(changed) > 4 else "")
        warnings.warn(
            f"{len(changed)} labels of {model!r} are no tags and are read as such: {shown}",
            stacklevel=1,  # from one place, so that it is shown once
        )
    return tags


def stored_names(config: PretrainedConfig) -> tuple[str, ...]:
    """The name of each label id, whatever it is.

    Raises:
        CheckpointError: the ids have gaps.
    """
    id2label = {int(index): str(name) for index, name in (config.id2label or {}).items()}
    if sorted(id2label) != list(range(len(id2label))):
        raise CheckpointError(
            f"the label ids in config.json are {sorted(id2label)}; accepted: 0, 1, 2 … without gaps"
        )
    return tuple(id2label[i] for i in range(len(id2label)))
