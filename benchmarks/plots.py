"""Plots of cost against size, one for each benchmark that was run at several sizes."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import Race, format_quantity

#: Colour-blind safe (Okabe and Ito): ours, then the others in the order of their appearance.
OURS = "#0072B2"
OTHERS = ("#D55E00", "#7F7F7F", "#CC79A7", "#009E73")
MARKERS = ("o", "s", "^", "D", "v")


def draw_plots(stored: Mapping[str, Mapping[str, Any]], folder: Path) -> list[Path]:
    """A PNG for each benchmark that has a plot."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name in stored:
        if has_plot(races := races_of(stored, name)):
            drawn.append(folder / f"{name}.png")
            draw_costs(races, drawn[-1])
    return drawn


def races_of(stored: Mapping[str, Mapping[str, Any]], name: str) -> list[Race]:
    """The comparisons of a benchmark; none where it was not run."""
    return [Race.from_dict(race) for race in stored.get(name, {}).get("races", ())]


def has_plot(races: Sequence[Race]) -> bool:
    """Whether some job was measured at three sizes or more, all in one quantity: then a plot says
    something.
    """
    if len({race.quantity for race in races}) > 1:  # an axis shows one
        return False
    sizes: dict[str, set[int]] = {}
    for race in races:
        sizes.setdefault(race.job, set()).add(race.size)
    return any(len(found) >= 3 for found in sizes.values())


def draw_costs(races: Sequence[Race], path: Path) -> None:
    """Cost against size, log-log: a panel for each job, a line for each side, the range shaded."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    jobs: dict[str, list[Race]] = {}
    for race in races:
        jobs.setdefault(race.job, []).append(race)
    jobs = {job: found for job, found in jobs.items() if len({r.size for r in found}) >= 3}
    figure, axes = plt.subplots(
        1, len(jobs), figsize=(4.6 * len(jobs) + 0.6, 3.7), sharey=True, squeeze=False
    )
    colours = dict(zip(dict.fromkeys(race.against for race in races), OTHERS, strict=False))
    in_bytes = any(race.quantity == "bytes" for race in races)
    for axis, (job, found) in zip(axes[0], jobs.items(), strict=True):
        sides: dict[str, dict[int, Sequence[float]]] = {"tner-hf": {r.size: r.ours for r in found}}
        for race in (race for race in found if race.theirs):
            sides.setdefault(race.against, {})[race.size] = race.theirs
        for marker, (side, values) in zip(MARKERS, sides.items(), strict=False):
            colour = OURS if side == "tner-hf" else colours[side]
            sizes = sorted(values)
            middle = [statistics.median(values[size]) for size in sizes]
            axis.plot(sizes, middle, marker=marker, markersize=5, color=colour, label=side)
            low, high = ([f(values[s]) for s in sizes] for f in (min, max))
            axis.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
        axis.set(xscale="log", yscale="log", xlabel=found[0].unit)
        shown = sorted({race.size for race in found})
        axis.set_xticks(shown, map(shorten, shown))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_title(job, fontsize=10, loc="left")
        axis.grid(which="major", color="#E5E5E5", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8, loc="best")
    quantity = "bytes" if in_bytes else "seconds"
    upright = axes[0][0].yaxis  # the panels share it
    upright.set_major_locator(LogLocator(subs=(1, 3), numticks=20))
    upright.set_major_formatter(FuncFormatter(lambda cost, _: format_quantity(cost, quantity)))
    upright.set_minor_formatter(NullFormatter())
    said = {"bytes": "growth of memory at its peak", "seconds": "time of a run"}
    axes[0][0].set_ylabel(said.get(races[0].quantity, races[0].quantity))
    figure.tight_layout()
    figure.savefig(path, dpi=130, metadata={"Software": None})
    plt.close(figure)


def shorten(size: float) -> str:
    """A size as an axis shows it.

    >>> shorten(1000), shorten(1e6), shorten(30), shorten(23_081)
    ('1k', '1M', '30', '23.1k')
    """
    scale, unit = next(((s, u) for s, u in ((1e6, "M"), (1e3, "k")) if size >= s), (1, ""))
    return f"{size / scale:.3g}{unit}"


__all__ = ["draw_costs", "draw_plots", "has_plot", "races_of"]
