"""The head of a trained tagger when training goes on with other labels: each tag keeps its row."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import CheckpointError
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import are_iob2
from tner_hf.models.heads import is_tagger, row_tags

if TYPE_CHECKING:
    from torch import nn
    from transformers import PretrainedConfig, PreTrainedModel

logger = logging.getLogger(__name__)


def find_rows(config: PretrainedConfig, checkpoint: str | Path) -> tuple[str, ...]:
    """The tag of each row of a trained head, where rows mean what IOB2 tags mean; () otherwise.

    `B-` of BIOES and BILOU stands for fewer words than that of IOB2, and `I-` of IO for more: such
    rows would have to be unlearned, so a new head is begun, which is said with the reason.
    """
    if not is_tagger(config):
        return ()
    try:
        tags = row_tags(config)
    except CheckpointError as error:
        logger.warning("a new head is begun: %s", error)
        return ()
    if are_iob2(tags):
        return tags
    logger.warning(
        "a new head is begun: the labels of %r (%s) are not IOB2, in which training is done, so "
        "their rows mean something else",
        str(checkpoint),
        ", ".join(tags[:5]) + (" …" if len(tags) > 5 else ""),
    )
    return ()


def go_on_with(model: PreTrainedModel, tags: tuple[str, ...], *, space: LabelSpace) -> None:
    """Give a trained tagger the labels of `space`; rows of tags that it knows stay, to the bit.

    Other tags get a row as in a fresh head. Which are new and which go is said. The model is
    changed in place; `tags` are those of its rows, from `find_rows`.
    """
    known: dict[str, int] = {}
    for row, tag in enumerate(tags):
        known.setdefault(tag, row)  # labels of no word are read as `O`, too
    rows = [known.get(tag, -1) for tag in space.names]
    name = str(model.name_or_path)
    if rows == list(range(len(tags))):  # nothing is drawn: a run is the same as before
        logger.info("going on from %r: all %d tags keep their rows of the head", name, len(rows))
        name_labels(model.config, space)
        return
    lay_out_rows(model, rows, labels=len(tags))
    name_labels(model.config, space)
    _tell(set(known), set(space.names), name)


def lay_out_rows(model: PreTrainedModel, rows: Sequence[int], *, labels: int) -> None:
    """Put the rows of a trained head in another order, in place.

    Args:
        model: a tagger.
        rows: for each row from now on the one that it was, or -1 for one as in a fresh head.
        labels: rows that there are.
    """
    import torch

    for parent, attribute, old in find_heads(model, labels):
        new = torch.nn.Linear(old.in_features, len(rows), bias=old.bias is not None)
        new.to(old.weight.device, old.weight.dtype)
        _draw(new, model.config)
        with torch.no_grad():
            for to, row in enumerate(rows):
                if row >= 0:
                    new.weight[to] = old.weight[row]
                    if old.bias is not None:
                        new.bias[to] = old.bias[row]
        setattr(parent, attribute, new)
    changed: Any = model
    changed.num_labels = len(rows)  # most heads shape their loss by it


def renew_head(model: PreTrainedModel) -> None:
    """Start the classifier anew: weights of other labels must not be taken over by their number."""
    for _, _, head in find_heads(model, len(model.config.id2label or ())):
        _draw(head, model.config)


def name_labels(config: PretrainedConfig, space: LabelSpace) -> None:
    """Put the labels of a head into its configuration."""
    config.num_labels = len(space)
    config.id2label, config.label2id = dict(space.id2label), dict(space.label2id)


def find_heads(model: PreTrainedModel, labels: int) -> list[tuple[nn.Module, str, nn.Linear]]:
    """The layers outside the encoder that have a row for each label: parent, name and layer."""
    import torch

    inside = {id(module) for module in model.base_model.modules()}
    return [
        (parent, name, layer)
        for parent in list(model.modules())
        if parent is model or id(parent) not in inside
        for name, layer in parent.named_children()
        if isinstance(layer, torch.nn.Linear)
        and id(layer) not in inside
        and layer.out_features == labels
    ]


def _draw(head: nn.Linear, config: PretrainedConfig) -> None:
    head.weight.data.normal_(mean=0.0, std=getattr(config, "initializer_range", 0.02))
    if head.bias is not None:
        head.bias.data.zero_()


def _tell(before: set[str], now: set[str], name: str) -> None:
    kept, new, gone = before & now, sorted(now - before), sorted(before - now)
    level = logging.WARNING if new or gone else logging.INFO
    parts = [
        f"{len(kept)} tag{'s keep their rows' if len(kept) > 1 else ' keeps its row'} of the head"
    ]
    parts += [f"{what}: {', '.join(tags)}" for what, tags in (("new", new), ("gone", gone)) if tags]
    logger.log(level, "going on from %r: %s", name, "; ".join(parts))
