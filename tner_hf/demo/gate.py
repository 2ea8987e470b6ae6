"""What a visitor may ask the server for: a short list, with bounded bodies. The rest is not there.

Gradio has many more routes than this page needs (files, proxies, monitoring, recordings …). None
of them is passed on, so no path, however it is spelt, leads to a file of the server.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Method and path of every request that is answered.
_ALLOWED = tuple(
    (frozenset(methods.split()), re.compile(path, re.ASCII))
    for methods, path in (
        ("GET HEAD", r"/?"),
        ("GET HEAD", r"/page/[a-z]+\.(?:css|js|json|svg)"),
        ("GET HEAD", r"/config"),  # the next four are what gradio_client asks for
        ("GET HEAD", r"/gradio_api/(?:info|openapi\.json)"),
        ("GET", r"/gradio_api/heartbeat/[a-z0-9-]{1,64}"),
        ("GET", r"/gradio_api/queue/data"),
        ("POST", r"/gradio_api/(?:queue/join|cancel)"),
        ("POST", r"/gradio_api/call/(?:v2/)?[a-z_]+/?"),
        ("GET", r"/gradio_api/call/(?:v2/)?[a-z_]+/[0-9a-f]{32}"),
    )
)

#: The page needs nothing but its own files, and may run nothing else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)

#: Of every answer.
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _POLICY.encode()),
)


class Gate:
    """ASGI middleware that answers what is allowed, and refuses the rest with a reason.

    Args:
        app: what stands behind it.
        max_body: bytes of a request.
        patience: seconds in which they have to arrive.
    """

    def __init__(self, app: ASGIApp, *, max_body: int, patience: float = 30.0) -> None:
        self.app = app
        self.max_body = max_body
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not any(scope["method"] in m and p.fullmatch(path) for m, p in _ALLOWED):
            await _refuse(send, 404, "there is nothing here")
            return
        headers = dict(scope["headers"])
        if scope["method"] == "POST" and _is_of_another_site(headers):
            why = "pages of other sites are not answered (a proxy has to pass the Host on)"
            await _refuse(send, 403, why)
            return
        try:
            body = await self._read_body(headers, receive)
        except TimeoutError:
            await _refuse(send, 408, f"the request took over {self.patience:g} seconds to arrive")
            return
        if body is None:
            await _refuse(send, 413, f"too large: this demo takes {self.max_body:,} bytes at once")
            return
        await self.app(scope, _replay(body, receive), _with_headers(send))

    async def _read_body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """The body; None if it is too large."""
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self.max_body:
            return None
        parts: list[bytes] = []
        size = 0
        async with asyncio.timeout(self.patience):
            while True:
                message = await receive()
                part = message.get("body", b"")
                size += len(part)
                if size > self.max_body:
                    return None
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts)


def _is_of_another_site(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser sends this for a page that is not ours. Programs name no origin."""
    said = headers.get(b"sec-fetch-site")
    if said is not None:
        return said == b"cross-site"
    # Over plain HTTP, but for loopback, browsers tell the origin only.
    origin = headers.get(b"origin", b"").rpartition(b"//")[2]
    return bool(origin) and origin not in {headers.get(b"host"), headers.get(b"x-forwarded-host")}


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hands out a body that was read, then whatever else comes."""
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return send_with_headers


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"detail": why}).encode()
    headers = [(b"content-type", b"application/json"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
