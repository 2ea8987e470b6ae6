"""What the paper's code did not score: words beyond the longest input of the model.

It cut a test sentence off at 128 sub-tokens and left the rest out of gold and prediction alike. We
score every token, and beside that what the paper would have scored, so that like meets like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tner_hf.features.encoding import encode_words, find_special_ids
from tner_hf.predictions.predicted import PredictedSplit

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def find_kept(
    sentences: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int,
    lowercase: bool = False,
) -> NDArray[np.bool_]:
    """Whether each token survives a cut at `max_length`, shape [n_tokens].

    A word survives if its first sub-token does; one without sub-tokens always does.

    Args:
        sentences: lists of words.
        tokenizer: a fast one.
        max_length: sub-tokens, special ones included.
        lowercase: lower-case words first.
    """
    encoded = encode_words(sentences, tokenizer, lowercase=lowercase)
    room = max_length - sum(map(len, find_special_ids(tokenizer)))
    lengths = np.diff(encoded.starts)
    position = np.arange(len(encoded.ids)) - np.repeat(encoded.starts[:-1], lengths)
    first = encoded.is_first
    kept = np.ones(int(encoded.offsets[-1]), dtype=np.bool_)
    kept[encoded.global_words()[first]] = position[first] < room
    return kept


def cut(predictions: PredictedSplit, kept: NDArray[np.bool_]) -> PredictedSplit:
    """The predictions on the tokens that are kept.

    Args:
        predictions: on all tokens, without words.
        kept: whether each token is, shape [n_tokens].
    """
    before = np.concatenate(([0], np.cumsum(kept)))
    return replace(
        predictions,
        predicted=predictions.predicted[kept],
        gold=predictions.gold[kept],
        offsets=before[predictions.offsets],
    )
