"""What a comparison of three ways to use a checkpoint found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tner_hf.plain import Stored

#: An entity as (type, first character, one past the last character) of the joined words.
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Difference:
    """One sentence that is tagged in two ways.

    Attributes:
        sentence: its number among those compared.
        way: `pipeline` or `plain`.
        text: the words, joined.
        missing: entities that the reference has and this way has not.
        extra: entities that only this way has.
    """

    sentence: int
    way: str
    text: str
    missing: tuple[Place, ...]
    extra: tuple[Place, ...]

    def __str__(self) -> str:
        parts = [
            f"{sign}{self.text[start:end]} ({kind})"
            for sign, places in (("-", self.missing), ("+", self.extra))
            for kind, start, end in places
        ]
        return f"sentence {self.sentence}, {self.way}: {', '.join(parts)} in {self.text!r}"


@dataclass(frozen=True)
class ParityReport(Stored):
    """How far three ways to use a checkpoint agree.

    Attributes:
        sentences: how many were compared.
        strategy: the aggregation strategy of the plain pipeline.
        differences: sentences in which a way departs from the reference, in order.
        tried: the strategies that were tried, to the sentences in which each departs; empty where
            the strategy was given.
        f1: micro F1 on these sentences by `scored` (the reference) and `plain`, in default mode;
            empty where no gold tags were given.
    """

    sentences: int
    strategy: str
    differences: tuple[Difference, ...] = ()
    tried: Mapping[str, int] = field(default_factory=dict)
    f1: Mapping[str, float] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether all three ways give the same entities in every sentence."""
        return not self.differences

    def count(self, way: str) -> int:
        """The sentences in which `pipeline` or `plain` departs from the reference."""
        return sum(difference.way == way for difference in self.differences)

    def lines(self, shown: int = 10) -> list[str]:
        """The report as sentences, the first differences in full."""
        head = (
            f"{self.sentences:,} sentences: "
            f"tner_hf.pipeline differs in {self.count('pipeline'):,}, "
            f"plain pipeline({self.strategy!r}) in {self.count('plain'):,}"
        )
        told = [head]
        if others := [f"{s!r} in {n:,}" for s, n in self.tried.items() if s != self.strategy]:
            told.append(f"other aggregation strategies differ: {', '.join(others)}")
        if self.f1:
            scored, plain = (f"{100 * self.f1[way]:.2f}" for way in ("scored", "plain"))
            told.append(f"F1 on these sentences: {scored} as scored, {plain} as people get it")
        rest = len(self.differences) - shown
        more = [f"… and {rest:,} more"] if rest > 0 else []
        return [*told, *map(str, self.differences[:shown]), *more]
