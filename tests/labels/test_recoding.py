"""Whole columns of label ids in any scheme become clean IOB2 of another label space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.labels import LabelSpace
from tner_hf.labels.recoding import Recoding, check_names
from tner_hf.labels.schemes import Scheme, to_iob2

PREFIXES = {
    Scheme.IOB1: "BI",
    Scheme.IOB2: "BI",
    Scheme.IO: "I",
    Scheme.BIOES: "BIES",
    Scheme.BILOU: "BILU",
}


@st.composite
def tagged_corpora(draw):
    scheme = draw(st.sampled_from(list(PREFIXES)))
    names = ["O", *(f"{p}-{t}" for t in ("LOC", "PER") for p in PREFIXES[scheme])]
    names = draw(st.permutations(names))
    corpus = draw(st.lists(st.lists(st.sampled_from(names), max_size=8), max_size=5))
    return scheme, names, corpus


@given(tagged_corpora())
def test_agrees_with_to_iob2_on_any_tags(drawn):
    scheme, names, corpus = drawn
    space = LabelSpace.of(["LOC", "PER"])
    labels = np.array([names.index(t) for tags in corpus for t in tags], dtype=np.int64)
    offsets = np.cumsum([0, *map(len, corpus)])
    recoded = Recoding.between(names, space).apply(labels, offsets)
    expected = [tag for tags in corpus for tag in to_iob2(tags, scheme)]
    assert [space.names[i] for i in recoded] == expected


def test_touching_entities_of_types_that_become_one_stay_apart():
    names = ["O", "B-city", "I-city", "B-country", "I-country"]
    coding = Recoding.between(names, LabelSpace(("location",)), lambda _: "location")
    labels = np.array([1, 4, 4, 2], dtype=np.int64)  # B-city I-country I-country I-city
    assert coding.apply(labels, np.array([0, 4])).tolist() == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["O", "PER"], "tag 'PER' has no prefix"),
        (["O", "B-"], "tag 'B-' has the prefix 'B' but no type"),
        (["O", "X-PER", "Y-PER"], "unknown prefix 'X'.*1 more such tags"),
        (["O", "S-PER", "L-PER"], "prefixes L, S belong to no one scheme"),
    ],
)
def test_names_that_are_no_tags_are_refused(names, said):
    with pytest.raises(DataError, match=f"here: .*{said}"):
        check_names(names, where="here")
