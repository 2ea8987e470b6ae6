"""Models side by side: who has what right, counted by hand, and read in a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tner_hf.errors import SettingError
from tner_hf.formats.iob import read_iob
from tner_hf.lab.analysis import ErrorReport, render_side_by_side, report_errors
from tner_hf.lab.analysis.side_by_side import count_verdicts
from tner_hf.predictions import read_predictions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Words, gold tags, what A and what B says.
ROWS = [
    ("Ada met Bob", "B-person O B-person", "B-person O O", "B-person O B-place"),
    ("Acme in Rome", "B-group O B-place", "B-group O O", "O O B-place"),
    ("nobody here", "O O", "B-person O", "O O"),
]


@pytest.fixture
def reports(write_predictions: Callable[..., str]) -> dict[str, ErrorReport]:
    return {
        name: report_errors(
            read_predictions(
                write_predictions([(row[0], row[1], row[i]) for row in ROWS], f"{name}.jsonl")
            )
        )
        for i, name in ((2, "first"), (3, "second"))
    }


@pytest.fixture
def opened(browser: Browser, reports: dict[str, ErrorReport], tmp_path: Path) -> Page:
    path = tmp_path / "errors.html"
    path.write_text(render_side_by_side(reports), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    return page


def shown(page: Page) -> list[int]:
    found: list[int] = page.eval_on_selector_all(
        "#sentence-list article", "all => all.map(each => Number(each.dataset.sentence))"
    )
    return found


def test_who_is_right_is_counted_by_type(reports: dict[str, ErrorReport]) -> None:
    assert count_verdicts(list(reports.values())) == {
        "person": Counter({(True, True): 1, (False, False): 1}),
        "group": Counter({(True, False): 1}),
        "place": Counter({(False, True): 1}),
    }


def test_one_model_and_five_are_refused(reports: dict[str, ErrorReport]) -> None:
    first = reports["first"]
    for number in (1, 5):
        with pytest.raises(SettingError, match=f"{number} models side by side; accepted: 2 to 4"):
            render_side_by_side({str(i): first for i in range(number)})


def test_a_number_shows_what_one_has_right_and_the_other_wrong(opened: Page) -> None:
    assert shown(opened) == [0, 1, 2]
    opened.click("button[data-right='10'][data-type='group']")
    assert shown(opened) == [1]
    assert "model0=1" in opened.url
    assert "model1=0" in opened.url
    # Without a side, what is said where nothing is gold counts as well: B says nothing there.
    opened.click("button[type=reset]")
    opened.select_option("[name=model0]", "0")
    opened.select_option("[name=model1]", "1")
    assert shown(opened) == [1, 2]
    opened.click("button[data-model='B'][data-error='type_error'][data-side='gold']")
    assert shown(opened) == [0]
    opened.close()


def test_each_model_has_a_line_of_its_own(opened: Page) -> None:
    marks = "#sentence-list article:first-child .mark"
    found = opened.eval_on_selector_all(
        marks, "all => all.map(e => [e.style.gridRow, e.innerText])"
    )
    assert found == [
        ["1", "person"], ["3", "A ✓"], ["4", "B ✓"],
        ["1", "person"], ["3", "A −"], ["4", "B ≠ place"],
    ]  # fmt: skip
    opened.close()


def test_what_is_shown_is_saved_with_its_gold_tags(opened: Page, tmp_path: Path) -> None:
    opened.select_option("[name=model1]", "0")
    assert shown(opened) == [0, 1]
    with opened.expect_download() as download:
        opened.click("#pager-top button:has-text('Save as IOB')")
    download.value.save_as(tmp_path / "saved.iob2")
    assert read_iob(tmp_path / "saved.iob2").sentences == [
        (row[0].split(), row[1].split()) for row in ROWS[:2]
    ]
    opened.close()


def test_a_sentence_leads_to_the_demo_that_was_named(opened: Page) -> None:
    assert opened.locator(".actions a").count() == 0
    opened.fill("#demo", "javascript:alert(1)")
    opened.press("#demo", "Tab")
    assert opened.locator(".actions a").count() == 0
    opened.fill("#demo", "http://127.0.0.1:7860/")
    opened.press("#demo", "Tab")
    link = opened.locator(".actions a").first
    assert link.get_attribute("href") == "http://127.0.0.1:7860/#text=Ada+met+Bob"
    opened.close()
