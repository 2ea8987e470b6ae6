"""Entities that are seen, disputed or new, and the shift between corpora."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from data.lens.test_parts import part
from datasets import disable_progress_bars, enable_progress_bars

from tner_hf import load_dataset
from tner_hf.data.lens import read_part
from tner_hf.data.lens.entities import (
    AmbiguousString,
    Familiar,
    find_ambiguity,
    find_familiarity,
    find_shift,
)


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
