"""A trained head for other labels: rows of tags that it knows are kept, whatever their order."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tner_hf.labels import OUTSIDE, LabelSpace, split_tag

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel

logger = logging.getLogger(__name__)


def can_carry(names: tuple[str, ...], label_space: LabelSpace) -> bool:
    """Whether a head of these tags has rows that mean the same in the label space.

    In a scheme with ends and singles (BIOES) `I-x` means less than in IOB2.
    """
    prefixes = {split_tag(name)[0] for name in names} - {OUTSIDE}
    known = {*names} & {*label_space.names} - {OUTSIDE}
    if known and not prefixes <= {"B", "I"}:
        logger.warning(
            "the checkpoint's tags are of another scheme (%s): its head starts anew in IOB2",
            ", ".join(sorted(prefixes)),
        )
        return False
    if not known:
        logger.warning(
            "the checkpoint knows none of the types %s: its head starts anew",
            ", ".join(label_space.types[:9]),
        )
    return bool(known)


def carry_head(model: PreTrainedModel, names: tuple[str, ...], label_space: LabelSpace) -> None:
    """Give a tagger the labels of a label space; rows of tags that it has are kept, others drawn.

    Args:
        model: whose labels are `names`; changed in place.
        names: the tag of each row of its head.
        label_space: of the labels that it is to have.
    """
    import torch

    rows = {name: row for row, name in enumerate(names)}
    kept = [(new, rows[name]) for new, name in enumerate(label_space.names) if name in rows]
    places, sources = (torch.tensor(side) for side in zip(*kept, strict=True))
    for module in find_heads(model, len(names)):
        weight, bias = module.weight.data, module.bias
        fresh = weight.new_empty(len(label_space), weight.shape[1])
        fresh.normal_(mean=0.0, std=getattr(model.config, "initializer_range", 0.02))
        fresh[places] = weight[sources]
        module.weight = torch.nn.Parameter(fresh)
        if bias is not None:
            moved = bias.data.new_zeros(len(label_space))
            moved[places] = bias.data[sources]
            module.bias = torch.nn.Parameter(moved)
        module.out_features = len(label_space)
    tagger: Any = model  # a token classifier keeps the number beside its configuration
    tagger.num_labels = len(label_space)
    set_labels(tagger.config, label_space)
    _tell(names, label_space)


def set_labels(config: PretrainedConfig, label_space: LabelSpace) -> None:
    """Write the labels into a configuration."""
    config.num_labels = len(label_space)
    config.id2label, config.label2id = dict(label_space.id2label), dict(label_space.label2id)


def find_heads(model: PreTrainedModel, labels: int) -> Iterator[torch.nn.Linear]:
    """The layers outside the encoder that give a number for each label."""
    import torch

    inside = {id(module) for module in model.base_model.modules()}
    for module in model.modules():
        if (
            isinstance(module, torch.nn.Linear)
            and id(module) not in inside
            and module.out_features == labels
        ):
            yield module


def _tell(names: tuple[str, ...], label_space: LabelSpace) -> None:
    before, now = LabelSpace.from_names(names).types, label_space.types
    kept = [name for name in now if name in before]
    parts = [
        f"{what} {', '.join(types)}"
        for what, types in (
            ("keeps", kept),
            ("starts anew for", [name for name in now if name not in before]),
            ("forgets", [name for name in before if name not in now]),
        )
        if types
    ]
    logger.warning("the checkpoint's head %s", "; ".join(parts))
