"""Connections, bounded: however many strangers open, and however little they send, others get in.

uvicorn itself waits for ever for a request that is never sent, and asyncio writes thousands of
lines a second when no file can be opened any more.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: Connections at once, where the system allows twice as many open files.
_MOST = 1000

#: Seconds in which the head of a request has to arrive once its connection is open.
_PATIENCE = 15.0


def most_connections() -> int:
    """How many connections may be open: never so many that a file could not be opened any more."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if files == resource.RLIM_INFINITY else min(_MOST, files // 2)


class Connection(H11Protocol):
    """A connection of uvicorn that ends when nothing is sent, or when others need its place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._ending = False
        self._most = most_connections()

    @property
    def waits(self) -> bool:
        """Whether it has no request under way."""
        return not self._ending and (self.cycle is None or self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; of too many, end the oldest that has no request under way."""
        super().connection_made(transport)
        self._arm()
        if len(self.connections) > self._most:
            own: set[Connection] = self.connections  # type: ignore[assignment]
            others = (each for each in own if each.waits and each is not self)
            min(others, key=lambda each: each.began, default=self).end()

    def data_received(self, data: bytes) -> None:
        """Read; the clock runs while the head of a request is on its way."""
        super().data_received(data)
        if not self.waits:
            self._disarm()
        elif self._timer is None:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._disarm()
        super().connection_lost(exc)

    def end(self) -> None:
        """Close at once."""
        self._ending = True
        self.transport.abort()

    def _arm(self) -> None:
        self.began = self.loop.time()
        self._timer = self.loop.call_later(_PATIENCE, self._give_up)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.waits:
            self.end()
