"""What waits together is tagged together, and nobody pays for another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tner_hf.errors import BusyError, SettingError, TaggingError
from tner_hf.inference.batching import RequestQueue


class Tagger:
    """Upper-cases; waits for leave where it is told to, and notes what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.leave = threading.Event()
        self.leave.set()

    def __call__(self, texts: list[str]) -> list[str]:
        self.batches.append(list(texts))
        assert self.leave.wait(20)
        if "bad" in texts:
            raise ValueError("no such word")
        return [text.upper() for text in texts]


@pytest.fixture
def tagger() -> Tagger:
    return Tagger()


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def bounded() -> Any:
        return await asyncio.wait_for(work(), 30)

    return asyncio.run(bounded())


async def started(tagger: Tagger, batches: int) -> None:
    while len(tagger.batches) < batches:
        await asyncio.sleep(0.001)


def test_what_comes_while_a_batch_runs_is_the_next_batch(tagger: Tagger) -> None:
    async def work() -> None:
        async with RequestQueue(tagger, most_together=3, wait=0) as queue:
            tagger.leave.clear()
            first = asyncio.create_task(queue.tag("a"))
            await started(tagger, 1)
            others = [asyncio.create_task(queue.tag(text)) for text in "bcde"]
            await asyncio.sleep(0.01)
            assert len(queue) == 4
            tagger.leave.set()
            assert await first == "A"
            assert await asyncio.gather(*others) == ["B", "C", "D", "E"]

    run(work)
    assert tagger.batches == [["a"], ["b", "c", "d"], ["e"]]


def test_the_first_waits_for_others(tagger: Tagger) -> None:
    async def work() -> None:
        async with RequestQueue(tagger, wait=0.2) as queue:
            first = asyncio.create_task(queue.tag("a"))
            await asyncio.sleep(0.01)
            assert await asyncio.gather(first, queue.tag("b")) == ["A", "B"]

    run(work)
    assert tagger.batches == [["a", "b"]]


def test_more_than_may_wait_are_refused_with_the_time_to_come_back(tagger: Tagger) -> None:
    async def work() -> None:
        async with RequestQueue(tagger, most_waiting=2, wait=0) as queue:
            tagger.leave.clear()
            held = [asyncio.create_task(queue.tag("a"))]
            await started(tagger, 1)
            held += [asyncio.create_task(queue.tag(text)) for text in "bc"]
            await asyncio.sleep(0.01)
            with pytest.raises(BusyError, match=r"2 texts wait already.*try again in 1 s") as told:
                await queue.tag("d")
            assert told.value.retry_after == 1
            tagger.leave.set()
            assert await asyncio.gather(*held) == ["A", "B", "C"]
            assert await queue.tag("d") == "D"

    run(work)


def test_a_text_that_fails_costs_only_itself(tagger: Tagger) -> None:
    async def work() -> list[Any]:
        async with RequestQueue(tagger, wait=0.05) as queue:
            texts = (queue.tag("a"), queue.tag("bad"), queue.tag("c"))
            return await asyncio.gather(*texts, return_exceptions=True)

    first, failed, last = run(work)
    assert (first, last) == ("A", "C")
    assert isinstance(failed, TaggingError)
    assert str(failed) == "the model fails: ValueError: no such word"


def test_who_is_gone_is_not_tagged_and_who_waits_at_the_end_is(tagger: Tagger) -> None:
    async def work() -> None:
        queue = RequestQueue(tagger, wait=0)
        tagger.leave.clear()
        first = asyncio.create_task(queue.tag("a"))
        await started(tagger, 1)
        gone, stays = (asyncio.create_task(queue.tag(text)) for text in ("gone", "stays"))
        await asyncio.sleep(0.01)
        gone.cancel()
        closing = asyncio.create_task(queue.close())
        await asyncio.sleep(0.01)
        with pytest.raises(TaggingError, match="the queue is closed"):
            await queue.tag("late")
        tagger.leave.set()
        assert await asyncio.gather(first, stays) == ["A", "STAYS"]
        await closing

    run(work)
    assert tagger.batches == [["a"], ["stays"]]


def test_a_tagger_that_forgets_a_text_is_found_out() -> None:
    async def work() -> list[Any]:
        async with RequestQueue(lambda texts: texts[:-1], wait=0) as queue:
            return await asyncio.gather(queue.tag("a"), return_exceptions=True)

    (error,) = run(work)
    assert str(error) == "the model fails: ValueError: 0 answers for 1 texts"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"most_together": 0}, "most_together=0; accepted: at least 1"),
        ({"most_waiting": -1}, "most_waiting=-1; accepted"),
        ({"most_characters": 0}, "most_characters=0; accepted"),
        ({"wait": -1}, "wait=-1; accepted: 0 to 60"),
        ({"wait": float("nan")}, "wait=nan; accepted: 0 to 60"),
    ],
)
def test_settings_that_cannot_be_used(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        RequestQueue(lambda texts: texts, **setting)


def test_a_text_that_is_too_long_is_refused(tagger: Tagger) -> None:
    async def work() -> None:
        async with RequestQueue(tagger, most_characters=3) as queue:
            with pytest.raises(SettingError, match="4 characters; the most is 3"):
                await queue.tag("abcd")

    run(work)
    assert tagger.batches == []
