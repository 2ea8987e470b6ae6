"""The page: self-contained, whatever the corpus holds, each number with what it shows."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from tner_hf.lab.analysis import Training, render_errors, report_errors
from tner_hf.predictions import read_predictions

HOSTILE = '</script><!--<script>alert(1)</script><img/onerror="x">'


class Reader(HTMLParser):
    """The elements of a page, and the text of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements:
            identity = self.elements[-1][1].get("id")
            if identity:
                self.texts[identity] = data


def render(path: str, **settings: object) -> Reader:
    return Reader(render_errors(report_errors(read_predictions(path), **settings)))


def test_the_data_of_the_script_is_that_of_the_report(write_predictions) -> None:
    data = json.loads(render(write_predictions()).texts["error-data"])
    assert data["types"] == ["group", "person", "place"]
    assert data["sentences"][2] == ["Grace", "met", "nobody"]
    names = [name for name, *_ in data["classes"]]
    start, end, kind, error, partner = data["gold"][0][1]
    assert (start, end, data["types"][kind], names[error]) == (3, 4, "place", "type_error")
    assert data["types"][partner] == "group"
    assert data["differ"]["1"] == [0.0, 0.0, 50.0]


def test_hostile_words_and_types_stay_text(write_predictions) -> None:
    kind = "<b>" + "x"
    path = write_predictions([(HOSTILE, f"B-{kind}", "O"), (HOSTILE, "O", f"B-{kind}")])
    page = render(path)
    data = json.loads(page.texts["error-data"])
    assert data["sentences"][0] == [HOSTILE]
    assert data["types"] == [kind]
    names = {name for name, _ in page.elements}
    assert not names & {"img", "iframe", "object"}
    assert sum(name == "script" for name, _ in page.elements) == 2  # the data and the code


def test_ids_are_unique_and_every_number_says_what_it_shows(write_predictions) -> None:
    page = render(write_predictions(), training=Training("train.txt", {}))
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    shows = [a for name, a in page.elements if name == "button" and a.get("class") == "show"]
    assert any(a.get("data-error") == "missed" and a.get("data-side") == "gold" for a in shows)
    assert any(a.get("data-gold") == "place" and a.get("data-predicted") == "person" for a in shows)


def test_nothing_is_fetched(write_predictions) -> None:
    text = render_errors(report_errors(read_predictions(write_predictions())))
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert "innerHTML" not in text


def test_no_entities_at_all(write_predictions) -> None:
    page = render(write_predictions([("nothing here", "O O", "O O")]))
    assert json.loads(page.texts["error-data"])["types"] == []
