"""What the paper's code did not score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tner_hf.lab.matrix.result import Pair
from tner_hf.lab.reproduce.kept_tokens import cut, find_kept
from tner_hf.models import load_tokenizer
from tner_hf.predictions import PredictedSplit


@pytest.mark.parametrize(
    ("length", "kept"),
    # "ada", a word of the vocabulary; "zq" is z ##q; two special sub-tokens
    [(8, [1, 1, 1, 1, 1]), (7, [1, 1, 1, 1, 1]), (6, [1, 1, 1, 0, 1]), (5, [1, 1, 0, 0, 1])],
)
def test_a_word_is_kept_if_its_first_subtoken_is(
    tiny_encoder: Path, length: int, kept: list[int]
) -> None:
    tokenizer = load_tokenizer(tiny_encoder)
    sentences = [["Ada", "zq", "in", "London"], ["Ada"]]
    assert find_kept(sentences, tokenizer, max_length=length).tolist() == [bool(k) for k in kept]


def test_the_cut_agrees_with_the_tokenizer_s_own_truncation(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(tiny_encoder)
    sentence = ["Ada", "zqx", "lived", "yy", "in", "London", "."] * 3
    for length in range(3, 45):
        encoded = tokenizer(sentence, is_split_into_words=True, truncation=True, max_length=length)
        whole = {word for word in encoded.word_ids() if word is not None}
        kept = find_kept([sentence], tokenizer, max_length=length)
        assert set(np.flatnonzero(kept)) == whole


def test_what_is_cut_off_counts_on_neither_side() -> None:
    predictions = PredictedSplit(
        predicted=np.array([1, 0, 0, 1], np.int16),
        gold=np.array([1, 0, 1, 1], np.int16),
        offsets=np.array([0, 3, 4]),
        own_names=("O", "B-person", "I-person"),
        corpus_names=("O", "B-person", "I-person"),
    )
    shorter = cut(predictions, np.array([True, True, False, True]))
    assert shorter.offsets.tolist() == [0, 2, 3]
    before, after = Pair.of(predictions), Pair.of(shorter)
    assert before.protocols["shared"]["type_aware"]["default"]["micro"]["recall"] == 2 / 3
    assert after.protocols["shared"]["type_aware"]["default"]["micro"]["f1"] == 1.0
    assert after.coverage["gold_total"] == 2
