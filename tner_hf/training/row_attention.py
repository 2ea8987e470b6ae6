"""Attention with dropout on a CPU, for rows that are laid end to end.

`scaled_dot_product_attention` has no kernel for dropout there: it scales query and key apart and
looks for rows of nothing but minus infinity. Row by row, autograd keeps a dozen nodes for each, and
copies every row out of the batch and back. Here a batch is one node, whose gradients are written
where they belong; the numbers drawn for dropout are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def attend_rows(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    lengths: Sequence[int],
    *,
    dropout: float,
    scaling: float | None = None,
) -> Tensor:
    """Attention of each row to itself, of so many sub-tokens each; see `attend_within_rows`.

    Query, key and value have the shape [n_heads, n_subtokens, head_size], the answer that of
    [n_subtokens, n_heads, head_size].
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    apply: Any = _RowAttention.apply
    attended: Tensor = apply(query, key, value, lengths, dropout, scaling)
    return attended


class _RowAttention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        lengths: Sequence[int],
        dropout: float,
        scaling: float,
    ) -> Tensor:
        attended, by_head = _make(value)
        kept = []
        for rows in _slice(lengths):
            own = _multiply(query[:, rows], key[:, rows].transpose(1, 2), scaling)
            weights = own.softmax(-1, dtype=torch.float32)
            # What torch does to draw and scale; kept, so that nothing is drawn again.
            noise = torch.empty_like(weights).bernoulli_(1 - dropout).div_(1 - dropout)
            dropped = (weights * noise).to(value.dtype)
            by_head[:, rows] = dropped @ value[:, rows]
            kept += [weights, noise, dropped]
        ctx.save_for_backward(query, key, value, *kept)
        ctx.lengths, ctx.scaling = lengths, scaling
        return attended

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, *kept = ctx.saved_tensors
        gradient = gradient.transpose(0, 1)
        (_, of_query), (_, of_key), (_, of_value) = map(_make, (query, key, value))
        for number, rows in enumerate(_slice(ctx.lengths)):
            weights, noise, dropped = kept[3 * number : 3 * number + 3]
            own = gradient[:, rows]
            of_value[:, rows] = dropped.transpose(1, 2) @ own
            of_weights = (own @ value[:, rows].transpose(1, 2)).float().mul_(noise)
            of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
            of_scores = of_scores.to(query.dtype)
            of_query[:, rows] = _multiply(of_scores, key[:, rows], ctx.scaling)
            of_key[:, rows] = _multiply(of_scores.transpose(1, 2), query[:, rows], ctx.scaling)
        return of_query, of_key, of_value, None, None, None


def _slice(lengths: Sequence[int]) -> Iterator[slice]:
    begin = 0
    for length in lengths:
        yield slice(begin, begin + length)
        begin += length


def _make(like: Tensor) -> tuple[Tensor, Tensor]:
    """Memory of the shape [n_subtokens, n_heads, head_size], and the same seen head by head."""
    heads, subtokens, size = like.shape
    made = like.new_empty(subtokens, heads, size)
    return made, made.transpose(0, 1)


def _multiply(left: Tensor, right: Tensor, scaling: float) -> Tensor:
    """The scaled product of matrices, head by head, in one step."""
    return torch.baddbmm(left.new_empty(()), left, right, beta=0, alpha=scaling)
