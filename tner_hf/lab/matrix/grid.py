"""One view of a matrix, ready to be drawn: where tables, the heat map and the page begin."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tner_hf.data.changes import CHANGES
from tner_hf.lab.matrix.result import Matrix, Mean, Pair, State
from tner_hf.lab.matrix.view import View
from tner_hf.lab.robustness.result import ChangedScore
from tner_hf.metrics.calibration import Calibration
from tner_hf.metrics.intervals import describe_intervals

#: What stands where no number does.
NOTHING_SHARED = "–"
ABSENT = "·"

CORNER = "trained on"
IN_DOMAIN, OUT_OF_DOMAIN, BEST = "in-domain", "out-of-domain mean", "best transfer"


@dataclass(frozen=True)
class Entry:
    """One number of a table, and how it is to be marked.

    Attributes:
        value: fraction of 1, NaN where there is none.
        state: what can be said.
        in_domain: the model was trained on this corpus.
        best: the best model that was not.
        bounds: low and high of its confidence interval; None where nobody asked for it.
        by_construction: a zero that says nothing: no gold entity is of a type that the model
            knows, and types must be right.
    """

    value: float
    state: State
    in_domain: bool
    best: bool
    by_construction: bool
    bounds: tuple[float, float] | None = None

    def show(self) -> str:
        """The number in percent, or the sign for why there is none."""
        if self.state == "absent":
            return ABSENT
        return NOTHING_SHARED if self.state == "nothing shared" else percent(self.value)

    def show_interval(self) -> str:
        """Its confidence interval in percent; empty where there is none."""
        if self.bounds is None or self.state != "scored":
            return ""
        return f"[{percent(self.bounds[0], 1)}, {percent(self.bounds[1], 1)}]"

    def show_all(self) -> str:
        """The number with its mark, and its interval where there is one."""
        shown = self.show() + "*" * self.in_domain
        return f"{shown} {interval}" if (interval := self.show_interval()) else shown


@dataclass(frozen=True)
class Line:
    """One model's row of a table; `foreign` as in `Row`."""

    name: str
    foreign: bool
    entries: tuple[Entry, ...]
    in_domain: Mean
    out_of_domain: Mean

    def show_means(self) -> tuple[str, str]:
        """Both means in percent, the second with over how many columns where some were left out."""
        mean = self.out_of_domain
        share = f" ({mean.share})" if mean.share else ""
        return percent(self.in_domain.value), percent(mean.value) + share


@dataclass(frozen=True)
class Grid:
    """One view of a matrix, ready to be drawn.

    Attributes:
        view: what the numbers are.
        best: for each column the best transfer, None where there is none.
        brackets: how the intervals were made, and over what; empty without any.
        characters: test sets whose tokens are characters.
    """

    view: View
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    best: tuple[tuple[str, float] | None, ...]
    brackets: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()

    @property
    def has_changed(self) -> bool:
        """Whether some test set is one after a change of its text."""
        return any(name.rpartition("~")[2] in CHANGES for name in self.columns if "~" in name)

    def has(self, state: State) -> bool:
        """Whether this can be said of some pair."""
        return any(entry.state == state for line in self.lines for entry in line.entries)

    @property
    def has_empty_zeros(self) -> bool:
        """Whether some zero is one by construction."""
        return any(entry.by_construction for line in self.lines for entry in line.entries)

    def legend(self) -> list[str]:
        """What the signs mean, for those that occur."""
        out = ["* the model was trained on this corpus"]
        if self.has("nothing shared"):
            out.append(
                f"{NOTHING_SHARED} no gold entity of a type that the model knows: nothing to "
                "score, left out of the means"
            )
        if self.has_empty_zeros:
            out.append("some pairs share no type: 0 by construction (see their coverage)")
        if self.has_changed:
            out.append("NAME~CHANGE: the test set after a change of its text, in no mean")
        if self.characters:
            out.append(
                f"{', '.join(self.characters)}: tokens are characters, so entities are longer and "
                "scores do not compare with those of words; no mean mixes the two"
            )
        if foreign := [line.name for line in self.lines if line.foreign]:
            out.append(
                f"{', '.join(foreign)}: from files of predictions; what it was trained on is not "
                "known, so it has no means and is no best transfer"
            )
        if self.has("absent"):
            out.append(f"{ABSENT} not computed")
        return [*out, *self.describe_means(), *self.brackets]

    def describe_means(self) -> list[str]:
        """What the out-of-domain means are over; rows with other columns do not compare."""
        over = {line.name: ", ".join(line.out_of_domain.over) for line in self.lines}
        over = {name: columns for name, columns in over.items() if columns}
        if not over:
            return []
        if len(set(over.values())) == 1:
            return [f"{OUT_OF_DOMAIN}: over {next(iter(over.values()))}"]
        return [
            f"{OUT_OF_DOMAIN}s are over different columns and do not compare: "
            + "; ".join(f"{name} over {columns}" for name, columns in over.items())
        ]


