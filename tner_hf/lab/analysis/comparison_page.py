"""A comparison as one HTML page: what follows, the scores, every difference and its interval."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tner_hf.lab.analysis.comparison import ComparisonReport, DatasetComparison, PairTest
from tner_hf.predictions.names import drop_places
from tner_hf.report import Cell, Column, Content, Html, Page, Section, join, render_table, tag

_STYLE = """
.verdicts li { margin: .35rem 0; }
.scroll td { white-space: nowrap; }
.range { position: relative; display: inline-block; width: 12rem; height: 1rem; }
.range::before {
  content: ""; position: absolute; left: 50%; inset-block: -.2rem;
  border-left: 1px dashed var(--soft);
}
.range i {
  position: absolute; top: .4rem; height: .2rem; left: calc(50% + var(--low) * 50%);
  width: calc((var(--high) - var(--low)) * 50%); background: var(--soft);
}
.range b {
  position: absolute; top: .1rem; height: .8rem; width: 3px; background: var(--text);
  left: calc(50% + var(--at) * 50% - 1.5px);
}
.shown .range i { background: var(--accent); height: .4rem; top: .3rem; }
@media print { .range { width: 7rem; } }
@media (forced-colors: active) {
  .range i, .range b { forced-color-adjust: none; background: CanvasText; }
}
"""


def render_comparison(report: ComparisonReport) -> str:
    """The whole HTML document."""
    tests = report.tests()
    names = _Names(report)
    verdicts = [tag("li", names.hide(line)) for line in report.verdicts()]
    sections = [Section("What follows", tag("ul", *verdicts, class_="verdicts"), _LEAD_VERDICTS)]
    for one in report.datasets:
        mine = [test for test in tests if test.dataset == one.dataset]
        parts = [_render_systems(report, one, names), _render_tests(report, one, mine, names)]
        lead = (
            f"{one.sentences:,} sentences, {one.entities:,} entities; tests and intervals "
            f"{one.units}."
        )
        if report.headline.protocol != "full":
            lead += f" Shared types: {', '.join(one.shared_types) or 'none'}."
        title = f"{names.hide(one.dataset)}, split {one.split}"
        sections.append(Section(title, join(parts), lead))
    return Page(
        title="Comparison",
        subtitle=report.headline.describe(),
        facts={
            "level of intervals": f"{100 * report.level:g} %",
            "comparisons": f"{len(tests):,} (Holm)",
            "resamples": f"{report.n_resamples:,}",
            "seed": report.seed,
        },
        sections=sections,
        style=_STYLE,
    ).render()


_LEAD_VERDICTS = (
    "A difference is shown where p, corrected for the number of comparisons, is below 1 minus the "
    "level. That none is shown does not mean that there is none."
)


class _Names:
    """What systems and data are called on a page: where they lie is nobody's business."""

    def __init__(self, report: ComparisonReport) -> None:
        given = {s.name for one in report.datasets for s in one.systems}
        given |= {one.dataset for one in report.datasets}
        self._shown = {name: drop_places(name) for name in given}
        longest = sorted(filter(None, given), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest)) or "(?!)")

    def hide(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._shown[found[0]], text)


def _render_systems(report: ComparisonReport, one: DatasetComparison, names: _Names) -> Html:
    header, *systems = report.list_systems(one)
    columns = [
        Column(str(name), numeric=name in {"runs", "type-aware", "type-ignored"}) for name in header
    ]
    rows = [[Cell(names.hide(str(name)), header=True), *told] for name, *told in systems]
    return render_table(columns, rows, caption="Scores in percent")


def _render_tests(
    report: ComparisonReport, one: DatasetComparison, tests: Sequence[PairTest], names: _Names
) -> Html:
    columns = [
        Column(name, numeric=name not in {"second − first", "types", "interval"})
        for name in PairTest.heading[:-1]
    ]
    columns.insert(4, Column("picture", help="the line at the middle is no difference"))
    columns.append(Column("could show", numeric=True,
                          help="the true difference that would be shown four times in "
                               "five"))  # fmt: skip
    ends = [abs(end) for test in tests for end in (test.difference.low, test.difference.high)]
    widest = max([*ends, 1e-9])
    rows: list[Sequence[Content | Cell]] = []
    for test in tests:
        found = test.difference
        shown = "shown" if test.p_holm < 1 - report.level else None
        places = {"at": found.difference, "low": found.low, "high": found.high}
        style = "; ".join(f"--{name}: {value / widest:.4f}" for name, value in places.items())
        picture = tag("span", tag("i"), tag("b"), class_="range", style=style, aria_hidden="true")
        pair, types, difference, interval, *told = test.show()
        drawn = Cell(picture, sort=found.difference, class_=shown)
        rows.append([
            Cell(names.hide(pair), header=True), types, difference, interval, drawn, *told
        ])  # fmt: skip
    return render_table(columns, rows, caption=f"Differences on {names.hide(one.dataset)}")
