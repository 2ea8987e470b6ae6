"""Training batches without padding: the rows of a batch as one, each attending to itself only.

In a random batch of sentences nearly half of all positions are padding, and all are computed.
`DataCollatorWithFlattening` of transformers lays the rows end to end instead, for the kernels of
FlashAttention, which know where each row ends. The attention here needs nothing but torch: the same
kernels inside it on a GPU, `scaled_dot_product_attention` row by row elsewhere. Everything else in
an encoder treats each sub-token alone, so loss and gradients are those of the padded batch. That is
checked, on rows of the training split, before a model is trained this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    DataCollatorForTokenClassification,
    DataCollatorWithFlattening,
)
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from tner_hf.metrics import IGNORED
from tner_hf.models import OFFSET_POSITIONS
from tner_hf.training.row_attention import attend_rows

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

#: Under which name transformers finds `attend_within_rows`.
ATTENTION = "tner_hf_within_rows"

#: Rows that are run both ways before training: the longest, where a local attention would differ,
#: and some others.
_TRIED_ROWS = 4

#: Largest difference between the two ways, as a share of the largest logit. Float32 leaves 1e-6; a
#: row that saw its neighbours, or other positions, would differ in the first digits.
_TOLERANCE = 1e-4

#: The same in half precision, which rounds to three digits in each layer.
_HALF_TOLERANCE = 5e-2


def attend_within_rows(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    cu_seq_lens_q: Tensor | None = None,
    max_length_q: int | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attention over rows laid end to end; over padded batches that of `sdpa`.

    Args:
        module: the attention layer.
        query: shape [1, n_heads, n_subtokens, head_size]; `key` and `value` the same.
        key: what is attended to.
        value: what is taken from there.
        attention_mask: of padded batches; flattened ones have none.
        dropout: share of attention weights that are dropped.
        scaling: of the scores; None for one over the root of the head size.
        sliding_window: sub-tokens attend to those less than so many places away.
        cu_seq_lens_q: where each row begins, and the end of the last; None in a padded batch.
        max_length_q: sub-tokens of the longest row.
        **kwargs: for `sdpa`.

    Returns:
        Shape [1, n_subtokens, n_heads, head_size], and no weights.
    """
    if cu_seq_lens_q is None:
        kwargs = {**kwargs, "dropout": dropout, "scaling": scaling}
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    if query.is_cuda and max_length_q is not None:
        window = sliding_window if max_length_q > (sliding_window or 0) else None
        if window is None or _is_half(query):
            attended = attend_packed(
                query[0].transpose(0, 1),
                key[0].transpose(0, 1),
                value[0].transpose(0, 1),
                cu_seq_lens_q,
                max_length_q,
                dropout=dropout,
                scaling=scaling,
                window=window,
            )
            return attended[None], None
    lengths = [end - begin for begin, end in pairwise(cu_seq_lens_q.tolist())]
    masks = [_window_mask(length, sliding_window, query.device) for length in lengths]
    if dropout and query.device.type == "cpu" and not any(mask is not None for mask in masks):
        each = (query[0], key[0], value[0])
        return attend_rows(*each, lengths, dropout=dropout, scaling=scaling)[None], None
    rows = zip(*(torch.split(each, lengths, dim=2) for each in (query, key, value)), strict=True)
    by_row = [
        scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout, scale=scaling)
        for mask, (q, k, v) in zip(masks, rows, strict=True)
    ]
    return torch.cat(by_row, dim=2).transpose(1, 2).contiguous(), None


def attend_packed(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    starts: Tensor,
    longest: int,
    *,
    dropout: float,
    scaling: float | None,
    window: int | None = None,
) -> Tensor:
    """Attention of all rows in one kernel of a GPU.

    torch's own `varlen_attn` is this without dropout. Arguments are as for `attend_within_rows`,
    and what goes in and out has the shape [n_subtokens, n_heads, head_size]. In half precision the
    kernel is FlashAttention's, which alone knows a window, else the memory-efficient one.
    """
    ends = (starts, starts, longest, longest)
    attended: Tensor
    if _is_half(query):
        reach = -1 if window is None else window - 1  # -1: as far as the row goes
        attended = torch.ops.aten._flash_attention_forward(
            query, key, value, *ends, dropout, False, False,
            scale=scaling, window_size_left=reach, window_size_right=reach,
        )[0]  # fmt: skip
        return attended
    rows = (each[None] for each in (query, key, value))
    attended = torch.ops.aten._efficient_attention_forward(
        *rows, None, *ends, dropout, 0, torch.is_grad_enabled(), scale=scaling
    )[0]
    return attended[0]


