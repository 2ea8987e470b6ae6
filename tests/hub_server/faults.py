"""Faults on demand, and a record of what was asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub_server.exchange import HubError, Request, Response


@dataclass
class Fault:
    """What happens to the next requests of a kind.

    Attributes:
        method: of the requests it meets.
        path: a regular expression found in their path.
        status: to answer with; 0 drops the connection without an answer.
        times: how many requests it meets.
        message: what the answer says.
        headers: of the answer, e.g. `Retry-After`.
        after: do what was asked first, then fail: the answer is lost, not the deed.
        body: JSON to answer with in place of the message.
        meanwhile: done before the request is answered as always; `status` plays no part then.
    """

    method: str
    path: str
    status: int
    times: int = 1
    message: str = "a fault of the test"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    body: str = ""
    meanwhile: Callable[[], object] | None = None

    def response(self) -> Response:
        if self.body:
            return Response(self.status, {**self.headers}, self.body.encode())
        return HubError(self.status, self.message, headers=self.headers).response()


@dataclass(frozen=True)
class Seen:
    """One request that arrived: its origin is `hub` or `storage`."""

    origin: str
    method: str
    path: str
    token: str
    size: int
    status: int


class Faults:
    """The faults that wait for their requests."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def meet(self, request: Request) -> Fault | None:
        """The fault that this request meets, once less from now on."""
        with self._lock:
            for fault in self._waiting:
                if (
                    fault.times > 0
                    and fault.method == request.method
                    and re.search(fault.path, request.path)
                ):
                    fault.times -= 1
                    return fault
        return None
