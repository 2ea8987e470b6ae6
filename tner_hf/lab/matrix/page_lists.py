"""The long tables of the page: pairs, types, models and test sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import PurePath

from tner_hf import report
from tner_hf.lab.matrix.grid import CORNER, DETAILS, list_details, percent, show_types
from tner_hf.lab.matrix.result import Column as TestSet
from tner_hf.lab.matrix.result import Matrix, Pair, Row
from tner_hf.lab.matrix.view import View
from tner_hf.metrics.differences import Difference
from tner_hf.metrics.protocols import PROTOCOLS, describe_nesting
from tner_hf.report import Cell, Column, Content, Html, tag

PAIRS_LEAD = (
    "The shared protocol turns gold entities whose type the model does not know into O, and "
    "predictions whose type the corpus does not have. The share of gold kept says how much of "
    "the corpus a shared score is about. The lattice protocol reads types as broader ones first, "
    "at which corpus and model meet."
)

_TESTED = (
    Column("from in-domain", numeric=True, help="type-aware, full: points from the model trained "
                                                "on the corpus"),
    Column("interval, p (Holm)"),
)  # fmt: skip

#: Columns of pairs: of text, and of a number with its interval.
_PROSE, _COST = "shared types", "F1, full, against clean text"


def render_pairs(matrix: Matrix, view: View, errors: Mapping[tuple[str, str], str]) -> Html:
    """What each pair scores under each protocol, and what that covers; a row is an anchor."""
    tested = matrix.differences(View("full", "type_aware", view.mode, view.average))
    views = [
        View(protocol, variant, view.mode, view.average)
        for variant in ("type_aware", "type_ignored")
        for protocol in PROTOCOLS
    ]
    header, *details = list_details(matrix)
    columns = [
        *map(Column, header[:2]),
        *(
            Column(f"{v.variant.removeprefix('type_')}, {v.protocol}", numeric=True, help=v.title)
            for v in views
        ),
        *(_TESTED if tested else ()),
        *(Column(name, name != _PROSE, DETAILS[name][0]) for name in header[2:]),
        Column("windowed", numeric=True, help="sentences longer than a window"),
        Column("read as broader", help="by the lattice protocol"),
    ]
    rows: list[report.tables.Row] = []
    for (row, column), (_, _, *told) in zip(matrix.places(), details, strict=True):
        pair = matrix.pairs[row, column]
        address = errors.get((row, column))
        rows.append(
            [
                Cell(row, header=True),
                tag("a", column, title="its errors", href=address) if address else column,
                *(percent(matrix.value(row, column, each)) for each in views),
                *(_show_test(pair, tested.get((row, column))) if tested else ()),
                *(
                    _sort_cost(text, name, pair)
                    for name, text in zip(header[2:], told, strict=True)
                ),
                pair.windowed_sentences,
                describe_nesting(pair.coverage) or "–",
            ]
        )
    caption = f"{view.average} F1 (%) under each protocol, {view.mode} mode, and what they cover"
    names = [row.name for row in matrix.rows], [column.name for column in matrix.columns]
    ids = [f"pair-{names[0].index(y)}-{names[1].index(x)}" for y, x in matrix.places()]
    return report.render_table(columns, rows, caption=caption, filterable=True, row_ids=ids)


def _sort_cost(text: str, name: str, pair: Pair) -> str | Cell:
    """A detail of a pair; what a change of the text costs is sorted by the cost alone."""
    return Cell(text, sort=pair.cost.difference) if name == _COST and pair.cost else text


def render_reliability(matrix: Matrix) -> Html | None:
    """The reliability diagram of each pair, to be opened; None where no model gave scores."""
    drawn = [
        tag(
            "details",
            tag("summary", f"{row} on {column}: {pair.calibration.describe()}"),
            tag("pre", "\n".join(pair.calibration.entities.draw())),
        )
        for row, column in matrix.places()
        if (pair := matrix.pairs[row, column]).calibration and pair.calibration.entities.count
    ]
    return report.join(drawn) if drawn else None


def render_types(matrix: Matrix, view: View) -> Html:
    """The scores of each type of each pair."""
    columns = [
        Column("type"),
        Column(CORNER),
        Column("tested on"),
        Column("F1, full", numeric=True),
        Column("F1, shared", numeric=True),
        Column("precision, full", numeric=True),
        Column("recall, full", numeric=True),
        Column("support", numeric=True, help="gold entities of the type"),
        Column("known to"),
    ]
    rows: list[report.tables.Row] = []
    for row, column in matrix.places():
        pair = matrix.pairs[row, column]
        full, shared = (
            pair.protocols[name]["type_aware"][view.mode]["per_type"] for name in ("full", "shared")
        )
        both = set(pair.coverage["shared_types"])
        for name, scores in full.items():
            side = "both" if name in both else "model" if name in pair.model_types else "corpus"
            rows.append(
                [
                    Cell(name, header=True),
                    row,
                    column,
                    percent(scores["f1"]),
                    percent(shared[name]["f1"] if name in both and name in shared else math.nan),
                    percent(scores["precision"]),
                    percent(scores["recall"]),
                    scores["support"],
                    side,
                ]
            )
    caption = f"Type-aware scores (%) of each type, {view.mode} mode"
    return report.render_table(columns, rows, caption=caption, filterable=True)


def render_models(matrix: Matrix) -> Html:
    """The rows of the matrix, and where they come from."""
    columns: dict[Column, Callable[[Row], Content | Cell]] = {
        Column("model"): lambda row: Cell(row.name, header=True),
        # A report is passed on: folders of one machine say nothing to others.
        Column("checkpoint"): lambda row: (
            PurePath(row.checkpoint).name
            if PurePath(row.checkpoint).is_absolute()
            else row.checkpoint
        ),
        Column("trained on"): lambda row: ", ".join(row.trained_on) or "not said",
        Column("window", True, "longest window in sub-tokens"): lambda row: row.max_length or "–",
        Column("words"): lambda row: "lower-cased" if row.lowercase else "as they are",
        Column("fingerprint", help="hash of the files, or commit on the Hub"): lambda row: tag(
            "code", row.fingerprint[:16]
        ),
    }
    return report.render_records(columns, matrix.rows, caption="Models")


def render_columns(matrix: Matrix) -> Html:
    """The columns of the matrix, and how large they are."""
    columns: dict[Column, Callable[[TestSet], Content | Cell]] = {
        Column("test set"): lambda column: Cell(column.name, header=True),
        Column("split"): lambda column: column.split,
        Column("sentences", numeric=True): lambda column: column.sentences,
        Column("tokens", numeric=True): lambda column: column.tokens,
        Column("entity types"): lambda column: show_types(column.types),
        Column("fingerprint", help="hash of tokens, gold labels and label names"): lambda column: (
            tag("code", column.fingerprint)
        ),
    }
    return report.render_records(columns, matrix.columns, caption="Test sets")


def _show_test(pair: Pair, tested: tuple[Difference, float] | None) -> tuple[str, str]:
    if tested is None:
        return "–", ""
    found, p = tested
    bounds = f"[{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
    return f"{100 * found.difference:+.2f}", f"{bounds}, p = {p:.2g}, from {pair.against}"
