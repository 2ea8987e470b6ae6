"""The demo as an ASGI application: the page, the line of requests and the API, behind one gate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tner_hf.demo.settings import DemoSettings
from tner_hf.demo.shelf import Shelf
from tner_hf.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

#: Largest bodies that may be held at once.
_BODIES = 4


def build(models: str | Sequence[str], **options: Any) -> FastAPI:
    """A web demo of one or several models, as a FastAPI application of its own.

    Args:
        models: checkpoint folders or Hub ids. They are loaded at once.
        **options: see `DemoSettings`.

    Raises:
        MissingExtraError: Gradio is not installed.
        CheckpointError: there is no token classifier.
        SettingError: an option that cannot be used.
    """
    return build_app(DemoSettings.of(models, options))


def mount(app: FastAPI, path: str, models: str | Sequence[str], **options: Any) -> FastAPI:
    """The same demo inside an application of your own; arguments as for `build`.

    Args:
        app: your application.
        path: where the page will be, e.g. `/ner`.
        models: checkpoint folders or Hub ids.
        **options: see `DemoSettings`.

    Returns:
        The demo's own application, which is part of yours now.
    """
    demo = build(models, **options)
    app.mount(path, demo)
    return demo


def build_app(settings: DemoSettings) -> FastAPI:
    """The application of a demo with these settings."""
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("the web demo", "demo") from error
    from fastapi import FastAPI

    from tner_hf.demo.api import Api
    from tner_hf.demo.assets import add_files, read_page
    from tner_hf.demo.endpoints import Endpoints
    from tner_hf.demo.gate import Gate
    from tner_hf.demo.line import Line

    shelf = Shelf(settings)
    # JSON writes a character in at most three times its UTF-8 bytes (six for a control character).
    max_body = 3 * settings.max_upload_bytes + 64 * 1024
    line = Line(settings.queue_size, _BODIES * max_body, settings.max_seconds)

    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        yield
        line.stop()

    app = FastAPI(
        title=settings.title, docs_url=None, redoc_url=None, openapi_url=None, lifespan=run,
        redirect_slashes=False,
    )  # fmt: skip
    add_files(app, read_page(shelf))
    Api(Endpoints(shelf).named(), line, settings.title).add_to(app)
    app.add_middleware(
        Gate, max_body=max_body, bodies=_BODIES,
        allowed_hosts=settings.allowed_hosts, frame_ancestors=settings.frame_ancestors,
    )  # fmt: skip
    for name in shelf.names:
        shelf.find(name)("Ada Lovelace lived in London.")  # models are slow the first time
    return app
