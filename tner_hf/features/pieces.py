"""What a tokenizer makes of a corpus: how long sentences become, and which words it cannot read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tner_hf.data.lens.sizes import Pieces
from tner_hf.features.encoding import encode_words, find_special_ids

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def count_pieces(
    sentences: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    lowercase: bool = False,
) -> Pieces:
    """The sub-tokens of each sentence, special ones included, and the words without meaning."""
    encoded = encode_words(sentences, tokenizer, lowercase=lowercase)
    special = sum(map(len, find_special_ids(tokenizer)))
    words = encoded.global_words()
    unk = -1 if tokenizer.unk_token_id is None else tokenizer.unk_token_id
    unknown = words[encoded.ids == unk]
    return Pieces(
        np.diff(encoded.starts) + special,
        int(encoded.offsets[-1]) - len(np.unique(words)),
        len(np.unique(unknown)),
    )
