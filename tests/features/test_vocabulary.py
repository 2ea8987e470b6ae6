"""Words of Arrow columns are numbered as those of lists are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.features.vocabulary import number_column, number_words


@given(
    lists=st.lists(st.lists(st.sampled_from(["a", "b", "ü"]), max_size=3), min_size=1, max_size=8),
    data=st.data(),
)
def test_words_of_arrow_columns_are_those_of_lists(lists, data) -> None:
    import pyarrow as pa

    cut = data.draw(st.integers(0, len(lists)))
    kind = data.draw(st.sampled_from([pa.list_, pa.large_list]))(pa.string())
    whole = pa.chunked_array([pa.array(lists[:cut], kind), pa.array(lists[cut:], kind)])
    begin = data.draw(st.integers(0, len(lists) - 1))
    column, rows = whole.slice(begin), lists[begin:]
    found, expected = number_column(column), number_words(rows)
    assert [found.distinct[i] for i in found.numbers] == [word for row in rows for word in row]
    assert found.offsets.tolist() == expected.offsets.tolist()
    assert [expected.distinct[i] for i in expected.numbers] == [
        word for row in rows for word in row
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", None]], r"a token of sentence 0 is None"),
        ([["a"], [1]], r"a token of sentence 1 is 1 \(int\)"),
        ([["a"], [["b"]]], r"a token of sentence 1 is \['b'\]"),
        (["Ada"], "sentence 0 is the text 'Ada'"),
    ],
)
def test_words_that_are_no_strings_are_named(rows, message) -> None:
    with pytest.raises(DataError, match=message):
        number_words(rows)
