"""A matrix as aligned text for a terminal, and as CSV. Every table names its view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tner_hf.formats.csv_files import write_csv
from tner_hf.lab.matrix.grid import (
    BEST,
    CORNER,
    IN_DOMAIN,
    OUT_OF_DOMAIN,
    Entry,
    list_details,
    make_grid,
    percent,
    show_mean,
)
from tner_hf.lab.matrix.result import Matrix, Pair
from tner_hf.lab.matrix.view import View
from tner_hf.metrics.protocols import describe_nesting
from tner_hf.report.columns import align_columns, wrap_line


def render_text(matrix: Matrix, view: View) -> str:
    """An aligned table for a terminal."""
    grid = make_grid(matrix, view)
    header = [f"{CORNER} \\ tested on", *grid.columns, IN_DOMAIN, OUT_OF_DOMAIN]
    body = [
        [
            line.name,
            *(_show(entry) for entry in line.entries),
            percent(line.in_domain.value),
            show_mean(line.out_of_domain),
        ]
        for line in grid.lines
    ]
    numbers = ["– " if best is None else f"{percent(best[1])} " for best in grid.best]
    winners = ["" if best is None else f"{best[0]} " for best in grid.best]
    foot = [[BEST, *numbers, "", ""], ["  by", *winners, "", ""]]
    spreads = [["mean ± std of seeds", *grid.columns]]
    spreads += [[name, *shown] for name, shown in matrix.spreads(view).items()]
    below = ["", *align_columns(spreads)] if spreads[1:] else []
    table = align_columns([header, *body, *foot])
    told = matrix.describe_conditions()
    legend = [*grid.legend(), *([f"tagged by the guidelines of {told}"] if told else [])]
    return "\n".join([wrap_line(view.title), "", *table, *below, "", *map(wrap_line, legend)])


def _show(entry: Entry) -> str:
    """A number so that those of a column stand under each other, marked or not."""
    return entry.show_all() if entry.show_interval() or entry.in_domain else f"{entry.show()} "


def render_details(matrix: Matrix) -> str:
    """What each pair covers, one line for each."""
    rows = [list(row) for row in list_details(matrix)]
    return "\n".join(align_columns(rows, text_columns=2, prose=[len(rows[0]) - 1]))


def render_csv(matrix: Matrix) -> str:
    """One line for each pair and view: fractions of 1, nothing where nothing can be scored.

    Each model's means follow, with the columns that they are over.
    """
    scores = ("precision", "recall", "f1", "support")
    bounds = [f"{name}_{side}" for name in scores[:3] for side in ("low", "high")]
    rows: list[Sequence[object]] = [
        ["trained_on", "tested_on", "in_domain", "protocol", "variant", "mode", "average", *scores,
         "shared_types", "gold_total", "gold_kept", "predictions_masked", "tokens_unscored",
         "lattice_types", "lattice_gold_kept", "lattice_predictions_masked", "told_to_tag_as",
         *bounds, "mean_over"]
    ]  # fmt: skip
    for row, column in matrix.places():
        pair = matrix.pairs[row, column]
        cover = pair.coverage
        ending = [
            " ".join(cover["shared_types"]),
            cover["gold_total"],
            cover["gold_kept"],
            cover["predictions_masked"],
            cover["tokens_unscored"],
            describe_nesting(cover),
            cover.get("lattice_gold_kept", ""),
            cover.get("lattice_predictions_masked", ""),
            pair.corpus or "",
        ]
        for view in matrix.vary(View(), "protocol", "variant", "mode", "average"):
            if matrix.state(row, column, view) == "absent":
                continue
            found = pair.score(view)
            values = [repr(found["precision"]), repr(found["recall"]), repr(found["f1"])]
            if matrix.state(row, column, view) == "nothing shared":
                values = [""] * 3
            place = [view.protocol, view.variant, view.mode, view.average]
            domain = str(matrix.is_in_domain(row, column)).lower()
            interval = _list_bounds(pair, view) if values[0] else [""] * 6
            tail = [found["support"], *ending, *interval, ""]
            rows.append([row, column, domain, *place, *values, *tail])
    rows += _list_means(matrix, len(rows[0]))
    return write_csv(rows)


def _list_bounds(pair: Pair, view: View) -> list[str]:
    found = pair.bounds(view)
    return [
        repr(found[name][side]) if found else ""
        for name in ("precision", "recall", "f1")
        for side in (0, 1)
    ]


def _list_means(matrix: Matrix, width: int) -> Iterator[Sequence[object]]:
    """Lines of means, `width` cells each; over no column there is none."""
    kinds = {
        "true": (IN_DOMAIN + " mean", matrix.mean_in_domain),
        "false": (OUT_OF_DOMAIN, matrix.mean_out_of_domain),
    }
    for row in matrix.rows:
        for domain, (name, find_mean) in kinds.items():
            for view in matrix.vary(View(), "protocol", "variant", "mode", "average"):
                means = [
                    find_mean(row.name, replace(view, measure=measure))
                    for measure in ("precision", "recall", "f1")
                ]
                if over := means[0].over:
                    place = [view.protocol, view.variant, view.mode, view.average]
                    values = [repr(mean.value) for mean in means]
                    start = [row.name, f"({name})", domain, *place, *values]
                    yield [*start, *[""] * (width - len(start) - 1), " ".join(over)]
