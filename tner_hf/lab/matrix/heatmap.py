"""The matrix as a picture that can be read in grey, in print and by colour-blind readers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.lab.matrix.colours import colour_of, ink_on
from tner_hf.lab.matrix.grid import NOTHING_SHARED, OUT_OF_DOMAIN, Entry, Grid, make_grid
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.view import View
from tner_hf.report.pictures import INK, PALE, PAPER, QUIET, render_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Inches of a cell; the letters of a name, at our size, take `_LETTER`.
_WIDE, _HIGH, _LETTER = 0.72, 0.5, 0.085

_HATCH = "#b6bdc6"


def render_heatmap(matrix: Matrix, view: View, form: Literal["svg", "png"] = "svg") -> bytes:
    """The heat map of a view as a file.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    return render_picture(lambda: draw_heatmap(make_grid(matrix, view)), form, what="the heat map")


def draw_heatmap(grid: Grid) -> Figure:
    """A matplotlib figure, not registered with pyplot."""
    from matplotlib.figure import Figure

    names = [line.name for line in grid.lines]
    n_rows, n_columns = len(names), len(grid.columns)
    left = 0.5 + _LETTER * max(map(len, [*names, "best transfer"]))
    top = 0.75 + 0.05 * max(map(len, [*grid.columns, OUT_OF_DOMAIN]))
    # A gap, then the means; a gap, then the best transfer.
    wide, high = (n_columns + 1.3) * _WIDE, (n_rows + 1.3) * _HIGH
    legend = 0.75
    title_width = 0.3 + 0.105 * len(grid.view.title)
    width = max(left + wide + 1.25, title_width)
    figure = Figure(figsize=(width, top + high + legend))
    height = figure.get_figheight()
    axes = figure.add_axes(
        (left / width, legend / height, wide / width, high / height), frameon=False
    )
    axes.set_xlim(0, n_columns + 1.3)
    axes.set_ylim(n_rows + 1.3, 0)
    _draw_cells(axes, grid)
    _draw_names(axes, grid)
    _draw_scale(figure, (left + wide + 0.25, legend + 1.3 * _HIGH, n_rows * _HIGH))
    figure.text(
        0.15 / width, 1 - 0.3 / height, grid.view.title, size=12, weight="bold", va="center"
    )
    _draw_legend(figure, grid)
    return figure


def _draw_cells(axes: Axes, grid: Grid) -> None:
    side = len(grid.columns) + 0.3
    bottom = len(grid.lines) + 0.3
    for y, line in enumerate(grid.lines):
        for x, entry in enumerate(line.entries):
            _draw_entry(axes, x, y, entry)
        mean = line.out_of_domain
        _draw_number(axes, side, y, mean.value)
        if mean.share and mean.over:
            _draw_note(axes, side, y, mean.value, mean.share)
    for x, best in enumerate(grid.best):
        _draw_number(axes, x, bottom, math.nan if best is None else best[1])
        if best is not None:
            _draw_note(axes, x, bottom, best[1], best[0])
    for x, entry_column in enumerate(zip(*(line.entries for line in grid.lines), strict=True)):
        for y, entry in enumerate(entry_column):
            if entry.in_domain and entry.state != "absent":
                _outline(axes, x, y)


def _draw_box(
    axes: Axes, x: float, y: float, width: float = 1, height: float = 1, **style: Any
) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), width, height, **style))


def _draw_entry(axes: Axes, x: float, y: float, entry: Entry) -> None:
    if entry.state == "absent":
        dashes = {"edgecolor": "#8b939d", "lw": 0.7, "ls": (0, (3, 2))}
        _draw_box(axes, x + 0.06, y + 0.09, 0.88, 0.82, facecolor="none", **dashes)
    elif entry.state == "nothing shared":
        _draw_box(axes, x, y, facecolor=PALE, edgecolor=_HATCH, hatch="////", lw=0)
        _draw_box(axes, x, y, facecolor="none", edgecolor=PAPER, lw=1.5)
        axes.text(
            x + 0.5, y + 0.5, NOTHING_SHARED, size=10, color=INK, ha="center", va="center",
            bbox={"facecolor": PALE, "edgecolor": "none", "boxstyle": "round,pad=0.15"},
        )  # fmt: skip
    else:
        _draw_number(axes, x, y, entry.value, hatched=entry.by_construction)


