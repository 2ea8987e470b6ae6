"""Entity types, tags and label ids.

A *type* is `person`; a *tag* is `B-person`; a *label* is the integer id of a tag. `LabelSpace` is
the one place where the three meet: its names are `O`, then `B-x` and `I-x` for each type in order.
`UNIFIED` maps the types of nine public corpora onto 51 shared ones, by exact, case-sensitive match.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Any

from tner_hf.errors import SettingError

OUTSIDE = "O"


def split_tag(tag: str) -> tuple[str, str]:
    """Prefix and type of a tag, split at the first hyphen (`creative-work` keeps its own).

    >>> split_tag("B-creative-work")
    ('B', 'creative-work')
    >>> split_tag("O")
    ('O', '')
    """
    prefix, _, entity_type = tag.partition("-")
    return prefix, entity_type


@dataclass(frozen=True)
class LabelSpace:
    """An ordered set of entity types and the IOB2 labels that follow from it.

    >>> LabelSpace(("person", "location")).names
    ('O', 'B-person', 'I-person', 'B-location', 'I-location')
    """

    types: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.types)) != len(self.types):
            twice = sorted({t for t in self.types if self.types.count(t) > 1})
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


@dataclass(frozen=True)
class UnificationReport:
    """What happened to each native type.

    Attributes:
        mapped: native type to the unified type that it became, `O` where it was dropped.
        kept: types without an entry, kept word for word.
        near: kept type to the unified type that it nearly matches (`Person`: `person`); a question
            to the reader, never acted upon.
    """

    mapped: dict[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    near: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The report as sentences, one for each type that needs a reader's eye."""
        out = [
            f"{native} dropped" if unified == OUTSIDE else f"{native} -> {unified}"
            for native, unified in self.mapped.items()
        ]
        for name in self.kept:
            near = self.near.get(name)
            out.append(f"{name} kept" + (f" (did you mean {near!r}?)" if near else ""))
        return out

    def to_dict(self) -> dict[str, Any]:
        return {"mapped": dict(self.mapped), "kept": list(self.kept), "near": dict(self.near)}


@dataclass(frozen=True)
class LabelMap:
    """Native types to other types: the shipped one, or one that a user wrote.

    Attributes:
        aliases: native type to its target, `O` to drop it; a type that is not in it is kept.
        targets: every type of the shared space, in its published order.
        version: what a result file records; of a map that a user wrote `name@fingerprint`.
        origins: those entries that a user wrote, and where each stands (`map.yaml:3`).
    """

    aliases: Mapping[str, str]
    targets: tuple[str, ...]
    version: str
    origins: Mapping[str, str] = field(default_factory=dict)

    def map_type(self, entity_type: str) -> str:
        """The unified type of a native one; a type without an entry stays as it is.

        >>> UNIFIED.map_type("PER"), UNIFIED.map_type("Person")
        ('person', 'Person')
        """
        return self.aliases.get(entity_type, entity_type)

    def map_tag(self, tag: str) -> str:
        """The tag with its type mapped and its prefix kept; `O` for a type that is dropped.

        >>> UNIFIED.map_tag("B-creative-work")
        'B-work_of_art'
        """
        prefix, entity_type = split_tag(tag)
        if self.drops(entity_type):
            return OUTSIDE
        return f"{prefix}-{self.map_type(entity_type)}" if entity_type else tag

    def drops(self, entity_type: str) -> bool:
        """Whether the entities of a type become `O`."""
        return self.map_type(entity_type) == OUTSIDE != entity_type

    def map_types(self, types: Sequence[str]) -> tuple[tuple[str, ...], UnificationReport]:
        """The mapped types without repeats, in order of first appearance, and the report.

        Types that are dropped are in the report only.
        """
        mapped = {t: self.map_type(t) for t in types}
        known = set(self.targets) | set(self.aliases.values())
        changed = {t: u for t, u in mapped.items() if t != u}
        kept = tuple(t for t, u in mapped.items() if t == u and t not in known)
        near = {t: hit for t in kept if (hit := self._nearest(t))}
        left = dict.fromkeys(u for t, u in mapped.items() if not self.drops(t))
        return tuple(left), UnificationReport(changed, kept, near)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what the map does; equal maps have equal ones, whatever they are called."""
        entries = sorted(self.aliases.items())
        return hashlib.sha256(json.dumps(entries).encode()).hexdigest()[:12]

    def _nearest(self, entity_type: str) -> str | None:
        names = (name for name in (*self.aliases, *self.targets) if not self.drops(name))
        folded = {name.lower(): self.map_type(name) for name in names}
        hits = difflib.get_close_matches(entity_type.lower(), folded, n=1, cutoff=0.84)
        return folded[hits[0]] if hits else None


def _read_unified() -> LabelMap:
    text = (
        resources.files("tner_hf.labels").joinpath("unified_types.json").read_text(encoding="utf-8")
    )
    shipped = json.loads(text)
    aliases = {alias: unified for unified, names in shipped["types"].items() for alias in names}
    return LabelMap(aliases, tuple(shipped["types"]), f"unified-{shipped['version']}")


UNIFIED = _read_unified()


def sort_types(types: Iterable[str]) -> list[str]:
    """Types in a stable order: unified ones as published, then all others by code point.

    >>> sort_types({"zebra", "person", "Apple", "location"})
    ['location', 'person', 'Apple', 'zebra']
    """
    order = {name: index for index, name in enumerate(UNIFIED.targets)}
    return sorted(set(types), key=lambda t: (order.get(t, len(order)), t))
