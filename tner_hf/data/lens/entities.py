"""Entities across parts: seen and unseen surface forms, strings of two types, shifted shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tner_hf.data.lens.parts import Part
from tner_hf.metrics.breakdowns import name_familiarity

#: Draws behind `Shift.chance`; its quantile is then sure to about a hundredth of its value.
_DRAWS = 2000
_CHANCE = 0.95
#: With thousands of types hardly any draw differs from the others, so that fewer tell as much.
_FEWEST_DRAWS, _MOST_CELLS = 200, 20_000_000
#: Cells that are held at once; 8 MB of them.
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Familiar:
    """How many entities have a surface form (tokens as written) that is known.

    Attributes:
        entities: how many there are.
        seen: those that the reference has with the same type.
        other_type: those that it has with other types only.
        other_case: those that it has in another case only, of whatever type.
    """

    entities: int
    seen: int
    other_type: int
    other_case: int = 0  # earlier versions did not count them

    @property
    def unseen(self) -> int:
        """Entities whose surface form is new, in whatever case."""
        return self.entities - self.seen - self.other_type - self.other_case


@dataclass(frozen=True)
class Familiarity:
    """How much of what a model is judged on could be known by heart.

    Attributes:
        reference: corpus and split that is learnt from.
        judged: corpus and split that a model is judged on.
        types: for each type of the judged part, most frequent first.
    """

    reference: tuple[str, str]
    judged: tuple[str, str]
    total: Familiar
    types: Mapping[str, Familiar]


def find_familiarity(reference: Part, judged: Part) -> Familiarity:
    """Which entities of a part have a surface form that another part has too."""
    known: dict[str, set[str]] = defaultdict(set)
    for _, entity_type, surface in reference.mentions():
        known[surface].add(entity_type)
    folded = {surface.casefold() for surface in known}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for _, entity_type, surface in judged.mentions():
        counts[entity_type][name_familiarity(surface, entity_type, known, folded)] += 1
    order = sorted(counts, key=lambda name: (-counts[name].total(), name))
    types = {t: _familiar(counts[t]) for t in order}
    return Familiarity(reference.key, judged.key, _familiar(sum(counts.values(), Counter())), types)


def _familiar(counted: Counter[str]) -> Familiar:
    kinds = ("seen", "seen_as_other_type", "seen_in_other_case")
    return Familiar(counted.total(), *(counted[kind] for kind in kinds))


@dataclass(frozen=True)
class AmbiguousString:
    """One surface form with several types, most frequent first, and one place of each."""

    text: str
    types: Mapping[str, int]
    places: Mapping[str, str]

    @property
    def minority(self) -> int:
        """Mentions that are not of the most frequent type."""
        return sum(self.types.values()) - max(self.types.values())


@dataclass(frozen=True)
class Ambiguity:
    """Strings that are annotated with several types, over all parts.

    Attributes:
        strings: different surface forms of entities.
        mentions: entities.
        ambiguous_strings: surface forms with several types.
        ambiguous_mentions: entities with such a surface form.
        top: the strings with the most mentions outside their most frequent type.
    """

    strings: int
    mentions: int
    ambiguous_strings: int
    ambiguous_mentions: int
    top: tuple[AmbiguousString, ...]


def find_ambiguity(parts: Sequence[Part], *, top: int = 10) -> Ambiguity:
    """The strings that are annotated with several types anywhere."""
    types: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for part in parts:
        for row, entity_type, surface in part.mentions():
            types[surface][entity_type] += 1
            places[surface].setdefault(entity_type, part.places[row])
    several = [
        AmbiguousString(text, dict(counted.most_common()), places[text])
        for text, counted in types.items()
        if len(counted) > 1
    ]
    several.sort(key=lambda each: (-each.minority, -sum(each.types.values()), each.text))
    return Ambiguity(
        len(types),
        sum(counted.total() for counted in types.values()),
        len(several),
        sum(sum(each.types.values()) for each in several),
        tuple(several[:top]),
    )


@dataclass(frozen=True)
class Shift:
    """How the shares of the types differ between two parts.

    The statistic is the total variation distance: half the sum of the absolute differences of the
    shares. It reads as the share of entities that would need another type for the two parts to
    agree, needs no smoothing for a type that one side lacks, and does not depend on the names.

    Attributes:
        distance: from 0, the same shares, to 1, no type in common.
        chance: what 95 % of pairs stay under that are drawn at random from both parts together,
            entity by entity; a distance below it says nothing.
        shares: type to its share in the reference and in the judged part, largest change first.
    """

    reference: tuple[str, str]
    judged: tuple[str, str]
    distance: float
    chance: float
    shares: Mapping[str, tuple[float, float]]


def find_shift(reference: Part, judged: Part) -> Shift | None:
    """How the types' shares differ; None where a part has no entities."""
    counted = [Counter(t for found in p.entities for t, _, _ in found) for p in (reference, judged)]
    types = sorted(counted[0] | counted[1])
    counts = np.array([[each[t] for t in types] for each in counted], dtype=np.int64)
    sizes = counts.sum(axis=1)
    if not sizes.all():
        return None
    shares = counts / sizes[:, None]
    change = np.abs(shares[0] - shares[1])
    order = sorted(range(len(types)), key=lambda i: (-change[i], types[i]))
    return Shift(
        reference.key,
        judged.key,
        float(change.sum() / 2),
        _draw_chance(counts.sum(axis=0), sizes),
        {types[i]: (float(shares[0, i]), float(shares[1, i])) for i in order},
    )


def _draw_chance(pooled: NDArray[np.int64], sizes: NDArray[np.int64]) -> float:
    """The distance that random pairs of these sizes rarely exceed.

    Args:
        pooled: entities of each type in both parts together, shape [n_types].
        sizes: entities of each part, shape [2].
    """
    rng = np.random.default_rng(0)
    draws = min(_DRAWS, max(_FEWEST_DRAWS, _MOST_CELLS // len(pooled)))
    step = max(1, _CHUNK // len(pooled))
    distances = []
    for done in range(0, draws, step):
        size = min(step, draws - done)
        first = rng.multivariate_hypergeometric(pooled, sizes[0], size=size)
        change = np.abs(first / sizes[0] - (pooled - first) / sizes[1])
        distances.append(change.sum(axis=1) / 2)
    return float(np.quantile(np.concatenate(distances), _CHANCE))
