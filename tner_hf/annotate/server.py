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
from tner_hf.annotate.session import Order, Session
from tner_hf.errors import MissingExtraError, SettingError, TnerError
from tner_hf.formats.json_rows import HALF

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
    """What the page asks for; each takes the body of its request."""

    def __init__(self, session: Session, renderer: Renderer) -> None:
        self.session, self.renderer = session, renderer

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the page is about."""
        del body
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

    def next(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next open sentence, in an order."""
        order: Order = "file" if body.get("order") == "file" else "certain"
        after = _take(body, "after", int) if "after" in body else -1
        number = self.session.choose_next(order, after, skip=body.get("skip") is True)
        sentence = None if number is None else self.session.show(number)
        return {"sentence": sentence, **self._state()}

    def show(self, body: dict[str, Any]) -> dict[str, Any]:
        """A sentence by its number."""
        return {"sentence": self.session.show(_take(body, "number", int)), **self._state()}

    def accept(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep a sentence's entities; the next one comes back."""
        number = _take(body, "number", int)
        times = _take(body, "times", int) if body.get("times") is not None else None
        self.session.accept(number, body.get("entities"), times)
        return self.next({**body, "after": number})

    def everywhere(self, body: dict[str, Any]) -> dict[str, Any]:
        """Have words be an entity, or none, in every open sentence."""
        words = _take(body, "words", list)
        if not words or not all(map(_is_word, words)):
            raise SettingError("words are missing, or no list of words")
        kind = _take(body, "type", str) if body.get("type") is not None else None
        undone = body.get("undone") is True
        found = self.session.mark_everywhere(words, kind, undone=undone)
        return {"sentences": found, **self._state()}

    def types(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a type."""
        self.session.add_type(_take(body, "name", str).strip())
        return self._state()

    def _state(self) -> dict[str, Any]:
        state = self.session.describe()
        if self.renderer.fault:
            state["fault"] = (
                f"{self.renderer.fault}. What you accepted is safe in "
                f"{self.session.journal.path.name}"
            )
        return state


def _take(body: dict[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise SettingError(f"{name} is missing, or no {kind.__name__}")
    return value


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not HALF.search(value)


def _answer(call: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A call as an endpoint: JSON in, JSON out, an error as one line."""
    from starlette.concurrency import run_in_threadpool

    async def answer(request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            if not isinstance(body, dict):
                raise ValueError
        except (ValueError, RecursionError):
            return _send({"detail": "the body is no JSON object"}, 422)
        try:
            return _send(await run_in_threadpool(call, body))
        except TnerError as error:
            return _send({"detail": str(error)}, 409)

    return answer


def _send(value: dict[str, Any], status: int = 200) -> Response:
    from starlette.responses import Response

    # Half a character, which an answer may repeat, is none.
    written = json.dumps(value, ensure_ascii=False).encode(errors="replace")
    headers = {"cache-control": "no-store"}
    return Response(written, status, headers, media_type="application/json")
