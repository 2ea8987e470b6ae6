"""Requests in line: short ones pass long ones, who goes away is forgotten, nothing is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from demo.conftest import TEXT, Served, run_apart
from demo.test_endpoints import ask

from tner_hf.demo import build, line
from tner_hf.demo import work as work_room
from tner_hf.demo.line import FullLineError, Line
from tner_hf.demo.work import Turn, Work
from tner_hf.errors import SettingError

LONG = 30_000


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def work_until(free: threading.Event) -> Callable[..., tuple[Any, bool]]:
    """A request that works until it is let go, looking up now and then."""

    def call(*, work: Work, **_: Any) -> tuple[Any, bool]:
        while not free.wait(0.005):
            work.advance(1, 2, "steps")
        return "done", True

    return call


def test_a_short_request_does_not_wait_for_long_ones() -> None:
    async def run() -> None:
        free = threading.Event()
        waiting = Line(10, 10**6, 60)
        for _ in range(5):
            waiting.listen(waiting.join(work_until(free), {}, LONG).session.key)
        short = waiting.join(lambda **_: ("short", True), {}, 10)
        waiting.listen(short.session.key)
        await until(lambda: any("body" in message for message in short.session.messages))
        assert [session.jobs != {} for session in waiting.sessions.values()] == [True] * 5 + [False]
        free.set()
        waiting.stop()
        await until(lambda: waiting.held == 0)

    run_apart(run())


def test_who_goes_away_ends_the_work_and_leaves_nothing() -> None:
    async def run() -> None:
        waiting = Line(10, 10**6, 60)
        jobs = [waiting.join(work_until(threading.Event()), {}, LONG) for _ in range(4)]
        for job in jobs:
            waiting.listen(job.session.key)
        for job in jobs:
            waiting.leave(job.session)
        await until(lambda: waiting.held == 0)
        assert waiting.sessions == {}

    run_apart(run())


def test_what_nobody_listens_to_never_works_and_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "_PATIENCE", 0.05)

    async def run() -> None:
        waiting = Line(10, 10**6, 60)
        called: list[str] = []
        job = waiting.join(lambda **_: (called.append("x"), True), {}, 10)
        assert waiting.held == 10
        await until(lambda: waiting.held == 0)
        assert waiting.sessions == {}
        assert waiting.listen(job.session.key) is None
        assert called == []

    run_apart(run())


def test_a_session_has_one_listener() -> None:
    async def run() -> None:
        waiting = Line(10, 10**6, 60)
        job = waiting.join(lambda **_: (1, True), {}, 10)
        assert waiting.listen(job.session.key) is job.session
        assert waiting.listen(job.session.key) is None
        waiting.stop()

    run_apart(run())


def test_places_and_bytes_have_an_end() -> None:
    async def run() -> None:
        waiting = Line(2, 3 * LONG, 60)
        for _ in range(2):
            waiting.join(lambda **_: (1, True), {}, LONG)
            waiting.join(lambda **_: (1, True), {}, 10)
        with pytest.raises(FullLineError):
            waiting.join(lambda **_: (1, True), {}, 10)
        wide = Line(10, 2 * LONG, 60)
        wide.join(lambda **_: (1, True), {}, 2 * LONG)
        with pytest.raises(FullLineError):
            wide.join(lambda **_: (1, True), {}, LONG)
        wide.join(lambda **_: (1, True), {}, 10)
        waiting.stop()
        wide.stop()
        assert waiting.held == wide.held == 0

    run_apart(run())


def test_what_breaks_is_said_without_its_reasons(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> bytes:
        waiting = Line(2, 10**6, 60)

        def call(**_: Any) -> tuple[Any, bool]:
            raise RuntimeError("/secret/path")

        job = waiting.join(call, {}, 10)
        waiting.listen(job.session.key)
        await until(lambda: any("body" in message for message in job.session.messages))
        body: bytes = job.session.messages[-1]["body"]
        waiting.stop()
        return body

    assert run_apart(run()) == b'{"error": "Something went wrong on the server."}'
    assert "/secret/path" in caplog.text


def test_the_turn_goes_round_and_the_clock_stands_still_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(work_room, "time", SimpleNamespace(monotonic=lambda: now[0]))
    turn, seen = Turn(), []

    def visit(name: str) -> None:
        work = Work(0.5, turn)
        with work.at_models():
            while not seen and not turn.wanted:
                time.sleep(0.005)
            for step in range(4):
                seen.append(name)
                now[0] += 0.1
                work.advance(step + 1, 5, "steps")

    with ThreadPoolExecutor(2) as visitors:
        list(visitors.map(visit, "ab"))
    assert "".join(seen) in {"abababab", "babababa"}
    assert now[0] == pytest.approx(0.8)


def test_the_clock_covers_what_needs_no_model() -> None:
    work = Work(0)
    with pytest.raises(SettingError, match="longer than 0 seconds"):
        work.advance(1, 2, "sentences scored")


def test_a_request_can_be_cancelled(serve: Callable[..., Served], taught: Path) -> None:
    served = serve(build(str(taught), max_characters=10_000_000))
    joining = {"data": [f"{TEXT} " * 60_000, []], "fn_index": 1, "session_hash": "mine"}
    with httpx.Client(trust_env=False, base_url=served.url, timeout=30) as http:
        event = http.post("gradio_api/queue/join", json=joining).json()["event_id"]
        with http.stream("GET", "gradio_api/queue/data?session_hash=mine") as stream:
            lines = stream.iter_lines()
            assert any("process_starts" in each for each in lines)
            other = {"session_hash": "other", "event_id": event, "fn_index": 1}
            assert http.post("gradio_api/cancel", json=other).json() == {"success": False}
            own = {**other, "session_hash": "mine"}
            assert http.post("gradio_api/cancel", json=own).json() == {"success": True}
            said = [each for each in lines if "process_completed" in each]
        assert '"error": "cancelled"' in said[0]
        assert http.get("gradio_api/queue/data?session_hash=mine").status_code == 404
    assert ask(served.url, "predict", text=TEXT)[0] == "complete"
