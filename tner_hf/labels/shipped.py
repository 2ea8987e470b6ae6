"""The label maps of this package: the unified types in two versions, and the second made broad.

Version 1 is T-NER's own of 0.2.4, for its checkpoints and the tables of its paper, whose edition
spelled the same types with spaces and had no `collection`. Version 2, the default, mends what
version 1 joins wrongly. Both keep apart what one corpus keeps apart, so that mapping
changes no score on a single corpus. `unified-2-broad` gives that up: each type that is a kind of
another becomes that other, for comparisons across corpora that draw the line elsewhere.

Maps match exactly, case included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from tner_hf.labels.mapping import LabelMap


@dataclass(frozen=True)
class TypeFacts:
    """What is known of a type of version 2.

    Attributes:
        native: the native names that become it, in any corpus.
        means: what it is, in a few words.
        broader: the type that it is a kind of; empty where there is none.
        debatable: why corpora do not mean quite the same by it; empty where they do.
    """

    native: tuple[str, ...]
    means: str
    broader: str = ""
    debatable: str = ""


def _read(file: str) -> Any:
    text = resources.files("tner_hf.labels").joinpath(file).read_text(encoding="utf-8")
    return json.loads(text)


@cache
def describe_types() -> Mapping[str, TypeFacts]:
    """Each type of version 2, in its published order."""
    listed = _read("unified_types_2.json")["types"]
    return {
        name: TypeFacts(**{**facts, "native": tuple(facts["native"])})
        for name, facts in listed.items()
    }


@cache
def explain_changes() -> Mapping[str, str]:
    """Native type to why version 2 maps it otherwise than version 1."""
    return dict(_read("unified_types_2.json")["changes"])


def _read_first() -> LabelMap:
    shipped = _read("unified_types.json")
    aliases = {alias: unified for unified, names in shipped["types"].items() for alias in names}
    return LabelMap(aliases, tuple(shipped["types"]), f"unified-{shipped['version']}")


def _read_second() -> LabelMap:
    types = describe_types()
    aliases = {native: name for name, facts in types.items() for native in facts.native}
    shipped = _read("unified_types_2.json")
    version = f"unified-{shipped['version']}"
    return LabelMap(aliases, tuple(types), version, corpora=shipped["corpora"])


def _broaden(label_map: LabelMap) -> LabelMap:
    """The map with every type that is a kind of another as that other.

    >>> _broaden(UNIFIED_2).map_type("country")
    'location'
    """
    types = describe_types()
    broader = {}
    for name in types:
        above = name
        while types[above].broader:
            above = broader[name] = types[above].broader
    aliases = {native: broader.get(name, name) for native, name in label_map.aliases.items()}
    kept = tuple(name for name in label_map.targets if name not in broader)
    version = f"{label_map.version}-broad"
    return replace(label_map, aliases={**aliases, **broader}, targets=kept, version=version)


UNIFIED_1 = _read_first()
UNIFIED_2 = _read_second()

#: What is taken where nobody says otherwise.
UNIFIED = UNIFIED_2

#: Version to map, for settings and records.
SHIPPED: Mapping[str, LabelMap] = {
    each.version: each for each in (UNIFIED_1, UNIFIED_2, _broaden(UNIFIED_2))
}

#: Unified type to its place among all; version 1 first, so that label ids outlast a new version.
PUBLISHED_ORDER: Mapping[str, int] = {
    name: place
    for place, name in enumerate(dict.fromkeys((*UNIFIED_1.targets, *UNIFIED_2.targets)))
}
