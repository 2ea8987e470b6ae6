"""A matrix as text: for a terminal, as Markdown, LaTeX and CSV. Every table names its view."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tner_hf.matrix.result import Matrix, Mean, State
from tner_hf.matrix.view import View

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
        disjoint: no gold entity is of a type that the model knows.
    """

    value: float
    state: State
    in_domain: bool
    best: bool
    disjoint: bool

    def show(self, digits: int = 2) -> str:
        """The number in percent, or the sign for why there is none."""
        if self.state == "absent":
            return ABSENT
        return NOTHING_SHARED if self.state == "nothing shared" else percent(self.value, digits)


@dataclass(frozen=True)
class Line:
    """One model's row of a table."""

    name: str
    entries: tuple[Entry, ...]
    in_domain: Mean
    out_of_domain: Mean


@dataclass(frozen=True)
class Grid:
    """One view of a matrix, ready to be drawn.

    Attributes:
        view: what the numbers are.
        columns: names of the test sets.
        lines: one for each model.
        best: for each column the best transfer, None where there is none.
    """

    view: View
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    best: tuple[tuple[str, float] | None, ...]

    @property
    def has_absent(self) -> bool:
        """Whether some pair was not computed."""
        return any(entry.state == "absent" for line in self.lines for entry in line.entries)

    @property
    def has_disjoint(self) -> bool:
        """Whether some pair shares nothing."""
        return any(entry.disjoint for line in self.lines for entry in line.entries)

    def legend(self) -> list[str]:
        """What the signs mean, for those that occur."""
        out = ["* the model was trained on this corpus"]
        if self.has_disjoint and self.view.protocol == "shared":
            out.append(
                f"{NOTHING_SHARED} no gold entity of a type that the model knows: nothing to "
                "score, left out of the means"
            )
        elif self.has_disjoint and self.view.variant == "type_aware":
            out.append("some pairs share no type: 0 by construction (see their coverage)")
        if self.has_absent:
            out.append(f"{ABSENT} not computed")
        return out


def make_grid(matrix: Matrix, view: View) -> Grid:
    """One view of a matrix."""
    names = tuple(column.name for column in matrix.columns)
    best = tuple(matrix.best_transfer(name, view) for name in names)
    winners = {name: found and found[0] for name, found in zip(names, best, strict=True)}
    lines = tuple(
        Line(
            row.name,
            tuple(
                Entry(
                    value=matrix.value(row.name, name, view),
                    state=matrix.state(row.name, name, view),
                    in_domain=matrix.is_in_domain(row.name, name),
                    best=winners[name] == row.name,
                    disjoint=matrix.shares_nothing(row.name, name),
                )
                for name in names
            ),
            matrix.mean_in_domain(row.name, view),
            matrix.mean_out_of_domain(row.name, view),
        )
        for row in matrix.rows
    )
    return Grid(view, names, lines, best)


def render_text(matrix: Matrix, view: View) -> str:
    """An aligned table for a terminal."""
    grid = make_grid(matrix, view)
    header = [f"{CORNER} \\ tested on", *grid.columns, IN_DOMAIN, OUT_OF_DOMAIN]
    body = [
        [
            line.name,
            *(entry.show() + ("*" if entry.in_domain else " ") for entry in line.entries),
            percent(line.in_domain.value),
            show_mean(line.out_of_domain),
        ]
        for line in grid.lines
    ]
    numbers = ["– " if best is None else f"{percent(best[1])} " for best in grid.best]
    winners = ["" if best is None else f"{best[0]} " for best in grid.best]
    foot = [[BEST, *numbers, "", ""], ["  by", *winners, "", ""]]
    return "\n".join([view.title, "", *_align([header, *body, *foot]), "", *grid.legend()])


