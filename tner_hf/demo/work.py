"""One request at work: how far it is, when it has to stop, and whose turn it is at the models."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tner_hf.errors import SettingError

#: Told what part of the work is done, from 0 to 1, and what that is in words.
Progress = Callable[[float, str], None]


def _say_nothing(share: float, words: str) -> None:
    del share, words


class Abandoned(Exception):  # noqa: N818 - nothing is wrong: nobody waits for the answer any more
    """Ends work whose visitor has gone away."""


class Turn:
    """The models, one request at a time, in the order of asking.

    A forward pass uses every core, so two at once would only be slower.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._taken = False

    def take(self) -> None:
        """Wait for the turn."""
        mine = object()
        with self._changed:
            self._line.append(mine)
            self._changed.wait_for(lambda: not self._taken and self._line[0] is mine)
            self._line.popleft()
            self._taken = True

    def give(self) -> None:
        """Let the next one have it."""
        with self._changed:
            self._taken = False
            self._changed.notify_all()

    @property
    def wanted(self) -> bool:
        """Whether others wait for it."""
        return bool(self._line)


class Work:
    """The clock of one request; it stands still while others have the models.

    Args:
        max_seconds: after which the work is ended.
        turn: at the models; one of its own where not given.
        progress: told how far it is.
        gone: set once nobody waits for the answer.
    """

    def __init__(
        self,
        max_seconds: float,
        turn: Turn | None = None,
        progress: Progress = _say_nothing,
        gone: threading.Event | None = None,
    ) -> None:
        self._limit = max_seconds
        self._turn = turn or Turn()
        self._progress = progress
        self._gone = gone or threading.Event()
        self._end = time.monotonic() + max_seconds
        self._at_models = False

    @contextmanager
    def at_models(self) -> Iterator[None]:
        """Have the turn at the models; `advance` lets others in between."""
        self._take_turn()
        self._at_models = True
        try:
            yield
        finally:
            self._at_models = False
            self._turn.give()

    def advance(self, done: int, total: int, what: str) -> None:
        """Report a step, let others have their turn, and stop here if the time is up.

        Raises:
            SettingError: the time is up.
            Abandoned: nobody waits for the answer.
        """
        if self._gone.is_set():
            raise Abandoned
        if done < total and time.monotonic() > self._end:
            raise SettingError(
                f"this took longer than {self._limit:g} seconds, the limit of this demo; "
                f"{done:,} of {total:,} {what} were done. Send less at a time, or use "
                "`tner-hf` on a machine of your own"
            )
        self._progress(done / total if total else 1.0, f"{done:,} of {total:,} {what}")
        if self._at_models and self._turn.wanted:
            self._turn.give()
            self._take_turn()

    def _take_turn(self) -> None:
        began = time.monotonic()
        self._turn.take()
        self._end += time.monotonic() - began
