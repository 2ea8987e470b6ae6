"""What every request has to be before anything else sees it: to this host, of this site, bounded.

And what every answer says: which scripts may run in the page, and who may show it in a frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from tner_hf.demo.settings import ANY_HOST

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bodies up to this size are read even while large ones fill the memory that bodies may take.
_SMALL = 64 * 1024

#: A request that changes nothing; all others have a JSON body.
_READING = frozenset({"GET", "HEAD"})


class Gate:
    """ASGI middleware that passes on what is in order, and refuses the rest with a reason.

    Args:
        app: what stands behind it.
        allowed_hosts: see `DemoSettings`.
        frame_ancestors: see `DemoSettings`.
        max_body: bytes of a request.
        bodies: of that size that may be read at once.
        patience: seconds in which they have to arrive.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body: int,
        allowed_hosts: Sequence[str] = (),
        frame_ancestors: Sequence[str] = (),
        bodies: int = 4,
        patience: float = 30.0,
    ) -> None:
        self.app = app
        self.max_body = max_body
        self.patience = patience
        self._hosts = {host.lower() for host in allowed_hosts}
        self._headers = _write_headers(frame_ancestors)
        self._room = bodies * max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        send = with_headers(send, self._headers)
        taken = [0]
        try:
            self._judge(scope, headers)
            body = await self._read_body(headers, receive, taken)
        except HTTPException as refused:
            answer = JSONResponse({"detail": refused.detail}, refused.status_code)
            await answer(scope, receive, send)
            return
        finally:
            self._room += taken[0]
        await self.app(scope, _replay(body, receive), send)

    def _judge(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Refuse what may not go on, by what its head says."""
        host = _name_of(headers.get(b"host", b""))
        if host not in _own_names(scope) and not self._is_served(host):
            shown = host[:80] or "a request without a Host"
            why = f"{shown} is not served here; the owner of a demo can name it: --allowed_host"
            raise HTTPException(421, why)
        if scope["method"] not in _READING and not self._is_of_this_site(headers):
            raise HTTPException(403, "pages of other sites are not answered")
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if scope["method"] == "POST" and kind != b"application/json":
            raise HTTPException(415, "accepted is application/json")

    def _is_of_this_site(self, headers: dict[bytes, bytes]) -> bool:
        """Whether no browser sends this for a page that is not ours. Programs name no origin."""
        said = headers.get(b"sec-fetch-site")
        if said is not None:
            return said in {b"same-origin", b"none"}
        # Over plain HTTP, but for loopback, browsers tell the origin only.
        origin = headers.get(b"origin")
        if origin is None:
            return True
        netloc = origin.rpartition(b"//")[2]
        return netloc == headers.get(b"host") or _name_of(netloc) in self._hosts

    def _is_served(self, host: str) -> bool:
        return any(
            given in (host, ANY_HOST) or (given.startswith("*.") and host.endswith(given[1:]))
            for given in self._hosts
        )

    async def _read_body(
        self, headers: dict[bytes, bytes], receive: Receive, taken: list[int]
    ) -> bytes:
        """The body; what it takes of the room is counted in `taken`."""
        too_large = HTTPException(
            413, f"too large: this demo takes {self.max_body:,} bytes at once"
        )
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:20]) > self.max_body:
            raise too_large
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(self.patience):
                while True:
                    message = await receive()
                    part = message.get("body", b"")
                    self._room -= len(part)
                    taken[0] += len(part)
                    if taken[0] > self.max_body:
                        raise too_large
                    if self._room < 0 and taken[0] > _SMALL:
                        raise HTTPException(503, "too much arrives at once; try again")
                    parts.append(part)
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            why = f"the request took over {self.patience:g} seconds to arrive"
            raise HTTPException(408, why) from None


def with_headers(send: Send, headers: Sequence[tuple[bytes, bytes]]) -> Send:
    """What sends an answer with further headers."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with_headers


def _own_names(scope: Scope) -> set[str]:
    """This machine's own names: for itself, and the address at which the request reached it.

    A name that somebody else's DNS points here is neither.
    """
    server = scope.get("server") or ("", None)
    return {"localhost", str(server[0]).lower()}


def _name_of(netloc: bytes) -> str:
    """The name or address in `name:port`.

    >>> _name_of(b"Names.example:7860"), _name_of(b"[::1]:7860"), _name_of(b"")
    ('names.example', '::1', '')
    """
    text = netloc.decode("latin-1").lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def _write_headers(frame_ancestors: Sequence[str]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of every answer; the page needs nothing but its own files."""
    framed = " ".join(["'self'", *frame_ancestors])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {framed}"
    )
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"content-security-policy", policy.encode()),
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hands out a body that was read, then whatever else comes."""
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay
