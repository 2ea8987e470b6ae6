"""The error report as one HTML page: what goes wrong in numbers, and the sentences to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tner_hf.lab.analysis.error_reader import class_cell, count_cell, make_page
from tner_hf.lab.analysis.error_report import ErrorReport
from tner_hf.labels import OUTSIDE
from tner_hf.metrics.breakdowns import Bucket
from tner_hf.metrics.errors import ERROR_CLASSES, SIDES, Side
from tner_hf.metrics.intervals import show_score
from tner_hf.metrics.resampling import METRICS
from tner_hf.metrics.spans import MODES
from tner_hf.predictions.names import drop_places
from tner_hf.report import (
    Cell,
    Column,
    Content,
    Html,
    Section,
    join,
    render_records,
    render_table,
    tag,
)
from tner_hf.report.kit.classes import CLASSES

FAMILIARITY = {
    "seen": "seen with this type",
    "seen_as_other_type": "seen with other types only",
    "seen_in_other_case": "seen in another case only",
    "unseen": "not seen",
}


def render_errors(report: ErrorReport) -> str:
    """The whole HTML document."""
    return make_page(
        f"Errors of {drop_places(report.evaluation.provenance['model'])}",
        [report],
        _list_facts(report),
        [
            Section("Classes", _render_classes(report), _LEAD_CLASSES),
            Section("Types", join(_render_side(report, side) for side in SIDES), _LEAD_TYPES),
            Section("Confusions", _render_confusion(report), _LEAD_CONFUSION),
            Section("Where it works", _render_breakdowns(report), _LEAD_BREAKDOWNS),
            Section("Scorers", _render_scorers(report), _LEAD_SCORERS),
        ],
    )


_LEAD_CLASSES = "Every entity is in one class. A number is a button: it shows the sentences."
_LEAD_TYPES = (
    "Gold entities say what was found of what is there (recall), predicted ones how much of what "
    "was said is right (precision)."
)
#: Types whose confusions are shown.
_MOST_TYPES = 60

_LEAD_CONFUSION = (
    "Rows are gold types, columns what the model said there; the shade is the share of the row. "
    "The last column holds gold entities without any prediction, the last row predictions without "
    "any gold entity. Boundaries may differ."
)
_LEAD_BREAKDOWNS = "F1 by what entities and sentences are like."
_LEAD_SCORERS = (
    "One output, several ways of counting. Strict wants entities that begin with B-; the others "
    "are those of SemEval 2013: exact looks at tokens only, partial gives half a point for an "
    "overlap, ent_type wants the type and some overlap."
)


def _list_facts(report: ErrorReport) -> dict[str, Content]:
    facts: dict[str, Content] = {
        "sentences": f"{len(report.sentences):,}",
        "gold entities": f"{len(report.entities.gold):,}",
        "predicted entities": f"{len(report.entities.predicted):,}",
    }
    full: Any = report.evaluation.protocols["full"]
    bounds = report.evaluation.intervals
    for variant in ("type_aware", "type_ignored"):
        side = {} if bounds is None else bounds.protocols["full"][variant]["default"]["micro"]
        shown = show_score(full[variant]["default"]["micro"]["f1"], side.get("f1"))
        facts[f"F1 {variant.replace('_', '-')}"] = shown
    if report.training is not None:
        facts["seen in training"] = drop_places(report.training)
    return facts


def _render_classes(report: ErrorReport) -> Html:
    gold, predicted = report.count_classes("gold"), report.count_classes("predicted")
    rows = []
    for name in ERROR_CLASSES:
        if not (gold.get(name) or predicted.get(name)):
            continue
        cells: list[Content | Cell] = [
            class_cell(name),
            CLASSES[name][2],
        ]
        for side, counts in (("gold", gold), ("predicted", predicted)):
            count = counts.get(name, 0)
            share = count / max(1, sum(counts.values()))
            cells.append(count_cell(count, None, side=side, error=name))
            cells.append(Cell(f"{100 * share:.1f} %" if count else "", sort=share))
        rows.append(cells)
    columns = [Column("class"), Column("meaning"), Column("gold", numeric=True),
               Column("share", numeric=True), Column("predicted", numeric=True),
               Column("share of predicted", numeric=True)]  # fmt: skip
    return render_table(columns, rows, caption="Entities in each class")


def _render_side(report: ErrorReport, side: Side) -> Html:
    counted = report.entities.count_classes(side)
    classes = [name for name in ERROR_CLASSES if any(name in row for row in counted.values())]
    score = "recall" if side == "gold" else "precision"
    columns = [
        Column("type"),
        Column(side, numeric=True),
        *(Column(CLASSES[name][0], numeric=True, help=CLASSES[name][2]) for name in classes),
        Column(score, numeric=True),
    ]
    rows = []
    for kind, row in counted.items():
        total = sum(row.values())
        cells: list[Content | Cell] = [
            Cell(kind, header=True),
            count_cell(total, None, side=side, type=kind),
        ]
        for name in classes:
            count = row.get(name, 0)
            cells.append(count_cell(count, count / total, side=side, type=kind, error=name))
        share = row.get("correct", 0) / total
        cells.append(Cell(f"{100 * share:.1f} %", sort=share))
        rows.append(cells)
    return render_table(columns, rows, caption=f"{side.capitalize()} entities by type")


def _render_confusion(report: ErrorReport) -> Html:
    confusion = report.entities.confuse_types()
    names = _choose_types(confusion)
    columns = [Column("gold \\ model"), *(Column(_name_type(n, "missed"), True) for n in names)]
    rows = []
    for kind in names:
        row = confusion.get(kind, {})
        total = max(1, sum(row.values()))
        cells: list[Content | Cell] = [Cell(_name_type(kind, "spurious"), header=True)]
        for other in names:
            pair = {"gold": kind, "predicted": other}
            cells.append(count_cell(row.get(other, 0), row.get(other, 0) / total, **pair))
        rows.append(cells)
    found = {name for row in confusion.values() for name in row} | confusion.keys()
    left = len(found) - len(names)
    caption = "Types, gold against predicted" + (f"; {left:,} rarer types left out" if left else "")
    return render_table(columns, rows, caption=caption, class_="matrix")


def _choose_types(confusion: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The commonest types of either side, in their order, `O` last: cells grow with the square."""
    counts: Counter[str] = Counter()
    for kind, row in confusion.items():
        for other, count in row.items():
            counts[kind] += count
            counts[other] += count
    del counts[OUTSIDE]
    return [*sorted(name for name, _ in counts.most_common(_MOST_TYPES)), OUTSIDE]


