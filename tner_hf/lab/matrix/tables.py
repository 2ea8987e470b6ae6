"""A matrix as aligned text for a terminal, and as CSV. Every table names its view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
)
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.view import Measure, View
from tner_hf.metrics.protocols import describe_nesting
from tner_hf.report.columns import align_columns, wrap_line

#: The parts of a view that the CSV varies, its scores, and its columns.
_PLACE = ("protocol", "variant", "mode", "average")
_SCORES: tuple[Measure, ...] = ("precision", "recall", "f1")
_CSV = (
    "trained_on", "tested_on", "in_domain", *_PLACE, *_SCORES, "support", "shared_types",
    "gold_total", "gold_kept", "predictions_masked", "tokens_unscored", "lattice_types",
    "lattice_gold_kept", "lattice_predictions_masked", "told_to_tag_as",
    *(f"{name}_{side}" for name in _SCORES for side in ("low", "high")), "mean_over",
)  # fmt: skip


def render_text(matrix: Matrix, view: View) -> str:
    """An aligned table for a terminal."""
    grid = make_grid(matrix, view)
    header = [f"{CORNER} \\ tested on", *grid.columns, IN_DOMAIN, OUT_OF_DOMAIN]
    body = [[line.name, *map(_show, line.entries), *line.show_means()] for line in grid.lines]
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
    rows = list_details(matrix)
    return "\n".join(align_columns(rows, text_columns=2, prose=[len(rows[0]) - 1]))


def render_csv(matrix: Matrix) -> str:
    """One line for each pair and view: fractions of 1, nothing where nothing can be scored.

    Each model's means follow, with the columns that they are over.
    """
    lines = (*_list_scores(matrix), *_list_means(matrix))
    return write_csv([_CSV, *([line.get(name, "") for name in _CSV] for line in lines)])


def _list_scores(matrix: Matrix) -> Iterator[Mapping[str, object]]:
    for row, column in matrix.places():
        pair = matrix.pairs[row, column]
        facts = {
            "trained_on": row,
            "tested_on": column,
            "in_domain": str(matrix.is_in_domain(row, column)).lower(),
            **pair.coverage,
            "shared_types": " ".join(pair.coverage["shared_types"]),
            "lattice_types": describe_nesting(pair.coverage),
            "told_to_tag_as": pair.corpus or "",
        }
        for view in matrix.vary(View(), *_PLACE):
            state = matrix.state(row, column, view)
            if state == "absent":
                continue
            found = pair.score(view)
            line = {**facts, **view.to_dict(), "support": found["support"]}
            if state == "scored":
                line |= {name: repr(found[name]) for name in _SCORES}
                for name, (low, high) in pair.bounds(view).items():
                    line |= {f"{name}_low": repr(low), f"{name}_high": repr(high)}
            yield line


def _list_means(matrix: Matrix) -> Iterator[Mapping[str, object]]:
    """Lines of means; over no column there is none."""
    kinds = (
        (f"{IN_DOMAIN} mean", "true", matrix.mean_in_domain),
        (OUT_OF_DOMAIN, "false", matrix.mean_out_of_domain),
    )
    for row in matrix.rows:
        for name, domain, find_mean in kinds:
            for view in matrix.vary(View(), *_PLACE):
                means = {m: find_mean(row.name, replace(view, measure=m)) for m in _SCORES}
                if over := means["f1"].over:
                    yield {
                        "trained_on": row.name,
                        "tested_on": f"({name})",
                        "in_domain": domain,
                        **view.to_dict(),
                        **{measure: repr(mean.value) for measure, mean in means.items()},
                        "mean_over": " ".join(over),
                    }