def render_details(matrix: Matrix) -> str:
    """What each pair covers, one line for each."""
    header = ["trained on", "tested on", *(name for name, _ in DETAILS)]
    body = [
        [row.name, column.name, *(show(matrix, row.name, column.name) for _, show in DETAILS)]
        for row in matrix.rows
        for column in matrix.columns
        if matrix.cell(row.name, column.name)
    ]
    # The types to the left, as they differ most in length.
    lines = _align([[*row[:-1], ""] for row in (header, *body)], text_columns=2)
    return "\n".join(f"{line}  {row[-1]}" for line, row in zip(lines, (header, *body), strict=True))


def render_markdown(matrix: Matrix, view: View) -> str:
    """A Markdown document: the view in all protocols and variants, then what each pair covers."""
    parts = ["# Transfer matrix", "Rows: trained on. Columns: tested on."]
    for each in view.vary("protocol", "variant"):
        grid = make_grid(matrix, each)
        rows = [
            [
                f"**{_escape_markdown(line.name)}**",
                *(_mark_markdown(entry) for entry in line.entries),
                percent(line.in_domain.value),
                show_mean(line.out_of_domain),
            ]
            for line in grid.lines
        ]
        best = [
            "–" if b is None else f"{percent(b[1])} ({_escape_markdown(b[0])})" for b in grid.best
        ]
        header = [CORNER, *map(_escape_markdown, grid.columns), IN_DOMAIN, OUT_OF_DOMAIN]
        legend = [_escape_markdown(line) for line in grid.legend()]
        parts += [
            f"## {each.title}",
            _markdown_table(header, [*rows, [BEST, *best, "", ""]]),
            "; ".join([*legend, "**bold**: best of the models not trained on it"]) + ".",
        ]
    header = ["trained on", "tested on", *(name for name, _ in DETAILS)]
    body = [
        [
            _escape_markdown(row.name),
            _escape_markdown(column.name),
            *(_escape_markdown(show(matrix, row.name, column.name)) for _, show in DETAILS),
        ]
        for row in matrix.rows
        for column in matrix.columns
        if matrix.cell(row.name, column.name)
    ]
    parts += ["## What each pair covers", _markdown_table(header, body, text_columns=2)]
    return "\n\n".join(parts) + "\n"


def render_latex(matrix: Matrix, view: View) -> str:
    r"""LaTeX tables (`\usepackage{booktabs}`): the view in all protocols and variants."""
    parts = ["% Needs \\usepackage{booktabs}. Written by tner-hf matrix."]
    for each in view.vary("protocol", "variant"):
        grid = make_grid(matrix, each)
        heads = [_escape_latex(name) for name in grid.columns]
        lines = [
            _latex_row(
                [
                    _escape_latex(line.name),
                    *(_mark_latex(entry) for entry in line.entries),
                    _latex_number(line.out_of_domain.value),
                ]
            )
            for line in grid.lines
        ]
        best = ["--" if b is None else _latex_number(b[1]) for b in grid.best]
        parts.append(_latex_table(heads, lines, best, each))
    return "\n\n".join(parts) + "\n"


