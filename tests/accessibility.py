"""axe-core, which finds what keeps people with a keyboard, a screen reader or weak eyes out."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


def find_violations(page: Page) -> list[str]:
    """What axe-core objects to in a page as it is now: rule, element and reason."""
    carrier = pytest.importorskip("axe_playwright_python", reason="pip install --group dev")
    script = (resources.files(carrier) / "axe.min.js").read_text(encoding="utf-8")
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(content=script)
    # Colours that still change would be measured half way.
    page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
