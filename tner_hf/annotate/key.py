"""Who may come in: the browser that opened the printed address, once; its cookie from then on."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tner_hf.demo.gate import with_headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_REFUSAL = (
    "This page opens with the address that `tner-hf annotate` printed, in one browser. "
    "Start the command again for a new address: whatever was accepted is kept."
)

#: Seconds that a browser keeps the cookie; it is worth nothing once the server has ended.
_LASTS = 30 * 24 * 3600


class Key:
    """ASGI middleware that lets nobody pass without the token or the cookie given for it.

    Args:
        app: what stands behind it.
        token: of the printed address; it is worth one visit.
    """

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self.app = app
        self._token: str | None = token
        self._cookie = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = f"tner-hf-annotate-{scope['server'][1]}"  # browsers share cookies among ports
        headers = dict(scope["headers"])
        if self._comes_from_elsewhere(scope, headers):
            await _refuse(send, "pages of other sites are not answered")
        elif _matches(_read_cookie(headers, name), self._cookie):
            await self.app(scope, receive, send)
        elif self._spend(scope):
            # The page itself, and no redirection: browsers send no strict cookie along with one
            # where a click in another page (a terminal in a browser, a mail) led here.
            cookie = f"{name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age={_LASTS}"
            await self.app(scope, receive, with_headers(send, [(b"set-cookie", cookie.encode())]))
        else:
            await _refuse(send, _REFUSAL)

    def _comes_from_elsewhere(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        """Whether a browser asks for a page that is not ours; to come here is all it may."""
        site = headers.get(b"sec-fetch-site", b"none")
        coming = scope["path"] == "/" and headers.get(b"sec-fetch-mode") == b"navigate"
        return site not in {b"same-origin", b"none"} and not coming

    def _spend(self, scope: Scope) -> bool:
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if self._token is None or not _matches(given, self._token):
            return False
        self._token = None
        return True


def _matches(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _read_cookie(headers: dict[bytes, bytes], name: str) -> str:
    try:
        found = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


async def _refuse(send: Send, why: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": why.encode()})
