"""Every tab of the demo, and the page that it saves, before axe-core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from accessibility import find_violations
from demo.conftest import GOLD, TEXT
from demo.test_page import expect, read

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_axe_objects_to_nothing(visit: Callable[..., Page], browser: Browser) -> None:
    # axe-core is a script that the page's policy would not let in.
    page = visit(bypass_csp=True)
    read(page, TEXT)
    page.check("#best")
    page.wait_for_selector(".strip li")
    page.focus("#views mark")  # its tip is shown
    assert find_violations(page) == []
    with page.expect_download() as download:
        page.click("#save-html")
    saved = browser.new_page(bypass_csp=True)
    saved.set_content(download.value.path().read_text(encoding="utf-8"))
    assert find_violations(saved) == []
    saved.close()
    page.click("#tab-gold")
    page.fill("#iob", GOLD)
    page.click("#gold-form .primary")
    page.wait_for_selector("#gold-sentences mark")
    assert find_violations(page) == []
    page.click("#tab-file")
    page.set_input_files("#file", {"name": "a.txt", "mimeType": "", "buffer": TEXT.encode()})
    page.click("#tag-file")
    expect(page, "#file-result", "Ada")
    assert find_violations(page) == []
