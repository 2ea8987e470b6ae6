"""What the lens found as tables, for a terminal and for a page alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tner_hf.data.lens.report import LensReport

#: Types of a part that the table of known entities shows.
_MOST_TYPES = 12

#: Where sentences stand. A page leads to them, a terminal names them.
Places = tuple[str, ...]
Cell = str | int | float | Places | None


@dataclass(frozen=True)
class Table:
    """One table; `note` is said where there are no rows."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def list_tables(report: LensReport) -> Iterator[Table]:
    """Every table that has something to say."""
    yield _list_sizes(report)
    yield from _list_recurrences(report)
    yield from _list_familiarity(report)
    yield from _list_shifts(report)
    yield from _list_ambiguity(report)
    yield from _list_agreements(report)
    yield from _list_fits(report)


def _list_sizes(report: LensReport) -> Table:
    return Table(
        "Sizes",
        ["", "sentences", "distinct", "no entity", "tokens", "vocabulary", "new to train",
         "entities", "median", "longest"],
        [
            [report.name(s.part), s.sentences, s.distinct, s.without_entity, s.tokens,
             s.vocabulary, None if s.new_tokens is None else s.new_tokens / max(s.tokens, 1),
             s.entities, s.median, s.longest]
            for s in report.sizes
        ],
    )  # fmt: skip


def _list_recurrences(report: LensReport) -> Iterator[Table]:
    if not report.recurrences:
        return
    found = [r for r in report.recurrences if r.near.sentences]
    yield Table(
        "Sentences that recur",
        ["of", "in", "exact", "distinct", "entities", "share", "other tags", "normalised",
         "distinct", "near", "distinct"],
        [
            [report.name(r.judged), report.name(r.reference), r.exact.sentences, r.exact.distinct,
             r.exact.entities, r.exact.entities / max(r.entities, 1), r.retagged,
             r.normalised.sentences, r.normalised.distinct, r.near.sentences, r.near.distinct]
            for r in found
        ],
        "none, not even but for case, spaces, numbers and a word of a long sentence",
    )  # fmt: skip
    if examples := [example for recurrence in found for example in recurrence.examples]:
        yield Table(
            "The longest of them",
            ["at", "is", "sentence"],
            [[(example.place,), (example.twin,), example.text] for example in examples],
        )


def _list_familiarity(report: LensReport) -> Iterator[Table]:
    rows: list[list[Cell]] = []
    for found in report.familiarities:
        pair = f"{report.name(found.judged)} / {report.name(found.reference)}"
        own = found.judged[0] == found.reference[0]
        types = list(found.types.items())[:_MOST_TYPES] if own else []
        listed = {"all": found.total, **dict(types)}
        for entity_type, familiar in listed.items():
            total = max(familiar.entities, 1)
            rows.append(
                [
                    pair if entity_type == "all" else None,
                    entity_type,
                    familiar.entities,
                    familiar.seen / total,
                    familiar.other_type / total,
                    familiar.other_case / total,
                    familiar.unseen / total,
                ]
            )
    if rows:
        header = ["of / in", "type", "entities", "seen", "as other type", "in other case", "unseen"]
        yield Table("Entities whose surface form is known (shares)", header, rows)


def _list_shifts(report: LensReport) -> Iterator[Table]:
    rows: list[list[Cell]] = []
    for shift in report.shifts:
        pair = f"{report.name(shift.judged)} / {report.name(shift.reference)}"
        changed = [
            f"{name} {before:.3f} → {now:.3f}"
            for name, (before, now) in list(shift.shares.items())[:3]
        ]
        rows.append([pair, shift.distance, shift.chance, "; ".join(changed)])
    if rows:
        title = "Shares of the types, and how far they are apart (total variation distance)"
        yield Table(title, ["of / in", "distance", "by chance", "largest changes"], rows)


def _list_ambiguity(report: LensReport) -> Iterator[Table]:
    found = report.ambiguity
    if found.top:
        yield Table(
            f"Strings of several types: {found.ambiguous_strings:,} of {found.strings:,}, "
            f"{found.ambiguous_mentions:,} of {found.mentions:,} entities",
            ["string", "types", "for example"],
            [
                [
                    each.text,
                    ", ".join(f"{count:,} {name}" for name, count in each.types.items()),
                    tuple(each.places[name] for name in each.types),
                ]
                for each in found.top
            ],
        )


def _list_agreements(report: LensReport) -> Iterator[Table]:
    found = [each for each in report.agreements if each.there.strings]
    rows: list[list[Cell]] = [
        [each.type, each.corpus, each.other, each.there.strings, each.there.same,
         each.there.other, each.there.nothing, each.there.share, each.own.share, each.own.strings,
         "{:+.3f} to {:+.3f}".format(*each.difference), "differ" if each.differs else None]
        for each in found
    ]  # fmt: skip
    if rows:
        yield Table(
            "One type of two corpora: what the strings of one are in the training text of another",
            ["type", "strings of", "in", "strings", "same", "other type", "nothing", "share",
             "at home", "strings", "difference", ""],
            rows,
        )  # fmt: skip


def _list_fits(report: LensReport) -> Iterator[Table]:
    unit = report.fits[0].unit
    counted = unit == "sub-tokens"
    if not counted and not any(fit.over for fit in report.fits):
        return
    header = ["", "over", f"{unit} cut off", "longest", "where"]
    more = ["per token", "unknown tokens", "invisible tokens"] if counted else []
    rows: list[list[Cell]] = [
        [report.name(fit.part), fit.over, fit.beyond, fit.longest,
         (fit.longest_place,) if fit.longest_place else None,
         *([fit.per_token, fit.unknown, fit.invisible] if counted else [])]
        for fit in report.fits
    ]  # fmt: skip
    yield Table(f"Sentences longer than {report.fits[0].limit} {unit}", [*header, *more], rows)
