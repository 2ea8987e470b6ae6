"""A table of routes: method and path to the function that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hub_server.accounts import Account, missing_repository, require_read, require_write
from hub_server.exchange import HubError, Request, Response, unquoted
from hub_server.store import PLURALS, Repository, Store

Answer = Callable[["Call"], Response]

ROUTES: list[tuple[str, re.Pattern[str], Answer]] = []

_KINDS = {plural: kind for kind, plural in PLURALS.items()}


@dataclass(frozen=True)
class Call:
    """A request on its way to an answer, with all that the answer needs.

    Attributes:
        parts: the groups of the route's pattern, decoded.
        hub_url, storage_url: the two origins of the server.
        page_size: entries in one page of a listing.
        multipart_from: size in bytes from which LFS uploads come in parts of that size.
    """

    request: Request
    parts: list[str]
    account: Account | None
    store: Store
    hub_url: str
    storage_url: str
    page_size: int
    multipart_from: int

    def repository(self, kind: str, name: str, *, write: bool = False) -> Repository:
        """The repository, when the one who asks may read (or write) it."""
        singular = _KINDS.get(kind.rstrip("/"), "model")
        found = self.store.repositories.get((singular, name))
        if found is None:
            if new := self.store.moved.get((singular, name)):
                old, fresh = f"/{name}", f"/{new}"
                target = self.request.target.replace(old, fresh, 1)
                raise HubError(307, f"Moved to {new}", headers={"Location": target})
            raise missing_repository(self.account)
        require_read(self.account, found)
        if write:
            require_write(self.account, found.namespace)
        return found


def route(method: str, pattern: str) -> Callable[[Answer], Answer]:
    """Register a function for a method and the whole of a path."""

    def register(answer: Answer) -> Answer:
        ROUTES.append((method, re.compile(pattern), answer))
        return answer

    return register


def find_route(request: Request) -> tuple[Answer, list[str]]:
    """The function for a request, and the decoded parts of its path."""
    method = "GET" if request.method == "HEAD" else request.method
    known = False
    for wanted, pattern, answer in ROUTES:
        if match := pattern.fullmatch(request.path):
            if wanted == method:
                return answer, unquoted(match)
            known = True
    if known:
        raise HubError(405, f"Method {request.method} not allowed for {request.path}")
    raise HubError(404, f"Sorry, we can't find the page {request.path}")
