"""The API over HTTP, as programs of Gradio speak it: join the line, then listen for the answer.

Gradio writes its description (`/config`, `/gradio_api/info`), once. No route of its own is here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tner_hf.demo.bodies import Arguments, Endpoint, RefusedBody, read_joining, read_leaving
from tner_hf.demo.line import FullLineError, Line, Message, Session

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

#: Where the API is.
PREFIX = "/gradio_api"

#: Seconds of silence after which proxies may end a connection, so that something is said before.
_SILENCE = 15.0

#: An answer has this many seconds to be taken, and another one for so many of its bytes.
_TAKING, _SLOWEST = 30.0, 50_000

#: How a message is written on the wire.
Writer = Callable[[Message], bytes]


class Api:
    """The requests that programs and the page make."""

    def __init__(self, endpoints: Mapping[str, Endpoint], line: Line, title: str) -> None:
        self.endpoints = endpoints
        self.line = line
        self._by_number = dict(enumerate(endpoints.values()))
        self._config, self._info = _describe(endpoints, title)

    def add_to(self, app: FastAPI) -> None:
        """Put the routes into an application."""
        for path in ("/call/{name}", "/call/v2/{name}"):
            app.add_route(PREFIX + path, self.call, ["POST"])
            app.add_route(f"{PREFIX}{path}/{{event}}", self.listen_to_call, ["GET"])
        app.add_route(f"{PREFIX}/queue/join", self.join, ["POST"])
        app.add_route(f"{PREFIX}/queue/data", self.listen, ["GET"])
        app.add_route(f"{PREFIX}/cancel", self.cancel, ["POST"])
        app.add_route(f"{PREFIX}/info", _always(self._info), ["GET"])
        app.add_route("/config", _always(self._config), ["GET"])

    async def call(self, request: Request) -> Response:
        """A call of a named endpoint: `{"data": [...]}`, or, in `v2`, its arguments by name."""
        endpoint = self.endpoints.get(request.path_params["name"])
        if endpoint is None:
            return _refuse(404, f"no such endpoint; there are: {', '.join(self.endpoints)}")
        body = await request.body()
        read = endpoint.read_named if "/call/v2/" in request.url.path else endpoint.read_listed
        return self._join(endpoint, lambda: read(body), len(body))

    async def join(self, request: Request) -> Response:
        """A call as clients of Gradio make it."""
        body = await request.body()
        try:
            said = read_joining(body)
        except RefusedBody as error:
            return _refuse(422, str(error))
        endpoint = self._by_number.get(said.function)
        if endpoint is None:
            return _refuse(404, f"no such endpoint; there are: {', '.join(self.endpoints)}")
        return self._join(endpoint, lambda: endpoint.judge_list(said.data), len(body), said.session)

    async def cancel(self, request: Request) -> Response:
        """End a request; only who knows its session can."""
        try:
            key, event = read_leaving(await request.body())
        except RefusedBody as error:
            return _refuse(422, str(error))
        session = self.line.sessions.get(key)
        job = session.jobs.get(event) if session else None
        if job is not None:
            self.line.cancel(job)
        return JSONResponse({"success": job is not None})

    async def listen(self, request: Request) -> Response:
        """What happens to the requests of a session."""
        return self._listen(request.query_params.get("session_hash", ""), _write_message)

    async def listen_to_call(self, request: Request) -> Response:
        """The answer of one call."""
        return self._listen(request.path_params["event"], _write_answer)

    def _join(
        self, endpoint: Endpoint, read: Callable[[], Arguments], size: int, key: str = ""
    ) -> Response:
        try:
            job = self.line.join(endpoint.call, read(), size, key)
        except RefusedBody as error:
            return _refuse(422, str(error))
        except FullLineError:
            return _refuse(503, "too many requests wait already; try again in a minute")
        return JSONResponse({"event_id": job.key})

    def _listen(self, key: str, write: Writer) -> Response:
        session = self.line.listen(key)
        if session is None:
            return _refuse(404, "there is no such request, or its answer was fetched already")
        return Stream(self.line, session, write)


class Stream(Response):
    """A session's messages, until all of its requests are answered or the listener goes away."""

    media_type = "text/event-stream"

    def __init__(self, line: Line, session: Session, write: Writer) -> None:
        self.line, self.session, self.write = line, session, write
        self.status_code = 200
        self.background = None
        self.body = b""
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        gone: asyncio.Future[Any] = asyncio.ensure_future(_wait_until_gone(receive))
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            while not gone.done() and (self.session.jobs or self.session.messages):
                await self._send_news(send, gone)
            if not gone.done():
                end = self.write({"msg": "close_stream", "event_id": None})
                await send({"type": "http.response.body", "body": end})
        except TimeoutError:
            pass  # it takes so little at a time that it only keeps the answer in memory
        finally:
            gone.cancel()
            self.line.leave(self.session)

    async def _send_news(self, send: Send, gone: asyncio.Future[Any]) -> None:
        if not self.session.messages:
            self.session.news.clear()
            news: asyncio.Future[Any] = asyncio.ensure_future(self.session.news.wait())
            await asyncio.wait({news, gone}, timeout=_SILENCE, return_when="FIRST_COMPLETED")
            news.cancel()
        beat: Message = {"msg": "heartbeat", "event_id": None}
        message = self.session.messages.popleft() if self.session.messages else beat
        written = self.write(message)
        try:
            async with asyncio.timeout(_TAKING + len(written) / _SLOWEST):
                await send({"type": "http.response.body", "body": written, "more_body": True})
        finally:
            self.line.release(message)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _write_message(message: Message) -> bytes:
    """As `queue/data` has it."""
    said = {name: value for name, value in message.items() if name != "body"}
    written = json.dumps(said, ensure_ascii=False).encode()
    if "body" in message:
        output = _output(message)
        written = written[:-1] + b', "output": ' + output + b"}"
    return b"data: " + written + b"\n\n"


def _write_answer(message: Message) -> bytes:
    """As `call` has it: the answer, and little else."""
    kind = message["msg"]
    if kind == "process_completed":
        event = b"complete" if message["success"] else b"error"
        body: bytes = message["body"]
        data = b"[" + body + b"]" if message["success"] else body
        return b"event: " + event + b"\ndata: " + data + b"\n\n"
    return b"event: heartbeat\ndata: null\n\n" if kind == "heartbeat" else b""


def _output(message: Message) -> bytes:
    body: bytes = message["body"]
    return b'{"data": [' + body + b"]}" if message["success"] else body


def _refuse(status: int, why: str) -> Response:
    return JSONResponse({"detail": why}, status)


def _always(answer: bytes) -> Callable[[Request], Response]:
    return lambda _: Response(answer, media_type="application/json")


def _describe(endpoints: Mapping[str, Endpoint], title: str) -> tuple[bytes, bytes]:
    """`/config` and `/gradio_api/info`, as Gradio writes them of these functions."""

    async def describe() -> tuple[bytes, bytes]:
        import gradio as gr
        from gradio import events

        with gr.Blocks(title=title, analytics_enabled=False) as blocks:
            for name, endpoint in endpoints.items():
                events.api(endpoint.without_work(), api_name=name)
        config: dict[str, Any] = {**blocks.get_config_file(), "username": None}
        info: Any = blocks.get_api_info()
        return json.dumps(config, default=str).encode(), json.dumps(info, default=str).encode()

    # Outside of an event loop Gradio opens one for each of its locks, and closes none; ours may
    # run already, and then it can only wait for another thread's.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, describe()).result()
