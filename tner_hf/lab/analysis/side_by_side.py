"""Two to four models on the same sentences: what one has right and another wrong, to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tner_hf.errors import SettingError
from tner_hf.lab.analysis.error_reader import LETTERS, class_cell, count_cell, make_page
from tner_hf.lab.analysis.error_report import ErrorReport
from tner_hf.metrics.errors import ERROR_CLASSES, SIDES, Side
from tner_hf.predictions.names import drop_places
from tner_hf.report import Cell, Column, Content, Html, Section, join, render_table, tag

#: For each model whether it has an entity right.
Verdicts = tuple[bool, ...]


def render_side_by_side(
    reports: Mapping[str, ErrorReport], pages: Mapping[str, str] | None = None
) -> str:
    """The whole HTML document.

    Args:
        reports: name to the errors of a model, all on the same sentences with the same gold tags.
        pages: name to the address of the model's own page.

    Raises:
        SettingError: fewer than two models, or more than can stand side by side.
    """
    if not 2 <= len(reports) <= len(LETTERS):
        raise SettingError(f"{len(reports)} models side by side; accepted: 2 to {len(LETTERS)}")
    found = list(reports.values())
    names = dict(zip(LETTERS, reports, strict=False))
    return make_page(
        "Errors side by side",
        found,
        {
            "sentences": f"{len(found[0].sentences):,}",
            "gold entities": f"{len(found[0].entities.gold):,}",
            **{letter: drop_places(name) for letter, name in names.items()},
        },
        [
            Section("Models", _render_models(reports, pages or {})),
            Section("Right and wrong", _render_verdicts(found), _LEAD_VERDICTS),
        ],
    )


_LEAD_VERDICTS = (
    "Gold entities by who has them right: same tokens, same type. A number is a button: it shows "
    "the sentences. Below, spurious predictions can be asked for, too: there a model is right that "
    "says nothing."
)


def _render_models(reports: Mapping[str, ErrorReport], pages: Mapping[str, str]) -> Html:
    """Scores of each model, then its entities in each class."""
    rows: list[Sequence[Content | Cell]] = []
    for letter, (name, report) in zip(LETTERS, reports.items(), strict=False):
        full = report.evaluation.protocols["full"]
        scores = [full[v]["default"]["micro"]["f1"] for v in ("type_aware", "type_ignored")]
        shown: Content = drop_places(name)
        if name in pages:
            shown = tag("a", shown, href=pages[name])
        rows.append([
            Cell(letter, header=True), Cell(shown, sort=name),
            *(Cell(f"{100 * score:.2f}", sort=score) for score in scores),
            len(report.entities.predicted),
        ])  # fmt: skip
    columns = [Column("letter"), Column("model"), Column("F1 type-aware", True),
               Column("F1 type-ignored", True), Column("predicted", True)]  # fmt: skip
    return join([
        render_table(columns, rows, caption="Micro F1 in percent", sortable=False),
        *(_render_side(list(reports.values()), side) for side in SIDES),
    ])  # fmt: skip


def _render_side(reports: Sequence[ErrorReport], side: Side) -> Html:
    counted = [report.count_classes(side) for report in reports]
    rows: list[Sequence[Content | Cell]] = [
        [
            class_cell(name),
            *(count_cell(counts.get(name, 0), None, side=side, error=name, model=LETTERS[i])
              for i, counts in enumerate(counted)),
        ]
        for name in ERROR_CLASSES
        if any(name in counts for counts in counted)
    ]  # fmt: skip
    columns = [Column("class"), *(Column(letter, True) for letter in LETTERS[: len(reports)])]
    return render_table(columns, rows, caption=f"{side.capitalize()} entities in each class")


def count_verdicts(reports: Sequence[ErrorReport]) -> dict[str, Counter[Verdicts]]:
    """Gold type to how often which models have an entity of it right."""
    counts: dict[str, Counter[Verdicts]] = {}
    for told in zip(*(report.entities.gold for report in reports), strict=True):
        verdicts = tuple(e.error == "correct" for e in told)
        counts.setdefault(told[0].type, Counter())[verdicts] += 1
    return counts


def _render_verdicts(reports: Sequence[ErrorReport]) -> Html:
    counts = count_verdicts(reports)
    total = sum(counts.values(), Counter[Verdicts]())
    # From all right to all wrong.
    patterns = sorted(total, key=lambda verdicts: (-sum(verdicts), [not v for v in verdicts]))
    rows: list[Sequence[Content | Cell]] = []
    for name, row in [("all", total), *sorted(counts.items())]:
        cells: list[Content | Cell] = [Cell(name, header=True), row.total()]
        filters = {} if row is total else {"type": name}
        for verdicts in patterns:
            right = "".join(str(int(v)) for v in verdicts)
            share = row[verdicts] / max(1, row.total())
            cells.append(count_cell(row[verdicts], share, **filters, side="gold", right=right))
        rows.append(cells)
    columns = [Column("type"), Column("gold", True),
               *(Column(_say(verdicts), True) for verdicts in patterns)]  # fmt: skip
    return render_table(columns, rows[1:], caption="Gold entities", foot=rows[:1])


def _say(verdicts: Verdicts) -> str:
    """The heading of a column.

    >>> _say((True, False)), _say((False, False)), _say((True, False, True))
    ('A right, B wrong', 'all wrong', 'A, C right, B wrong')
    """
    if len(set(verdicts)) == 1:
        return "all right" if verdicts[0] else "all wrong"
    right, wrong = (
        ", ".join(letter for letter, v in zip(LETTERS, verdicts, strict=False) if v is side)
        for side in (True, False)
    )
    return f"{right} right, {wrong} wrong"
