"""What native entity types become: a map, and the report of what it did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from tner_hf.labels.nearest import KnownNames
from tner_hf.labels.tags import OUTSIDE, split_tag
from tner_hf.plain import Stored


@dataclass(frozen=True)
class UnificationReport(Stored):
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


@dataclass(frozen=True)
class LabelMap:
    """Native types to other types: the shipped one, or one that a user wrote.

    Attributes:
        aliases: native type to its target, `O` to drop it; a type that is not in it is kept.
        targets: every type of the shared space, in its published order.
        version: what a result file records; of a map that a user wrote `name@fingerprint`.
        origins: those entries that a user wrote, and where each stands (`map.yaml:3`).
        corpora: corpus to those of its native types that mean something else than elsewhere, with
            their targets.
    """

    aliases: Mapping[str, str]
    targets: tuple[str, ...]
    version: str
    origins: Mapping[str, str] = field(default_factory=dict)
    corpora: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def for_corpus(self, name: str) -> LabelMap:
        """The map for the native types of one corpus.

        Args:
            name: of the corpus, with its configuration or without (`wikiann/ja`).
        """
        own = self.corpora.get(name.partition("/")[0])
        return replace(self, aliases={**self.aliases, **own}, corpora={}) if own else self

    def map_type(self, entity_type: str) -> str:
        """The unified type of a native one; a type without an entry stays as it is.

        >>> label_map = LabelMap({"PER": "person"}, ("person",), "mine")
        >>> label_map.map_type("PER"), label_map.map_type("Person")
        ('person', 'Person')
        """
        return self.aliases.get(entity_type, entity_type)

    def map_tag(self, tag: str) -> str:
        """The tag with its type mapped and its prefix kept; `O` for a type that is dropped.

        >>> LabelMap({"creative-work": "work"}, ("work",), "mine").map_tag("B-creative-work")
        'B-work'
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
        near = {t: hit for t in kept if (hit := self._known.find_nearest(t))}
        left = dict.fromkeys(u for t, u in mapped.items() if not self.drops(t))
        return tuple(left), UnificationReport(changed, kept, near)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what the map does; equal maps have equal ones, whatever they are called."""
        entries: list[Any] = sorted(self.aliases.items())
        if self.corpora:
            entries.append({name: sorted(own.items()) for name, own in self.corpora.items()})
        return hashlib.sha256(json.dumps(entries).encode()).hexdigest()[:12]

    @cached_property
    def _known(self) -> KnownNames:
        names = (name for name in (*self.aliases, *self.targets) if not self.drops(name))
        return KnownNames({name.lower(): self.map_type(name) for name in names}, cutoff=0.84)
