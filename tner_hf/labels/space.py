"""Label spaces: entity types, tags and label ids.

A *type* is `person`; a *tag* is `B-person`; a *label* is the integer id of a tag. `LabelSpace` is
the one place where the three meet: its names are `O`, then `B-x` and `I-x` for each type in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from tner_hf.errors import SettingError
from tner_hf.labels.shipped import PUBLISHED_ORDER
from tner_hf.labels.tags import OUTSIDE, split_tag


@dataclass(frozen=True)
class LabelSpace:
    """An ordered set of entity types and the IOB2 labels that follow from it.

    >>> LabelSpace(("person", "location")).names
    ('O', 'B-person', 'I-person', 'B-location', 'I-location')
    """

    types: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.types)) != len(self.types):
            twice = sorted(t for t, count in Counter(self.types).items() if count > 1)
            raise SettingError(f"entity types {twice} are listed twice; each type may appear once")

    @classmethod
    def of(cls, types: Iterable[str]) -> LabelSpace:
        """The label space of a set of types, in the stable order of `sort_types`."""
        return cls(tuple(sort_types(types)))

    @classmethod
    def from_names(cls, names: Iterable[str]) -> LabelSpace:
        """The label space behind any list of tags, types in order of first appearance.

        The list may be in any order and any scheme (a Hub model's `id2label`, say).
        """
        types = dict.fromkeys(split_tag(name)[1] for name in names if name != OUTSIDE)
        types.pop("", None)
        return cls(tuple(types))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tag of each label; the position is the label's id."""
        return (OUTSIDE, *(f"{prefix}-{t}" for t in self.types for prefix in "BI"))

    @cached_property
    def label2id(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def id2label(self) -> dict[int, str]:
        return dict(enumerate(self.names))

    def __len__(self) -> int:
        return len(self.names)


def sort_types(types: Iterable[str]) -> list[str]:
    """Types in a stable order: unified ones as published, then all others by code point.

    >>> sort_types({"zebra", "person", "Apple", "location"})
    ['location', 'person', 'Apple', 'zebra']
    """
    order = PUBLISHED_ORDER
    return sorted(set(types), key=lambda t: (order.get(t, len(order)), t))
