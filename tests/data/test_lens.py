"""What splits and corpora have in common: counted exactly, shown with places, never an error."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from datasets import disable_progress_bars, enable_progress_bars
from hypothesis import given
from hypothesis import strategies as st

from tner_hf import load_dataset
from tner_hf.data.check import scan_files
from tner_hf.data.lens import LensReport, Part, join_files, look_at, read_part
from tner_hf.data.lens.entities import (
    AmbiguousString,
    Familiar,
    find_ambiguity,
    find_familiarity,
    find_shift,
)
from tner_hf.data.lens.near import find_near
from tner_hf.data.lens.parts import normalise, pair_parts, read_entities
from tner_hf.data.lens.recurrence import Example, Recurring, find_recurrence
from tner_hf.data.lens.sizes import Pieces, measure_fit, measure_size
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.maps import as_label_map


def part(split: str, *sentences: str, corpus: str = "toy") -> Part:
    """A part of sentences such as `Ada/B-PER wrote`, where a token without a tag has O."""
    tokens, entities = [], []
    for sentence in sentences:
        pairs = [word.partition("/") for word in sentence.split()]
        tokens.append([word for word, _, _ in pairs])
        entities.append(read_entities([tag or "O" for _, _, tag in pairs]))
    places = [f"{split}:{row}" for row in range(len(sentences))]
    return Part(corpus, split, tokens, entities, places)


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


def test_the_known_entities_of_wnut2017_in_another_case(raw_corpora: Path, tmp_path: Path) -> None:
    disable_progress_bars()
    splits = load_dataset(
        "wnut2017", data_dir=raw_corpora / "wnut2017", cache_dir=tmp_path
    )  # fmt: skip
    enable_progress_bars()
    train, test = (read_part("wnut2017", name, splits[name]) for name in ("train", "test"))
    found = find_familiarity(train, test).total
    assert found == Familiar(entities=1079, seen=0, other_type=0, other_case=24)


def test_entities_are_seen_seen_as_another_type_or_new() -> None:
    train = part("train", "New/B-LOC York/I-LOC", "Paris/B-PER", "Rome/B-LOC", "Rome/B-ORG")
    test = part(
        "test", "New/B-LOC York/I-LOC Rome/B-LOC", "Paris/B-LOC", "ROME/B-PER York/B-ORG Oslo/B-LOC"
    )
    found = find_familiarity(train, test)

    assert found.total == Familiar(entities=6, seen=2, other_type=1, other_case=1)
    assert found.types == {
        "LOC": Familiar(4, 2, 1),
        "ORG": Familiar(1, 0, 0),
        "PER": Familiar(1, 0, 0, 1),
    }
    assert found.total.unseen == 2


def test_strings_of_several_types_the_most_disputed_first() -> None:
    parts = (
        part("train", "Paris/B-LOC", "Paris/B-LOC", "Rome/B-LOC", "Rome/B-ORG", "Rome/B-ORG"),
        part("test", "Paris/B-PER", "Rome/B-LOC", "Oslo/B-LOC"),
    )
    found = find_ambiguity(parts, top=1)

    assert (found.strings, found.mentions) == (3, 8)
    assert (found.ambiguous_strings, found.ambiguous_mentions) == (2, 7)
    assert found.top == (
        AmbiguousString(
            "Rome", {"LOC": 2, "ORG": 2}, {"LOC": "train:2", "ORG": "train:3"}
        ),
    )  # fmt: skip


def test_the_shift_is_the_share_of_entities_that_would_need_another_type() -> None:
    train = part("train", *["a/B-PER"] * 3, "b/B-LOC")
    test = part("test", "a/B-PER", "b/B-LOC", "b/B-LOC", "c/B-ORG")
    shift = find_shift(train, test)

    assert shift is not None
    assert shift.distance == 0.5
    assert shift.shares == {"PER": (0.75, 0.25), "LOC": (0.25, 0.5), "ORG": (0.0, 0.25)}
    assert find_shift(train, part("test", "no entity")) is None


def test_random_halves_stay_under_the_shift_of_chance() -> None:
    rng = np.random.default_rng(5)
    types = rng.choice(["PER", "LOC", "ORG", "MISC"], size=600, p=[0.5, 0.3, 0.15, 0.05])
    above = 0
    for _ in range(40):
        drawn = rng.permutation(types)
        halves = [
            part(str(i), *(f"x/B-{t}" for t in half))
            for i, half in enumerate((drawn[:400], drawn[400:]))
        ]
        shift = find_shift(*halves)
        assert shift is not None
        above += shift.distance > shift.chance
    assert above <= 6  # 5 % of 40 are 2; 7 or more come once in a hundred times


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


def test_what_is_learnt_from_stands_against_what_is_judged_on() -> None:
    splits = [part(s, corpus=c) for c in "AB" for s in ("train", "validation", "test")]
    pairs = [
        f"{a.corpus} {a.split} {b.corpus} {b.split}"
        for a, b in pair_parts(splits)
    ]  # fmt: skip
    assert [p for p in pairs if p.startswith("A")] == [
        "A train A validation", "A train A test", "A train B validation", "A train B test",
        "A validation A test",
    ]  # fmt: skip
    assert len(pairs) == 10
    assert [(a.split, b.split) for a, b in pair_parts([part("one.txt"), part("two.txt")])] == [
        ("one.txt", "two.txt")
    ]


def test_warnings_say_what_moves_scores() -> None:
    train = part("train", *["Ada/B-PER wrote ."] * 30, "Rome/B-LOC")
    test = part("test", "Ada/B-PER wrote .", "ada/B-PER wrote .", *["Rome/B-LOC or Bonn"] * 28)
    assert look_at([train, test], limit=2).warnings() == [
        (
            "test: 1 of 30 sentences (1 distinct) are in train too, word for word, with 3.3% of "
            "the entities; 2 (1 distinct) but for case, spaces and numbers"
        ),
        (
            "test: 90.1% of the entities would need another type to have the shares of train (by "
            "chance up to 24.5%); most of all LOC, 3.2% there and 93.3% here"
        ),
        (
            "train: 30 sentences are longer than 2 tokens (the longest has 3: train:0); 30 tokens "
            "would be cut off in training"
        ),
        (
            "test: 30 sentences are longer than 2 tokens (the longest has 3: test:0); 30 tokens "
            "would be cut off in training"
        ),
    ]


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    train = part("train", "Ada/B-PER wrote .", "Rome/B-LOC is old")
    assert look_at([train, part("test", "Eve/B-PER slept", "Oslo/B-LOC is far")]).warnings() == []
    assert look_at([]).warnings() == []


def test_the_report_survives_json() -> None:
    train = part("train", "Ada/B-PER wrote .", "Rome/B-LOC", "Rome/B-PER")
    report = look_at([train, part("test", "Ada/B-PER wrote .", "rome/B-LOC is old")], limit=2)
    assert LensReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_files_are_parts_with_lines_for_places(tmp_path: Path) -> None:
    one, two = tmp_path / "train.txt", tmp_path / "notes.txt"
    one.write_text("-DOCSTART- O\n\nAda I-PER\nKing I-PER\nwrote O\n\nRome I-LOC\n")
    two.write_text("Rome I-LOC\n")
    train, notes = join_files("files", scan_files([one, two], ReadOptions()))

    assert (train.split, notes.split) == ("train", "notes.txt")
    assert train.sentences == [["Ada", "King", "wrote"], ["Rome"]]
    assert train.entities == [[("PER", 0, 2)], [("LOC", 0, 1)]]
    assert train.places == [f"{one}:3", f"{one}:7"]


def test_types_of_files_are_mapped_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("Ada B-PER\nRome B-LOC\n")
    (mapped,) = join_files("f", scan_files(path, ReadOptions()), as_label_map({"LOC": "O"}))
    assert mapped.entities == [[("person", 0, 1)]]


@pytest.mark.parametrize(
    ("language", "validation", "test"),
    [
        ("en", (325, 257, 441, 341, 475), (283, 226, 384, 297, 411)),
        ("es", (1631, 1007, 1721, 1050, 1753), (1620, 993, 1717, 1036, 1751)),
        ("ru", (913, 567, 1069, 644, 1182), (869, 555, 1015, 617, 1146)),
    ],
)
def test_the_known_leakage_of_wikiann_is_found(
    raw_corpora: Path,
    tmp_path: Path,
    language: str,
    validation: tuple[int, ...],
    test: tuple[int, ...],
) -> None:
    disable_progress_bars()
    folders = {"data_dir": raw_corpora / "wikiann", "cache_dir": tmp_path}
    splits = load_dataset("wikiann", language, **folders)
    enable_progress_bars()
    parts = {split: read_part("wikiann", split, rows) for split, rows in splits.items()}
    for split, expected in (("validation", validation), ("test", test)):
        found = find_recurrence(parts["train"], parts[split])
        exact, loose = found.exact, found.normalised
        near = found.near.sentences
        assert (exact.sentences, exact.distinct, loose.sentences, loose.distinct, near) == expected

    train = {tuple(tokens) for tokens in splits["train"]["tokens"]}
    again = Counter(map(tuple, splits["test"]["tokens"]))
    assert len(train & again.keys()) == test[1]
    assert sum(again[tokens] for tokens in train & again.keys()) == test[0]
