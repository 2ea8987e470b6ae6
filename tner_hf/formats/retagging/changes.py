"""From the entities of a sentence to those that it shall have."""

from __future__ import annotations

from collections.abc import Sequence

from tner_hf.labels.schemes import Entity, entities


def find_changes(
    before: Sequence[str], after: Sequence[str]
) -> list[tuple[Entity | None, Entity | None]]:
    """What goes, and what takes its place where something does that shares a token with it.

    >>> find_changes(["B-PER", "O", "B-LOC"], ["B-PER", "B-ORG", "I-ORG"])
    [(('LOC', 2, 3), ('ORG', 1, 3))]
    >>> find_changes(["O", "B-LOC"], ["B-PER", "O"])
    [(('LOC', 1, 2), None), (None, ('PER', 0, 1))]
    """
    old, new = entities(before), entities(after)
    gone, added = ([e for e in one if e not in other] for one, other in ((old, new), (new, old)))
    changes: list[tuple[Entity | None, Entity | None]] = []
    for entity in gone:
        _, start, end = entity
        over = [e for e in added if e[1] < end and start < e[2]]
        over.sort(key=lambda e, bounds=(start, end): (e[1], e[2]) != bounds)  # type: ignore[misc]
        changes.append((entity, over[0] if over else None))
        if over:
            added.remove(over[0])
    return [*changes, *((None, entity) for entity in added)]
