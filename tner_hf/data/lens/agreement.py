"""Whether two corpora mean the same by a type: what the text of one makes of the other's strings.

Of the strings that a corpus annotates as a type, those are taken that the training text of another
corpus has too, wherever they stand. Each counts once, by what most of its places there are: an
entity of the type or part of one (*Turing* in *Alan Turing* is a person all the same), an entity
of another type or part of one, or nothing. A string may be ambiguous in itself, so the same is
asked of the corpus's own text, one mention of each string left out, for it is what brought the
string here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from tner_hf.data.lens.parts import TRAIN, Part
from tner_hf.metrics.exact import bound_share

#: Shares that differ by less are no other guideline; of the interval of their difference.
_MARGIN, _LEVEL = 0.1, 0.95

String = tuple[str, ...]
#: What the places of a string are: the type of the entity there, None for nothing.
Places = Counter[str | None]


@dataclass(frozen=True)
class Reading:
    """What a text makes of some strings, each by most of its places.

    Attributes:
        same: strings that are entities of the type, or overlap with one.
        other: strings that are, or overlap with, entities of other types only.
        nothing: strings that touch no entity.
    """

    same: int
    other: int
    nothing: int

    @property
    def strings(self) -> int:
        """How many the text has."""
        return self.same + self.other + self.nothing

    @property
    def share(self) -> float:
        """Of them, those that are entities of the type; 0 of none."""
        return self.same / max(self.strings, 1)


@dataclass(frozen=True)
class Agreement:
    """What a corpus makes of the strings that another one annotates as a type.

    Attributes:
        type: that both annotate.
        corpus: whose strings they are.
        other: whose training text is asked.
        there: what it makes of them.
        own: what the corpus itself makes of its strings, but for one mention of each.
        difference: interval of 95 % of the difference of the two shares, lower where the other
            corpus annotates fewer. Both are exact (`metrics.exact`), and joined as MOVER does.
    """

    type: str
    corpus: str
    other: str
    there: Reading
    own: Reading
    difference: tuple[float, float]

    @property
    def differs(self) -> bool:
        """Whether the other corpus surely follows another guideline: by more than 10 points."""
        return self.difference[1] < -_MARGIN


def find_agreements(parts: Sequence[Part]) -> tuple[Agreement, ...]:
    """Each type that two training splits have entities of, in both directions, worst first."""
    trained = [part for part in parts if part.split == TRAIN]
    if len({part.corpus for part in trained}) < 2:
        return ()
    strings = [_list_strings(part) for part in trained]
    known = {string for own in strings for each in own.values() for string in each}
    places = [_count_places(part, known) for part in trained]
    found = []
    for one, other in permutations(range(len(trained)), 2):
        for entity_type in strings[one].keys() & strings[other].keys():
            asked = strings[one][entity_type]
            there = _read(entity_type, (places[other].get(each, Counter()) for each in asked))
            own = _read(entity_type, (places[one][each] for each in asked), left_out=1)
            names = trained[one].corpus, trained[other].corpus
            found.append(Agreement(entity_type, *names, there, own, _bound(there, own)))
    found.sort(key=lambda each: (each.difference[1], each.type, each.corpus, each.other))
    return tuple(found)


def _list_strings(part: Part) -> dict[str, set[String]]:
    """Type to the strings that are annotated as it."""
    strings: dict[str, set[String]] = defaultdict(set)
    for tokens, found in zip(part.sentences, part.entities, strict=True):
        for entity_type, start, end in found:
            strings[entity_type].add(tuple(tokens[start:end]))
    return strings


def _count_places(part: Part, strings: set[String]) -> dict[String, Places]:
    """What the places of each string are; where it overlaps with several entities, each of them."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for string in strings:
        lengths[string[0]].add(len(string))
    places: dict[String, Places] = defaultdict(Counter)
    for tokens, found in zip(part.sentences, part.entities, strict=True):
        for at, word in enumerate(tokens):
            for length in lengths.get(word, ()):
                string, end = tuple(tokens[at : at + length]), at + length
                if string in strings:
                    touched = {kind for kind, begin, stop in found if begin < end and at < stop}
                    places[string].update(touched or (None,))
    return places


def _read(entity_type: str, strings: Iterable[Places], *, left_out: int = 0) -> Reading:
    """What strings are; of equally frequent kinds of places the first counts.

    Args:
        entity_type: that they were annotated as.
        strings: their places, of each one.
        left_out: mentions of the type that do not count, of each string.
    """
    counts = [0, 0, 0]
    for places in strings:
        same, nothing = places[entity_type] - left_out, places[None]
        kinds = (same, places.total() - places[entity_type] - nothing, nothing)
        if any(kinds):
            counts[kinds.index(max(kinds))] += 1
    return Reading(*counts)


def _bound(there: Reading, own: Reading) -> tuple[float, float]:
    shares = np.array([there.share, own.share])
    sizes = np.array([there.strings, own.strings], dtype=np.float64)
    below, above = np.abs(bound_share(shares, sizes, _LEVEL) - shares)
    middle = there.share - own.share
    return (
        float(middle - np.hypot(below[0], above[1])),
        float(middle + np.hypot(above[0], below[1])),
    )
