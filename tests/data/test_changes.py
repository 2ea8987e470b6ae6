"""Changes of text: gold stays exact through each of them, and the same seed gives the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.data.changes import CHANGES, ERROR_RATE, Sentence, change_sentences
from tner_hf.errors import UnknownNameError
from tner_hf.labels.schemes import entities

WORD = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=12
) | st.sampled_from([",", ".", "...", "Ada", "Lovelace", "London", "corner", "ﬁne", "straße"])
TAG = st.sampled_from(["O", "O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
SENTENCE = st.lists(st.tuples(WORD, TAG), min_size=0, max_size=9).map(
    lambda pairs: Sentence([w for w, _ in pairs], [t for _, t in pairs])
)
SENTENCES = st.lists(SENTENCE, min_size=1, max_size=6)


def texts(sentence: Sentence) -> list[tuple[str, tuple[str, ...]]]:
    return [(kind, tuple(sentence.words[a:b])) for kind, a, b in entities(sentence.tags)]


@given(SENTENCES, st.sampled_from(sorted(CHANGES)), st.integers(0, 9))
def test_gold_is_exact_after_every_change(
    sentences: list[Sentence], change: str, seed: int
) -> None:
    before = [Sentence(list(words), list(tags)) for words, tags in sentences]
    done = change_sentences(sentences, change, seed=seed)
    assert sentences == before  # nothing is changed in place
    assert done == change_sentences(sentences, change, seed=seed)
    assert all(len(words) == len(tags) for words, tags in done.sentences)
    assert all(word for words, _ in done.sentences for word in words)
    assert sum(len(texts(s)) for s in done.sentences) == sum(len(texts(s)) for s in sentences)
    ends = [*done.origins[1:], len(sentences)]
    for new, begin, end in zip(done.sentences, done.origins, ends, strict=True):
        old = [each for sentence in sentences[begin:end] for each in texts(sentence)]
        assert [kind for kind, _ in texts(new)] == [kind for kind, _ in old]
        if change in {"no_punctuation", "joined"}:
            assert texts(new) == old
        elif change != "entities_swapped":
            assert new.tags == sentences[begin].tags
    if change == "entities_swapped":
        names = {each for sentence in sentences for each in texts(sentence)}
        assert {each for sentence in done.sentences for each in texts(sentence)} <= names


@given(SENTENCES, st.lists(st.integers(0, 1), min_size=6, max_size=6))
def test_sentences_are_joined_within_a_document(
    sentences: list[Sentence], drawn: list[int]
) -> None:
    documents = sorted(drawn)[: len(sentences)]
    done = change_sentences(sentences, "joined", documents=documents)
    ends = [*done.origins[1:], len(sentences)]
    for new, begin, end in zip(done.sentences, done.origins, ends, strict=True):
        assert 1 <= end - begin <= 2
        assert len(set(documents[begin:end])) == 1
        assert new.words == [word for sentence in sentences[begin:end] for word in sentence.words]


def test_punctuation_between_entities_goes_without_joining_them() -> None:
    sentence = Sentence(["Paris", ",", "London", "(", "U.S.", ")"],
                        ["I-LOC", "O", "I-LOC", "O", "I-LOC", "I-LOC"])  # fmt: skip
    found = change_sentences([sentence], "no_punctuation").sentences[0]
    assert found == Sentence(["Paris", "London", "U.S.", ")"], ["B-LOC", "B-LOC", "B-LOC", "I-LOC"])
    alone = Sentence(["...", "!"], ["O", "O"])
    assert change_sentences([alone], "no_punctuation").sentences == [alone]


def test_an_entity_gets_another_name_where_there_is_one() -> None:
    sentences = [
        Sentence(["Ada", "Lovelace", "left"], ["B-PER", "I-PER", "O"]),
        Sentence(["Grace", "saw", "Rome"], ["B-PER", "O", "B-LOC"]),
    ]
    assert change_sentences(sentences, "entities_swapped").sentences == [
        Sentence(["Grace", "left"], ["B-PER", "O"]),
        Sentence(["Ada", "Lovelace", "saw", "Rome"], ["B-PER", "I-PER", "O", "B-LOC"]),
    ]


@pytest.mark.parametrize("change", ["typos", "ocr"])
def test_about_as_many_words_go_wrong_as_is_said(change: str) -> None:
    sentences = [Sentence(["corner", "London", "in"], ["O", "B-LOC", "O"])] * 2000
    done = change_sentences(sentences, change)
    wrong = [
        old != new
        for a, b in zip(sentences, done.sentences, strict=True)
        for old, new in zip(a.words[:2], b.words[:2], strict=True)
    ]
    assert 0.8 * ERROR_RATE < sum(wrong) / len(wrong) < 1.2 * ERROR_RATE
    assert done != change_sentences(sentences, change, seed=1)


def test_an_unknown_change_is_named() -> None:
    with pytest.raises(UnknownNameError, match="typos"):
        change_sentences([], "typo")