def render_csv(matrix: Matrix) -> str:
    """One line for each pair and view: fractions of 1, nothing where nothing can be scored."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    scores = ("precision", "recall", "f1", "support")
    writer.writerow(
        ["trained_on", "tested_on", "in_domain", "protocol", "variant", "mode", "average", *scores,
         "shared_types", "gold_total", "gold_kept", "predictions_masked", "tokens_unscored"]
    )  # fmt: skip
    for row, column in _pairs(matrix):
        pair = matrix.pairs[row, column]
        cover = pair.coverage
        ending = [
            " ".join(cover["shared_types"]),
            cover["gold_total"],
            cover["gold_kept"],
            cover["predictions_masked"],
            cover["tokens_unscored"],
        ]
        for view in View().vary("protocol", "variant", "mode", "average"):
            found = pair.score(view)
            values = [repr(found["precision"]), repr(found["recall"]), repr(found["f1"])]
            if matrix.state(row, column, view) == "nothing shared":
                values = [""] * 3
            place = [view.protocol, view.variant, view.mode, view.average]
            domain = str(matrix.is_in_domain(row, column)).lower()
            writer.writerow([row, column, domain, *place, *values, found["support"], *ending])
    return out.getvalue()


def percent(value: float, digits: int = 2) -> str:
    """A fraction in percent.

    >>> percent(0.5), percent(math.nan)
    ('50.00', '–')
    """
    return NOTHING_SHARED if math.isnan(value) else f"{100 * value:.{digits}f}"


def show_mean(mean: Mean) -> str:
    """A mean, and over how many columns where some were left out.

    >>> show_mean(Mean(0.5, ("fin",), ("bc5cdr",)))
    '50.00 (1 of 2)'
    """
    total = len(mean.over) + len(mean.left_out)
    left = f" ({len(mean.over)} of {total})" if mean.left_out else ""
    return percent(mean.value) + left


def show_types(types: Sequence[str]) -> str:
    """Types in a line, with their number.

    >>> show_types(["date", "person"])
    '2: date, person'
    """
    return f"{len(types)}: {', '.join(types)}" if types else "0"


#: What a pair knows besides its scores: heading, and what stands under it.
DETAILS: tuple[tuple[str, Callable[[Matrix, str, str], str]], ...] = (
    ("support", lambda m, r, c: f"{m.pairs[r, c].coverage['gold_total']:,}"),
    ("gold kept", lambda m, r, c: f"{m.pairs[r, c].coverage['gold_kept']:,}"),
    ("share kept (%)", lambda m, r, c: percent(m.pairs[r, c].share_kept, 1)),
    ("predictions masked", lambda m, r, c: f"{m.pairs[r, c].coverage['predictions_masked']:,}"),
    ("tokens unscored", lambda m, r, c: f"{m.pairs[r, c].coverage['tokens_unscored']:,}"),
    ("shared types", lambda m, r, c: show_types(m.pairs[r, c].coverage["shared_types"])),
)


def _pairs(matrix: Matrix) -> Iterator[tuple[str, str]]:
    for row in matrix.rows:
        for column in matrix.columns:
            if (row.name, column.name) in matrix.pairs:
                yield row.name, column.name


def _align(rows: Sequence[Sequence[str]], *, text_columns: int = 1) -> list[str]:
    """Lines of one width: the first columns to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i < text_columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int = 1
) -> str:
    rule = ["---" if i < text_columns else "---:" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def _mark_markdown(entry: Entry) -> str:
    shown = entry.show() + (r"\*" if entry.in_domain else "")
    return f"**{shown}**" if entry.best else shown


def _escape_markdown(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\|*_`<[" else c for c in text)


def _mark_latex(entry: Entry) -> str:
    if entry.state != "scored":
        return "--" if entry.state == "nothing shared" else ""
    number = _latex_number(entry.value)
    if entry.in_domain:
        return f"\\textit{{{number}}}"
    return f"\\textbf{{{number}}}" if entry.best else number


def _latex_table(
    heads: Sequence[str], lines: Sequence[str], best: Sequence[str], view: View
) -> str:
    dashes = "no gold entity of a type that the model knows"
    caption = (
        f"{_escape_latex(_capital(view.title))}. Rows: trained on; columns: tested on. Italic: "
        f"trained on that corpus; bold: best of the others; --: "
        f"{dashes if view.protocol == 'shared' else 'none'}."
    )
    return "\n".join(
        [
            r"\begin{table}",
            r"  \centering",
            f"  \\caption{{{caption}}}",
            f"  \\label{{tab:matrix-{view.slug}}}",
            f"  \\begin{{tabular}}{{l{'r' * len(heads)}r}}",
            r"    \toprule",
            _latex_row([CORNER, *heads, "out-of-domain"]),
            r"    \midrule",
            *lines,
            r"    \midrule",
            _latex_row([BEST, *best, ""]),
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
        ]
    )


def _latex_number(value: float) -> str:
    return percent(value).replace(NOTHING_SHARED, "--")


def _latex_row(cells: Sequence[str]) -> str:
    return f"    {' & '.join(cells)} \\\\"


def _escape_latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, f"\\{c}" if c in "&%$#_{}" else c) for c in text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
