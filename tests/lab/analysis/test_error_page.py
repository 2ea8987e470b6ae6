"""The page: self-contained, whatever the corpus holds, each number with what it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tner_hf.lab.analysis import Training, render_errors, report_errors
from tner_hf.predictions import read_predictions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
    start, end, kind = data["gold"][0][1]
    error, partner = data["models"][0]["gold"][0][1]
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


@pytest.fixture
def opened(browser: Browser, write_predictions: Callable[..., str], tmp_path: Path) -> Page:
    """The report of the hand-made predictions in a browser."""
    report = report_errors(read_predictions(write_predictions()))
    path = tmp_path / "errors.html"
    path.write_text(render_errors(report), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    return page


def test_single_letter_keys_can_be_switched_off(opened: Page) -> None:
    focused = "document.activeElement.getAttribute('aria-label')"
    opened.keyboard.press("j")
    assert opened.evaluate(focused) == "Sentence 1"
    opened.uncheck("#shortcuts")
    opened.click("button[type=reset]")  # clears what is searched for, and nothing else
    opened.keyboard.press("j")
    opened.keyboard.press("/")
    assert opened.evaluate("document.activeElement.type") == "reset"
    opened.reload()
    assert not opened.is_checked("#shortcuts")
    opened.check("#shortcuts")
    opened.keyboard.press("j")
    assert opened.evaluate(focused) == "Sentence 1"
    opened.close()


def test_nothing_coloured_trails_a_word_and_its_mark(opened: Page) -> None:
    opened.fill("[name=words]", "ada")
    opened.wait_for_selector(".found")
    places = opened.evaluate(
        "[...document.querySelectorAll('.cluster > span')].filter(e => e.textContent).map(e => {"
        "const range = document.createRange(); range.selectNodeContents(e);"
        "const [box, text] = [e.getBoundingClientRect(), range.getBoundingClientRect()];"
        "return [text.left - box.left, box.right - text.right]; })"
    )
    assert len(places) >= 5
    for before, after in places:
        assert after == pytest.approx(before, abs=1)
    found = opened.locator(".found").first
    assert found.evaluate("e => e.getBoundingClientRect().width") < 60
    opened.close()


def test_what_is_set_aside_can_still_be_read(opened: Page) -> None:
    opened.select_option("[name=type]", "person")
    opened.wait_for_selector(".mark.aside")
    style = "getComputedStyle(document.querySelector('.mark.aside'))"
    assert opened.evaluate(f"{style}.opacity") == "1"
    assert opened.evaluate(f"{style}.color") == "rgb(86, 96, 112)"  # --soft of the kit
    opened.close()


def test_an_entity_longer_than_a_line_is_scrolled_with_the_keyboard(
    browser: Browser, write_predictions: Callable[..., str], tmp_path: Path
) -> None:
    tags = "B-person " + "I-person " * 39
    rows = [("Word " * 40, tags, tags), ("Ada lived", "B-person O", "O O")]
    path = tmp_path / "errors.html"
    report = report_errors(read_predictions(write_predictions(rows)))
    path.write_text(render_errors(report), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(path.as_uri())
    long, short = page.locator(".words").all()
    assert long.get_attribute("tabindex") == "0"
    assert short.get_attribute("tabindex") is None
    assert short.evaluate("e => e.scrollHeight - e.clientHeight") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.close()


def test_a_page_tells_what_its_sources_are_called_and_not_where_they_lie(
    write_predictions, tmp_path: Path
) -> None:
    page = render_errors(report_errors(read_predictions(write_predictions())))
    assert str(tmp_path) not in page
    assert tmp_path.parent.name not in page
