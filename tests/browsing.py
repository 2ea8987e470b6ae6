"""Pages in a browser, and what may not happen in any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def open_pages(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page that is served; at the end nothing may have gone wrong in it, nor left here."""
    opened: list[tuple[Any, list[str], list[str]]] = []

    def open_page(url: str, **context: Any) -> Page:
        window = browser.new_context(**context)
        page = window.new_page()
        page.set_default_timeout(20_000)
        faults: list[str] = []
        asked: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        opened.append((window, faults, asked))
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for window, faults, asked in opened:
        window.close()
        assert all(url.startswith(("http://127.0.0.1:", "blob:")) for url in asked), asked
        # Chromium logs answers such as 503 by itself; the page's own words are what tests look at.
        assert [f for f in faults if not f.startswith("Failed to load resource")] == []
