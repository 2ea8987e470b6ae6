"""Aligned labels and windows, each against its obvious slow version."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import sentences, windows, words

from tner_hf.errors import DataError, SettingError
from tner_hf.features import (
    AlignmentReport,
    Windows,
    align_dataset,
    encode_windows,
    encode_words,
    fill_gaps,
    find_special_ids,
    tokenize_and_align,
)
from tner_hf.features.vocabulary import number_column, number_words
from tner_hf.features.windows import plan_windows

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
ZERO_WIDTH = "\u200b"  # a word that BERT-like tokenizers drop altogether


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_encoder)


def align_slowly(tokens, tags, tokenizer, max_length, every_subtoken):
    """What run_ner.py does, one sub-token at a time."""
    encoded = tokenizer(tokens, is_split_into_words=True, truncation=True, max_length=max_length)
    labels, previous = [], None
    for word in encoded.word_ids():
        if word is None:
            labels.append(-100)
        elif word != previous:
            labels.append(tags[word])
        else:
            tag = NAMES[tags[word]]
            labels.append(NAMES.index("I" + tag[1:]) if tag != "O" and every_subtoken else
                          0 if every_subtoken else -100)  # fmt: skip
        previous = word
    return encoded["input_ids"], labels


@settings(max_examples=60, deadline=None)
@given(sentences=sentences, max_length=st.integers(3, 40), data=st.data())
@pytest.mark.parametrize("mode", ["first", "inside"])
def test_alignment_equals_the_slow_one(tokenizer, mode, sentences, max_length, data) -> None:
    tags = [
        data.draw(st.lists(st.integers(0, 4), min_size=len(s), max_size=len(s))) for s in sentences
    ]
    features = tokenize_and_align(
        {"tokens": sentences, "ner_tags": tags},
        tokenizer,
        max_length=max_length,
        label_all_subtokens=mode,
    )
    expected = [
        align_slowly(s, t, tokenizer, max_length, mode == "inside")
        for s, t in zip(sentences, tags, strict=True)
    ]
    assert features["input_ids"] == [ids for ids, _ in expected]
    assert features["labels"] == [labels for _, labels in expected]
    assert features["attention_mask"] == [[1] * len(ids) for ids, _ in expected]


def test_inside_follows_the_names_where_labels_are_in_another_order(tokenizer) -> None:
    names = ["B-LOC", "I-LOC", "O"]
    examples = {"tokens": [["xyz", "in"]], "ner_tags": [[0, 2]]}
    features = tokenize_and_align(examples, tokenizer, label_all_subtokens="inside", names=names)
    assert features["labels"] == [[-100, 0, 1, 1, 2, -100]]


def test_inside_without_an_inside_label_says_which_one_is_missing(tokenizer) -> None:
    examples = {"tokens": [["xyz"]], "ner_tags": [[1]]}
    with pytest.raises(SettingError, match="needs 'I-LOC'"):
        tokenize_and_align(examples, tokenizer, label_all_subtokens="inside", names=["O", "B-LOC"])


def test_lowercase_changes_the_words_not_the_tokenizer(tokenizer) -> None:
    from transformers import PreTrainedTokenizerFast

    backend = tokenizer.backend_tokenizer.__class__.from_str(tokenizer.backend_tokenizer.to_str())
    backend.normalizer = None
    cased = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]")
    upper, lower = {"tokens": [["LONDON"]]}, {"tokens": [["london"]]}
    assert tokenize_and_align(upper, cased) != tokenize_and_align(lower, cased)
    assert tokenize_and_align(upper, cased, lowercase=True) == tokenize_and_align(lower, cased)


def test_sentences_without_labels_have_no_labels_column(tokenizer) -> None:
    assert "labels" not in tokenize_and_align({"tokens": [["Ada"]]}, tokenizer)


def test_the_old_name_of_the_label_column_is_read(tokenizer) -> None:
    features = tokenize_and_align({"tokens": [["Ada"]], "tags": [[1]]}, tokenizer)
    assert features["labels"] == [[-100, 1, -100]]


def test_align_dataset_equals_map_and_counts_what_is_lost(tokenizer) -> None:
    from datasets import ClassLabel, Dataset, Features, List, Value

    features = Features(
        {"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=NAMES))}
    )
    rows = {
        "tokens": [["Ada", ZERO_WIDTH, "London"], ["Ada"] * 9, ["xyz", "Ada"], []],
        "ner_tags": [[1, 2, 3], [1] * 9, [3, 0], []],
    }
    dataset = Dataset.from_dict(rows, features=features)
    aligned, report = align_dataset(dataset, tokenizer, max_length=6, label_all_subtokens="inside")
    mapped = dataset.map(
        lambda rows: tokenize_and_align(
            rows, tokenizer, max_length=6, label_all_subtokens="inside"
        ),
        batched=True,
        remove_columns=dataset.column_names,
    )
    assert aligned[:] == mapped[:]
    assert report == AlignmentReport(
        sentences=4,
        tokens=14,
        truncated_sentences=1,
        truncated_tokens=5,
        unencodable_tokens=1,
    )


def test_the_report_adds_up_and_says_what_was_lost() -> None:
    part = AlignmentReport(
        sentences=2, tokens=1500, truncated_sentences=1, truncated_tokens=7, unencodable_tokens=1
    )
    assert (part + part).to_dict() == {
        "sentences": 4,
        "tokens": 3000,
        "truncated_sentences": 2,
        "truncated_tokens": 14,
        "unencodable_tokens": 2,
    }
    assert part.lines() == [
        "2 sentences, 1,500 tokens",
        "tokens beyond --max_length, not trained on: 7 (in sentences: 1)",
        "tokens without a sub-token in this tokenizer, not trained on: 1",
    ]


@pytest.mark.parametrize(
    ("examples", "keywords", "error", "message"),
    [
        ({"tokens": ["Ada"]}, {}, DataError, "sentence 0 is the text 'Ada'"),
        ({"tokens": [["Ada", None]]}, {}, DataError, r"a token of sentence 0 is None \(NoneType\)"),
        ({"tokens": [["a"]], "ner_tags": [[1, 2]]}, {}, DataError, "sentence 0 of this batch"),
        ({"tokens": [["a"]]}, {"max_length": 2}, SettingError, "max_length=2 leaves no room"),
        ({"tokens": [["a"]]}, {"label_all_subtokens": "all"}, SettingError, "'first', 'inside'"),
    ],
)
def test_wrong_input_is_named(tokenizer, examples, keywords, error, message) -> None:
    with pytest.raises(error, match=message):
        tokenize_and_align(examples, tokenizer, **keywords)


def test_a_slow_tokenizer_is_refused() -> None:
    class SlowTokenizer:
        is_fast = False

    with pytest.raises(SettingError, match="SlowTokenizer is not backed by the tokenizers library"):
        encode_words([["a"]], SlowTokenizer())


def test_settings_inside_tokenizer_json_do_not_cut_or_pad(embedded_encoder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(embedded_encoder)  # carries truncation and padding
    assert len(encode_words([["word"] * 1000, ["a"]], tokenizer).ids) == 1001


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
    assert windows.gather(echo, missing=-1).tolist() == first
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
    assert windows.gather(padded, missing=-1).tolist() == [
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


def test_special_ids_are_those_around_a_sentence(tokenizer) -> None:
    assert find_special_ids(tokenizer) == ([tokenizer.cls_token_id], [tokenizer.sep_token_id])


@pytest.mark.parametrize("keywords", [{"max_length": 2}, {"max_length": 9, "overlap": -1}])
def test_impossible_windows_are_refused(tokenizer, keywords) -> None:
    with pytest.raises(SettingError, match="accepted: max_length of at least 3"):
        encode_windows([["a"]], tokenizer, **keywords)


def test_no_sentences_give_no_rows(tokenizer) -> None:
    windows = encode_windows([], tokenizer, max_length=16)
    assert len(windows) == 0
    assert windows.scatter(np.zeros((0, 0), dtype=np.int64), NAMES).tolist() == []


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


@given(
    lists=st.lists(st.lists(st.sampled_from(["a", "b", "ü"]), max_size=3), min_size=1, max_size=8),
    data=st.data(),
)
def test_words_of_arrow_columns_are_those_of_lists(lists, data) -> None:
    import pyarrow as pa

    cut = data.draw(st.integers(0, len(lists)))
    kind = data.draw(st.sampled_from([pa.list_, pa.large_list]))(pa.string())
    whole = pa.chunked_array([pa.array(lists[:cut], kind), pa.array(lists[cut:], kind)])
    begin = data.draw(st.integers(0, len(lists) - 1))
    column, rows = whole.slice(begin), lists[begin:]
    found, expected = number_column(column), number_words(rows)
    assert [found.distinct[i] for i in found.numbers] == [word for row in rows for word in row]
    assert found.offsets.tolist() == expected.offsets.tolist()
    assert [expected.distinct[i] for i in expected.numbers] == [
        word for row in rows for word in row
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", None]], r"a token of sentence 0 is None"),
        ([["a"], [1]], r"a token of sentence 1 is 1 \(int\)"),
        ([["a"], [["b"]]], r"a token of sentence 1 is \['b'\]"),
        (["Ada"], "sentence 0 is the text 'Ada'"),
    ],
)
def test_words_that_are_no_strings_are_named(rows, message) -> None:
    with pytest.raises(DataError, match=message):
        number_words(rows)


def test_labels_that_do_not_fit_a_column_are_named(tokenizer) -> None:
    from datasets import Dataset

    rows = {"tokens": [["a"], ["b", "c"]], "ner_tags": [[0], [1]]}
    with pytest.raises(DataError, match="sentence 1 of this batch has not as many labels"):
        align_dataset(Dataset.from_dict(rows), tokenizer)
