"""Windows, each against its obvious slow version."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import sentences, windows

from tner_hf.errors import SettingError
from tner_hf.features import (
    Windows,
    encode_windows,
    fill_gaps,
)
from tner_hf.features.windows import plan_windows

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


ZERO_WIDTH = "\u200b"  # a word that BERT-like tokenizers drop altogether


def rows_of(windows: Windows) -> list[list[int]]:
    return [windows.input_ids[a:b].tolist() for a, b in pairwise(windows.row_offsets)]


def test_a_sentence_that_fits_is_the_tokenizers_own_row(tokenizer) -> None:
    tokens = [["Ada", "xyz", "."], [], ["London"]]
    windows = encode_windows(tokens, tokenizer, max_length=32)
    assert rows_of(windows) == [
        tokenizer(tokens[0], is_split_into_words=True)["input_ids"],
        tokenizer(tokens[2], is_split_into_words=True)["input_ids"],
    ]
    assert windows.offsets.tolist() == [0, 3, 3, 4]
    assert windows.windowed_sentences == 0


@settings(max_examples=80, deadline=None)
@given(sentences=sentences, room=st.integers(1, 30), overlap=st.integers(0, 12))
def test_every_word_is_answered_for_at_its_own_first_subtoken(
    tokenizer, sentences, room, overlap
) -> None:
    windows = encode_windows(sentences, tokenizer, max_length=room + 2, overlap=overlap)
    assert windows.lengths.max(initial=0) <= room + 2
    assert (np.diff(windows.lengths) <= 0).all()
    # A "model" that predicts the id of each sub-token: every word must get back its own first one.
    echo = np.full((len(windows), int(windows.lengths.max(initial=0))), -7)
    for i, row in enumerate(rows_of(windows)):
        echo[i, : len(row)] = row
    first = [
        next(iter(tokenizer(w, add_special_tokens=False)["input_ids"]), -1)
        for sentence in sentences
        for w in sentence
    ]
    assert windows.gather(echo).tolist() == first
    assert windows.unencodable_tokens == first.count(-1)


@settings(max_examples=300, deadline=None)
@given(**windows)
def test_each_word_is_owned_by_the_window_with_most_context(lengths, room, overlap) -> None:
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    if bounds[-1] <= room:
        return
    spans, handovers = plan_windows(bounds, room, min(overlap, room // 2))
    assert spans[0][0] == 0
    assert spans[-1][1] == len(lengths)
    assert all(a < c <= b < d for (a, b), (c, d) in pairwise(spans))
    assert all(bounds[end] - bounds[begin] <= room for begin, end in spans)

    def context(word: int, span: tuple[int, int]) -> float:
        begin, end = span
        left = bounds[word] - bounds[begin] if begin else np.inf
        right = bounds[end] - bounds[word + 1] if end < len(lengths) else np.inf
        return min(left, right)

    owners = np.searchsorted(handovers, np.arange(len(lengths)), side="right")
    for word, owner in enumerate(owners):
        best = max(context(word, span) for span in spans if span[0] <= word < span[1])
        assert context(word, spans[owner]) == best


def test_windows_share_the_overlap_and_the_last_one_is_full() -> None:
    spans, handovers = plan_windows(np.arange(26), room=10, overlap=4)
    assert spans == [(0, 10), (6, 16), (12, 22), (15, 25)]
    assert handovers == [8, 14, 19]


def test_a_word_longer_than_a_window_is_cut_and_still_answered_for(tokenizer) -> None:
    windows = encode_windows([["Ada", "a" * 40, "London"]], tokenizer, max_length=8, overlap=2)
    assert windows.lengths.tolist() == [8, 3, 3]
    assert sorted(windows.word_rows.tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("ids", "offsets", "expected"),
    [
        ([1, -1, 2], [0, 3], [1, 2, 2]),  # inside an entity: goes on with it
        ([1, -1, -1, 2], [0, 4], [1, 2, 2, 2]),
        ([1, -1, 1], [0, 3], [1, 0, 1]),  # a new entity follows: outside
        ([1, -1], [0, 2], [1, 0]),  # nothing follows
        ([1, -1, 2], [0, 2, 3], [1, 0, 2]),  # what follows is another sentence
        ([-1], [0, 0, 1], [0]),
        ([], [0], []),
    ],
)
def test_a_word_without_subtokens_takes_the_tag_that_goes_on(ids, offsets, expected) -> None:
    filled = fill_gaps(np.array(ids, dtype=np.int64), np.array(offsets), NAMES)
    assert filled.tolist() == expected


def test_scatter_gives_label_ids_in_the_order_of_the_sentences(tokenizer) -> None:
    tokens = [["London"], ["Ada", ZERO_WIDTH, "Lovelace", "lived"]]
    windows = encode_windows(tokens, tokenizer, max_length=32)
    predictions = np.full((2, 9), -100)  # Trainer pads with -100; the longer row comes first
    predictions[0, :5] = [0, 1, 2, 0, 0]
    predictions[1, :3] = [0, 3, 0]
    assert windows.scatter(predictions, NAMES).tolist() == [3, 1, 2, 2, 0]


def test_predictions_of_another_shape_are_refused(tokenizer) -> None:
    windows = encode_windows([["London"]], tokenizer, max_length=32)
    with pytest.raises(SettingError, match=r"shape \(2, 3\); accepted: \[1 rows, at least 3"):
        windows.scatter(np.zeros((2, 3), dtype=np.int64), NAMES)


def test_the_evaluation_dataset_holds_each_gold_label_once(tokenizer) -> None:
    tokens = [["Ada", "met", ZERO_WIDTH] * 12, ["London", "xyz"]]
    gold = np.arange(38)
    windows = encode_windows(tokens, tokenizer, max_length=12, overlap=4)
    flat = windows.row_labels(gold)
    rows = [flat[a:b].tolist() for a, b in pairwise(windows.row_offsets)]
    assert len(rows) == len(windows) > 2
    seen = [label for labels in rows for label in labels if label != -100]
    assert sorted(seen) == [i for i in range(38) if i >= 36 or i % 3 != 2]
    padded = np.full((len(rows), 12), -100)
    for i, labels in enumerate(rows):
        padded[i, : len(labels)] = labels
    assert windows.gather(padded).tolist() == [
        -1 if i < 36 and i % 3 == 2 else i for i in range(38)
    ]
    with pytest.raises(SettingError, match="3 labels were given for 38 tokens"):
        windows.row_labels(gold[:3])


def test_batches_hold_every_row_once_within_the_budget(tokenizer) -> None:
    tokens = [["Ada"] * n for n in (5, 1, 30, 2, 2, 7)]
    windows = encode_windows(tokens, tokenizer, max_length=40)
    batches = list(windows.batches(20))
    assert [row for begin, end in batches for row in range(begin, end)] == list(range(6))
    shapes = [windows.batch(begin, end)["input_ids"].shape for begin, end in batches]
    assert shapes == [(1, 32), (2, 9), (3, 4)]


def test_a_batch_is_padded_and_masked(tokenizer) -> None:
    windows = encode_windows([["Ada"], ["Ada", "met"]], tokenizer, max_length=40)
    batch = windows.batch(0, 2)
    theirs = tokenizer([["Ada", "met"], ["Ada"]], is_split_into_words=True, padding=True)
    assert batch["input_ids"].tolist() == theirs["input_ids"]
    assert batch["attention_mask"].tolist() == theirs["attention_mask"]


@pytest.mark.parametrize("keywords", [{"max_length": 2}, {"max_length": 9, "overlap": -1}])
def test_impossible_windows_are_refused(tokenizer, keywords) -> None:
    with pytest.raises(SettingError, match="accepted: max_length of at least 3"):
        encode_windows([["a"]], tokenizer, **keywords)


def test_no_sentences_give_no_rows(tokenizer) -> None:
    windows = encode_windows([], tokenizer, max_length=16)
    assert len(windows) == 0
    assert windows.scatter(np.zeros((0, 0), dtype=np.int64), NAMES).tolist() == []
