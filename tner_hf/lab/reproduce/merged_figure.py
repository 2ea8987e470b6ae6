"""What merging gains and loses on each corpus, as a picture: differences and their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from tner_hf.errors import DataError
from tner_hf.lab.reproduce.merged_result import MARGIN, Contrast, MergingResult
from tner_hf.lab.reproduce.merged_runs import CONDITIONED, IN_DOMAIN, KINDS
from tner_hf.report.pictures import INK, PAPER, QUIET, render_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Inches of a panel, and of a line in it.
_WIDE, _HIGH = 3.4, 0.42


def render_figure(
    result: MergingResult, variant: str, protocol: str, form: Literal["svg", "png"] = "svg"
) -> bytes:
    """The differences of a recipe to in-domain, type-aware and type-ignored, as a file.

    Raises:
        DataError: the recipe was not held against in-domain.
        MissingExtraError: matplotlib is not installed.
    """
    found = [
        each
        for each in result.contrasts
        if (each.variant, each.protocol, each.against) == (variant, protocol, IN_DOMAIN)
    ]
    if not found:
        raise DataError(f"no run of {variant} and of {IN_DOMAIN} has the same seed; run both")
    title = f"{variant}: merged minus in-domain, {result.split}, protocol {protocol}"
    return render_picture(lambda: _draw(found, title), form, what="the figure of merging")


def _draw(found: Sequence[Contrast], title: str) -> Figure:
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(each.corpus or "mean" for each in found))
    figure = Figure(figsize=(2 * _WIDE + 1.7, len(names) * _HIGH + 1.5), layout="constrained")
    panels: Any = figure.subplots(1, 2, sharey=True, sharex=True)
    for axes, kind in zip(panels, KINDS, strict=True):
        _draw_panel(axes, [each for each in found if each.kind == kind], len(names))
        axes.set_title(kind.replace("_", "-"), size=10, color=INK)
        axes.set_xlabel("points of F1", size=9, color=INK)
    panels[0].set_yticks(range(len(names)), names, size=9.5)
    panels[0].invert_yaxis()
    figure.suptitle(title, size=11, weight="bold", x=0.02, ha="left")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False, fontsize=8.5)
    return figure


def _draw_panel(axes: Axes, found: Sequence[Contrast], lines: int) -> None:
    axes.axvspan(-100 * MARGIN, 0, color=QUIET, alpha=0.18, lw=0, label=f"within {100 * MARGIN:g}")
    axes.axvline(0, color=QUIET, lw=0.8)
    axes.axhline(lines - 1.5, color=QUIET, lw=0.5)  # the mean is below
    ways = list(dict.fromkeys(each.asked for each in found))
    for number, way in enumerate(ways):
        mine = [each.found for each in found if each.asked == way]
        value, low, high = (
            [100 * getattr(each, name) for each in mine] for name in ("difference", "low", "high")
        )
        at = [line + 0.24 * (number - (len(ways) - 1) / 2) for line in range(lines)]
        # Told apart without colour: one is filled, the other is a ring.
        style: dict[str, Any] = {"mfc": INK if way == CONDITIONED else PAPER, "mec": INK, "ms": 5}
        axes.hlines(at, low, high, color=INK, lw=1)
        axes.plot(value, at, "o", label=way, **style)
    axes.tick_params(labelsize=9, length=2)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
