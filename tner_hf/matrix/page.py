"""The matrix as one HTML file: every view, what each pair covers, scores by type, and the files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from tner_hf import report
from tner_hf.matrix.colours import CIVIDIS, colour_of, ink_on
from tner_hf.matrix.result import Matrix, Mean
from tner_hf.matrix.tables import (
    ABSENT,
    BEST,
    CORNER,
    OUT_OF_DOMAIN,
    Entry,
    make_grid,
    percent,
    show_types,
)
from tner_hf.matrix.view import ACCEPTED, MEASURES, View
from tner_hf.report import Cell, Column, Html, Section, tag

_STYLE = f"""
.heat td, .heat tbody th, .heat tfoot th {{ vertical-align: middle; height: 2.7rem; }}
.heat td {{ border: 1px solid var(--paper); text-align: center; min-width: 5.6rem;
  padding: .1rem .4rem; line-height: 1.2; }}
.heat thead th {{ text-align: center; padding-inline: .3rem; }}
.heat thead th:first-child {{ text-align: left; }}
.heat td.best {{ font-weight: 700; }}
.heat td.own {{ outline: 2px solid currentColor; outline-offset: -4px; }}
.heat td a {{ color: inherit; text-decoration: none; display: block; }}
.heat td a:hover {{ text-decoration: underline; }}
.heat .gap {{ border-left: .8rem solid var(--paper); }}
.heat tfoot td {{ color: var(--quiet); }}
.heat td small {{ display: block; opacity: .85; font-size: .72rem; white-space: nowrap; }}
.hatched {{ background: repeating-linear-gradient(45deg, transparent 0 4px, var(--line) 4px 6px); }}
.disjoint {{ background-image:
  repeating-linear-gradient(45deg, transparent 0 6px, rgb(255 255 255 / .22) 6px 7px); }}
.absent {{ color: var(--quiet); }}
.key {{ display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; color: var(--quiet);
  font-size: .85rem; margin-top: .75rem; align-items: center; }}
.key i {{ display: inline-block; width: 1.5rem; height: .9rem; margin-right: .4rem;
  vertical-align: -.1rem; }}