def _draw_number(axes: Axes, x: float, y: float, value: float, *, hatched: bool = False) -> None:
    if math.isnan(value):
        axes.text(x + 0.5, y + 0.5, "–", size=10, color=QUIET, ha="center", va="center")
        return
    colour = colour_of(value)
    if hatched:
        _draw_box(axes, x, y, facecolor=colour, edgecolor="#9fb0d0", hatch="////", lw=0)
    _draw_box(axes, x, y, facecolor="none" if hatched else colour, edgecolor=PAPER, lw=1.5)
    box = {"facecolor": colour, "edgecolor": "none", "boxstyle": "round,pad=0.12"}
    axes.text(
        x + 0.5, y + 0.5, f"{100 * value:.1f}", size=9.5, color=ink_on(colour),
        ha="center", va="center", bbox=box if hatched else None,
    )  # fmt: skip
    # Neighbouring colours look alike, most of all dark ones; lengths do not.
    _draw_box(axes, x + 0.08, y + 0.84, 0.84 * value, 0.05, facecolor=ink_on(colour), lw=0)


def _draw_note(axes: Axes, x: float, y: float, value: float, note: str) -> None:
    """A few small letters under a number."""
    shown = note if len(note) <= 13 else f"{note[:12]}…"
    ink = ink_on(colour_of(value))
    axes.text(x + 0.5, y + 0.74, shown, size=5.5, color=ink, ha="center", va="center")


def _outline(axes: Axes, x: float, y: float) -> None:
    """A black frame with a white one inside it, seen on dark and on light colours."""
    for inset, colour, line in ((0.0, "#000000", 1.6), (0.035, "#ffffff", 1.0)):
        down = inset * _WIDE / _HIGH
        _draw_box(
            axes, x + inset, y + down, 1 - 2 * inset, 1 - 2 * down,
            facecolor="none", edgecolor=colour, lw=line, zorder=3,
        )  # fmt: skip


def _draw_names(axes: Axes, grid: Grid) -> None:
    n_rows, n_columns = len(grid.lines), len(grid.columns)
    axes.set_yticks(
        [*(y + 0.5 for y in range(n_rows)), n_rows + 0.8],
        [*(line.name for line in grid.lines), "best transfer"],
        size=9.5,
    )
    axes.set_xticks(
        [*(x + 0.5 for x in range(n_columns)), n_columns + 0.8],
        [*grid.columns, OUT_OF_DOMAIN],
        size=9.5, rotation=35, ha="left", rotation_mode="anchor",
    )  # fmt: skip
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=4)
    axes.yaxis.get_ticklabels()[-1].set_color(QUIET)
    axes.xaxis.get_ticklabels()[-1].set_color(QUIET)


def _draw_scale(figure: Figure, place: tuple[float, float, float]) -> None:
    """The colour bar, in percent, of rectangles: matplotlib's own is a bitmap inside the SVG."""
    width, height = figure.get_size_inches()
    x, y, length = place
    bar = figure.add_axes((x / width, y / height, 0.14 / width, length / height), frameon=False)
    for percent in range(100):
        # Each reaches under the next one, or thin lines would show between them.
        tall = min(2, 100 - percent)
        _draw_box(bar, 0, percent, height=tall, color=colour_of(percent / 100), lw=0)
    bar.set(xlim=(0, 1), ylim=(0, 100), xticks=[], yticks=[0, 25, 50, 75, 100])
    bar.yaxis.tick_right()
    bar.tick_params(labelsize=8, length=2)


def _draw_legend(figure: Figure, grid: Grid) -> None:
    from matplotlib.patches import Patch

    hatch: dict[str, Any] = {"hatch": "//////", "lw": 0}
    known = "no gold entity of a known type"
    handles = [Patch(fc="none", ec=INK, lw=1.6, label="trained on this corpus")]
    if grid.has("nothing shared"):
        handles.append(Patch(fc=PALE, ec=_HATCH, label=known, **hatch))
    if grid.has_empty_zeros:
        label = f"0 by construction: {known}"
        handles.append(Patch(fc=colour_of(0), ec="#9fb0d0", label=label, **hatch))
    if grid.has("absent"):
        dashes = (0, (2, 2))
        handles.append(Patch(fc="none", ec="#8b939d", lw=0.8, ls=dashes, label="not computed"))
    figure.legend(
        handles=handles, ncols=2, loc="lower left", frameon=False, fontsize=8.5,
        title="rows: trained on   columns: tested on", title_fontsize=8.5, alignment="left",
    )  # fmt: skip
