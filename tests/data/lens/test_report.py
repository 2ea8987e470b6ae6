"""What is said of what splits have in common, and nothing where there is nothing."""

from __future__ import annotations

import json

from data.lens.test_parts import part

from tner_hf.data.lens import LensReport, look_at
from tner_hf.data.lens.parts import pair_parts


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
