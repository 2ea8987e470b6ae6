"""Where label sets meet: types of different grain, read as what all sides can say.

Types nest: a `politician` is a `person`, a `country` a `geopolitical_area`, which is a `location`.
A model that knows `person` cannot say `politician`, and where it says `person` of one, it is right.
So each type is read as the nearest type above it, itself included, at which the sides meet: one
that some side has, and that every side has something of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.labels.shipped import describe_types


def shipped_nesting() -> dict[str, str]:
    """Unified type to the one that it is a kind of, for those that are a kind of another.

    >>> nesting = shipped_nesting()
    >>> nesting["politician"], nesting["country"], nesting["geopolitical_area"]
    ('person', 'geopolitical_area', 'location')
    """
    return {name: facts.broader for name, facts in describe_types().items() if facts.broader}


def meet_types(
    sides: Sequence[Collection[str]], *, nesting: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Each type that counts to the type that it is read as.

    A type that no reading brings together with one of every other side is left out. Where no type
    is a kind of another, what remains are the types that all sides have, as they are. So it is
    for sides of equal types, however these nest: what all can tell apart stays apart.

    Args:
        sides: the types of the corpus, and of each model.
        nesting: type to the one that it is a kind of; that of the unified types by default.

    Examples:
        >>> meet_types([{"politician", "person", "election"}, {"person", "date"}])
        {'person': 'person', 'politician': 'person'}
        >>> meet_types([{"politician", "person"}, {"politician", "person"}])
        {'person': 'person', 'politician': 'politician'}
    """
    above = shipped_nesting() if nesting is None else nesting
    types = sorted(set().union(*sides))
    chains = {name: list(_climb(name, above)) for name in types}
    reached = [{name for kind in side for name in chains[kind]} for side in sides]
    meets = set(types).intersection(*reached)
    # A place where some side never arrives, as all that it has lies lower, is none: those who do
    # arrive go on upwards. The lowest goes first, for leaving one changes only those above it.
    while True:
        read = {
            name: place
            for name in types
            if (place := next((p for p in chains[name] if p in meets), None)) is not None
        }
        arrived = [{read[name] for name in side if name in read} for side in sides]
        lonely = meets - set(types).intersection(*arrived)
        if not lonely:
            return read
        meets.remove(max(lonely, key=lambda name: (len(chains[name]), name)))


def types_of(names: Iterable[str]) -> set[str]:
    """The entity types of some tags."""
    return {entity_type for _, entity_type in map(split_tag, names) if entity_type}


def retype(name: str, read_as: Mapping[str, str]) -> str:
    """A tag with its type read as another, `O` for a type that is read as none.

    >>> retype("B-politician", {"politician": "person"}), retype("I-date", {})
    ('B-person', 'O')
    """
    prefix, entity_type = split_tag(name)
    return f"{prefix}-{read_as[entity_type]}" if entity_type in read_as else OUTSIDE


def _climb(name: str, above: Mapping[str, str]) -> Iterator[str]:
    """A type, and all above it."""
    seen: set[str] = set()
    while name not in seen:  # a circle ends where it began
        seen.add(name)
        yield name
        name = above.get(name, name)
