"""Aligned labels, against their obvious slow version."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import sentences

from tner_hf.errors import DataError, SettingError
from tner_hf.features import (
    AlignmentReport,
    align_dataset,
    tokenize_and_align,
)
from tner_hf.features.encoding import encode_words

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


ZERO_WIDTH = "\u200b"  # a word that BERT-like tokenizers drop altogether


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


def test_the_report_says_what_was_lost() -> None:
    part = AlignmentReport(
        sentences=2, tokens=1500, truncated_sentences=1, truncated_tokens=7, unencodable_tokens=1
    )
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


def test_labels_that_do_not_fit_a_column_are_named(tokenizer) -> None:
    from datasets import Dataset

    rows = {"tokens": [["a"], ["b", "c"]], "ner_tags": [[0], [1]]}
    with pytest.raises(DataError, match="sentence 1 of this batch has not as many labels"):
        align_dataset(Dataset.from_dict(rows), tokenizer)
