"""Everything that the lens found, and which of it a reader must know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tner_hf.config import DEFAULT_MAX_LENGTH
from tner_hf.data.lens.agreement import Agreement, find_agreements
from tner_hf.data.lens.entities import (
    Ambiguity,
    Familiarity,
    Shift,
    find_ambiguity,
    find_familiarity,
    find_shift,
)
from tner_hf.data.lens.parts import TRAIN, Part, pair_parts
from tner_hf.data.lens.recurrence import Recurrence, find_recurrence
from tner_hf.data.lens.sizes import Cut, Fit, Size, measure_fit, measure_size
from tner_hf.plain import Stored

#: A smaller shift of the types' shares changes no conclusion, however sure it is.
_SMALL_SHIFT = 0.05
#: A tokenizer that knows fewer tokens than this was made for another language.
_MOST_UNKNOWN = 0.05

Key = tuple[str, str]


@dataclass(frozen=True)
class LensReport(Stored):
    """Splits and corpora against each other.

    Attributes:
        sizes: of each part.
        recurrences: of each pair of parts.
        familiarities: of each pair whose reference is a train split, or has none beside it.
        shifts: of each pair where both have entities.
        ambiguity: over all parts.
        fits: of each part.
        agreements: of each type that several corpora annotate, corpus against corpus.
    """

    derived: ClassVar = ("warnings",)

    sizes: tuple[Size, ...]
    recurrences: tuple[Recurrence, ...]
    familiarities: tuple[Familiarity, ...]
    shifts: tuple[Shift, ...]
    ambiguity: Ambiguity
    fits: tuple[Fit, ...]
    agreements: tuple[Agreement, ...] = ()  # earlier versions did not look

    def name(self, key: Key) -> str:
        """What to call a part: its split, with its corpus where there are several."""
        several = len({size.part[0] for size in self.sizes}) > 1
        return f"{key[0]} {key[1]}" if several else key[1]

    def warnings(self) -> list[str]:
        """What a reader must know, a sentence each; none of it keeps data from being used."""
        return [
            *self._warn_of_recurrence(),
            *self._warn_of_types(),
            *self._warn_of_lengths(),
        ]

    def _warn_of_recurrence(self) -> Iterator[str]:
        for found in self.recurrences:
            exact, loose, near = found.exact, found.normalised, found.near
            if not near.sentences:
                continue
            share = exact.entities / max(found.entities, 1)
            retagged = f"; {found.retagged:,} carry other entities there" * bool(found.retagged)
            more = near.sentences - loose.sentences
            longer = f", and {more:,} long ones but for a word" * bool(more)
            yield (
                f"{self.name(found.judged)}: {exact.sentences:,} of {found.sentences:,} sentences "
                f"({exact.distinct:,} distinct) are in {self.name(found.reference)} too, word for "
                f"word, with {share:.1%} of the entities{retagged}; {loose.sentences:,} "
                f"({loose.distinct:,} distinct) but for case, spaces and numbers{longer}"
            )

    def _warn_of_types(self) -> Iterator[str]:
        for shift in self.shifts:
            if shift.reference[0] != shift.judged[0]:
                continue  # two corpora hardly ever agree
            if shift.distance > max(shift.chance, _SMALL_SHIFT):
                one, other = self.name(shift.reference), self.name(shift.judged)
                name, (before, now) = next(iter(shift.shares.items()))
                yield (
                    f"{other}: {shift.distance:.1%} of the entities would need another type to "
                    f"have the shares of {one} (by chance up to {shift.chance:.1%}); most of all "
                    f"{name}, {before:.1%} there and {now:.1%} here"
                )

    def _warn_of_lengths(self) -> Iterator[str]:
        tokens = {size.part: size.tokens for size in self.sizes}
        for fit in self.fits:
            name = self.name(fit.part)
            if fit.over:
                are = "sentence is" if fit.over == 1 else "sentences are"
                yield (
                    f"{name}: {fit.over:,} {are} longer than {fit.limit} {fit.unit} "
                    f"(the longest has {fit.longest:,}: {fit.longest_place}); {fit.beyond:,} "
                    f"{fit.unit} would be cut off in training"
                )
            if fit.invisible:
                yield f"{name}: tokens that the tokenizer cannot see: {fit.invisible:,}"
            if fit.unknown > _MOST_UNKNOWN * tokens[fit.part]:
                share = fit.unknown / tokens[fit.part]
                yield f"{name}: {share:.1%} of the tokens are unknown to the tokenizer"


def look_at(
    parts: Sequence[Part],
    *,
    limit: int = DEFAULT_MAX_LENGTH,
    cut: Cut | None = None,
    examples: int = 3,
    top: int = 10,
) -> LensReport:
    """Compare parts with each other.

    Args:
        parts: splits of one corpus or of several.
        limit: the longest sequence that fits into a model.
        cut: cuts sentences into its sub-tokens; None counts tokens.
        examples: recurring sentences to show for each pair.
        top: ambiguous strings to show.
    """
    pairs = pair_parts(parts)
    train = {part.corpus: part for part in parts if part.split == TRAIN}
    return LensReport(
        sizes=tuple(
            measure_size(p, None if p.split == TRAIN else train.get(p.corpus)) for p in parts
        ),
        recurrences=tuple(find_recurrence(a, b, examples=examples) for a, b in pairs),
        familiarities=tuple(
            find_familiarity(a, b) for a, b in pairs if a.split == TRAIN or a.corpus not in train
        ),
        shifts=tuple(shift for a, b in pairs if (shift := find_shift(a, b))),
        ambiguity=find_ambiguity(parts, top=top),
        fits=tuple(measure_fit(part, limit, cut) for part in parts),
        agreements=find_agreements(parts),
    )
