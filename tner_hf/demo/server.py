"""The demo as an ASGI application: the page, the queue and the API, behind one gate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any

from tner_hf._version import __version__
from tner_hf.demo.about import describe_model
from tner_hf.demo.answers import MOST_MODELS
from tner_hf.demo.colours import write_palette
from tner_hf.demo.examples import choose_examples
from tner_hf.demo.settings import DemoSettings
from tner_hf.demo.shelf import Shelf
from tner_hf.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

#: Ending of a file of the page to its media type.
_MEDIA = {"css": "text/css", "js": "text/javascript", "json": "application/json",
          "svg": "image/svg+xml", "html": "text/html"}  # fmt: skip


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
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def both(running: FastAPI) -> AsyncIterator[Any]:
        # Starlette starts no mounted application by itself, and the queue needs a start.
        async with AsyncExitStack() as stack:
            state = await stack.enter_async_context(outer(running))
            await stack.enter_async_context(demo.router.lifespan_context(demo))
            yield state

    app.router.lifespan_context = both
    app.mount(path, demo)
    return demo


def build_app(settings: DemoSettings) -> FastAPI:
    """The application of a demo with these settings."""
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("the web demo", "demo") from error
    shelf = Shelf(settings)

    async def build_inside() -> FastAPI:
        return _build(shelf)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Outside of an event loop Gradio opens one for each of its locks, and closes none.
        return asyncio.run(build_inside())
    return _build(shelf)


def _build(shelf: Shelf) -> FastAPI:
    import gradio as gr
    from fastapi import FastAPI
    from gradio import events

    from tner_hf.demo.endpoints import Endpoints
    from tner_hf.demo.gate import Gate

    settings = shelf.settings
    app = FastAPI(title=settings.title, docs_url=None, redoc_url=None, openapi_url=None)
    _add_page(app, read_page(shelf))
    with gr.Blocks(title=settings.title, analytics_enabled=False) as blocks:
        for name, function in Endpoints(shelf).functions().items():
            # One at a time: a forward pass uses all cores, two at once would only be slower.
            events.api(function, api_name=name, concurrency_id="models", concurrency_limit=1)
    blocks.queue(max_size=settings.queue_size)
    gr.mount_gradio_app(app, blocks, path="/", show_error=False, run_history=False)
    # JSON writes a character in at most three times its UTF-8 bytes (six for a control character).
    app.add_middleware(Gate, max_body=3 * settings.max_upload_bytes + 64 * 1024)
    _warm_up(app, shelf.names)
    return app


def _warm_up(app: FastAPI, models: Sequence[str]) -> None:
    """Let the application ask itself once for each model when it starts.

    Gradio imports matplotlib with its first request, and models are slow the first time: no visitor
    shall wait for that.
    """
    import httpx

    started = app.router.lifespan_context

    @asynccontextmanager
    async def warmed(running: FastAPI) -> AsyncIterator[Any]:
        transport = httpx.ASGITransport(app=app)
        async with (
            started(running) as state,
            httpx.AsyncClient(transport=transport, base_url="http://demo") as client,
        ):
            for name in models:
                asked = {"data": ["Ada Lovelace lived in London.", [name], False]}
                joined = await client.post("/gradio_api/call/tag", json=asked)
                await client.get(f"/gradio_api/call/tag/{joined.json()['event_id']}")
            yield state

    app.router.lifespan_context = warmed


def read_page(shelf: Shelf) -> dict[str, bytes]:
    """The files of the page by name; they are all that it is made of."""
    files = {
        file.name: file.read_bytes()
        for file in (resources.files("tner_hf.demo") / "page").iterdir()
        if file.name.rpartition(".")[2] in _MEDIA
    }
    files["palette.css"] = write_palette().encode()
    files["demo.json"] = json.dumps(_describe(shelf), ensure_ascii=False).encode()
    return files


def _describe(shelf: Shelf) -> dict[str, Any]:
    settings = shelf.settings
    models = [
        describe_model(name, checkpoint, shelf.find(name))
        for name, checkpoint in shelf.offered.items()
    ]
    return {
        "title": settings.title,
        "version": __version__,
        "models": models,
        "examples": choose_examples(settings.examples, (t for m in models for t in m["texts"])),
        "gold_example": _read_text("gold_example.txt"),
        "any_model": settings.allow_any_model,
        "limits": {
            "characters": settings.max_characters,
            "bytes": settings.max_upload_bytes,
            "seconds": settings.max_seconds,
            "models": MOST_MODELS,
        },
    }


def _read_text(name: str) -> str:
    return (resources.files("tner_hf.demo") / name).read_text(encoding="utf-8")


def _add_page(app: FastAPI, files: dict[str, bytes]) -> None:
    from fastapi import Response

    def answer(name: str) -> Callable[[], Response]:
        media = _MEDIA[name.rpartition(".")[2]]
        return lambda: Response(
            files[name], media_type=media, headers={"Cache-Control": "no-cache"}
        )

    app.add_api_route("/", answer("index.html"), methods=["GET", "HEAD"])
    for name in files:
        app.add_api_route(f"/page/{name}", answer(name), methods=["GET", "HEAD"])
