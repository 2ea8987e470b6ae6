"""The requests that wait or work, and the sessions that are told how they fare.

Work begins when somebody listens for its answer, and ends when nobody does. Nothing is kept:
arguments go with the work, answers with their sending, and what nobody listens to after a minute.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tner_hf.demo.bodies import Arguments
from tner_hf.demo.work import Abandoned, Turn, Work

#: Requests at work at once, short ones and long ones: a long one never keeps all places.
_AT_WORK = {False: 8, True: 2}

#: Bytes of a body from which a request is long.
_LONG = 20_000

#: Seconds for which a session is kept that nobody listens to.
_PATIENCE = 60.0

Message = dict[str, Any]

_log = logging.getLogger(__name__)


class FullLineError(Exception):
    """No more requests may wait."""


@dataclass
class Session:
    """Who waits for answers.

    Attributes:
        key: its name.
        jobs: those that are not answered yet, by id.
        messages: that are to be sent.
        news: set while there are messages.
        listening: whether somebody is there to get them.
    """

    key: str
    jobs: dict[str, Job] = field(default_factory=dict)
    messages: deque[Message] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    listening: bool = False
    expiry: asyncio.TimerHandle | None = None

    def tell(self, message: Message) -> None:
        """Add a message; of an event's progress only the latest is worth telling."""
        last = self.messages[-1] if self.messages else {}
        if all(last.get(key) == message[key] for key in ("msg", "event_id")):
            self.messages.pop()
        self.messages.append(message)
        self.news.set()


@dataclass
class Job:
    """One request."""

    call: Callable[..., Any]
    arguments: Arguments
    session: Session
    size: int
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def long(self) -> bool:
        return self.size > _LONG


class Line:
    """Lets requests work in threads, a few at a time, and the others wait.

    All of it happens in one event loop, but for the work itself.

    Args:
        most: requests that may wait.
        most_bytes: of all bodies that wait and of all answers that are not fetched yet.
        max_seconds: of work on one request.
    """

    def __init__(self, most: int, most_bytes: int, max_seconds: float) -> None:
        self.sessions: dict[str, Session] = {}
        self.held = 0
        self._most, self._most_bytes, self._max_seconds = most, most_bytes, max_seconds
        self._waiting: dict[bool, deque[Job]] = {False: deque(), True: deque()}
        self._working: dict[bool, set[str]] = {False: set(), True: set()}
        self._turn = Turn()

    def join(self, call: Callable[..., Any], arguments: Arguments, size: int, key: str = "") -> Job:
        """Put a request in line.

        Args:
            call: the function, which also takes `work`.
            arguments: of it.
            size: of the body, in bytes.
            key: of the session; a new one, called like the job, where not given.

        Raises:
            FullLineError: too many wait.
        """
        session = self.sessions.get(key) or Session(key)
        job = Job(call, arguments, session, size)
        if len(self._waiting[job.long]) >= self._most:
            raise FullLineError
        if job.long and self.held and self.held + size > self._most_bytes:
            raise FullLineError
        session.key = session.key or job.key
        self.sessions[session.key] = session
        session.jobs[job.key] = job
        self.held += size
        self._waiting[job.long].append(job)
        self._expect(session)
        self._let_work()
        return job

    def listen(self, key: str) -> Session | None:
        """The session, for the one who listens to it; None if there is none to listen to."""
        session = self.sessions.get(key)
        if session is None or session.listening:
            return None
        session.listening = True
        self._expect(session)
        self._let_work()
        return session

    def leave(self, session: Session) -> None:
        """Forget a session and what it waited for: its listener has gone, or never came."""
        for job in list(session.jobs.values()):
            self.cancel(job)
        for message in session.messages:
            self.release(message)
        session.messages.clear()
        session.listening = False
        if session.expiry is not None:
            session.expiry.cancel()
        self.sessions.pop(session.key, None)

    def cancel(self, job: Job) -> None:
        """End a request, whether it waits or works; its session is told."""
        if job.session.jobs.pop(job.key, None) is None:
            return
        job.gone.set()
        if job in self._waiting[job.long]:
            self._waiting[job.long].remove(job)
            self.held -= job.size
            self._say_places()
        self._answer(job, json.dumps({"error": "cancelled"}).encode(), ok=False)

    def release(self, message: Message) -> None:
        """Take an answer out of the account: it is sent, or nobody wants it."""
        self.held -= len(message.get("body", b""))

    def stop(self) -> None:
        """End everything."""
        for session in list(self.sessions.values()):
            self.leave(session)

    def _expect(self, session: Session) -> None:
        if session.expiry is not None:
            session.expiry.cancel()
            session.expiry = None
        if not session.listening:
            loop = asyncio.get_running_loop()
            session.expiry = loop.call_later(_PATIENCE, self.leave, session)

    def _let_work(self) -> None:
        for long, waiting in self._waiting.items():
            ready = [job for job in waiting if job.session.listening]
            for job in ready[: _AT_WORK[long] - len(self._working[long])]:
                waiting.remove(job)
                self._working[long].add(job.key)
                job.session.tell({"msg": "process_starts", "event_id": job.key, "eta": None})
                loop = asyncio.get_running_loop()
                threading.Thread(target=self._work, args=(job, loop), daemon=True).start()
        self._say_places()

    def _say_places(self) -> None:
        for waiting in self._waiting.values():
            for rank, job in enumerate(waiting):
                place = {"rank": rank, "queue_size": len(waiting), "rank_eta": None}
                job.session.tell({"msg": "estimation", "event_id": job.key, **place})

    def _work(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own."""

        def say(share: float, words: str) -> None:
            unit = {"index": None, "length": None, "unit": "steps", "progress": share}
            message = {"msg": "progress", "event_id": job.key}
            tell({**message, "progress_data": [{**unit, "desc": words}]})

        def tell(message: Message) -> None:
            loop.call_soon_threadsafe(job.session.tell, message)

        work = Work(self._max_seconds, self._turn, say, job.gone)
        try:
            answer, ok = job.call(work=work, **job.arguments)
        except Abandoned:
            answer, ok = None, False
        except Exception:
            _log.exception("%s failed", getattr(job.call, "__name__", "a request"))
            answer, ok = {"error": "Something went wrong on the server."}, False
        job.arguments = {}
        body = json.dumps(answer, ensure_ascii=False).encode(errors="replace")
        del answer
        loop.call_soon_threadsafe(self._finish, job, body, ok)

    def _finish(self, job: Job, body: bytes, ok: bool) -> None:
        self._working[job.long].discard(job.key)
        self.held -= job.size
        if job.session.jobs.pop(job.key, None) is not None:
            self._answer(job, body, ok=ok)
            self._expect(job.session)
        self._let_work()

    def _answer(self, job: Job, body: bytes, *, ok: bool) -> None:
        """Tell the last message of a request; its answer stays in the bytes that are sent."""
        self.held += len(body)
        message = {"msg": "process_completed", "event_id": job.key, "success": ok, "body": body}
        job.session.tell(message)
