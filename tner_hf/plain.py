"""Dataclasses as what JSON holds, and back: the one way in which results are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    Self,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from tner_hf.errors import DataError
from tner_hf.files import write_json


class Stored:
    """A dataclass with a JSON form, read back by the types of its fields."""

    #: Properties and methods whose values stand beside the fields, for readers of the JSON.
    derived: ClassVar[tuple[str, ...]] = ()

    #: Blanks by which a file of it is indented; None for one line.
    indent: ClassVar[int | None] = 2

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: fields, then what follows from them."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        values = {name: getattr(self, name) for name in (*names, *self.derived)}
        return {n: as_plain(v() if callable(v) else v) for n, v in values.items()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; what is no field is passed over.

        Raises:
            DataError: a field is missing, or is not of its type.
        """
        return _read_dataclass(cls, stored, cls.__name__)  # type: ignore[no-any-return]

    def save(self, path: str | Path) -> None:
        """Write the JSON form; the file is either whole or not there."""
        write_json(path, self.to_dict(), indent=self.indent)


def as_plain(value: Any) -> Any:
    """A value made of dataclasses, mappings and sequences as dictionaries and lists.

    >>> as_plain({"a": (1, 2)})
    {'a': [1, 2]}
    """
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: as_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    return value


def read_plain(kind: Any, stored: Any, where: str = "") -> Any:
    """A value of a type from its JSON form.

    Args:
        kind: a dataclass, or a type made of them with tuples, mappings, unions and plain types;
            one with a `from_dict` of its own is read by that.
        stored: what JSON holds.
        where: what an error calls it.

    Raises:
        DataError: the value is not of that type.

    >>> read_plain(tuple[tuple[str, int], ...], [["a", 1]])
    (('a', 1),)
    """
    if kind is Any:
        return stored
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read_union(inner, stored, where)
    if hasattr(kind, "from_dict"):
        return kind.from_dict(stored)
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_dataclass(kind, stored, where or kind.__name__)
    if isinstance(kind, type) and issubclass(kind, tuple):  # a NamedTuple
        kinds: Any = tuple(_hints(kind).values())
        return kind(*read_plain(tuple[kinds], stored, where))
    if origin is tuple:
        each = _expect(stored, Sequence, where)
        kinds = inner[:1] * len(each) if inner[-1] is ... else inner
        if len(kinds) != len(each):
            raise DataError(f"{where}: {len(each)} values; {len(kinds)} are accepted")
        return tuple(read_plain(k, v, f"{where}[]") for k, v in zip(kinds, each, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        pairs = _expect(stored, Mapping, where).items()
        return {key: read_plain(inner[1], value, f"{where}.{key}") for key, value in pairs}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return [read_plain(inner[0], v, f"{where}[]") for v in _expect(stored, Sequence, where)]
    if kind is float and isinstance(stored, int):
        return float(stored)
    if origin is Literal:
        if stored not in inner:
            raise DataError(f"{where}: {stored!r:.60}; accepted: {', '.join(map(repr, inner))}")
        return stored
    if is_typeddict(kind):
        return _expect(stored, Mapping, where)
    return _expect(stored, kind, where) if isinstance(kind, type) else stored


def _read_dataclass(kind: Any, stored: Any, where: str) -> Any:
    given = _expect(stored, Mapping, where)
    read = {}
    for field in fields(kind):
        if field.name in given:
            hint = _hints(kind)[field.name]
            read[field.name] = read_plain(hint, given[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise DataError(f"{where}: {field.name!r} is missing; it has {sorted(given)}")
    return kind(**read)


def _read_union(kinds: tuple[Any, ...], stored: Any, where: str) -> Any:
    if stored is None and type(None) in kinds:
        return None
    left = [kind for kind in kinds if kind is not type(None)]
    for kind in left[:-1]:
        try:
            return read_plain(kind, stored, where)
        except DataError:
            continue
    return read_plain(left[-1], stored, where)


def _expect(value: Any, kind: type, where: str) -> Any:
    fits = isinstance(value, kind) and not (kind is Sequence and isinstance(value, str))
    if not fits or (kind is int and isinstance(value, bool)):
        raise DataError(f"{where}: {value!r:.60}; accepted: {kind.__name__.lower()}")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
