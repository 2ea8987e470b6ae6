"""Rows with the text around a sentence, against the obvious slow version."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset, Features, List, Value
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import sentences

from tner_hf.errors import DataError
from tner_hf.features import align_dataset, encode_windows
from tner_hf.models import load_tokenizer

FEATURES = Features({"tokens": List(Value("string")), "ner_tags": List(Value("int64"))})


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path) -> Any:
    return load_tokenizer(tiny_encoder)


def widen_slowly(
    pieces: list[list[list[int]]], sentence: int, documents: list[int], room: int
) -> list[int]:
    """The sub-tokens of a sentence that fits, with whole words of its document around it.

    Words are taken as long as they fit into the share of their side: half of the spare room, and
    what the other side has no use for.
    """
    first = last = sentence
    while first > 0 and documents[first - 1] == documents[sentence]:
        first -= 1
    while last + 1 < len(documents) and documents[last + 1] == documents[sentence]:
        last += 1
    own = [piece for word in pieces[sentence] for piece in word]
    before = [word for each in pieces[first:sentence] for word in each]
    after = [word for each in pieces[sentence + 1 : last + 1] for word in each]
    spare = room - len(own)
    there = [sum(map(len, words)) for words in (before, after)]
    left = min(there[0], max(spare // 2, spare - there[1]))
    right = min(there[1], spare - left)
    taken_before: list[int] = []
    for word in reversed(before):
        if len(taken_before) + len(word) > left:
            break
        taken_before = word + taken_before
    taken_after: list[int] = []
    for word in after:
        if len(taken_after) + len(word) > right:
            break
        taken_after += word
    return [*taken_before, *own, *taken_after]


@settings(max_examples=40, deadline=None)
@given(sentences=sentences, max_length=st.integers(3, 40), data=st.data())
def test_rows_are_those_of_the_slow_version(
    tokenizer: Any, sentences: list[list[str]], max_length: int, data: st.DataObject
) -> None:
    documents = data.draw(
        st.lists(st.integers(0, 2), min_size=len(sentences), max_size=len(sentences))
    )
    pieces = [
        [tokenizer([word], is_split_into_words=True, add_special_tokens=False).input_ids
         for word in sentence]
        for sentence in sentences
    ]  # fmt: skip
    numbers, room = np.array(documents, np.int32), max_length - 2
    given: dict[str, Any] = {"max_length": max_length, "documents": numbers}
    tags = [[i % 3 for i in range(len(sentence))] for sentence in sentences]
    data_set = Dataset.from_dict({"tokens": sentences, "ner_tags": tags}, FEATURES)
    rows = align_dataset(data_set, tokenizer, **given)[0][:]
    alone = align_dataset(data_set, tokenizer, max_length=max_length)[0][:]
    windows = encode_windows(sentences, tokenizer, **given)
    word = 0
    for i, sentence in enumerate(sentences):
        own = [piece for each in pieces[i] for piece in each]
        if 0 < len(own) <= room:
            expected = [2, *widen_slowly(pieces, i, documents, room), 3]
            assert rows["input_ids"][i] == expected
            # Every word of the sentence is in its row, at the place of its first sub-token.
            for each in pieces[i]:
                if each:
                    row, at = windows.word_rows[word], windows.word_positions[word]
                    begin, end = windows.row_offsets[row : row + 2]
                    assert windows.input_ids[begin:end].tolist() == expected
                    assert expected[at : at + len(each)] == each
                word += 1
        else:
            word += len(sentence)
        # What is labelled is what was without.
        kept, before = ([n for n in r["labels"][i] if n >= 0] for r in (rows, alone))
        assert kept == before


def test_a_sentence_at_the_edge_of_its_document_takes_more_of_the_other_side(
    tokenizer: Any,
) -> None:
    sentences = [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
    windows = encode_windows(
        sentences, tokenizer, max_length=6, documents=np.array([0, 0, 0, 1], np.int32)
    )
    rows = [
        "".join(tokenizer.convert_ids_to_tokens(windows.input_ids[a + 1 : b - 1].tolist()))
        for a, b in zip(windows.row_offsets[:-1], windows.row_offsets[1:], strict=True)
    ]
    owners = [windows.word_rows[2 * i] for i in range(4)]
    assert [rows[i] for i in owners] == ["abcd", "bcde", "cdef", "gh"]
    assert windows.word_positions.tolist() == [1, 2, 2, 3, 3, 4, 1, 2]
    labels = windows.row_labels(np.arange(8))
    assert sorted(labels[labels >= 0].tolist()) == list(range(8))


def test_a_document_that_comes_again_is_another_one(tokenizer: Any) -> None:
    sentences = [["a"], ["b"], ["c"]]
    windows = encode_windows(sentences, tokenizer, max_length=9, documents=np.array([0, 1, 0]))
    assert [len(list(g)) for _, g in groupby(windows.lengths.tolist())] == [3]
    assert windows.lengths.tolist() == [3, 3, 3]


def test_each_sentence_needs_its_document(tokenizer: Any) -> None:
    with pytest.raises(DataError, match="1 documents were given for 2 sentences"):
        encode_windows([["a"], ["b"]], tokenizer, max_length=9, documents=np.array([0]))
