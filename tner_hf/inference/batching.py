"""Requests of many clients through one model: what waits together is tagged together.

A forward pass over thirty short texts takes little more than over one, and two at once are slower
than one after the other. So one batch runs at a time, and all that has come meanwhile is the next.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self

from tner_hf.errors import BusyError, SettingError, TaggingError

#: What tags: an answer for each text.
TextTagger = Callable[[list[str]], Sequence[Any]]


@dataclass
class _Request:
    text: str
    answer: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class RequestQueue:
    """Lets coroutines of one event loop share a tagger, bounded in number and in size.

    Args:
        tagger: is given a list of texts, such as `tner_hf.pipeline(…)`; runs in a thread.
        most_together: texts of a batch.
        most_waiting: texts that may wait; more are refused.
        most_characters: of one text.
        wait: seconds for which the first of a batch waits for others, where nothing runs.

    Examples:
        >>> async def main():
        ...     async with RequestQueue(lambda texts: [text.split() for text in texts]) as queue:
        ...         return await asyncio.gather(queue.tag("Ada sang."), queue.tag("Grace left."))
        >>> asyncio.run(main())
        [['Ada', 'sang.'], ['Grace', 'left.']]
    """

    def __init__(
        self,
        tagger: TextTagger,
        *,
        most_together: int = 64,
        most_waiting: int = 512,
        most_characters: int = 100_000,
        wait: float = 0.002,
    ) -> None:
        for name, value in (("most_together", most_together), ("most_waiting", most_waiting),
                            ("most_characters", most_characters)):  # fmt: skip
            if value < 1:
                raise SettingError(f"{name}={value}; accepted: at least 1")
        if not 0 <= wait <= 60:
            raise SettingError(f"wait={wait:g}; accepted: 0 to 60 seconds")
        self._tagger = tagger
        self._together, self._most, self._characters = most_together, most_waiting, most_characters
        self._wait = wait
        self._waiting: deque[_Request] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tner_hf-tagger")
        self._running: asyncio.Task[None] | None = None
        self._seconds = 0.01  # that a text took, of late
        self.closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()

    def __len__(self) -> int:
        """Texts that wait."""
        return len(self._waiting)

    async def tag(self, text: str) -> Any:
        """What the tagger says of a text; a caller that is cancelled leaves the queue.

        Raises:
            SettingError: the text is longer than is taken.
            BusyError: too many wait.
            TaggingError: the tagger fails on this text, or the queue is closed.
        """
        if len(text) > self._characters:
            raise SettingError(f"{len(text):,} characters; the most is {self._characters:,}")
        if self.closed:
            raise TaggingError("the queue is closed; no text is taken any more")
        if len(self._waiting) >= self._most:
            raise BusyError(
                f"{len(self._waiting):,} texts wait already, and no more may",
                retry_after=max(1, math.ceil(len(self._waiting) * self._seconds)),
            )
        request = _Request(text)
        self._waiting.append(request)
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())
        return await request.answer

    async def close(self) -> None:
        """Take nothing more, and end when what waits is answered."""
        self.closed = True
        if self._running is not None:
            await self._running
        self._thread.shutdown()

    async def _run(self) -> None:
        """Batch after batch until nothing waits."""
        if len(self._waiting) < self._together:
            await asyncio.sleep(self._wait)
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch: list[_Request] = []
            while self._waiting and len(batch) < self._together:
                request = self._waiting.popleft()
                if not request.answer.done():  # nobody waits for it any more
                    batch.append(request)
            if not batch:
                return
            begun = time.monotonic()
            texts = [request.text for request in batch]
            answers = await loop.run_in_executor(self._thread, self._answer, texts)
            self._seconds = (self._seconds + (time.monotonic() - begun) / len(batch)) / 2
            for request, (answer, error) in zip(batch, answers, strict=True):
                if request.answer.done():
                    continue
                if error is None:
                    request.answer.set_result(answer)
                else:
                    request.answer.set_exception(error)

    def _answer(self, texts: list[str]) -> list[tuple[Any, Exception | None]]:
        """An answer or an error for each text; one that fails costs only itself."""
        try:
            answers = self._tagger(texts)
            if len(answers) != len(texts):
                raise ValueError(f"{len(answers)} answers for {len(texts)} texts")
            return [(answer, None) for answer in answers]
        except Exception as error:
            if len(texts) == 1:
                failed = TaggingError(f"the model fails: {type(error).__name__}: {error}")
                failed.__cause__ = error
                return [(None, failed)]
        return [self._answer([text])[0] for text in texts]
