"""Training a CRF head: the negative log-likelihood of each sentence's tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tner_hf.metrics import IGNORED
from tner_hf.models.crf import IMPOSSIBLE, Crf
from tner_hf.training.loss import TokenLoss


class CrfLoss(TokenLoss):
    """The loss of a CRF, averaged over labelled sub-tokens of a step as the plain one is.

    A chain is the labelled sub-tokens of a row: special ones, padding, and all pieces of a word but
    the first are no part of it. Open labels are as in `TokenLoss`: there `O` is the label, and the
    tags that the corpus leaves out are no alternative to it, in any path. An `I-x` that cannot
    follow what is before it (its `B-x` may have no sub-token) is the `B-x` that scores read it as.

    Attributes:
        row_starts: of the next batch, if its rows are laid end to end: where each begins and the
            last one ends; None for a row for each row.
    """

    def __init__(self, crf: Crf, open_labels: Sequence[Sequence[int]] = ()) -> None:
        super().__init__(open_labels)
        self.crf = crf
        self.row_starts: Tensor | None = None

    def __call__(
        self, outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        """The loss of a batch; as `TokenLoss` but for the sum."""
        logits = outputs["logits"] if isinstance(outputs, Mapping) else outputs[0]
        size = logits.shape[-1]
        kept = labels.reshape(-1).ne(IGNORED).nonzero().squeeze(1)
        if not len(kept):
            nothing: Tensor = logits.sum() + sum(each.sum() for each in self.crf.parameters())
            return nothing * 0.0
        given = labels.reshape(-1)[kept]
        emissions = logits.reshape(-1, size)[kept].double()
        if self.open_labels:
            unknown = self._unknown(size, logits.device)[given]
            emissions = emissions.masked_fill(unknown, IMPOSSIBLE)
        lengths = self._measure_chains(kept, labels.shape[-1])
        targets = self.crf.read_strays(given.where(given < size, 0), lengths)
        total = -self.crf.log_likelihood(emissions, targets, lengths)
        count = len(kept) if num_items_in_batch is None else num_items_in_batch
        return (total / torch.as_tensor(count, device=total.device).clamp(min=1)).float()

    def _measure_chains(self, kept: Tensor, width: int) -> NDArray[np.int64]:
        """Positions of each chain, from those of all in a flattened batch."""
        if self.row_starts is None:
            rows = kept // width
        else:
            rows = torch.searchsorted(self.row_starts.to(kept.dtype), kept, right=True)
        lengths: NDArray[np.int64] = torch.unique_consecutive(rows, return_counts=True)[1].cpu()
        return np.asarray(lengths)


def decode_rows(
    crf: Crf, logits: NDArray[np.float32], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Labels of rows that are sentences, at the positions where `labels` has one; 0 elsewhere.

    Args:
        crf: decodes.
        logits: shape [n_rows, width, n_labels].
        labels: -100 where a row has no word, shape [n_rows, width].
    """
    kept = labels != IGNORED
    found = np.zeros(labels.shape, dtype=np.int64)
    found[kept] = crf.decode(logits[kept].astype(np.float32), kept.sum(axis=1))
    return found
