"""The shipped maps: what each version says, and what all of them promise."""

from __future__ import annotations

import pytest

from tner_hf.data.corpora import CORPORA, corpus
from tner_hf.labels import SHIPPED, UNIFIED, UNIFIED_1, sort_types
from tner_hf.labels.maps import as_label_map, choose_label_map
from tner_hf.labels.shipped import describe_types, explain_changes

BROAD = SHIPPED["unified-2-broad"]


def test_a_map_changes_its_version_when_it_changes() -> None:
    assert (UNIFIED_1.version, UNIFIED_1.fingerprint) == ("unified-1", "5eb667d492f1")
    assert UNIFIED.version == "unified-2"
    assert list(SHIPPED) == ["unified-1", "unified-2", "unified-2-broad"]


def test_version_1_is_t_ner_s_own() -> None:
    assert (len(UNIFIED_1.targets), len(UNIFIED_1.aliases)) == (51, 79)
    assert UNIFIED_1.map_type("NORP") == UNIFIED_1.map_type("group") == "group"
    assert UNIFIED_1.for_corpus("mit_restaurant") is UNIFIED_1


@pytest.mark.parametrize("version", ["unified-1", "unified-2"])
@pytest.mark.parametrize("name", sorted({*CORPORA} - {"ncbi_disease"}))
def test_what_a_corpus_keeps_apart_stays_apart(name: str, version: str) -> None:
    # Not so NCBI: its types are kinds of mention of one type.
    own = SHIPPED[version].for_corpus(name)
    types = list(corpus(name).types)
    assert len(own.map_types(types)[0]) == len(types)


@pytest.mark.parametrize("version", SHIPPED)
def test_mapping_twice_changes_nothing_more(version: str) -> None:
    for label_map in (SHIPPED[version], SHIPPED[version].for_corpus("mit_restaurant")):
        for native in (*label_map.aliases, *label_map.targets):
            once = label_map.map_type(native)
            assert label_map.map_type(once) == once
            assert once in label_map.targets


@pytest.mark.parametrize(
    ("name", "native", "first", "second"),
    [
        ("mit_movie", "RATING", "rating", "content_rating"),
        ("mit_restaurant", "Rating", "rating", "rating"),
        ("mit_restaurant", "Hours", "time", "opening_hours"),
        ("mit_restaurant", "Price", "money", "price"),
        ("mit_restaurant", "Location", "location", "location_phrase"),
        ("wnut2017", "location", "location", "location"),
        ("ontonotes5", "NORP", "group", "norp"),
        ("wnut2017", "group", "group", "group"),
        ("mit_movie", "CHARACTER", "character", "character"),
        ("mit_movie_trivia", "Character_Name", "character_name", "character"),
    ],
)
def test_version_2_mends_what_version_1_joins_or_splits(name, native, first, second) -> None:
    assert UNIFIED_1.for_corpus(name).map_type(native) == first
    assert UNIFIED.for_corpus(name).map_type(native) == second


def test_every_change_is_explained_and_nothing_else() -> None:
    changed = {
        native
        for name in CORPORA
        for native in corpus(name).types
        if native in UNIFIED_1.aliases
        and UNIFIED_1.map_type(native) != UNIFIED.for_corpus(name).map_type(native)
    }
    assert changed == set(explain_changes())


def test_a_name_means_something_else_in_one_corpus_only() -> None:
    assert UNIFIED.map_type("Location") == "location"
    assert UNIFIED.for_corpus("mit_restaurant/any").map_type("Location") == "location_phrase"
    assert UNIFIED.for_corpus("wnut2017") is UNIFIED


def test_broad_joins_what_is_a_kind_of_another() -> None:
    assert [BROAD.map_type(t) for t in ("GPE", "FAC", "LOC", "geopolitical_area")] == [
        "location"
    ] * 4
    assert BROAD.map_type("corporation") == BROAD.map_type("group") == "organization"
    assert BROAD.map_type("NORP") == "norp"
    assert BROAD.map_type("politician") == "person"
    assert not any(describe_types()[name].broader for name in BROAD.targets)


def test_ids_of_version_1_outlast_version_2() -> None:
    assert sort_types(["price", "norp", *reversed(UNIFIED_1.targets)]) == [
        *UNIFIED_1.targets, "norp", "price",
    ]  # fmt: skip


def test_a_user_s_own_line_wins_over_the_corpus() -> None:
    own = as_label_map({"Location": "location"}).for_corpus("mit_restaurant")
    assert (own.map_type("Location"), own.map_type("Price")) == ("location", "price")
    follows = as_label_map({"location_phrase": "location"}).for_corpus("mit_restaurant")
    assert follows.map_type("Location") == "location"
    assert follows.fingerprint != as_label_map({}).fingerprint


def test_shipped_maps_are_asked_for_by_name() -> None:
    assert as_label_map("unified-1") is UNIFIED_1
    assert as_label_map({"extends": "unified-1", "PER": "person"}).map_type("NORP") == "group"


@pytest.mark.parametrize(
    ("recorded", "version"),
    [
        ([], "unified-2"),
        (["unified-1"], "unified-1"),
        (["unified-1", None, "unified-1"], "unified-1"),
        (["unified-1", "unified-2"], "unified-2"),
        (["mine@123456789abc"], "unified-2"),
    ],
)
def test_without_a_wish_the_models_map_decides(recorded, version) -> None:
    assert choose_label_map(None, recorded).version == version
    assert choose_label_map("unified-2-broad", recorded) is BROAD
