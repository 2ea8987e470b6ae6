"""Label maps that users write: YAML files or dictionaries of native type to target type.

    extends: unified          # or: unified-1, unified-2-broad, or nothing, to start from scratch
    new_types: [symptom]      # targets beyond the unified types
    GPE: location
    Symptom: symptom
    QUANTITY: O               # these entities are dropped

A map is resolved when it is read: with `location: place` in it, `GPE: location` and the shipped
`LOC: location` give `place` as well, so that mapping twice changes nothing more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.labels import OUTSIDE, SHIPPED, UNIFIED, LabelMap
from tner_hf.labels.nearest import KnownNames

EXTENDS = "extends"
NEW_TYPES = "new_types"

#: What a map may build upon; the first is the default.
BASES: dict[str, LabelMap] = {
    "unified": UNIFIED, **SHIPPED, "nothing": LabelMap({}, (), "nothing"),
}  # fmt: skip

LabelMapLike = LabelMap | Mapping[str, Any] | str | os.PathLike[str]

#: Unknown types that one message spells out.
_SHOWN = 20


def as_label_map(given: LabelMapLike | None) -> LabelMap:
    """The map behind a YAML file, a shipped version, a dictionary or a LabelMap.

    Args:
        given: `unified-1`, `unified-2` and `unified-2-broad` are shipped; None is the default.

    >>> label_map = as_label_map({"GPE": "location", "QUANTITY": "O"})
    >>> [label_map.map_tag(tag) for tag in ("B-GPE", "I-PER", "B-QUANTITY")]
    ['B-location', 'I-person', 'O']

    Raises:
        SettingError: as for `read_label_map`.
    """
    if given is None:
        return UNIFIED
    if isinstance(given, LabelMap):
        return given
    if isinstance(given, str) and given in SHIPPED:
        return SHIPPED[given]
    if isinstance(given, str | os.PathLike):
        return read_label_map(given)
    if not isinstance(given, Mapping):
        raise SettingError(
            f"label_map={given!r:.60} is no label map; accepted are a YAML file, a shipped map "
            f"({', '.join(SHIPPED)}), a dictionary such as {{'GPE': 'location'}}, or a LabelMap"
        )
    return _build(_Written.of(given), "own")


def choose_label_map(given: LabelMapLike | None, recorded: Iterable[str | None]) -> LabelMap:
    """The map that a caller asked for; else the one that the models in question were trained with.

    Args:
        given: what the caller said.
        recorded: version of the map that each model was trained with; None for native types. Where
            they are not all of one shipped version, the default it is.

    >>> choose_label_map(None, ["unified-1", None]).version, choose_label_map(None, []).version
    ('unified-1', 'unified-2')
    """
    versions = {version for version in recorded if version in SHIPPED}
    if given is not None or len(versions) != 1:
        return as_label_map(given)
    return SHIPPED[str(versions.pop())]


def read_label_map(path: str | os.PathLike[str]) -> LabelMap:
    """The map in a YAML file; `version` is the file's name and the map's fingerprint.

    Raises:
        SettingError: there is no such file, it is no map of type to type, or a target is unknown;
            every place as `path:line`.
    """
    import yaml

    path = Path(path).expanduser()
    try:
        # BaseLoader leaves every scalar a string: NO is a type here, not false.
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except OSError as error:
        raise SettingError(
            f"label map {path} cannot be read: {error.strerror}; shipped maps are called "
            f"{', '.join(SHIPPED)}"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingError(f"label map {path} is no YAML: {error}") from error
    if tree is not None and not isinstance(tree, yaml.MappingNode):
        raise SettingError(f"label map {path}: accepted are lines such as `GPE: location`")
    return _build(_Written.parse(tree, path.name), path.stem)


@dataclass
class _Written:
    """A map as it was written, and what is wrong with its form.

    Attributes:
        base: the name of the map that it extends.
        new_types: targets that it declares.
        entries: native type to target.
        places: where each of its lines stands.
        faults: one sentence each.
    """

    base: str = next(iter(BASES))
    new_types: tuple[str, ...] = ()
    entries: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> _Written:
        """A dictionary."""
        written = cls()
        for key, value in given.items():
            written.add(str(key), value, f"label_map[{key!r}]")
        return written

    @classmethod
    def parse(cls, tree: Any, file: str) -> _Written:
        """A YAML mapping, whose nodes know their lines."""
        written = cls()
        for key, value in tree.value if tree is not None else ():
            place = f"{file}:{key.start_mark.line + 1}"
            if not isinstance(key.value, str):
                written.faults.append(f"{place}: a native type must be a word")
            elif isinstance(value.value, str):
                written.add(key.value, value.value, place)
            else:
                listed = [getattr(item, "value", None) for item in value.value]
                written.add(key.value, listed, place)
        return written

    def add(self, key: str, value: Any, place: str) -> None:
        """One line of a map."""
        if key in self.places:
            self.faults.append(f"{place}: {key!r} stands in {self.places[key]} already")
            return
        self.places[key] = place
        if key == NEW_TYPES:
            names = [value] if isinstance(value, str) else value
            if isinstance(names, Sequence) and all(isinstance(n, str) and n for n in names):
                self.new_types = tuple(names)
            else:
                self.faults.append(f"{place}: {NEW_TYPES} is a list of types, e.g. [symptom, drug]")
        elif not isinstance(value, str) or not value.strip():
            self.faults.append(
                f"{place}: {key!r} is mapped to {value!r}; accepted is one type, or {OUTSIDE} to "
                "drop it"
            )
        elif key == EXTENDS:
            self.base = value
        else:
            self.entries[key] = value.strip()


def _build(written: _Written, name: str) -> LabelMap:
    """The resolved map, or an error with every fault of it."""
    faults = list(written.faults)
    if written.base not in BASES:
        place = written.places[EXTENDS]
        faults.append(
            f"{place}: {EXTENDS}: {written.base!r} is unknown; accepted: {', '.join(BASES)}"
        )
        raise _refuse(name, faults)
    base = BASES[written.base]
    faults += _find_unknown(written, base)
    aliases: dict[str, str] = {}
    for native in (*base.aliases, *base.targets, *written.entries):
        steps = _follow(native, written.entries, base.aliases)
        if steps[-1] in steps[:-1]:
            place = next(written.places[step] for step in steps if step in written.entries)
            faults.append(f"{place}: {' -> '.join(steps)} goes round in a circle")
        elif native in written.entries or steps[-1] != native or native in base.aliases:
            aliases[native] = steps[-1]
    if faults:
        raise _refuse(name, list(dict.fromkeys(faults)))
    targets = dict.fromkeys((*base.targets, *written.new_types, *aliases.values()))
    targets.pop(OUTSIDE, None)
    origins = {native: written.places[native] for native in written.entries}
    corpora = {
        corpus: {
            native: _follow(target, written.entries, {})[-1]
            for native, target in own.items()
            if native not in written.entries
        }
        for corpus, own in base.corpora.items()
    }
    resolved = LabelMap(aliases, tuple(targets), name, origins, corpora)
    return replace(resolved, version=f"{name}@{resolved.fingerprint}")


def _follow(native: str, own: Mapping[str, str], shipped: Mapping[str, str]) -> list[str]:
    """The types that a native one passes through; the last is among the others in a circle.

    A type's own line wins over the shipped one; a type mapped to itself stays.
    """
    steps = [native]
    step = own.get(native) or shipped.get(native, native)
    while step != steps[-1] and len(set(steps)) == len(steps):
        steps.append(step)
        step = own.get(step, step)
    return steps


def _find_unknown(written: _Written, base: LabelMap) -> Iterator[str]:
    """Targets that nobody declared: most likely misspelt."""
    if written.base == "nothing":  # every target is the user's own invention
        return
    known = {*base.targets, *written.new_types, OUTSIDE}
    names = _name_all(known)
    for native, target in written.entries.items():
        if target in known or target == native:
            continue
        near = base.aliases.get(target) or names.find_nearest(target)
        guess = f" Did you mean {near!r}?" if near else ""
        yield (
            f"{written.places[native]}: {native!r} is mapped to the unknown type {target!r}.{guess}"
        )


def _name_all(types: Iterable[str]) -> KnownNames:
    return KnownNames({each.lower(): each for each in sorted(types)}, cutoff=0.6)


def _refuse(name: str, faults: Sequence[str]) -> SettingError:
    more = [f"  … and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    accepted = (
        f"Accepted targets: a unified type (`tner-hf labels list` shows them), {OUTSIDE} to drop a "
        f"type, the type itself to keep it, or a type that `{NEW_TYPES}:` lists."
    )
    listed = [f"  {fault}" for fault in faults[:_SHOWN]]
    return SettingError(
        "\n".join([f"label map {name!r} cannot be used:", *listed, *more, accepted])
    )


def find_unused(label_map: LabelMap, types: Sequence[str]) -> list[str]:
    """A sentence for each line of a user's map whose native type is not among `types`.

    >>> find_unused(as_label_map({"GEP": "location"}), ["GPE", "PER"])
    ["label_map['GEP']: type 'GEP' does not occur in the data. Did you mean 'GPE'?"]
    """
    out = []
    known = set(types)
    names = _name_all(known)
    for native, place in label_map.origins.items():
        if native in known:
            continue
        near = names.find_nearest(native)
        guess = f" Did you mean {near!r}?" if near else ""
        out.append(f"{place}: type {native!r} does not occur in the data.{guess}")
    return out
