"""Every tab of the demo, by day and by night, before axe-core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from accessibility import find_violations
from demo.conftest import GOLD, TEXT
from demo.test_page import expect, read

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_objects_to_nothing(visit: Callable[..., Page], scheme: Any) -> None:
    # axe-core is a script that the page's policy would not let in.
    page = visit(color_scheme=scheme, bypass_csp=True)
    assert find_violations(page) == []
    read(page, TEXT)
    page.check("#best")
    page.wait_for_selector(".strip li")
    assert find_violations(page) == []
    page.focus("mark")
    assert find_violations(page) == []
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
