"""A matrix for papers and notes: LaTeX and Markdown. Every table names its view."""

from __future__ import annotations

from collections.abc import Sequence

from tner_hf.lab.matrix.grid import (
    BEST,
    CORNER,
    IN_DOMAIN,
    NOTHING_SHARED,
    OUT_OF_DOMAIN,
    Entry,
    Grid,
    list_details,
    make_grid,
    percent,
)
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.view import View
from tner_hf.report.columns import markdown_table


def render_markdown(matrix: Matrix, view: View) -> str:
    """A Markdown document: the view in all protocols and variants, then what each pair covers."""
    parts = ["# Transfer matrix", "Rows: trained on. Columns: tested on."]
    for each in matrix.vary(view, "protocol", "variant"):
        grid = make_grid(matrix, each)
        rows = [
            [
                f"**{_escape_markdown(line.name)}**",
                *map(_mark_markdown, line.entries),
                *line.show_means(),
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
            markdown_table([header, *rows, [BEST, *best, "", ""]]),
            "; ".join([*legend, "**bold**: best of the models not trained on it"]) + ".",
        ]
        if spreads := matrix.spreads(each):
            groups = [[_escape_markdown(name), *shown] for name, shown in spreads.items()]
            head = ["mean ± std of seeds", *map(_escape_markdown, grid.columns)]
            parts.append(markdown_table([head, *groups]))
    header, *body = list_details(matrix)
    told = [header, *(list(map(_escape_markdown, row)) for row in body)]
    parts += ["## What each pair covers", markdown_table(told, text_columns=2)]
    return "\n\n".join(parts) + "\n"


def render_latex(matrix: Matrix, view: View) -> str:
    r"""LaTeX tables (`\usepackage{booktabs}`): the view in all protocols and variants."""
    parts = ["% Needs \\usepackage{booktabs}. Written by tner-hf matrix."]
    for each in matrix.vary(view, "protocol", "variant"):
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
        parts.append(_latex_table(heads, lines, best, grid))
    return "\n\n".join(parts) + "\n"


def _mark_markdown(entry: Entry) -> str:
    shown = entry.show() + (r"\*" if entry.in_domain else "")
    interval = f" {entry.show_interval()}".rstrip()
    return (f"**{shown}**" if entry.best else shown) + interval


def _escape_markdown(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\|*_`<[" else c for c in text)


def _mark_latex(entry: Entry) -> str:
    if entry.state != "scored":
        return "--" if entry.state == "nothing shared" else ""
    number = _latex_number(entry.value)
    if entry.in_domain:
        number = f"\\textit{{{number}}}"
    elif entry.best:
        number = f"\\textbf{{{number}}}"
    return f"{number} {{\\scriptsize {shown}}}" if (shown := entry.show_interval()) else number


def _latex_table(
    heads: Sequence[str], lines: Sequence[str], best: Sequence[str], grid: Grid
) -> str:
    view = grid.view
    said = [*grid.describe_means(), *grid.brackets]
    dashes = "no gold entity of a type that the model knows"
    caption = (
        f"{_escape_latex(_capital(view.title))}. Rows: trained on; columns: tested on. Italic: "
        f"trained on that corpus; bold: best of the others; --: "
        f"{'none' if view.protocol == 'full' else dashes}."
        f"{''.join(f' {_escape_latex(_capital(each))}.' for each in said)}"
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
