"""What the training text of one corpus makes of the strings of another."""

from __future__ import annotations

import pytest
from data.lens.test_parts import part

from tner_hf.data.lens import find_agreements, look_at
from tner_hf.data.lens.agreement import Reading
from tner_hf.data.lens.tables import list_tables

NAMES = [f"N{number}" for number in range(30)]


def test_each_string_counts_once_by_most_of_its_places() -> None:
    one = part(
        "train", "Ada/B-PER", "Alan/B-PER Turing/I-PER", "Turing/B-PER", "May/B-PER", "May came",
        "in May", "Oslo/B-LOC", "Rome/B-PER", corpus="one",
    )  # fmt: skip
    two = part(
        "train", "Ada/B-PER", "Ada", "Mr/B-PER Turing/I-PER", "Alan/B-PER", "May", "Oslo/B-LOC",
        "Rome/B-LOC", "Rome/B-LOC", "Rome", corpus="two",
    )  # fmt: skip
    found = {(each.type, each.corpus): each for each in find_agreements([one, two])}

    assert set(found) == {(kind, name) for kind in ("PER", "LOC") for name in ("one", "two")}
    people = found["PER", "one"]
    # Of Ada's two places one is a person, and so it counts as one; Alan Turing is not there.
    assert people.there == Reading(same=2, other=1, nothing=1)
    # What is left without one mention of each: Turing in Alan Turing, and May twice as a month.
    assert people.own == Reading(same=1, other=0, nothing=1)
    assert found["PER", "two"].there == Reading(same=2, other=0, nothing=0)
    assert (people.there.strings, people.there.share) == (4, 0.5)
    assert (people.other, people.differs) == ("two", False)


def test_a_guideline_differs_where_an_interval_says_so() -> None:
    one = part("train", *[f"{n}/B-PER" for n in NAMES] * 2, corpus="one")
    two = part("train", *NAMES, "Ada/B-PER", corpus="two")
    worst, other = find_agreements([two, one])
    assert (worst.type, worst.corpus, worst.other, worst.differs) == ("PER", "one", "two", True)
    assert (worst.there, worst.own) == (Reading(0, 0, 30), Reading(30, 0, 0))
    # 0 of 30 and 30 of 30, exact: [0, 0.1157] and [0.8843, 1], joined by MOVER.
    assert worst.difference == (-1, pytest.approx(-1 + 0.1157 * 2**0.5, abs=1e-4))
    assert (other.corpus, other.there, other.differs) == ("two", Reading(0, 0, 0), False)

    few = part("train", *NAMES[:3], "Ada/B-PER", corpus="two")  # which says next to nothing
    assert [each.differs for each in find_agreements([one, few])] == [True, False]
    once = part("train", *[f"{n}/B-PER" for n in NAMES], corpus="one")  # nobody knows about itself
    assert [each.differs for each in find_agreements([once, two])] == [False, False]


def test_one_corpus_or_no_type_in_common_has_nothing_to_compare() -> None:
    train = part("train", "Ada/B-PER")
    assert find_agreements([train, part("test", "Ada/B-PER", corpus="two")]) == ()
    assert find_agreements([train, part("train", "Ada/B-LOC", corpus="two")]) == ()
    assert find_agreements([]) == ()


def test_the_table_has_what_the_other_text_has_strings_of() -> None:
    one = part("train", *[f"{n}/B-PER" for n in NAMES] * 2, corpus="one")
    report = look_at([one, part("train", *NAMES, "Ada/B-PER", corpus="two")])
    (table,) = [each for each in list_tables(report) if each.title.startswith("One type")]
    assert table.rows == [
        ["PER", "one", "two", 30, 0, 0, 30, 0.0, 1.0, 30, "-1.000 to -0.836", "differ"]
    ]
    assert type(report).from_dict(report.to_dict()) == report
