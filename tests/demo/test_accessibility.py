"""Every tab of the demo, by day and by night, before axe-core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from accessibility import find_violations
from demo.conftest import GOLD, TEXT
from demo.test_page import expect, read

if TYPE_CHECKING:
    from playwright.sync_api import Page


def look(page: Page) -> list[str]:
    """What axe-core objects to in both themes."""
    found = find_violations(page)
    page.emulate_media(color_scheme="dark")
    found += find_violations(page)
    page.emulate_media(color_scheme="light")
    return found


def test_axe_objects_to_nothing(visit: Callable[..., Page]) -> None:
    # axe-core is a script that the page's policy would not let in.
    page = visit(bypass_csp=True)
    read(page, TEXT)
    page.check("#best")
    page.wait_for_selector(".strip li")
    page.focus("#views mark")  # its tip is shown
    assert look(page) == []
    page.click("#tab-gold")
    page.fill("#iob", GOLD)
    page.click("#gold-form .primary")
    page.wait_for_selector("#gold-sentences mark")
    assert look(page) == []
    page.click("#tab-file")
    page.set_input_files("#file", {"name": "a.txt", "mimeType": "", "buffer": TEXT.encode()})
    page.click("#tag-file")
    expect(page, "#file-result", "Ada")
    assert look(page) == []
