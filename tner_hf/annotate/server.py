"""The server that a person annotates with: on loopback, for one browser, and allowed to write."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tner_hf._version import __version__
from tner_hf.annotate.output import AS_IT_IS, Renderer
from tner_hf.annotate.session import Session
from tner_hf.demo.bodies import Endpoint, RefusedBody
from tner_hf.errors import MissingExtraError, SettingError, TnerError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

#: Where it listens: nobody else's machine gets here.
HOST = "127.0.0.1"

#: Bytes of a request: the entities of a very long sentence.
_MOST_BYTES = 16_000_000


def refuse_strangers(*, share: bool) -> None:
    """Make sure that no other machine could reach a server that writes files.

    Raises:
        SettingError: one could.
    """
    if share or "SPACE_ID" in os.environ:
        where = "--share" if share else "in a Space"
        raise SettingError(
            f"annotate writes files and answers this machine alone, so not {where}; "
            "`tner-hf demo` shows a model to others, and writes nothing"
        )


def serve(session: Session, *, port: int, say: Callable[[str], None]) -> None:
    """Serve the page until somebody ends the program, and render the output then."""
    try:
        import uvicorn  # noqa: F401
        from starlette.applications import Starlette  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("annotating", "demo") from error
    from tner_hf.demo.app import listen, run

    listening = listen(HOST, port)
    here = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    run(
        lambda: build_app(session, token),
        listening,
        lambda: say(f"http://{HOST}:{here}/?token={token}"),
    )


def build_app(session: Session, token: str) -> Starlette:
    """The application; `token` lets the first browser in that brings it."""
    from starlette.applications import Starlette

    from tner_hf.annotate.key import Key
    from tner_hf.demo.assets import add_files, read_files
    from tner_hf.demo.gate import Gate

    renderer = Renderer(lambda: session.output.write(dict(session.accepted)))
    session.on_change = renderer.ask

    @asynccontextmanager
    async def live(_: Starlette) -> AsyncIterator[None]:
        session.pretags.start()
        if session.accepted:
            renderer.ask()
        yield
        session.pretags.stop()
        renderer.stop()
        session.fault = renderer.fault

    app = Starlette(lifespan=live)
    add_files(app, read_files("tner_hf.demo", "tner_hf.annotate"))
    calls = Calls(session, renderer)
    for name in ("start", "next", "show", "accept", "everywhere", "types"):
        app.add_route(f"/api/{name}", _answer(getattr(calls, name)), ["POST"])
    app.add_middleware(Key, token=token)
    app.add_middleware(Gate, max_body=_MOST_BYTES)
    return app


class Calls:
    """What the page asks for; the body of a request names the arguments."""

    def __init__(self, session: Session, renderer: Renderer) -> None:
        self.session, self.renderer = session, renderer

    def start(self) -> dict[str, Any]:
        """What the page is about."""
        session, output = self.session, self.session.output
        return {
            "name": session.texts.path.name,
            "output": output.path.name,
            "format": "as the file is" if output.target == AS_IT_IS else output.target,
            "whole": output.is_whole,
            "model": session.pretags.ner is not None,
            "draft": session.texts.fingerprint,
            "version": __version__,
            **self._state(),
        }

    def next(self, order: str = "certain", after: int = -1, skip: bool = False) -> dict[str, Any]:
        """The next open sentence, in an order."""
        number = self.session.choose_next(
            "file" if order == "file" else "certain", after, skip=skip
        )
        sentence = None if number is None else self.session.show(number)
        return {"sentence": sentence, **self._state()}

    def show(self, number: int) -> dict[str, Any]:
        """A sentence by its number."""
        return {"sentence": self.session.show(number), **self._state()}

    def accept(
        self, number: int, entities: list[Any], times: int | None = None, order: str = "certain"
    ) -> dict[str, Any]:
        """Keep a sentence's entities; the next one comes back."""
        self.session.accept(number, entities, times)
        return self.next(order, number)

    def everywhere(
        self,
        words: list[str],
        type: str | None = None,  # noqa: A002 - the page's word
        undone: bool = False,
    ) -> dict[str, Any]:
        """Have words be an entity, or none, in every open sentence."""
        if not words or not all(words):
            raise SettingError("words are missing, or empty")
        found = self.session.mark_everywhere(words, type, undone=undone)
        return {"sentences": found, **self._state()}

    def types(self, name: str) -> dict[str, Any]:
        """Add a type."""
        self.session.add_type(name.strip())
        return self._state()

    def _state(self) -> dict[str, Any]:
        state = self.session.describe()
        if self.renderer.fault:
            state["fault"] = (
                f"{self.renderer.fault}. What you accepted is safe in "
                f"{self.session.journal.path.name}"
            )
        return state


def _answer(call: Callable[..., dict[str, Any]]) -> Any:
    """A call as an endpoint: JSON in, JSON out, an error as one line."""
    from starlette.concurrency import run_in_threadpool

    endpoint = Endpoint.of(call)

    async def answer(request: Request) -> Response:
        try:
            arguments = endpoint.read_named(await request.body())
            return _send(await run_in_threadpool(call, **arguments))
        except RefusedBody as error:
            return _send({"detail": str(error)}, 422)
        except TnerError as error:
            return _send({"detail": str(error)}, 409)

    return answer


def _send(value: dict[str, Any], status: int = 200) -> Response:
    from starlette.responses import Response

    # Half a character, which an answer may repeat, is none.
    written = json.dumps(value, ensure_ascii=False).encode(errors="replace")
    headers = {"cache-control": "no-store"}
    return Response(written, status, headers, media_type="application/json")
