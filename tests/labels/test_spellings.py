"""Labels of checkpoints that are not quite tags: one reading, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.labels.spellings import read_tags

PERSON = ("O", "B-person", "I-person")


@pytest.mark.parametrize(
    "names",
    [
        ["O", "B-person", "I-person"],
        ["O", "B_person", "I_person"],
        ["O", "B:person", "I:person"],
        ["O", "person-B", "person-I"],
        ["O", "person_B", "person_I"],
        ["o", "b-person", "i-person"],
        ["o", "person_b", "person_i"],
    ],
)
def test_one_spelling_of_all_labels_is_read(names: list[str]) -> None:
    assert read_tags(names) == PERSON


def test_labels_of_no_word_are_outside() -> None:
    names = ["[CLS]", "B_person", "X", "O", "I_person", "[SEP]", "<pad>"]
    assert read_tags(names) == ("O", "B-person", "O", "O", "I-person", "O", "O")
    assert read_tags(["O", "B-x", "[CLS]"]) == ("O", "B-x", "O")


def test_the_middle_of_an_entity_is_inside() -> None:
    names = ["O", "B-NAME", "M-NAME", "E-NAME", "S-NAME"]
    assert read_tags(names) == ("O", "B-NAME", "I-NAME", "E-NAME", "S-NAME")


@pytest.mark.parametrize(
    "names",
    [
        ["O", "B-creative-work", "I-creative-work"],
        ["O", "B-cell type", "I-cell type"],
        ["O", "B-U_S", "I-U_S"],
        ["O", "S-x", "B-x", "I-x", "E-x"],
        ["O", "PER", "LOC"],  # read as I-PER where they are decoded
        ["NOUN", "VERB"],
    ],
)
def test_tags_and_plain_types_stay(names: list[str]) -> None:
    assert read_tags(names) == tuple(names)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["O", "B_person", "person-I"], "nor all spelled in one other way"),
        (["O", "B-person", "I_person"], r"one other way \(I_person\)"),
        (["O", "b-person", "I-person"], r"one other way \(b-person\)"),
        (["O", "B_person", "PER"], r"one other way \(B_person\)"),
        (["O", "B", "I"], r"one other way \(B, I\)"),
        (["O", "B-person", "LABEL_2"], r"one other way \(LABEL_2\)"),
        (["O", "B-", "I-"], "nor all spelled in one other way"),
        (["O", ""], "nor all spelled in one other way"),
        (["O", "B_I", "I_B"], "can be read in several ways"),
        (["O", "M-x", "I-x", "B-x"], "give I-x more than once"),
    ],
)
def test_labels_without_one_reading_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_tags(names)


TYPES = st.lists(st.text("acdfgh-_ ", min_size=2).filter(lambda t: t.strip() == t), unique=True)


@given(TYPES, st.sampled_from("_:./"))
def test_a_spelling_is_undone(types: list[str], separator: str) -> None:
    tags = ["O", *(f"{prefix}-{t}" for t in types for prefix in "BI")]
    assert read_tags(tags) == tuple(tags)
    spelled = [tag.replace("-", separator, 1) for tag in tags]
    assert read_tags(spelled) == tuple(tags)
