"""One request at work: how far it is, and when it has to stop."""

from __future__ import annotations

import time
from collections.abc import Callable

from tner_hf.errors import SettingError

#: Told what part of the work is done, from 0 to 1, and what that is in words.
Progress = Callable[[float, str], None]


def _say_nothing(share: float, words: str) -> None:
    del share, words


class Work:
    """The clock of one request.

    Args:
        max_seconds: after which the work is ended.
        progress: told how far it is.
    """

    def __init__(self, max_seconds: float, progress: Progress = _say_nothing) -> None:
        self._limit = max_seconds
        self._end = time.monotonic() + max_seconds
        self._progress = progress

    def advance(self, done: int, total: int, what: str) -> None:
        """Report a step, and stop here if the time is up.

        Raises:
            SettingError: the time is up.
        """
        share = done / total if total else 1.0
        if done < total and time.monotonic() > self._end:
            raise SettingError(
                f"this took longer than {self._limit:g} seconds, the limit of this demo; "
                f"{done:,} of {total:,} {what} were done. Send less at a time, or use "
                "`tner-hf predict --file` on a machine of your own"
            )
        self._progress(share, f"{done:,} of {total:,} {what}")
