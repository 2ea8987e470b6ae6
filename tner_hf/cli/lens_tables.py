"""How `tner-hf datasets check` shows what splits and corpora have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tner_hf.cli.output import Cell, Output

if TYPE_CHECKING:
    from tner_hf.data.lens import LensReport

#: Types of a part that the table of known entities shows.
_MOST_TYPES = 12


def show_lens(report: LensReport, output: Output) -> None:
    """Every section that has something to say."""
    _show_sizes(report, output)
    _show_recurrences(report, output)
    _show_familiarity(report, output)
    _show_shifts(report, output)
    _show_ambiguity(report, output)
    _show_fits(report, output)


def _head(output: Output, title: str) -> None:
    output.text()
    output.heading(title)


def _show_sizes(report: LensReport, output: Output) -> None:
    _head(output, "Sizes")
    output.table(
        ["", "sentences", "distinct", "no entity", "tokens", "vocabulary", "new to train",
         "entities", "median", "longest"],
        [
            [report.name(s.part), s.sentences, s.distinct, s.without_entity, s.tokens,
             s.vocabulary, None if s.new_tokens is None else s.new_tokens / max(s.tokens, 1),
             s.entities, s.median, s.longest]
            for s in report.sizes
        ],
    )  # fmt: skip


def _show_recurrences(report: LensReport, output: Output) -> None:
    found = [r for r in report.recurrences if r.near.sentences]
    if not report.recurrences:
        return
    _head(output, "Sentences that recur")
    if not found:
        output.text("none, not even but for case, spaces, numbers and a word of a long sentence")
        return
    output.table(
        ["of", "in", "exact", "distinct", "entities", "share", "other tags", "normalised",
         "distinct", "near", "distinct"],
        [
            [report.name(r.judged), report.name(r.reference), r.exact.sentences, r.exact.distinct,
             r.exact.entities, r.exact.entities / max(r.entities, 1), r.retagged,
             r.normalised.sentences, r.normalised.distinct, r.near.sentences, r.near.distinct]
            for r in found
        ],
    )  # fmt: skip
    for recurrence in found:
        for example in recurrence.examples:
            output.text(f"  {example.place} = {example.twin}: {example.text}")


def _show_familiarity(report: LensReport, output: Output) -> None:
    if not report.familiarities:
        return
    _head(output, "Entities whose surface form is known (shares)")
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
    output.table(
        ["of / in", "type", "entities", "seen", "as other type", "in other case", "unseen"], rows
    )


def _show_shifts(report: LensReport, output: Output) -> None:
    if not report.shifts:
        return
    _head(output, "Shares of the types, and how far they are apart (total variation distance)")
    rows: list[list[Cell]] = []
    for shift in report.shifts:
        pair = f"{report.name(shift.judged)} / {report.name(shift.reference)}"
        changed = [
            f"{name} {before:.3f} → {now:.3f}"
            for name, (before, now) in list(shift.shares.items())[:3]
        ]
        rows.append([pair, shift.distance, shift.chance, "; ".join(changed)])
    output.table(["of / in", "distance", "by chance", "largest changes"], rows)


def _show_ambiguity(report: LensReport, output: Output) -> None:
    found = report.ambiguity
    if not found.top:
        return
    _head(
        output,
        f"Strings of several types: {found.ambiguous_strings:,} of {found.strings:,}, "
        f"{found.ambiguous_mentions:,} of {found.mentions:,} entities",
    )
    output.table(
        ["string", "types", "for example"],
        [
            [
                each.text,
                ", ".join(f"{count:,} {name}" for name, count in each.types.items()),
                ", ".join(each.places[name] for name in list(each.types)[:2]),
            ]
            for each in found.top
        ],
    )


def _show_fits(report: LensReport, output: Output) -> None:
    unit = report.fits[0].unit
    counted = unit == "sub-tokens"
    if not counted and not any(fit.over for fit in report.fits):
        return
    _head(output, f"Sentences longer than {report.fits[0].limit} {unit}")
    header = ["", "over", f"{unit} cut off", "longest", "where"]
    more = ["per token", "unknown tokens", "invisible tokens"] if counted else []
    rows: list[list[Cell]] = [
        [report.name(fit.part), fit.over, fit.beyond, fit.longest, fit.longest_place,
         *([fit.per_token, fit.unknown, fit.invisible] if counted else [])]
        for fit in report.fits
    ]  # fmt: skip
    output.table([*header, *more], rows)
