"""Who may come in: the browser that opened the printed address, once; its cookie from then on."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse

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
        request = Request(scope)
        if _comes_from_elsewhere(request):
            await _refuse("pages of other sites are not answered")(scope, receive, send)
        elif _matches(request.cookies.get(name, ""), self._cookie):
            await self.app(scope, receive, send)
        elif self._spend(request):
            # The page itself, and no redirection: browsers send no strict cookie along with one
            # where a click in another page (a terminal in a browser, a mail) led here.
            cookie = f"{name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age={_LASTS}"
            await self.app(scope, receive, with_headers(send, [(b"set-cookie", cookie.encode())]))
        else:
            await _refuse(_REFUSAL)(scope, receive, send)

    def _spend(self, request: Request) -> bool:
        if request.scope["path"] != "/" or request.method != "GET" or self._token is None:
            return False
        if not _matches(request.query_params.get("token", ""), self._token):
            return False
        self._token = None
        return True


def _comes_from_elsewhere(request: Request) -> bool:
    """Whether a browser asks for a page that is not ours; to come here is all it may."""
    site, mode = (request.headers.get(f"sec-fetch-{name}", "none") for name in ("site", "mode"))
    coming = request.scope["path"] == "/" and mode == "navigate"
    return site not in {"same-origin", "none"} and not coming


def _matches(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _refuse(why: str) -> PlainTextResponse:
    return PlainTextResponse(why, 403, {"cache-control": "no-store"})
