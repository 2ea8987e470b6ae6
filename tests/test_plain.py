"""The JSON form of dataclasses, and what is refused on the way back."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Literal, NamedTuple, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tner_hf
from tner_hf.errors import DataError
from tner_hf.plain import Stored, as_plain, read_plain


@dataclass(frozen=True)
class Part:
    name: str
    bounds: tuple[float, float] | None = None


class Point(NamedTuple):
    x: int
    y: float


@dataclass(frozen=True)
class Whole(Stored):
    derived: ClassVar = ("size", "names")

    parts: tuple[Part, ...]
    by_name: Mapping[str, Part]
    kind: Literal["a", "b"] = "a"
    count: int = 0

    @property
    def size(self) -> int:
        return len(self.parts)

    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts)


PARTS = st.builds(
    Part, st.text(), st.none() | st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2)
)
WHOLES = st.builds(
    Whole,
    st.lists(PARTS).map(tuple),
    st.dictionaries(st.text(), PARTS),
    st.sampled_from("ab"),
    st.integers(),
)


@given(WHOLES)
def test_what_went_through_json_is_the_same(whole: Whole) -> None:
    stored = json.loads(json.dumps(whole.to_dict()))
    assert Whole.from_dict(stored) == whole
    assert stored["size"] == len(whole.parts)
    assert stored["names"] == [part.name for part in whole.parts]


def test_a_named_tuple_is_a_list_in_json() -> None:
    assert as_plain((Point(1, 2.5),)) == [[1, 2.5]]
    assert read_plain(tuple[Point, ...], [[1, 2]]) == (Point(1, 2.0),)
    with pytest.raises(DataError, match=r"^p: 1 values; 2 are accepted$"):
        read_plain(Point, [1], "p")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parts": None}, "Whole.parts: None; accepted: sequence"),
        ({"parts": [{}]}, "Whole.parts[]: 'name' is missing; it has []"),
        ({"parts": ["x"]}, "Whole.parts[]: 'x'; accepted: mapping"),
        ({"parts": [{"name": "x", "bounds": [1]}]}, "Whole.parts[].bounds: 1 values; 2 are accep"),
        ({"by_name": {"x": {"name": 1}}}, "Whole.by_name.x.name: 1; accepted: str"),
        ({"kind": "c"}, "Whole.kind: 'c'; accepted: 'a', 'b'"),
        ({"count": True}, "Whole.count: True; accepted: int"),
    ],
)
def test_what_is_not_of_its_type_is_named_with_its_place(change, message) -> None:
    stored = {"parts": [], "by_name": {}, **change}
    with pytest.raises(DataError) as caught:
        Whole.from_dict(stored)
    assert str(caught.value).startswith(message)


def test_every_stored_class_has_types_that_can_be_read() -> None:
    """A name that only a type checker imports would fail on the first file that is opened."""
    for module in pkgutil.walk_packages(tner_hf.__path__, "tner_hf."):
        if not module.name.endswith(("__main__", "spacy_component")):  # spaCy is an extra
            importlib.import_module(module.name)
    kinds = [*Stored.__subclasses__()]
    for kind in kinds:  # those of those, too
        kinds += kind.__subclasses__()
    own = [kind for kind in kinds if kind.__module__.startswith("tner_hf.")]
    assert len(own) > 15
    for kind in own:
        assert set(get_type_hints(kind)) >= {field.name for field in fields(kind)}
