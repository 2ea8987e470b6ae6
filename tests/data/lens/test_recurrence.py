"""Sentences that recur, exactly and nearly."""

from __future__ import annotations

from data.lens.test_parts import part
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.data.lens import Part
from tner_hf.data.lens.parts import normalise
from tner_hf.data.lens.recurrence import Example, Recurring, find_recurrence


def test_sentences_recur_exactly_and_but_for_case_spaces_and_numbers() -> None:
    train = part("train", "Ada/B-PER wrote .", "Born in 1815 .", "Rome/B-LOC", "new")
    test = part("test", "Rome/B-LOC", "ADA/B-PER wrote.", "born in 1906 .", "Rome/B-LOC", "other")
    found = find_recurrence(train, test)

    assert found.exact == Recurring(sentences=2, distinct=1, entities=2)
    assert found.normalised == Recurring(sentences=4, distinct=3, entities=3)
    assert found.near == found.normalised
    assert (found.sentences, found.entities, found.retagged) == (5, 3, 0)
    assert found.examples == (
        Example("Rome", "test:0", "train:2"),
        Example("born in 1906 .", "test:2", "train:1"),
        Example("ADA wrote.", "test:1", "train:0"),
    )


def test_a_recurring_sentence_with_other_entities_is_counted() -> None:
    train = part("train", "Paris/B-LOC wins", "Paris/B-LOC wins", "Rome")
    test = part("test", "Paris/B-ORG wins", "Paris/B-LOC wins", "Rome")
    assert find_recurrence(train, test).retagged == 1
    assert find_recurrence(part("train", "a/B-X", "a/B-Y"), part("test", "a/B-Y")).retagged == 0


_SENTENCES = st.lists(st.lists(st.sampled_from(["a", "A", "b", "1", "22", "ab"]), max_size=3))


@given(_SENTENCES, _SENTENCES)
def test_recurrence_is_what_the_slow_way_finds(
    train: list[list[str]], test: list[list[str]]
) -> None:
    sides = [
        Part("toy", name, rows, [()] * len(rows), [""] * len(rows))
        for name, rows in (("train", train), ("test", test))
    ]
    found = find_recurrence(*sides)
    exact = [s for s in test if s in train]
    loose = [s for s in test if any(normalise(s) == normalise(t) for t in train)]

    assert found.exact.sentences == len(exact)
    assert found.exact.distinct == len({tuple(s) for s in exact})
    assert found.normalised.sentences == len(loose)
    assert found.normalised.distinct == len({normalise(s) for s in loose})
