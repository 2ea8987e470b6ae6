"""Sizes, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from data.lens.test_parts import part

from tner_hf.data.lens.sizes import Pieces, measure_fit, measure_size


def test_sizes() -> None:
    train = part("train", "Ada/B-PER wrote .", "Ada/B-PER wrote .", "so it is", "x")
    size = measure_size(part("test", "Ada/B-PER King/I-PER spoke .", "x"), train)

    assert (size.sentences, size.distinct, size.without_entity) == (2, 2, 1)
    assert (size.tokens, size.vocabulary, size.new_tokens) == (5, 5, 2)
    assert (size.entities, size.entity_tokens, size.median, size.longest) == (1, 2, 1, 4)
    assert measure_size(train, None).new_tokens is None
    assert measure_size(train, None).distinct == 3
    assert measure_size(part("test"), train).longest == 0


def test_sentences_that_do_not_fit() -> None:
    fit = measure_fit(part("test", "a b c", "a b c d e", "a"), 2)
    assert (fit.unit, fit.over, fit.beyond, fit.longest, fit.longest_place) == (
        "tokens", 2, 4, 5, "test:1",
    )  # fmt: skip
    assert measure_fit(part("test"), 2).longest_place == ""


def test_sub_tokens_are_counted_where_a_tokenizer_is_given() -> None:
    def cut(sentences: object) -> Pieces:
        return Pieces(np.array([4, 9]), invisible=1, unknown=2)

    fit = measure_fit(part("test", "a b", "c"), 8, cut)
    assert (fit.unit, fit.over, fit.beyond, fit.invisible, fit.unknown) == (
        "sub-tokens",
        1,
        1,
        1,
        2,
    )
    assert fit.per_token == pytest.approx(13 / 3)
