"""Near sentences are those that the slow way finds."""

from __future__ import annotations

from data.lens.test_parts import part
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.data.lens import look_at
from tner_hf.data.lens.near import find_near
from tner_hf.data.lens.parts import normalise
from tner_hf.data.lens.recurrence import Recurring, find_recurrence


@given(st.data())
def test_near_sentences_are_those_that_the_slow_way_finds(data: st.DataObject) -> None:
    words = st.sampled_from(["a", "A", "b", "7"])
    sentence = st.lists(words, min_size=8, max_size=12)
    train = data.draw(st.lists(sentence, max_size=3))
    edits = st.tuples(st.integers(0, 20), st.sampled_from(["a", "b", "c d", ""]))
    test = data.draw(st.lists(sentence, max_size=2))
    for base in train:
        edited = list(base)
        for place, text in data.draw(st.lists(edits, max_size=2)):
            edited[place : place + 1] = text.split()
        test.append(edited)

    def shorten(tokens: list[str]) -> set[tuple[str, ...]]:
        norm = tuple(normalise([token]) for token in tokens)
        cut = {norm[:i] + norm[i + 1 :] for i in range(len(norm))} | {norm}
        return cut if len(tokens) >= 10 else set()

    slow = {
        row: next(i for i, other in enumerate(train) if shorten(tokens) & shorten(other))
        for row, tokens in enumerate(test)
        if any(shorten(tokens) & shorten(other) for other in train)
    }
    assert find_near(train, test) == slow


def test_a_long_sentence_with_another_word_recurs_nearly() -> None:
    words = "he was elected in 2009 as member for the south of"
    train = part("train", f"{words} Kent/B-LOC", "short one")
    test = part("test", f"{words} Essex/B-LOC", "short two", f"{words} the old Kent/B-LOC")
    found = find_recurrence(train, test)
    assert (found.exact.sentences, found.normalised.sentences) == (0, 0)
    assert found.near == Recurring(sentences=1, distinct=1, entities=1)
    assert [example.place for example in found.examples] == ["test:0"]
    (warning,) = look_at([train, test]).warnings()
    assert warning.endswith("but for case, spaces and numbers, and 1 long ones but for a word")
