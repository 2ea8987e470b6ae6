"""The page to annotate on, before axe-core: at work, and when all is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from accessibility import find_violations
from annotate.test_page import expect, press
from demo.conftest import Served

from tner_hf.annotate.session import Session

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_axe_objects_to_nothing(
    begin: Callable[..., Session],
    serve: Callable[[Session], Served],
    visit: Callable[..., Page],
    texts: Path,
) -> None:
    page = visit(serve(begin(texts)).url, bypass_csp=True)
    page.click("[data-at='0']")
    press(page, "Shift+ArrowRight 1")  # an entity that is chosen
    assert find_violations(page) == []
    for accepted in range(1, 6):
        page.click("#accept")
        expect(page, "#counts", f"{accepted} of 5 sentences accepted")
    page.wait_for_selector(".done")
    assert find_violations(page) == []
