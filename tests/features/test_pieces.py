"""How a tokenizer's sub-tokens are counted over sentences."""

from __future__ import annotations

from pathlib import Path

from tner_hf.features.pieces import count_pieces
from tner_hf.models import load_tokenizer


def test_sub_tokens_with_the_special_ones_and_words_without_meaning(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(tiny_encoder)
    sentences = [["Ada", "lived"], ["\u200b", "日本", "."], []]
    pieces = count_pieces(sentences, tokenizer)

    rows = [tokenizer(s, is_split_into_words=True)["input_ids"] for s in sentences]
    assert pieces.lengths.tolist() == [len(row) for row in rows]
    assert pieces.invisible == 1
    assert pieces.unknown == 1
