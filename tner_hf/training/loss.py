"""Token cross-entropy, averaged over all labelled sub-tokens of an optimizer step.

Two things that a `…ForTokenClassification` model of transformers does not do by itself:

It takes `num_items_in_batch` and ignores it, so Trainer (5.23), believing that the loss is already
averaged over the whole step, multiplies the gradients by the number of accumulation steps and of
processes. The loss here is averaged over the step.

And in merged corpora `O` means "nothing that *this* corpus looks for": a sentence of a disease
corpus says nothing about the persons in it. A label `num_labels + k` stands for "`O`, or any tag of
a type that corpus *k* never annotates": there `O` competes only with the tags that the corpus
annotates, and those of the other types are neither pushed down nor up. (The marginal likelihood,
-log of the summed probability of all that `O` may stand for, does push them up: an early bias then
feeds itself, and a model soon finds the types of one corpus all over the others.) Where teachers
say how likely those tags are (`teachers`), the softmax has them as well, and what the teachers say
is the target.

Where corpora have rows of their own for a type (`apart`), an entity of one leaves the rows of the
others out of the softmax likewise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tner_hf.labels import LabelSpace
from tner_hf.metrics import IGNORED


def find_open_labels(
    space: LabelSpace, annotated: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, ...]]:
    """For each corpus that leaves out types of `space`: the labels which its `O` may stand for.

    >>> space = LabelSpace(("person", "disease"))
    >>> find_open_labels(space, {"news": ["person"], "both": ["person", "disease"]})
    {'news': (0, 3, 4)}
    """
    open_labels = {}
    for corpus, types in annotated.items():
        missing = [t for t in space.types if t not in set(types)]
        if missing:
            ids = (space.label2id[f"{prefix}-{t}"] for t in missing for prefix in "BI")
            open_labels[corpus] = (0, *ids)
    return open_labels


class TokenLoss:
    """The loss, as `compute_loss_func` of a Trainer.

    Args:
        open_labels: for each k, the labels that a label `num_labels + k` may stand for.
        label_smoothing: weight of the uniform distribution over labels.
        weights: of each label; None where all count the same. The sum is divided by the number of
            labelled sub-tokens all the same. An open label weighs as `O`.
        twins: groups of labels that mean the same of several corpora: where gold has one of them,
            the others are neither punished nor rewarded.
    """

    def __init__(
        self,
        open_labels: Sequence[Sequence[int]] = (),
        *,
        label_smoothing: float = 0.0,
        weights: Sequence[float] | None = None,
        twins: Sequence[Sequence[int]] = (),
    ) -> None:
        self.twins = tuple(map(tuple, twins))
        self.open_labels = tuple(tuple(labels) for labels in open_labels)
        self.label_smoothing = label_smoothing
        self._weights = None if weights is None else torch.tensor(weights, dtype=torch.float32)
        self._tables: dict[tuple[int, torch.device], Tensor] = {}

    def __call__(
        self, outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        """The loss of a batch.

        Args:
            outputs: of a model; its logits have the shape [n_rows, n_subtokens, num_labels].
            labels: shape [n_rows, n_subtokens]; -100 is ignored.
            num_items_in_batch: labels other than -100 in the whole optimizer step, over all
                processes and accumulated batches; None counts those of this batch.
        """
        logits = outputs["logits"] if isinstance(outputs, Mapping) else outputs[0]
        # In half precision the sum over many labels would lose what it is meant to learn.
        logits = logits.view(-1, logits.shape[-1]).float()
        if self._weights is not None:
            self._weights = self._weights.to(logits.device)
        flat = labels.view(-1).to(logits.device)
        plain = not (self.open_labels or self.twins)
        total = self._sum_plain(logits, flat) if plain else self._sum(logits, flat)
        count = flat.ne(IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        # A batch of nothing but ignored positions has a loss of 0, not of 0 / 0.
        return total / torch.as_tensor(count, device=total.device).clamp(min=1)

    def _sum_plain(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(
            logits,
            labels,
            weight=self._weights,
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )

    def _sum(self, logits: Tensor, labels: Tensor) -> Tensor:
        # Every shape is that of the batch: a GPU need not be asked how many labels there are.
        kept, num_labels = labels.ne(IGNORED), logits.shape[-1]
        labels = labels.where(kept, 0)
        unknown = self._unknown(num_labels, logits.device)[labels]
        log_probabilities = functional.log_softmax(
            logits.masked_fill(unknown, float("-inf")), dim=-1
        )
        targets = labels.where(labels < num_labels, 0)  # an open label is an `O`
        own = log_probabilities.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        if self._weights is not None:
            own = own * self._weights[targets]
        loss = -own.where(kept, 0).sum()
        if self.label_smoothing:
            known = (~unknown).sum(dim=-1)
            uniform = log_probabilities.masked_fill(unknown, 0).sum(dim=-1) / known
            uniform = -uniform.where(kept, 0).sum()
            loss = (1 - self.label_smoothing) * loss + self.label_smoothing * uniform
        return loss

    def _unknown(self, num_labels: int, device: torch.device) -> Tensor:
        """The labels that a label leaves open, shape [num_labels + n_open, num_labels]."""
        table = self._tables.get((num_labels, device))
        if table is None:
            table = torch.zeros(num_labels + len(self.open_labels), num_labels, dtype=torch.bool)
            for k, labels in enumerate(self.open_labels):
                table[num_labels + k, [label for label in labels if label]] = True
            for group in self.twins:
                for label in group:
                    table[label, [other for other in group if other != label]] = True
            table = self._tables[num_labels, device] = table.to(device)
        return table


class TaughtLoss(TokenLoss):
    """The loss where teachers say what an open `O` may be: a cross-entropy to their distribution.

    Args:
        open_labels: as for `TokenLoss`.
        targets: the distribution that a label `num_labels + n_open + i` stands for, shape
            [n_targets, num_labels]; below 0 for a tag that is left out of the softmax there.
    """

    def __init__(self, open_labels: Sequence[Sequence[int]], targets: NDArray[np.float32]) -> None:
        super().__init__(open_labels)
        self._targets = torch.from_numpy(targets)

    def _sum(self, logits: Tensor, labels: Tensor) -> Tensor:
        self._targets = self._targets.to(logits.device)
        first = logits.shape[-1] + len(self.open_labels)
        soft = labels >= first
        hard = super()._sum(logits, labels.where(~soft, IGNORED))
        targets = self._targets[(labels - first).clamp(min=0)]
        unknown = targets < 0
        log_probabilities = functional.log_softmax(
            logits.masked_fill(unknown, float("-inf")), dim=-1
        ).masked_fill(unknown, 0)
        loss = -(targets * log_probabilities).sum(dim=-1)
        return hard + loss.where(soft, 0).sum()
