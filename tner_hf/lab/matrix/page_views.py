"""The coloured tables of the page: one for each view, of which the reader chooses."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from tner_hf import report
from tner_hf.lab.matrix.colours import CIVIDIS, colour_of, ink_on
from tner_hf.lab.matrix.grid import (
    ABSENT,
    BEST,
    CORNER,
    OUT_OF_DOMAIN,
    Entry,
    Grid,
    make_grid,
    percent,
)
from tner_hf.lab.matrix.result import Matrix, Mean, Pair
from tner_hf.lab.matrix.view import ACCEPTED, MEASURES, View
from tner_hf.metrics.differences import Difference
from tner_hf.report import Cell, Column, Html, tag

#: What a reader chooses of a view, and what the page calls it.
_QUESTIONS = {"protocol": "Protocol", "variant": "Types", "mode": "Mode", "measure": "Measure"}

#: Below 1 minus it p must stay.
LEVEL = 0.95

STYLE = f"""
.heat td, .heat tbody th, .heat tfoot th {{ vertical-align: middle; height: 2.7rem; }}
.heat td {{ border: 1px solid var(--paper); text-align: center; min-width: 5.6rem;
  padding: .1rem .4rem; line-height: 1.2; }}
.heat thead th {{ text-align: center; padding-inline: .3rem; }}
.heat thead th:first-child {{ text-align: left; }}
/* Neighbouring colours look alike, most of all dark ones; a bar as long as the score does not. */
.heat td.score {{ padding-block: .4rem .6rem;
  background: linear-gradient(currentColor, currentColor) no-repeat
  left 8px bottom 5px / calc((100% - 16px) * var(--score)) 3px; }}
.heat td.best {{ font-weight: 700; }}
.heat td.bounded small {{ font-weight: 400; }}
.heat td.own {{ outline: 2px solid currentColor; outline-offset: -4px; }}
.heat td a {{ color: inherit; text-decoration: none; display: block; }}
.heat td a:hover {{ text-decoration: underline; }}
.heat .gap {{ border-left: .8rem solid var(--paper); }}
.heat tfoot td {{ color: var(--soft); }}
.heat td small {{ display: block; font-size: .75em; white-space: nowrap; }}
@media print {{ .heat td small {{ white-space: normal; }} }}
.hatched {{ background: repeating-linear-gradient(45deg, transparent 0 4px, var(--line) 4px 6px); }}
.empty {{ background-image:
  repeating-linear-gradient(45deg, transparent 0 6px, rgb(255 255 255 / .22) 6px 7px); }}
.absent {{ color: var(--soft); }}
.key {{ display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; color: var(--soft);
  font-size: .85rem; margin-top: .75rem; align-items: center; }}
.key i {{ display: inline-block; width: 1.5rem; height: .9rem; margin-right: .4rem;
  vertical-align: -.1rem; }}
