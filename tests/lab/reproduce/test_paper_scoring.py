"""What the paper's code did not score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score

from tner_hf.lab.matrix.result import Pair
from tner_hf.lab.matrix.view import View
from tner_hf.lab.reproduce.paper_scoring import cut, find_kept, mask_tags
from tner_hf.labels import LabelSpace
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
        scores=np.ones(4, np.float32),
    )
    shorter = cut(predictions, np.array([True, True, False, True]))
    assert shorter.offsets.tolist() == [0, 2, 3]
    before, after = Pair.of(predictions), Pair.of(shorter)
    assert before.protocols["shared"]["type_aware"]["default"]["micro"]["recall"] == 2 / 3
    assert after.protocols["shared"]["type_aware"]["default"]["micro"]["f1"] == 1.0
    assert after.coverage["gold_total"] == 2


Sentences = list[list[str]]


@st.composite
def draw_test(draw: st.DrawFn) -> tuple[list[Sentences], list[Sentences], list[Sentences]]:
    """Splits that a model learnt from, splits of a corpus, and what it says of the first of those.

    Types are shared in part, and few tags are drawn, so that many lack their `I-` or their `B-`.
    """

    def draw_splits(types: str, count: int) -> list[Sentences]:
        tags = draw(
            st.lists(st.sampled_from(LabelSpace(tuple(types)).names), min_size=1, unique=True)
        )
        sentence = st.lists(st.sampled_from(["O", *tags]), min_size=1, max_size=6)
        return [draw(st.lists(sentence, min_size=1, max_size=3)) for _ in range(count)]

    learnt, corpus = draw_splits("abc", 2), draw_splits("bcd", 3)
    known = sorted({tag for split in learnt for sentence in split for tag in sentence} | {"O"})
    said = [[draw(st.sampled_from(known)) for _ in sentence] for sentence in corpus[0]]
    return learnt, corpus, [said]


def score_as_tner(
    learnt: list[Sentences], corpus: list[Sentences], said: Sentences, *, ignore_types: bool
) -> tuple[float, float, float]:
    """Precision, recall and F1 as the steps of T-NER 0.0.8 give them, one after the other."""
    label_set = {"O"} | {tag for split in learnt for sentence in split for tag in sentence}
    read = [[[t if t in label_set else "O" for t in s] for s in split] for split in corpus]
    unseen = [label_set - {t for s in split for t in s} for split in read]
    masked = set.intersection(*unseen)
    gold = read[0]
    guess = [["O" if t in masked else t for t in sentence] for sentence in said]
    if ignore_types:
        gold, guess = (
            [[t if t == "O" else f"{t[0]}-entity" for t in s] for s in side]
            for side in (gold, guess)
        )
    return tuple(f(gold, guess, zero_division=0) for f in (precision_score, recall_score, f1_score))


@given(draw_test())
def test_masked_tags_give_the_scores_of_the_authors_steps(
    drawn: tuple[list[Sentences], list[Sentences], list[Sentences]],
) -> None:
    learnt, corpus, (said,) = drawn
    spaces = LabelSpace(tuple("abc")), LabelSpace(tuple("bcd"))
    predictions = PredictedSplit(
        predicted=np.array([spaces[0].label2id[t] for s in said for t in s]),
        gold=np.array([spaces[1].label2id[t] for s in corpus[0] for t in s]),
        offsets=np.cumsum([0, *map(len, said)]),
        own_names=spaces[0].names,
        corpus_names=spaces[1].names,
    )
    known, found = ({t for split in side for s in split for t in s} for side in (learnt, corpus))
    pair = Pair.of(mask_tags(predictions, known, found))
    for variant in ("type_aware", "type_ignored"):
        scores = pair.score(View("shared", variant))
        expected = score_as_tner(learnt, corpus, said, ignore_types=variant == "type_ignored")
        ours = scores["precision"], scores["recall"], scores["f1"]
        assert ours == pytest.approx(expected, abs=1e-12)


def test_a_tag_that_the_corpus_lacks_is_masked_and_its_type_is_not() -> None:
    names = LabelSpace(("other",)).names
    predictions = PredictedSplit(
        predicted=np.array([1, 2, 0, 2]),  # B-other I-other O I-other
        gold=np.array([1, 0, 0, 0]),
        offsets=np.array([0, 4]),
        own_names=names,
        corpus_names=names,
    )
    by_tags = mask_tags(predictions, names, {"O", "B-other"})
    view = View("shared")
    assert Pair.of(predictions).score(view)["f1"] == 0.0
    assert Pair.of(by_tags).score(view)["f1"] == 1.0
