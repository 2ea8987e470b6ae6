"""Sentences of one part that another part has too: leakage where one is train, the other test."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from tner_hf.data.lens.near import find_near
from tner_hf.data.lens.parts import Part
from tner_hf.labels.schemes import Entity

#: Characters of a sentence that an example shows.
_SHOWN = 60


@dataclass(frozen=True)
class Recurring:
    """How much of the judged part recurs, repeats counted each time.

    `distinct` are different sentences among them, by what they were found the same by.
    """

    sentences: int
    distinct: int
    entities: int


@dataclass(frozen=True)
class Example:
    """One sentence that recurs, where it stands, and where its twin stands."""

    text: str
    place: str
    twin: str


@dataclass(frozen=True)
class Recurrence:
    """What of one part recurs in another one.

    Attributes:
        reference: corpus and split that is learnt from.
        judged: corpus and split that a model is judged on, with its sentences and entities.
        exact: token for token.
        normalised: the same letters when case, white space and the value of numbers are left out;
            includes the exact ones.
        near: sentences of ten words or more that are the same, normalised, when at most one word is
            left out of each; includes the normalised ones of any length.
        retagged: exact ones that carry other entities than every twin: one of them is wrong, or
            the context decided.
        examples: of exact ones, then of those that are the same only when normalised, then of those
            that are only near.
    """

    reference: tuple[str, str]
    judged: tuple[str, str]
    sentences: int
    entities: int
    exact: Recurring
    normalised: Recurring
    near: Recurring
    retagged: int
    examples: tuple[Example, ...]


def find_recurrence(reference: Part, judged: Part, *, examples: int = 3) -> Recurrence:
    """The sentences of a part that recur in another one, with some examples of each kind."""
    exact = _find_twins(reference.exact_keys, judged.exact_keys)
    loose = _find_twins(reference.normal_keys, judged.normal_keys)
    tagged: dict[tuple[str, ...], set[tuple[Entity, ...]]] = {}
    for key, entities in zip(reference.exact_keys, reference.entities, strict=True):
        tagged.setdefault(key, set()).add(tuple(entities))
    retagged = sum(
        tuple(judged.entities[row]) not in tagged[judged.exact_keys[row]] for row in exact
    )
    near = {**find_near(reference.sentences, judged.sentences), **loose}
    only_loose = {row: twin for row, twin in loose.items() if row not in exact}
    only_near = {row: twin for row, twin in near.items() if row not in loose}
    return Recurrence(
        reference.key,
        judged.key,
        len(judged.sentences),
        sum(map(len, judged.entities)),
        _count(judged, exact, judged.exact_keys),
        _count(judged, loose, judged.normal_keys),
        _count(judged, near, judged.normal_keys),
        retagged,
        (
            *_show(reference, judged, exact, examples),
            *_show(reference, judged, only_loose, examples),
            *_show(reference, judged, only_near, examples),
        ),
    )


def _find_twins(reference: Sequence[Hashable], judged: Sequence[Hashable]) -> dict[int, int]:
    """The rows whose key recurs, and the first row of the reference with that key."""
    first: dict[Hashable, int] = {}
    for row, key in enumerate(reference):
        first.setdefault(key, row)
    return {row: first[key] for row, key in enumerate(judged) if key in first}


def _count(judged: Part, rows: Collection[int], keys: Sequence[Hashable]) -> Recurring:
    distinct = len({keys[row] for row in rows})
    return Recurring(len(rows), distinct, sum(len(judged.entities[row]) for row in rows))


def _show(reference: Part, judged: Part, twins: Mapping[int, int], most: int) -> list[Example]:
    """The longest sentences of some, which nobody takes for chance."""
    longest = sorted(twins, key=lambda row: (-len(judged.sentences[row]), row))
    found: dict[str, Example] = {}
    for row in longest:
        text = " ".join(judged.sentences[row])
        short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        found.setdefault(text, Example(short, judged.places[row], reference.places[twins[row]]))
        if len(found) == most:
            break
    return list(found.values())
