"""The sentences behind the numbers, of one model or of several side by side: data for the script.

Sentences are drawn by the page's script, a few at a time, from data that it holds as JSON; so ten
thousand of them open at once. A number in a table is a button that shows the sentences behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from tner_hf.lab.analysis.error_report import ErrorReport
from tner_hf.metrics.errors import ERROR_CLASSES, Entity, ErrorClass
from tner_hf.predictions.names import drop_places
from tner_hf.report import Cell, Content, Html, Page, Section, join, tag
from tner_hf.report.kit.classes import CLASSES

#: What models side by side are called.
LETTERS = "ABCD"


def make_page(
    title: str,
    reports: Sequence[ErrorReport],
    facts: Mapping[str, Content],
    sections: Sequence[Section],
) -> str:
    """A page of tables with the sentences at its end.

    Args:
        title: of the page.
        reports: of models on the same sentences with the same gold tags.
        facts: at the top.
        sections: the tables.
    """
    where = reports[0].evaluation.provenance
    return Page(
        title,
        [*sections, _render_reader(reports)],
        subtitle=f"on {drop_places(where['dataset'])}, split {where['split']}; every gold and "
        "predicted entity counts (protocol full), entities read in the default mode",
        facts=facts,
        style=_read_asset("error_page.css"),
        script=_read_asset("error_page.js"),
    ).render()


def _render_reader(reports: Sequence[ErrorReport]) -> Section:
    """The frame that the script fills."""
    # `<` is escaped so that no text of a corpus can end the element or open a comment in it.
    data = json.dumps(_pack(reports), ensure_ascii=False, separators=(",", ":"))
    data = data.replace("<", "\\u003c")
    present = {name for r in reports for name in (*r.count_classes("gold"),
                                                  *r.count_classes("predicted"))}  # fmt: skip
    keys = [
        tag(
            "label",
            tag("input", type="checkbox", name="class", value=name),
            tag("span", _name_class(name), class_=f"key {name}", title=CLASSES[name][2]),
        )
        for name in ERROR_CLASSES
        if name in present
    ]
    body = join([
        _render_settings(),
        tag("form", tag("div", *keys, class_="keys", role="group", aria_label="Classes"),
            tag("div", *_render_fields(reports), class_="fields"), id="reader-form"),
        tag("div", class_="pager", id="pager-top"),
        tag("div", tag("noscript", "Reading the sentences needs JavaScript."), id="sentence-list"),
        tag("div", class_="pager", id="pager-bottom"),
        tag("script", data, type="application/json", id="error-data"),
    ])  # fmt: skip
    lead = "The line above the words is gold, the line below the model."
    if len(reports) > 1:
        lead = "The line above the words is gold; below stands a line for each model."
    return Section("Sentences", body, lead)


def count_cell(count: int, share: float | None, **filters: str) -> Cell:
    """A number that shows the sentences behind it; the shade is its share."""
    if not count:
        return Cell("·", sort=0, class_="nothing")
    data = {f"data_{name}": value for name, value in filters.items()}
    what = ", ".join(filters.values()).replace("_", " ")
    button = tag("button", f"{count:,}", type="button", class_="show", **data,
                 aria_label=f"{count:,}: show {what}")  # fmt: skip
    return Cell(button, sort=count, style=f"--share: {share:.3f}" if share else None)


def class_cell(name: ErrorClass) -> Cell:
    """A class in its colour with its sign."""
    return Cell(tag("span", _name_class(name), class_=f"key {name}"), sort=CLASSES[name][0])


def _name_class(name: ErrorClass) -> Html:
    return join([tag("b", CLASSES[name][1], aria_hidden="true"), CLASSES[name][0]], " ")


def list_types(reports: Sequence[ErrorReport]) -> list[str]:
    """The types of all entities."""
    return sorted({
        e.type for r in reports for e in (*r.entities.gold, *r.entities.predicted)
    })  # fmt: skip


def _render_settings() -> Html:
    """What "Clear" must not change, and therefore stands outside of the form."""
    shortcuts = tag(
        "label",
        tag("input", type="checkbox", id="shortcuts", checked=True),
        tag("span", "Keys: / search, j and k next and previous sentence, "
                    "n and p next and previous page"),
    )  # fmt: skip
    demo = tag(
        "label",
        tag("span", "Open sentences in the demo at"),
        tag("input", type="url", id="demo", placeholder="http://127.0.0.1:7860"),
    )
    return tag("div", shortcuts, demo, class_="settings")


def _render_fields(reports: Sequence[ErrorReport]) -> list[Html]:
    def choose(name: str, label: str, options: dict[str, str]) -> Html:
        shown = [tag("option", text, value=value) for value, text in options.items()]
        return tag("label", tag("span", label), tag("select", *shown, name=name))

    several = len(reports) > 1
    sides = {"": "gold or model", "gold": "gold", "predicted": "model"}
    orders = {"": "as in the corpus", "most": "most errors first"}
    verdicts = {"": "right or wrong", "1": "right", "0": "wrong"}
    models = [
        choose(f"model{i}", f"{LETTERS[i]} is", verdicts) for i in range(len(reports)) if several
    ]
    return [
        *models,
        tag("label", tag("span", "Search"),
            tag("input", type="search", name="words", placeholder="text of a sentence")),
        choose("type", "Type", {"": "any", **{name: name for name in list_types(reports)}}),
        choose("side", "Side", sides),
        choose("order", "Order", orders),
        *([] if several else [tag("label", tag("input", type="checkbox", name="differ"),
            tag("span", "scorers differ"), class_="check")]),
        tag("button", "Clear", type="reset"),
    ]  # fmt: skip


def _pack(reports: Sequence[ErrorReport]) -> dict[str, Any]:
    """What the script needs, types and classes as numbers.

    A gold entity is its start, end and type; a predicted one has its class, too, and the type of
    the gold entity closest to it, -1 for none. Of each gold entity a model has those two.
    """
    types = list_types(reports)
    number = {name: i for i, name in enumerate(types)}
    places = {name: i for i, name in enumerate(ERROR_CLASSES)}
    first = reports[0]

    def tell(e: Entity, others: Sequence[Entity]) -> list[int]:
        return [places[e.error], -1 if e.partner is None else number[others[e.partner].type]]

    def group(entities: Sequence[Entity], facts: Sequence[list[int]]) -> list[list[list[int]]]:
        rows: list[list[list[int]]] = [[] for _ in first.sentences]
        for e, fact in zip(entities, facts, strict=True):
            rows[e.sentence].append(fact)
        return rows

    def place(e: Entity) -> list[int]:
        return [e.start, e.end, number[e.type]]

    gold = first.entities.gold
    return {
        "types": types,
        "classes": [[name, *CLASSES[name][:2]] for name in ERROR_CLASSES],
        "sentences": first.sentences,
        "gold": group(gold, [place(e) for e in gold]),
        "models": [
            {
                "gold": group(gold, [tell(e, r.entities.predicted) for e in r.entities.gold]),
                "predicted": group(
                    r.entities.predicted,
                    [place(e) + tell(e, r.entities.gold) for e in r.entities.predicted],
                ),
            }
            for r in reports
        ],
        "differ": {
            d.sentence: [round(100 * f1, 1) for f1 in (d.default, d.strict, d.partial)]
            for d in first.disagreements
        },
    }


def _read_asset(name: str) -> str:
    return resources.files("tner_hf.lab.analysis").joinpath(name).read_text(encoding="utf-8")
