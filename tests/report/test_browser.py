"""Reports in a real browser: on a phone, by night, on paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tner_hf import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Show = Callable[..., Page]

#: No place to break at, and wider than a phone.
NAME = "tner_roberta_large_" * 8
SVG = '<svg viewBox="0 0 9 9"><path d="M0 0H9V9H0z" style="fill: #fefefe"/></svg>'


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a report as a file."""
    opened: list[Any] = []

    def open_page(page: report.Page, **context: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(page.render(), encoding="utf-8")
        opened.append(browser.new_context(**context))
        window: Page = opened[-1].new_page()
        window.goto(path.as_uri())
        return window

    yield open_page
    for context in opened:
        context.close()


def wide_page() -> report.Page:
    columns = [report.Column(f"corpus_{i}_of_many", numeric=i > 0) for i in range(12)]
    table = report.render_table(columns, [[NAME, *(12.9 for _ in range(11))]], caption="wide")
    figure = report.render_svg(SVG, title="f", theme={"#fefefe": "--paper"})
    sections = [report.Section(NAME, table, lead=NAME), report.Section("Figure", figure)]
    return report.Page(NAME, sections, NAME, {NAME: NAME})


def test_a_name_wider_than_a_phone_breaks(show: Show) -> None:
    page = show(wide_page(), viewport={"width": 360, "height": 740}, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    box = page.locator("h1").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360


def test_names_of_rows_leave_room_for_numbers_and_captions_stay_whole_on_a_phone(
    show: Show,
) -> None:
    rows = [[report.Cell(NAME, header=True), *(12.9 for _ in range(11))]]
    columns = [report.Column(f"corpus_{i}_of_many", numeric=i > 0) for i in range(12)]
    table = report.render_table(columns, rows, caption="words " * 30, filterable=True)
    section = report.Section("Table", table)
    page = show(report.Page("t", [section]), viewport={"width": 390, "height": 844}, is_mobile=True)
    for selector, widest in (("tbody th", 195), ("caption", 390), (".filter-bar", 390)):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= widest, selector
    page.evaluate("document.querySelector('.scroll').scrollLeft = 500")
    box = page.locator("caption").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= 390 - box["width"]
    label = page.locator(".filter-bar span").bounding_box()
    assert label is not None
    assert label["height"] < 30  # "Filter" on one line


def test_a_heading_sorts_and_rows_without_a_value_stay_last(show: Show) -> None:
    columns = [report.Column("name"), report.Column("n", numeric=True)]
    rows = [["x10", 9.0], ["x9", 10.0], ["b", math.nan], ["a", 9.0]]
    table = report.render_table(columns, rows, caption="c")
    page = show(report.Page("t", [report.Section("Table", table)]))
    seen = []
    for heading in ("n", "n", "name", "name"):
        page.click(f"thead button:text-is('{heading}')")
        order = page.get_attribute(f"th:has(button:text-is('{heading}'))", "aria-sort")
        seen.append((order, page.locator("tbody td:first-child").all_text_contents()))
    assert seen == [
        ("descending", ["x9", "x10", "a", "b"]),
        ("ascending", ["x10", "a", "x9", "b"]),
        ("ascending", ["a", "b", "x9", "x10"]),
        ("descending", ["x10", "x9", "b", "a"]),
    ]


def test_nothing_of_a_table_is_cut_off_on_paper(show: Show) -> None:
    page = show(wide_page(), viewport={"width": 703, "height": 1000})  # A4 without its margins
    frame = "document.querySelector('.scroll')"
    cut = f"{frame}.scrollWidth > {frame}.clientWidth"
    assert page.evaluate(cut)  # on a screen it scrolls
    page.emulate_media(media="print")
    assert not page.evaluate(cut)
    assert page.evaluate("document.documentElement.scrollWidth") == 703


@pytest.mark.parametrize("by", ["system", "button"])
def test_a_figure_follows_the_theme_and_paper_is_white(show: Show, by: str) -> None:
    page = show(wide_page(), color_scheme="dark" if by == "system" else "light")
    if by == "button":
        page.click("#theme")
    fill = "getComputedStyle(document.querySelector('figure path')).fill"
    assert page.evaluate(fill) == "rgb(25, 29, 35)"
    page.emulate_media(media="print")
    assert page.evaluate(fill) == "rgb(255, 255, 255)"
    ground = "getComputedStyle(document.body)"
    assert page.evaluate(f"{ground}.backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"{ground}.color") == "rgb(27, 31, 36)"