.key .ramp {{ width: 8rem; background: linear-gradient(to right, {", ".join(CIVIDIS)}); }}
.key .frame {{ border: 2px solid currentColor; }}
.wide-text {{ min-width: 22rem; }}
"""

_PROTOCOLS = {
    "shared": "shared: only types that both sides know",
    "full": "full: every entity counts",
}

#: File ending to media type.
_MEDIA = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".tex": "application/x-tex",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def render_page(matrix: Matrix, view: View, files: Mapping[str, str | bytes] | None = None) -> str:
    """The report as an HTML document.

    Args:
        matrix: what to show.
        view: what is chosen at first.
        files: name to content of the files that the report offers to save; of `matrix.svg` it
            shows the picture too.
    """
    files = files or {}
    sections = [
        Section(
            "Matrix",
            _render_views(matrix, view),
            lead="Each number is one model (row, by what it was trained on) on one test set "
            "(column). A click on a number leads to what it covers; a click on a heading sorts.",
        )
    ]
    if "matrix.svg" in files:
        sections.append(Section("Heat map", _render_figure(files["matrix.svg"], view)))
    sections += [
        Section("Pairs", _render_pairs(matrix, view), lead=_pairs_lead()),
        Section(
            "Types",
            _render_types(matrix, view),
            lead=f"F1 of each entity type, {view.mode} mode. A type that only one side knows has "
            "no score in the shared protocol.",
        ),
        Section("Models", _render_models(matrix)),
        Section("Test sets", _render_columns(matrix)),
        Section("How to read this", _render_guide()),
    ]
    if files:
        sections.append(Section("Files", _render_files(files)))
    page = report.Page(
        title="Transfer matrix",
        sections=sections,
        subtitle=f"At first: {view.title}",
        facts=_list_facts(matrix),
        style=_STYLE,
    )
    return page.render()


def _list_facts(matrix: Matrix) -> dict[str, report.Content]:
    unscored = sum(pair.coverage["tokens_unscored"] for pair in matrix.pairs.values())
    facts: dict[str, report.Content] = {
        "models": len(matrix.rows),
        "test sets": len(matrix.columns),
        "pairs computed": f"{len(matrix.pairs)} of {len(matrix.rows) * len(matrix.columns)}",
        "tokens without a prediction": f"{unscored:,}",
        "label map": matrix.label_map or "none (native types)",
    }
    if matrix.facts.get("lowercase"):
        facts["words"] = "lower-cased"
    if most := matrix.facts.get("max_test_samples"):
        facts["test sets cut"] = f"first {most:,} sentences"
    return facts


def _render_views(matrix: Matrix, view: View) -> Html:
    names = ("protocol", "variant", "mode", "measure")
    labels = ("Protocol", "Types", "Mode", "Measure")
    spoken = {"type_aware": "type-aware", "type_ignored": "type-ignored", **MEASURES}
    axes = [
        report.Axis(name, label, {value: spoken.get(value, value) for value in ACCEPTED[name]})
        for name, label in zip(names, labels, strict=True)
    ]
    panels = [
        report.Panel(
            {name: value for name, value in each.to_dict().items() if name in names},
            each.title,
            _render_view(matrix, each),
        )
        for each in view.vary(*names)
    ]
    return report.render_choices(axes, panels, chosen=view.to_dict(), name="view")


def _render_view(matrix: Matrix, view: View) -> Html:
    grid = make_grid(matrix, view)
    columns = [
        Column(CORNER),
        *(Column(name, numeric=True) for name in grid.columns),
        Column(OUT_OF_DOMAIN, numeric=True, help="over the test sets it was not trained on"),
    ]
    rows = [
        [
            Cell(line.name, header=True),
            *(
                _render_entry((y, x), entry, _tell(matrix, line.name, column))
                for x, (entry, column) in enumerate(zip(line.entries, grid.columns, strict=True))
            ),
            _render_mean(line.out_of_domain),
        ]
        for y, line in enumerate(grid.lines)
    ]
    best = [
        Cell(report.join([percent(b[1]), tag("small", b[0])]) if b else "–", class_="plain")
        for b in grid.best
    ]
    table = report.render_table(
        columns,
        rows,
        caption="Rows: trained on; columns: tested on.",
        foot=[[Cell(BEST, header=True), *best, Cell("", class_="gap")]],
        class_="heat",
    )
    return report.join([table, _render_key(grid.has_disjoint, grid.has_absent, view)])


def _render_entry(place: tuple[int, int], entry: Entry, title: str) -> Cell:
    classes = " ".join(
        name
        for name, holds in (
            ("own", entry.in_domain),
            ("best", entry.best),
            ("disjoint", entry.disjoint and not entry.value),
        )
        if holds
    )
    if entry.state == "absent":
        return Cell(ABSENT, sort=math.nan, class_="absent", title="not computed")
    link = tag("a", entry.show(), href=f"#pair-{place[0]}-{place[1]}")
    if entry.state == "nothing shared":
        return Cell(link, sort=math.nan, class_=f"hatched {classes}".strip(), title=title)
    return Cell(
        link, sort=entry.value, class_=classes or None, style=_paint(entry.value), title=title
    )


def _render_mean(mean: Mean) -> Cell:
    if math.isnan(mean.value):
        return Cell("–", sort=math.nan, class_="gap")
    total = len(mean.over) + len(mean.left_out)
    note = tag("small", f"{len(mean.over)} of {total}") if mean.left_out else None
    title = f"over {', '.join(mean.over)}"
    if mean.left_out:
        title += f"; left out: {', '.join(mean.left_out)}"
    content = report.join([percent(mean.value), note])
    return Cell(content, sort=mean.value, class_="gap", style=_paint(mean.value), title=title)


def _paint(value: float) -> str:
    colour = colour_of(value)
    return f"background-color:{colour};color:{ink_on(colour)}"


def _render_key(disjoint: bool, absent: bool, view: View) -> Html:
    entries = [
        tag("span", "0 % ", tag("i", class_="ramp"), " 100 %"),
        tag("span", tag("i", class_="frame"), "trained on this corpus"),
        tag("span", tag("b", "bold"), ": best of the others"),
    ]
    if disjoint and view.protocol == "shared":
        entries.append(tag("span", tag("i", class_="hatched"), "no type shared: nothing to score"))
    elif disjoint and view.variant == "type_aware":
        swatch = tag("i", class_="disjoint", style=_paint(0))
        entries.append(tag("span", swatch, "no type shared: 0 by construction"))
    if absent:
        entries.append(tag("span", f"{ABSENT} not computed"))
    return tag("div", *entries, class_="key")


def _render_figure(svg: str | bytes, view: View) -> Html:
    text = svg if isinstance(svg, str) else svg.decode("utf-8")
    caption = f"{view.title}. The same numbers stand in the table above."
    return report.render_svg(text, title=f"Heat map: {view.title}", caption=caption)


def _pairs_lead() -> str:
    return (
        "The shared protocol turns gold entities whose type the model does not know into O, and "
        "predictions whose type the corpus does not have. The share of gold kept says how much of "
        "the corpus a shared score is about."
    )


def _render_pairs(matrix: Matrix, view: View) -> Html:
    views = [
        View(protocol, variant, view.mode, view.average)
        for variant in ("type_aware", "type_ignored")
        for protocol in ("full", "shared")
    ]
    columns = [
        Column(CORNER),
        Column("tested on"),
        *(
            Column(f"{v.variant.removeprefix('type_')}, {v.protocol}", numeric=True, help=v.title)
            for v in views
        ),
        Column("support", numeric=True, help="gold entities"),
        Column("gold kept", numeric=True, help="gold entities of a type that the model knows"),
        Column("kept %", numeric=True),
        Column("masked", numeric=True, help="predictions of a type that the corpus does not have"),
        Column("unscored", numeric=True, help="tokens without a prediction"),
        Column("windowed", numeric=True, help="sentences longer than a window"),
        Column("shared types"),
    ]
    rows: list[report.tables.Row] = []
    ids = []
    for anchor, row, column in _iterate(matrix):
        pair = matrix.pairs[row, column]
        cover = pair.coverage
        rows.append(
            [
                Cell(row, header=True),
                column,
                *(_number(matrix.value(row, column, each)) for each in views),
                cover["gold_total"],
                cover["gold_kept"],
                Cell(percent(pair.share_kept, 1), sort=pair.share_kept),
                cover["predictions_masked"],
                cover["tokens_unscored"],
                pair.windowed_sentences,
                Cell(
                    show_types(cover["shared_types"]),
                    sort=f"{len(cover['shared_types']):04}",
                    class_="wide-text",
                ),
            ]
        )
        ids.append(anchor)
    caption = f"{view.average} F1 (%) under both protocols, {view.mode} mode, and what they cover"
    return report.render_table(columns, rows, caption=caption, filterable=True, row_ids=ids)


def _render_types(matrix: Matrix, view: View) -> Html:
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


def _render_models(matrix: Matrix) -> Html:
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
            row.max_length,
            "lower-cased" if row.lowercase else "as they are",
            tag("code", row.fingerprint[:16]),
        ]
        for row in matrix.rows
    ]  # fmt: skip
    return report.render_table(columns, rows, caption="Models")


def _render_columns(matrix: Matrix) -> Html:
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
            Cell(show_types(column.types), class_="wide-text"),
            tag("code", column.fingerprint),
        ]
        for column in matrix.columns
    ]
    return report.render_table(columns, rows, caption="Test sets")


def _render_guide() -> Html:
    terms = {
        "full protocol": "Every gold and every predicted entity counts. How well does the model do "
        "the corpus's own job?",
        "shared protocol": "The T-NER paper's. Gold entities of types that the model does not know "
        "become O, and so do predicted entities of types that the corpus does not have. How well "
        "does the model find what both know? With no shared type there is nothing to score: such a "
        "pair is hatched, has no number and is left out of means. The paper prints 0.0 there.",
        "type-aware, type-ignored": "Boundaries and type must be right, or boundaries alone.",
        "default, strict": "seqeval's two modes: conlleval's reading of tags, and one that accepts "
        "only entities that begin with B-.",
        "out-of-domain mean": "The mean over the test sets that the model was not trained on. "
        "Where some share nothing with the model, the number of those that count stands below it.",
        "best transfer": "The best of the models that were not trained on the test set's corpus.",
    }
    parts = [part for name, text in terms.items() for part in (tag("dt", name), tag("dd", text))]
    return tag("dl", *parts)


def _render_files(files: Mapping[str, str | bytes]) -> Html:
    links = [
        report.render_download(content, name=name, media_type=_MEDIA[PurePath(name).suffix])
        for name, content in files.items()
    ]
    shown = [
        tag("details", tag("summary", label), tag("pre", str(files[name]), data_copy=True))
        for name, label in (("matrix.tex", "LaTeX"), ("matrix.md", "Markdown"))
        if name in files
    ]
    return report.join([tag("p", report.join(links, " ")), *shown])


def _iterate(matrix: Matrix) -> Iterator[tuple[str, str, str]]:
    """Anchor, row and column of each pair that was computed."""
    for y, row in enumerate(matrix.rows):
        for x, column in enumerate(matrix.columns):
            if matrix.cell(row.name, column.name):
                yield f"pair-{y}-{x}", row.name, column.name


def _number(value: float) -> Cell:
    return Cell(percent(value), sort=value)


def _tell(matrix: Matrix, row: str, column: str) -> str:
    pair = matrix.cell(row, column)
    if pair is None:
        return ""
    cover = pair.coverage
    return (
        f"{row} on {column}: {cover['gold_kept']:,} of {cover['gold_total']:,} gold entities are "
        f"of {len(cover['shared_types'])} shared types; {cover['predictions_masked']:,} "
        f"predictions masked; {cover['tokens_unscored']:,} tokens unscored"
    )
