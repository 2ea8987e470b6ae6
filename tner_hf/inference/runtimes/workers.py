"""Batches that are worked on side by side, each by a thread of its own.

Threads that share a batch wait for one another at each of a hundred operators, most of them shorter
than a millisecond; threads with a batch each never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Workers:
    """So many threads, started with the first work that is worth it.

    Args:
        count: how many.
        prepare: called in each thread before its first work.

    Examples:
        >>> workers = Workers(2)
        >>> list(workers.map(abs, [-1, 2, -3]))
        [1, 2, 3]
        >>> workers.close()
    """

    def __init__(self, count: int, prepare: Callable[[], None] | None = None) -> None:
        self.count = count
        self._prepare = prepare
        self._pool: ThreadPoolExecutor | None = None

    @property
    def started(self) -> bool:
        """Whether there has been work for several."""
        return self._pool is not None

    def map(self, work: Callable[[Any], Any], spans: Sequence[Any]) -> Iterator[Any]:
        """The answers in order. Where there is work for one thread only, it is the calling one."""
        if min(self.count, len(spans)) < 2:
            return map(work, spans)
        self._pool = self._pool or ThreadPoolExecutor(self.count, initializer=self._prepare)
        return self._pool.map(work, spans)

    def close(self) -> None:
        """End the threads; work that has not begun is not done."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