def _is_half(tensor: Tensor) -> bool:
    return tensor.dtype in {torch.float16, torch.bfloat16}


@lru_cache(maxsize=256)
def _window_mask(length: int, window: int | None, device: torch.device) -> Tensor | None:
    """Which places of a row see each other; None where all do."""
    if window is None or length <= window:
        return None
    places = torch.arange(length, device=device)
    return (places[:, None] - places[None, :]).abs() < window


def flatten_batches(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Dataset,
    *,
    half: torch.dtype | None = None,
) -> DataCollatorWithFlattening | None:
    """The collator of padding-free batches, with the attention of the model ready for them.

    Rows of the training split are run through it both ways, in the type of mixed precision as well
    that the model will be trained in.

    Returns:
        None where the model computes something else without padding, or cannot be told to: it
        stays as it was.
    """
    usual, flash = model.config._attn_implementation, uses_flash_attention(model)
    if not (flash or (usual == "sdpa" and getattr(model, "_supports_attention_backend", False))):
        return None
    start = model.config.pad_token_id + 1 if model.config.model_type in OFFSET_POSITIONS else 0
    collator = DataCollatorWithFlattening(  # type: ignore[no-untyped-call]
        return_flash_attn_kwargs=True, position_ids_start=start, separator_id=IGNORED
    )
    tried = _choose_rows(rows)
    if any(row["labels"][0] != IGNORED for row in tried):
        return None  # the collator takes the first label of a row for a separator
    if flash:
        return collator
    padded, flat = DataCollatorForTokenClassification(tokenizer)(tried), dict(collator(tried))
    precisions = [None] if half is None else [None, half]  # each has a kernel of its own on a GPU
    expected = [_logits(model, padded, tried, each) for each in precisions]
    AttentionInterface.register(ATTENTION, attend_within_rows)
    AttentionMaskInterface.register(ATTENTION, sdpa_mask)
    model.set_attn_implementation(ATTENTION)
    try:
        found = [_logits(model, flat, tried, each) for each in precisions]
        agrees = all(map(_agree, expected, found, (_TOLERANCE, _HALF_TOLERANCE)))
    except (TypeError, ValueError, RuntimeError, IndexError):  # not made for it
        agrees = False
    if not agrees:
        model.set_attn_implementation(usual)
        return None
    return collator


def _agree(expected: Tensor, found: Tensor, tolerance: float) -> bool:
    return bool((expected - found).abs().max() <= tolerance * expected.abs().max())


def uses_flash_attention(model: PreTrainedModel) -> bool:
    """Whether the model was loaded with kernels that know where each row ends."""
    return "flash" in str(model.config._attn_implementation)


def measure_rows(rows: Dataset) -> NDArray[np.int64]:
    """Sub-tokens of each row, shape [n_rows]."""
    import pyarrow.compute as pc

    column = rows.select_columns("input_ids").with_format("arrow")[:]["input_ids"]
    lengths: NDArray[np.int64] = pc.list_value_length(column).to_numpy().astype(np.int64)
    return lengths


def _choose_rows(rows: Dataset) -> list[dict[str, list[int]]]:
    longest = int(measure_rows(rows).argmax())
    chosen = [longest, *range(0, len(rows), -(-len(rows) // (_TRIED_ROWS - 1)))]
    columns = ("input_ids", "attention_mask", "labels")
    return [{name: rows[i][name] for name in columns if name in rows[i]} for i in chosen]


def _logits(
    model: PreTrainedModel,
    batch: dict[str, Any],
    rows: Sequence[dict[str, list[int]]],
    half: torch.dtype | None,
) -> Tensor:
    """What the model says of every sub-token, shape [n_subtokens, n_labels]."""
    was_training = model.training
    model.train(mode=False)
    given = {name: value for name, value in batch.items() if name != "labels"}
    given = {n: v.to(model.device) if isinstance(v, Tensor) else v for n, v in given.items()}
    mixed = torch.autocast(model.device.type, dtype=half, enabled=half is not None)
    try:
        with torch.inference_mode(), mixed:
            logits: Tensor = model(**given).logits.float()
    finally:
        model.train(was_training)
    if len(logits) == 1 < len(rows):
        return logits[0]
    return torch.cat([own[: len(row["input_ids"])] for own, row in zip(logits, rows, strict=True)])
