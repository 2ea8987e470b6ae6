"""axe-core, which finds what keeps people with a keyboard, a screen reader or weak eyes out."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")


def find_violations(page: Page) -> list[str]:
    """What axe-core objects to in a page as it is, by day and by night: rule, element, reason."""
    carrier = pytest.importorskip("axe_playwright_python", reason="pip install --group dev")
    script = (resources.files(carrier) / "axe.min.js").read_text(encoding="utf-8")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(content=script)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        # Colours that still change would be measured half way.
        page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
        seen = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{scheme}, {rule['id']}: {node['html'][:160]}: {node['failureSummary']}"
            for rule in seen["violations"]
            for node in rule["nodes"]
        ]
    return found