def _render_breakdowns(report: ErrorReport) -> Html:
    parts = []
    if report.by_familiarity is None:
        parts.append(tag("p", "Seen and unseen entities are not told apart: the training data is "
                              "not known (see --train_dataset and --train_file)."))  # fmt: skip
    else:
        caption = f"Entities by whether their words occur as an entity in {report.training}"
        parts.append(_render_buckets("entity", caption, report.by_familiarity))
    for caption, buckets in (
        ("Entities by their number of tokens", report.by_entity_length),
        ("Entities by the length of their sentence", report.by_sentence_length),
    ):
        parts.append(_render_buckets("tokens", caption, buckets))
    return tag("div", *parts, class_="side-by-side")


def _render_buckets(of: str, caption: str, buckets: Iterable[Bucket]) -> Html:
    columns: dict[Column, Callable[[Bucket], Content | Cell]] = {
        Column(of): lambda b: Cell(FAMILIARITY.get(b.name, b.name), header=True),
        Column("gold", True): lambda b: b.gold,
        Column("predicted", True): lambda b: b.predicted,
        Column("precision", True): lambda b: _percent(b.precision, b.predicted),
        Column("recall", True): lambda b: _percent(b.recall, b.gold),
        Column("F1", True): lambda b: _percent(b.f1, b.gold + b.predicted),
    }
    return render_records(columns, buckets, caption=caption, sortable=False)


def _render_scorers(report: ErrorReport) -> Html:
    aware: Any = report.evaluation.protocols["full"]["type_aware"]
    found = {f"seqeval {mode}": [aware[mode]["micro"][m] for m in METRICS] for mode in MODES}
    for matching, each in report.agreement.items():
        found[f"SemEval {matching}"] = [each.precision, each.recall, each.f1]
    rows: list[list[Content | Cell]] = [
        [Cell(name, header=True), *(f"{100 * value:.2f}" for value in scores)]
        for name, scores in found.items()
    ]
    columns = [Column("scorer"), *(Column(n, True) for n in ("precision", "recall", "F1"))]
    table = render_table(columns, rows, caption="Scores in percent", sortable=False)
    count = len(report.disagreements)
    if not count:
        return join([table, tag("p", "Default, strict and partial agree on every sentence.")])
    show = tag("button", f"Show the {count:,} sentences", type="button", class_="show",
               data_differ="1")  # fmt: skip
    return join([table, tag("p", "Default, strict and partial give different F1 on some: ", show)])


def _name_type(name: str, nothing: str) -> str:
    return nothing if name == OUTSIDE else name


def _percent(fraction: float, of: int) -> Cell:
    return Cell(f"{100 * fraction:.1f} %", sort=fraction) if of else Cell("–")
