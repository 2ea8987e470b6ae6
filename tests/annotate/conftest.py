"""A file, the work on it, and a browser at its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import open_pages
from demo.conftest import Served

pytest.importorskip("uvicorn", reason='pip install "tner-hf[demo]"')

from tner_hf.annotate.opening import open_session
from tner_hf.annotate.server import build_app
from tner_hf.annotate.session import Session

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Hostile to pages, to columns, to counting characters, and to splitting at spaces.
TEXTS = """\
Ada Lovelace met Charles Babbage in London, and London was cold.
<img src=x onerror=alert(1)></script>"'`${alert(2)} & so on
東京へ行きました。
👨‍👩‍👧 Zoë saw Zoë in Orléans 🇫🇷
ذهب أحمد إلى القاهرة
"""
TOKEN = "the-token"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Five texts without tags."""
    path = tmp_path / "texts.txt"
    path.write_text(TEXTS, encoding="utf-8")
    return path


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Opens the work on a file; its journal is free again at the end."""
    opened: list[Session] = []

    def open_it(file: Path, output: str = "out.jsonl", **options: Any) -> Session:
        options.setdefault("types", ["PER", "LOC", "ORG"])
        opened.append(open_session(file, tmp_path / output, **options))
        return opened[-1]

    yield open_it
    for each in opened:
        each.journal.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Serves work until the test is over."""
    running: list[Served] = []

    def start(session: Session) -> Served:
        running.append(Served(build_app(session, TOKEN), f"/?token={TOKEN}"))
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page."""
    with open_pages(browser) as open_page:
        yield open_page