def make_grid(matrix: Matrix, view: View) -> Grid:
    """One view of a matrix."""
    names = tuple(column.name for column in matrix.columns)
    typed = view.protocol == "full" and view.variant == "type_aware"
    best = tuple(matrix.best_transfer(name, view) for name in names)
    winners = {name: found and found[0] for name, found in zip(names, best, strict=True)}
    lines = tuple(
        Line(
            row.name,
            row.foreign,
            tuple(
                Entry(
                    value=matrix.value(row.name, name, view),
                    state=matrix.state(row.name, name, view),
                    in_domain=matrix.is_in_domain(row.name, name),
                    best=winners[name] == row.name,
                    by_construction=typed and matrix.shares_nothing(row.name, name),
                    bounds=matrix.bounds(row.name, name, view),
                )
                for name in names
            ),
            matrix.mean_in_domain(row.name, view),
            matrix.mean_out_of_domain(row.name, view),
        )
        for row in matrix.rows
    )
    characters = tuple(column.name for column in matrix.columns if column.characters)
    return Grid(view, names, lines, best, tuple(_describe_brackets(matrix)), characters)


def _describe_brackets(matrix: Matrix) -> Iterator[str]:
    """One line for each way in which intervals were made, with what each column's are over."""
    made: dict[str, dict[str, str]] = {}
    for (_, column), pair in matrix.pairs.items():
        if pair.intervals is not None:
            how, _, units = describe_intervals(pair.intervals.to_dict()).partition(" over ")
            made.setdefault(how, {})[column] = f"{column} over {units}"
    for how, columns in made.items():
        yield f"in brackets: {how}: {', '.join(columns.values())}"


def percent(value: float, digits: int = 2) -> str:
    """A fraction in percent.

    >>> percent(0.5), percent(math.nan)
    ('50.00', '–')
    """
    return NOTHING_SHARED if math.isnan(value) else f"{100 * value:.{digits}f}"


def show_types(types: Sequence[str]) -> str:
    """Types in a line, with their number.

    >>> show_types(["date", "person"])
    '2: date, person'
    """
    return f"{len(types)}: {', '.join(types)}" if types else "0"


def _show_kept(coverage: Mapping[str, Any]) -> str:
    return f"{kept:,}" if (kept := coverage.get("lattice_gold_kept")) is not None else "–"


def _show_cost(cost: ChangedScore | None) -> str:
    if cost is None:
        return NOTHING_SHARED
    ends = f"[{100 * cost.low:+.2f}, {100 * cost.high:+.2f}]"
    return f"{100 * cost.difference:+.2f} {ends}"


def _show_error(calibration: Calibration | None) -> str:
    return NOTHING_SHARED if calibration is None else percent(calibration.entities.ece, 1)


def list_details(matrix: Matrix) -> list[list[str]]:
    """What each pair covers, below a heading; columns that say nothing of any pair are left out."""
    places = list(matrix.places())
    shown = {
        name: [show(matrix.pairs[place]) for place in places] for name, (_, show) in DETAILS.items()
    }
    told = {name: cells for name, cells in shown.items() if set(cells) - {NOTHING_SHARED}}
    rows = zip(*told.values(), strict=True)
    body = [[*place, *row] for place, row in zip(places, rows, strict=True)]
    return [[CORNER, "tested on", *told], *body]


#: What a pair knows besides its scores: heading to what that means and what stands under it.
DETAILS: Mapping[str, tuple[str, Callable[[Pair], str]]] = {
    "support": ("gold entities", lambda pair: f"{pair.coverage['gold_total']:,}"),
    "gold kept": (
        "gold entities of a type that the model knows",
        lambda pair: f"{pair.coverage['gold_kept']:,}",
    ),
    "share kept (%)": ("of the gold entities", lambda pair: percent(pair.share_kept, 1)),
    "predictions masked": (
        "predictions of a type that the corpus does not have",
        lambda pair: f"{pair.coverage['predictions_masked']:,}",
    ),
    "tokens unscored": (
        "tokens without a prediction",
        lambda pair: f"{pair.coverage['tokens_unscored']:,}",
    ),
    "gold kept, lattice": (
        "gold entities of a type that meets one of the model's",
        lambda pair: _show_kept(pair.coverage),
    ),
    "calibration error (%)": (
        "expected calibration error of entity scores",
        lambda pair: _show_error(pair.calibration),
    ),
    "F1, full, against clean text": ("what the change costs", lambda pair: _show_cost(pair.cost)),
    "shared types": ("that both sides know", lambda p: show_types(p.coverage["shared_types"])),
}
