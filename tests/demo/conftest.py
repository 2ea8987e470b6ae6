"""A trained tiny model, demos of it on loopback, and a browser to look at them."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from browsing import open_pages
from conftest import TOY_SENTENCES
from preparations import train_toy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("gradio", reason='pip install "tner-hf[demo]"')

T = TypeVar("T")

TEXT = "Ada Lovelace lived in London ."
GOLD = "\n\n".join(
    "\n".join(f"{w} {t}" for w, t in zip(words, tags.split(), strict=True))
    for words, tags in TOY_SENTENCES
)

#: starlette and gradio, of each other.
_OF_GRADIO = "ignore::DeprecationWarning:(gradio|starlette|fastapi|httpx|uvicorn|websockets).*"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Gradio's deprecations pass in these tests, and only in these."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(_OF_GRADIO))


@pytest.fixture(scope="session")
def hasty(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    """A model that learned less, and so finds other entities, in a folder `hasty`."""
    return train_toy(tmp_path_factory.mktemp("hasty"), tiny_encoder, "hasty", epochs=10)


class Served:
    """An application that a thread serves on loopback.

    Attributes:
        url: of the page.
    """

    def __init__(self, app: Any, path: str = "/") -> None:
        import uvicorn

        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}{path}"
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(timeout=30)
        self._socket.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Served]]:
    """Serves applications until the tests are over."""
    running: list[Served] = []

    def start(app: Any, path: str = "/") -> Served:
        running.append(Served(app, path))
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture(scope="session")
def demo(serve: Callable[..., Served], taught: Path, hasty: Path) -> Served:
    """A demo of both models."""
    from tner_hf.demo import build

    return serve(build([str(taught), str(hasty)], max_characters=20_000, max_upload_bytes=50_000))


@pytest.fixture
def visit(browser: Browser, demo: Served) -> Iterator[Callable[..., Page]]:
    """Opens the page, or another at a `url`."""
    with open_pages(browser) as open_page:
        yield lambda fragment="", *, url="", **context: open_page(
            (url or demo.url) + fragment, **context
        )


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in a thread of its own: the browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
