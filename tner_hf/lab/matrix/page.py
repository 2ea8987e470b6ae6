"""The matrix as one HTML file: every view, what each pair covers, scores by type, and the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from tner_hf import report
from tner_hf.lab.matrix.page_lists import (
    PAIRS_LEAD,
    render_columns,
    render_models,
    render_pairs,
    render_reliability,
    render_types,
)
from tner_hf.lab.matrix.page_views import STYLE, render_views
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.view import View
from tner_hf.report import Html, Section, tag
from tner_hf.report.pictures import THEME

#: File ending to media type.
_MEDIA = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".tex": "application/x-tex",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def render_page(
    matrix: Matrix,
    view: View,
    files: Mapping[str, str | bytes] | None = None,
    errors: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """The report as an HTML document.

    Args:
        matrix: what to show.
        view: what is chosen at first.
        files: name to content of the files that the report offers to save; of `matrix.svg` it
            shows the picture too.
        errors: pair to the address of its page of errors, to which its number then leads.
    """
    files, errors = files or {}, errors or {}
    sections = [
        Section(
            "Matrix",
            render_views(matrix, view, errors),
            lead="Each number is one model (row, by what it was trained on) on one test set "
            f"(column). A click on a number leads to {'its errors' if errors else 'what it covers'}"
            "; a click on a heading sorts.",
        )
    ]
    if "matrix.svg" in files:
        sections.append(Section("Heat map", _render_figure(files["matrix.svg"], view)))
    sections += [
        Section("Pairs", render_pairs(matrix, view, errors), lead=PAIRS_LEAD),
        Section(
            "Types",
            render_types(matrix, view),
            lead=f"F1 of each entity type, {view.mode} mode. A type that only one side knows has "
            "no score in the shared protocol.",
        ),
        Section("Models", render_models(matrix)),
        Section("Test sets", render_columns(matrix)),
        Section("How to read this", _render_guide()),
    ]
    if (reliability := render_reliability(matrix)) is not None:
        lead = (
            "Of predicted entities, those of a type that model and corpus both know: a bar is the "
            "share that is right, | stands at the mean score."
        )
        sections.insert(-3, Section("Scores and what they are worth", reliability, lead=lead))
    if files:
        sections.append(Section("Files", _render_files(files)))
    page = report.Page(
        title="Transfer matrix",
        sections=sections,
        subtitle=f"At first: {view.title}",
        facts=_list_facts(matrix),
        style=STYLE,
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
    if told := matrix.describe_conditions():
        facts["tagged by the guidelines of"] = told
    if most := matrix.facts.get("max_test_samples"):
        facts["test sets cut"] = f"first {most:,} sentences"
    return facts


def _render_figure(svg: str | bytes, view: View) -> Html:
    text = svg if isinstance(svg, str) else svg.decode("utf-8")
    # The reader may choose another view of the table, which changes nothing here.
    caption = f"Always {view.title}, whichever view of the table above is chosen."
    title = f"Heat map: {view.title}"
    return report.render_svg(text, title=title, caption=caption, theme=THEME)


def _render_guide() -> Html:
    terms = {
        "full protocol": "Every gold and every predicted entity counts. How well does the model do "
        "the corpus's own job?",
        "shared protocol": "As in the T-NER paper. Gold entities of types that the model does not "
        "know become O, and so do predicted entities of types that the corpus does not have. How "
        "well does the model find what both know? With no shared type there is nothing to score: "
        "such a pair is hatched, has no number and is left out of means. The paper prints 0.0 "
        "there.",
        "lattice protocol": "As shared, but types nest: each is read as the nearest broader type "
        "at which corpus and model meet, so that a model which knows person is judged on a corpus "
        "that has politician. Equal to shared where nothing nests.",
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
