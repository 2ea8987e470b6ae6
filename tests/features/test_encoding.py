"""Distinct words encoded once give what whole sentences give."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import words

from tner_hf.features.encoding import encode_words, find_special_ids


def test_special_ids_are_those_around_a_sentence(tokenizer) -> None:
    assert find_special_ids(tokenizer) == ([tokenizer.cls_token_id], [tokenizer.sep_token_id])


def encode_slowly(sentences: list[list[str]], tokenizer) -> tuple[list[int], list[int], list[int]]:
    """Every sentence through the tokenizer: sub-tokens, their words, and sizes of sentences."""
    ids, of_words, sizes, before = [], [], [], 0
    for sentence in sentences:
        encoding = tokenizer(sentence, is_split_into_words=True, add_special_tokens=False)
        ids += encoding["input_ids"]
        of_words += [before + word for word in encoding.word_ids()]
        sizes.append(len(encoding["input_ids"]))
        before += len(sentence)
    return ids, of_words, sizes


@settings(max_examples=60, deadline=None)
@given(sentences=st.lists(st.lists(words | st.text(max_size=6), max_size=80), max_size=6))
def test_distinct_words_give_what_whole_sentences_give(tokenizer, sentences) -> None:
    encoded = encode_words(sentences, tokenizer)
    ids, of_words, sizes = encode_slowly(sentences, tokenizer)
    assert encoded.ids.tolist() == ids
    assert encoded.global_words().tolist() == of_words
    assert np.diff(encoded.starts).tolist() == sizes
    firsts = [i for i, word in enumerate(of_words) if i == 0 or of_words[i - 1] != word]
    assert np.flatnonzero(encoded.is_first).tolist() == firsts


def test_more_distinct_words_than_one_call_takes_are_put_together(tokenizer, monkeypatch) -> None:
    from tner_hf.features import encoding

    monkeypatch.setattr(encoding, "ROW", 2)
    monkeypatch.setattr(encoding, "CHUNK", 3)
    sentence = [first + second for first in "abcdef" for second in "xyz"] * 2
    assert (
        encode_words([sentence], tokenizer).ids.tolist() == encode_slowly([sentence], tokenizer)[0]
    )


def test_a_tokenizer_with_dropout_draws_for_every_word() -> None:
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    pieces = {piece: i for i, piece in enumerate(["a", "b", "ab", "abab"])}
    bpe = models.BPE(pieces, [("a", "b"), ("ab", "ab")], dropout=0.5)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(bpe))
    counts = encode_words([["abab"] * 200], tokenizer).counts
    assert set(counts.tolist()) == {1, 2, 3, 4}  # one draw for all would leave a single number