.key .ramp {{ width: 8rem; background: linear-gradient(to right, {", ".join(CIVIDIS)}); }}
.key .frame {{ border: 2px solid currentColor; }}
@media (forced-colors: active) {{ .heat td, .key i {{ forced-color-adjust: none; }} }}
"""


def render_views(matrix: Matrix, view: View, errors: Mapping[tuple[str, str], str]) -> Html:
    """A table for each view, with radio buttons that choose; `view` is chosen at first.

    Without JavaScript (in a printed page, say) all are shown, each under its name.
    """
    views = list(matrix.vary(view, *_QUESTIONS))
    questions = [
        _render_question(name, getattr(view, name), {getattr(each, name) for each in views})
        for name in _QUESTIONS
    ]
    panels = [
        tag(
            "section",
            tag("h3", each.title),
            _render_view(matrix, each, errors),
            class_="panel",
            id=f"view-{number}",
            **{f"data_{name}": getattr(each, name) for name in _QUESTIONS},
        )
        for number, each in enumerate(views)
    ]
    controls = tag("div", *questions, class_="controls", role="group", aria_label="What is shown")
    return tag("div", controls, *panels, class_="choices")


def _render_question(name: str, chosen: str, offered: Collection[str]) -> Html:
    spoken = {"type_aware": "type-aware", "type_ignored": "type-ignored", **MEASURES}
    buttons = [
        tag(
            "label",
            tag("input", type="radio", name=f"view-{name}", value=value, data_axis=name,
                checked=value == chosen),
            tag("span", spoken.get(value, value)),
        )
        for value in ACCEPTED[name]
        if value in offered
    ]  # fmt: skip
    return tag("fieldset", tag("legend", _QUESTIONS[name]), *buttons)


def _render_view(matrix: Matrix, view: View, errors: Mapping[tuple[str, str], str]) -> Html:
    grid = make_grid(matrix, view)
    tested = matrix.differences(view)
    columns = [
        Column(CORNER),
        *(Column(name, numeric=True) for name in grid.columns),
        Column(OUT_OF_DOMAIN, numeric=True, help="over the test sets it was not trained on"),
    ]
    rows = [
        [
            Cell(line.name, header=True),
            *(
                _render_entry(
                    entry,
                    f"#pair-{y}-{x}",
                    errors.get((line.name, column)),
                    _list_notes(
                        entry, matrix.cell(line.name, column), view, tested.get((line.name, column))
                    ),
                    _tell(matrix, line.name, column),
                )
                for x, (entry, column) in enumerate(zip(line.entries, grid.columns, strict=True))
            ),
            _render_mean(line.out_of_domain),
        ]
        for y, line in enumerate(grid.lines)
    ]
    best = [
        Cell(report.join([percent(b[1]), tag("small", b[0])]) if b else "–", class_="plain")
        for b in grid.best
    ]
    table = report.render_table(
        columns,
        rows,
        caption="Rows: trained on; columns: tested on.",
        foot=[[Cell(BEST, header=True), *best, Cell("", class_="gap")]],
        class_="heat",
    )
    return report.join([table, _render_key(grid, tested=bool(tested))])


def _list_notes(
    entry: Entry, pair: Pair | None, view: View, tested: tuple[Difference, float] | None
) -> list[str]:
    """Interval, support and significance of a number, as far as they are known."""
    if entry.state != "scored" or pair is None:
        return []
    notes = [entry.show_interval()] if entry.bounds else []
    if tested is not None:
        star = "*" if tested[1] < 1 - LEVEL else ""
        notes.append(f"{100 * tested[0].difference:+.1f}{star}")
    notes.append(f"n {pair.score(view)['support']:,}")
    return notes


def _render_entry(
    entry: Entry, anchor: str, errors: str | None, notes: Sequence[str], title: str
) -> Cell:
    marks = {
        "own": entry.in_domain,
        "best": entry.best,
        "empty": entry.by_construction,
        "bounded": entry.show_interval(),
        "score": entry.state == "scored" and not entry.by_construction,
    }
    classes = " ".join(name for name, holds in marks.items() if holds)
    if entry.state == "absent":
        return Cell(ABSENT, sort=math.nan, class_="absent", title="not computed")
    small = tag("small", " ".join(notes)) if notes else None
    # The number leads to the errors where they are, and what stands under it to what it covers.
    content = [entry.show(), small]
    link = tag("a", *content, href=anchor)
    if errors:
        link = tag("a", entry.show(), href=errors)
        link = report.join([link, tag("a", small, href=anchor) if small else None])
    if entry.state == "nothing shared":
        return Cell(link, sort=math.nan, class_=f"hatched {classes}".strip(), title=title)
    return Cell(
        link, sort=entry.value, class_=classes or None, style=_paint(entry.value), title=title
    )


def _render_mean(mean: Mean) -> Cell:
    if math.isnan(mean.value):
        return Cell("–", sort=math.nan, class_="gap")
    note = tag("small", mean.share) if mean.share else None
    title = f"over {', '.join(mean.over)}"
    if mean.left_out:
        title += f"; left out: {', '.join(mean.left_out)}"
    content = report.join([percent(mean.value), note])
    return Cell(content, sort=mean.value, class_="gap score", style=_paint(mean.value), title=title)


def _paint(value: float) -> str:
    colour = colour_of(value)
    return f"background-color:{colour};color:{ink_on(colour)};--score:{value:.4f}"


def _render_key(grid: Grid, *, tested: bool) -> Html:
    entries = [
        tag("span", "0 % ", tag("i", class_="ramp"), " 100 %"),
        tag("span", "line under a number: its share of 100 %"),
        tag("span", tag("i", class_="frame"), "trained on this corpus"),
        tag("span", tag("b", "bold"), ": best of the others"),
        tag("span", "n: gold entities that count"),
    ]
    if tested:
        entries.append(
            tag(
                "span",
                "+ or −: points from the model trained on the corpus; * not by chance "
                f"(randomisation, Holm, p < {1 - LEVEL:.2g})",
            )
        )
    if grid.has("nothing shared"):
        entries.append(tag("span", tag("i", class_="hatched"), "no gold entity of a known type"))
    if grid.has_empty_zeros:
        swatch = tag("i", class_="empty", style=_paint(0))
        entries.append(tag("span", swatch, "0 by construction: no gold entity of a known type"))
    if grid.has("absent"):
        entries.append(tag("span", f"{ABSENT} not computed"))
    entries += [tag("span", each) for each in (*grid.describe_means(), *grid.brackets)]
    return tag("div", *entries, class_="key")


def _tell(matrix: Matrix, row: str, column: str) -> str:
    pair = matrix.cell(row, column)
    if pair is None:
        return ""
    cover = pair.coverage
    return (
        f"{row} on {column}: {cover['gold_kept']:,} of {cover['gold_total']:,} gold entities are "
        f"of {len(cover['shared_types'])} shared types; {cover['predictions_masked']:,} "
        f"predictions masked; {cover['tokens_unscored']:,} tokens unscored"
    )
