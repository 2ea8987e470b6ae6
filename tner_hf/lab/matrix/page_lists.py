"""The long tables of the page: pairs, types, models and test sets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from tner_hf import report
from tner_hf.lab.matrix.grid import CORNER, percent, show_types
from tner_hf.lab.matrix.result import Matrix, Pair
from tner_hf.lab.matrix.view import View
from tner_hf.metrics.differences import Difference
from tner_hf.metrics.protocols import PROTOCOLS, describe_nesting
from tner_hf.report import Cell, Column, Html, tag

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


def render_pairs(matrix: Matrix, view: View, errors: Mapping[tuple[str, str], str]) -> Html:
    """What each pair scores under each protocol, and what that covers; a row is an anchor."""
    tested = matrix.differences(View("full", "type_aware", view.mode, view.average))
    views = [
        View(protocol, variant, view.mode, view.average)
        for variant in ("type_aware", "type_ignored")
        for protocol in PROTOCOLS
    ]
    columns = [
        Column(CORNER),
        Column("tested on"),
        *(
            Column(f"{v.variant.removeprefix('type_')}, {v.protocol}", numeric=True, help=v.title)
            for v in views
        ),
        *(_TESTED if tested else ()),
        Column("support", numeric=True, help="gold entities"),
        Column("gold kept", numeric=True, help="gold entities of a type that the model knows"),
        Column("kept %", numeric=True),
        Column("masked", numeric=True, help="predictions of a type that the corpus does not have"),
        Column("unscored", numeric=True, help="tokens without a prediction"),
        Column("calibration %", numeric=True, help="expected calibration error of entity scores"),
        Column("windowed", numeric=True, help="sentences longer than a window"),
        Column("shared types"),
        Column("read as broader", help="by the lattice protocol"),
    ]
    rows: list[report.tables.Row] = []
    ids = []
    for anchor, row, column in _iterate(matrix):
        pair = matrix.pairs[row, column]
        cover = pair.coverage
        rows.append(
            [
                Cell(row, header=True),
                tag("a", column, title="its errors", href=errors[row, column])
                if (row, column) in errors
                else column,
                *(_number(matrix.value(row, column, each)) for each in views),
                *(_show_test(pair, tested.get((row, column))) if tested else ()),
                cover["gold_total"],
                cover["gold_kept"],
                Cell(percent(pair.share_kept, 1), sort=pair.share_kept),
                cover["predictions_masked"],
                cover["tokens_unscored"],
                _number(pair.calibration.entities.ece if pair.calibration else math.nan),
                pair.windowed_sentences,
                Cell(
                    show_types(cover["shared_types"]),
                    sort=f"{len(cover['shared_types']):04}",
                ),
                describe_nesting(cover) or "–",
            ]
        )
        ids.append(anchor)
    caption = f"{view.average} F1 (%) under each protocol, {view.mode} mode, and what they cover"
    return report.render_table(columns, rows, caption=caption, filterable=True, row_ids=ids)


def render_reliability(matrix: Matrix) -> Html | None:
    """The reliability diagram of each pair, to be opened; None where no model gave scores."""
    drawn = [
        tag(
            "details",
            tag("summary", f"{row} on {column}: {pair.calibration.describe()}"),
            tag("pre", "\n".join(pair.calibration.entities.draw())),
        )
        for _, row, column in _iterate(matrix)
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
    for _, row, column in _iterate(matrix):
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
                    _number(scores["f1"]),
                    _number(shared[name]["f1"] if name in both and name in shared else math.nan),
                    _number(scores["precision"]),
                    _number(scores["recall"]),
                    scores["support"],
                    side,
                ]
            )
    caption = f"Type-aware scores (%) of each type, {view.mode} mode"
    return report.render_table(columns, rows, caption=caption, filterable=True)


def render_models(matrix: Matrix) -> Html:
    """The rows of the matrix, and where they come from."""
    columns = [
        Column("model"),
        Column("checkpoint"),
        Column("trained on"),
        Column("window", numeric=True, help="longest window in sub-tokens"),
        Column("words"),
        Column("fingerprint", help="hash of the files, or commit on the Hub"),
    ]
    rows = [
        [
            Cell(row.name, header=True),
            # A report is passed on: folders of one machine say nothing to others.
            PurePath(row.checkpoint).name if PurePath(row.checkpoint).is_absolute()
            else row.checkpoint,
            ", ".join(row.trained_on) or "not said",
            row.max_length or "–",
            "lower-cased" if row.lowercase else "as they are",
            tag("code", row.fingerprint[:16]),
        ]
        for row in matrix.rows
    ]  # fmt: skip
    return report.render_table(columns, rows, caption="Models")


def render_columns(matrix: Matrix) -> Html:
    """The columns of the matrix, and how large they are."""
    columns = [
        Column("test set"),
        Column("split"),
        Column("sentences", numeric=True),
        Column("tokens", numeric=True),
        Column("entity types"),
        Column("fingerprint", help="hash of tokens, gold labels and label names"),
    ]
    rows: list[report.tables.Row] = [
        [
            Cell(column.name, header=True),
            column.split,
            column.sentences,
            column.tokens,
            show_types(column.types),
            tag("code", column.fingerprint),
        ]
        for column in matrix.columns
    ]
    return report.render_table(columns, rows, caption="Test sets")


def _iterate(matrix: Matrix) -> Iterator[tuple[str, str, str]]:
    """Anchor, row and column of each pair that was computed."""
    for y, row in enumerate(matrix.rows):
        for x, column in enumerate(matrix.columns):
            if matrix.cell(row.name, column.name):
                yield f"pair-{y}-{x}", row.name, column.name


def _show_test(pair: Pair, tested: tuple[Difference, float] | None) -> tuple[Cell, str]:
    if tested is None:
        return Cell("–", sort=math.nan), ""
    found, p = tested
    bounds = f"[{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
    shown = Cell(f"{100 * found.difference:+.2f}", sort=found.difference)
    return shown, f"{bounds}, p = {p:.2g}, from {pair.against}"


def _number(value: float) -> Cell:
    return Cell(percent(value), sort=value)
