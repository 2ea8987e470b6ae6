"""Label sets of different grain meet where both have something to say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.labels import LabelSpace
from tner_hf.labels.shipped import describe_types
from tner_hf.metrics.lattice import meet_types, shipped_nesting
from tner_hf.metrics.protocols import describe_nesting, nests, score_protocols

#: A small lattice: a is above b and c, b above d.
NESTING = {"b": "a", "c": "a", "d": "b"}


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        # a coarse model on a fine corpus, and the other way round
        ([{"b", "c"}, {"a"}], {"a": "a", "b": "a", "c": "a"}),
        ([{"a"}, {"b", "c"}], {"a": "a", "b": "a", "c": "a"}),
        # what both can tell apart stays apart
        ([{"a", "b", "c"}, {"a", "b", "c"}], {"a": "a", "b": "b", "c": "c"}),
        ([{"a", "b"}, {"a", "b", "d"}], {"a": "a", "b": "b", "d": "b"}),
        # a type that only one side has, with nothing of the other below it, goes up
        ([{"a", "b"}, {"a", "c"}], {"a": "a", "b": "a", "c": "a"}),
        # two kinds of what neither side has do not meet
        ([{"b"}, {"c"}], {}),
        # the model cannot say `a`: nothing of it arrives there
        ([{"a", "b"}, {"b"}], {"b": "b"}),
        # `b` is left by the corpus's own, so it goes on to where the model's `a` is
        ([{"b", "d"}, {"a", "d"}], {"a": "a", "b": "a", "d": "d"}),
        # nothing nests
        ([{"x", "y"}, {"y", "z"}], {"y": "y"}),
        ([{"x"}, set()], {}),
        # three sides
        ([{"b", "c"}, {"a"}, {"a", "b"}], {"a": "a", "b": "a", "c": "a"}),
        ([{"b", "x"}, {"b", "x"}, {"a"}], {"a": "a", "b": "a"}),
    ],
)
def test_types_meet_at_the_nearest_place(sides, expected) -> None:
    assert meet_types(sides, nesting=NESTING) == expected


def test_a_circle_in_a_nesting_ends() -> None:
    assert meet_types([{"a"}, {"b"}], nesting={"a": "b", "b": "a"}) in (
        {"a": "a", "b": "a"},
        {"a": "b", "b": "b"},
    )


_SIDE = st.sets(st.sampled_from("abcdxyz"))


@given(_SIDE, _SIDE)
def test_each_type_is_read_as_itself_or_as_one_above_that_both_sides_arrive_at(one, other) -> None:
    read = meet_types([one, other], nesting=NESTING)
    for name, place in read.items():
        reached = name
        while reached != place:
            reached = NESTING[reached]
    assert {read[n] for n in one if n in read} == {read[n] for n in other if n in read}
    assert {name: name for name in one & other}.items() <= read.items()


@given(_SIDE, _SIDE)
def test_without_nesting_it_is_what_both_have(one, other) -> None:
    assert meet_types([one, other], nesting={}) == {name: name for name in one & other}


@given(_SIDE)
def test_sides_with_equal_types_keep_them(side) -> None:
    assert meet_types([side, side], nesting=NESTING) == {name: name for name in side}


def test_many_types_that_do_not_nest_cost_little() -> None:
    one, other = ({f"{side}{i}" for i in range(100_000)} for side in "ab")
    assert meet_types([one | {"person"}, other | {"person"}]) == {"person": "person"}


def test_shipped_types_nest_without_a_circle() -> None:
    nesting = shipped_nesting()
    assert set(nesting.values()) <= set(describe_types())
    for name in nesting:
        seen = [name]
        while seen[-1] in nesting:
            seen.append(nesting[seen[-1]])
            assert len(seen) == len(set(seen))


# Scores, by hand

POLITICS = LabelSpace(("politician", "political_party", "election", "person", "location"))
NEWS = LabelSpace(("person", "organization", "location", "date"))


def score(gold: str | list[str], predicted: str | list[str], corpus=POLITICS, model=NEWS):
    """Scores of one sentence, its tags in a line."""
    gold, predicted = (s.split() if isinstance(s, str) else s for s in (gold, predicted))
    return score_protocols(
        np.array([corpus.label2id[tag] for tag in gold]),
        np.array([model.label2id[tag] for tag in predicted]),
        offsets=np.array([0, len(gold)]),
        corpus_names=corpus.names,
        model_names=model.names,
    )


def micro(result, protocol, variant="type_aware"):
    found = result["protocols"][protocol][variant]["default"]["micro"]
    return found["precision"], found["recall"], found["support"]


def test_person_is_right_of_a_politician() -> None:
    result = score(
        "B-politician I-politician O B-political_party B-election B-person B-location",
        "B-person I-person O B-person B-date B-person B-organization",
    )
    # full: of five gold entities only the person is right, among five predictions
    assert micro(result, "full") == (1 / 5, 1 / 5, 5)
    # shared: person and location; predictions: three of person, of which one is right
    assert micro(result, "shared") == (1 / 3, 1 / 2, 2)
    # lattice: politician and person are person, party and organization are organization, the
    # election and the date are out. Right: two persons of four predictions; of four gold ones.
    assert micro(result, "lattice") == (2 / 4, 2 / 4, 4)
    assert micro(result, "lattice", "type_ignored") == (4 / 4, 4 / 4, 4)
    coverage = result["coverage"]
    assert coverage["lattice_types"] == {
        "location": "location",
        "organization": "organization",
        "person": "person",
        "political_party": "organization",
        "politician": "person",
    }
    assert (coverage["lattice_gold_kept"], coverage["lattice_predictions_masked"]) == (4, 1)
    assert describe_nesting(coverage) == "political_party -> organization; politician -> person"
    per_type = result["protocols"]["lattice"]["type_aware"]["default"]["per_type"]
    assert {name: each["support"] for name, each in per_type.items()} == {
        "location": 1, "organization": 1, "person": 2,
    }  # fmt: skip


def test_a_fine_model_on_a_coarse_corpus() -> None:
    result = score("B-person O B-location", "B-politician O B-location", NEWS, POLITICS)
    assert micro(result, "shared") == (1.0, 1 / 2, 2)
    assert micro(result, "lattice") == (1.0, 1.0, 2)


def test_who_knows_the_difference_is_judged_on_it() -> None:
    result = score("B-politician O", "B-person O", POLITICS, POLITICS)
    assert not nests(result["coverage"])
    assert micro(result, "lattice") == micro(result, "full") == (0.0, 0.0, 1)


def test_touching_entities_of_two_kinds_stay_two() -> None:
    result = score("B-politician B-person I-person", "B-person B-person I-person")
    assert micro(result, "lattice") == (1.0, 1.0, 2)


def test_a_broader_type_whose_tags_neither_side_lists() -> None:
    """A model may have learned `B-person` alone; `I-politician` needs an `I-person` too."""
    result = score_protocols(
        np.array([1, 2]), np.array([1, 0]), offsets=np.array([0, 2]),
        corpus_names=["O", "B-politician", "I-politician"], model_names=["O", "B-person"],
    )  # fmt: skip
    assert micro(result, "lattice") == (0.0, 0.0, 1)
    assert micro(result, "lattice", "type_ignored") == (0.0, 0.0, 1)


_TAGS = [st.lists(st.sampled_from(space.names), min_size=6, max_size=6) for space in
         (LabelSpace(("date", "event")), LabelSpace(("date", "language")))]  # fmt: skip


@given(*_TAGS)
def test_it_equals_shared_where_nothing_nests(gold, predicted) -> None:
    spaces = LabelSpace(("date", "event")), LabelSpace(("date", "language"))
    result = score(gold, predicted, *spaces)
    assert result["protocols"]["lattice"] == result["protocols"]["shared"]
    assert result["coverage"]["lattice_gold_kept"] == result["coverage"]["gold_kept"]
