"""Types, tags, labels and the map onto unified types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import SettingError
from tner_hf.labels import UNIFIED, LabelSpace, sort_types, split_tag


def test_mapping_twice_changes_nothing_more() -> None:
    for alias in UNIFIED.aliases:
        once = UNIFIED.map_type(alias)
        assert UNIFIED.map_type(once) == once


@pytest.mark.parametrize(
    ("native", "unified"),
    [
        ("PER", "person"),
        ("Person", "Person"),  # the match is exact: case counts
        ("GPE", "geopolitical_area"),
        ("creative-work", "work_of_art"),
        ("MISC", "other"),
        ("TIME", "time"),
        ("YEAR", "date"),
        ("no such type", "no such type"),
    ],
)
def test_types_map_by_exact_match(native: str, unified: str) -> None:
    assert UNIFIED.map_type(native) == unified


def test_a_tag_keeps_its_prefix() -> None:
    assert [UNIFIED.map_tag(t) for t in ("B-PER", "I-creative-work", "O")] == [
        "B-person",
        "I-work_of_art",
        "O",
    ]


def test_the_report_says_what_was_mapped_kept_and_nearly_matched() -> None:
    types, report = UNIFIED.map_types(["PER", "Person", "zebra", "location"])
    assert types == ("person", "Person", "zebra", "location")
    assert report.mapped == {"PER": "person"}
    assert report.kept == ("Person", "zebra")
    assert report.near == {"Person": "person"}
    assert report.lines() == [
        "PER -> person",
        "Person kept (did you mean 'person'?)",
        "zebra kept",
    ]


def test_two_types_that_become_one_are_listed_once() -> None:
    assert UNIFIED.map_types(["PER", "PERSON"])[0] == ("person",)


def test_names_follow_the_order_of_types() -> None:
    space = LabelSpace(("person", "location"))
    assert space.names == ("O", "B-person", "I-person", "B-location", "I-location")
    assert space.label2id["I-person"] == 2
    assert space.id2label[3] == "B-location"
    assert len(space) == 5


def test_a_repeated_type_is_refused() -> None:
    with pytest.raises(SettingError, match=r"\['person'\] are listed twice"):
        LabelSpace(("person", "person"))


@given(st.lists(st.text(min_size=1).filter(lambda t: t.strip()), unique=True))
def test_names_and_types_are_inverse(types: list[str]) -> None:
    space = LabelSpace(tuple(types))
    assert LabelSpace.from_names(space.names) == space


def test_types_are_read_from_names_in_any_order_and_scheme() -> None:
    assert LabelSpace.from_names(["S-LOC", "O", "E-PER", "B-PER"]).types == ("LOC", "PER")


@given(st.permutations(["person", "location", "dna", "Zebra", "ape"]))
def test_the_stable_order_does_not_depend_on_the_input(types: list[str]) -> None:
    assert sort_types(types) == ["location", "person", "dna", "Zebra", "ape"]


def test_a_tag_splits_at_the_first_hyphen_only() -> None:
    assert split_tag("I-creative-work") == ("I", "creative-work")
