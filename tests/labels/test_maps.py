"""Label maps that users write: what they mean, what they refuse, and that they travel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import SettingError
from tner_hf.labels import UNIFIED
from tner_hf.labels.maps import as_label_map, find_unused, read_label_map

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes `map.yaml`."""

    def write_map(text: str) -> Path:
        path = tmp_path / "map.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_map


def refusal(write: Write, text: str) -> str:
    with pytest.raises(SettingError) as caught:
        read_label_map(write(text))
    return str(caught.value)


def test_a_line_goes_on_top_of_the_shipped_map(write: Write) -> None:
    label_map = read_label_map(write("GPE: location\n"))

    assert [label_map.map_type(t) for t in ("GPE", "PER", "zebra")] == [
        "location", "person", "zebra",
    ]  # fmt: skip
    assert label_map.origins == {"GPE": "map.yaml:1"}
    assert label_map.targets == UNIFIED.targets


def test_extending_may_be_spelt_out(write: Write) -> None:
    spelt = read_label_map(write("extends: unified\nGPE: location\n"))
    assert spelt.version == as_label_map(write("GPE: location\n")).version


def test_a_map_from_scratch_knows_its_own_lines_only(write: Write) -> None:
    label_map = read_label_map(write("extends: nothing\nPER: human\nLOC: place\n"))

    assert [label_map.map_type(t) for t in ("PER", "LOC", "ORG")] == ["human", "place", "ORG"]
    assert label_map.targets == ("human", "place")


def test_a_dropped_type_becomes_o(write: Write) -> None:
    label_map = read_label_map(write("QUANTITY: O\n"))

    assert [label_map.map_tag(t) for t in ("B-QUANTITY", "I-QUANTITY", "B-PER", "O")] == [
        "O", "O", "B-person", "O",
    ]  # fmt: skip
    types, report = label_map.map_types(["QUANTITY", "PER"])
    assert types == ("person",)
    assert report.mapped == {"QUANTITY": "O", "PER": "person"}
    assert report.lines() == ["QUANTITY dropped", "PER -> person"]


def test_lines_are_followed_through(write: Write) -> None:
    label_map = read_label_map(write("new_types: place\nlocation: place\nGPE: location\n"))
    assert {label_map.map_type(t) for t in ("location", "LOC", "GPE", "LOCATION")} == {"place"}


def test_a_type_mapped_to_itself_is_kept_without_a_question(write: Write) -> None:
    types, report = read_label_map(write("GPE: GPE\nPerson: Person\n")).map_types(["GPE", "Person"])
    assert types == ("GPE", "Person")
    assert (report.mapped, report.kept, report.near) == ({}, (), {})


def test_yaml_leaves_words_alone(write: Write) -> None:
    text = "new_types: [yes, 007]\nNO: yes\n1: 007\n'null': O\ncreative-work: title\n"
    label_map = read_label_map(write(text))
    assert {n: label_map.map_type(n) for n in label_map.origins} == {
        "NO": "yes", "1": "007", "null": "O", "creative-work": "title",
    }  # fmt: skip


def test_an_unknown_target_is_named_with_its_line_and_the_nearest_type(write: Write) -> None:
    message = refusal(write, "# mine\nGPE: locatoin\nDrug: xyzzy\nBoss: PERSON\n")
    assert message.splitlines() == [
        "label map 'map' cannot be used:",
        "  map.yaml:2: 'GPE' is mapped to the unknown type 'locatoin'. Did you mean 'location'?",
        "  map.yaml:3: 'Drug' is mapped to the unknown type 'xyzzy'.",
        "  map.yaml:4: 'Boss' is mapped to the unknown type 'PERSON'. Did you mean 'person'?",
        (
            "Accepted targets: a unified type (`tner-hf labels list` shows them), O to drop a "
            "type, the type itself to keep it, or a type that `new_types:` lists."
        ),
    ]


def test_new_types_are_declared(write: Write) -> None:
    label_map = read_label_map(write("new_types: [xyzzy]\nDrug: xyzzy\n"))
    assert label_map.map_type("Drug") == "xyzzy"
    assert "xyzzy" in label_map.targets


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("GPE: location\nLOC: location\nGPE: person\n", "map.yaml:3: 'GPE' stands in map.yaml:1"),
        ("GPE:\n", "map.yaml:1: 'GPE' is mapped to ''; accepted is one type"),
        ("GPE: [a, b]\n", "map.yaml:1: 'GPE' is mapped to ['a', 'b']"),
        ("extends: all\n", "map.yaml:1: extends: 'all' is unknown; accepted: unified, unified-1,"),
        ("new_types: {a: b}\n", "new_types"),
        ("extends: nothing\na: b\nb: a\n", "map.yaml:2: a -> b -> a goes round in a circle"),
        ("person: title\ntitle: person\n", "goes round in a circle"),
        ("- GPE\n", "accepted are lines such as `GPE: location`"),
        ("GPE: 'location\n", "is no YAML"),
    ],
)  # fmt: skip
def test_malformed_maps_are_refused(write: Write, text: str, fault: str) -> None:
    assert fault in refusal(write, text)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingError, match=r"label map none\.yaml cannot be read: No such file"):
        as_label_map("none.yaml")


def test_an_empty_file_is_the_shipped_map_under_another_name(write: Write) -> None:
    assert read_label_map(write("# nothing yet\n")).aliases == {
        **UNIFIED.aliases,
    }


def test_what_is_no_map_is_refused() -> None:
    with pytest.raises(SettingError, match="label_map=7 is no label map"):
        as_label_map(7)  # type: ignore[arg-type]


def test_the_version_is_the_name_and_a_hash_of_what_the_map_does(write: Write) -> None:
    one = read_label_map(write("GPE: location\nFAC: location\n"))
    same = read_label_map(
        write("# order and comments do not count\nFAC: location\nGPE: location\n")
    )
    other = read_label_map(write("GPE: location\n"))

    assert one.version == same.version == f"map@{one.fingerprint}"
    assert one.version != other.version
    assert as_label_map({"FAC": "location", "GPE": "location"}).fingerprint == one.fingerprint


def test_lines_that_match_nothing_are_found_with_the_nearest_type(write: Write) -> None:
    label_map = read_label_map(write("GEP: location\nFAC: location\nPER: O\n"))
    assert find_unused(label_map, ["GPE", "PER"]) == [
        "map.yaml:1: type 'GEP' does not occur in the data. Did you mean 'GPE'?",
        "map.yaml:2: type 'FAC' does not occur in the data.",
    ]


_TYPES = st.sampled_from(["location", "person", "GPE", "LOC", "PER", "Drug", "title"])


@given(st.dictionaries(_TYPES, st.sampled_from(["location", "person", "title", "O"])))
def test_mapping_twice_changes_nothing_more(own: dict[str, str]) -> None:
    try:
        label_map = as_label_map(own)
    except SettingError as error:
        assert "circle" in str(error)  # noqa: PT017
        return
    for native in (*own, *UNIFIED.aliases, *UNIFIED.targets):
        once = label_map.map_type(native)
        assert label_map.map_type(once) == once
    for native in own:
        assert label_map.map_type(native) in {"location", "person", "title", "O", native}
