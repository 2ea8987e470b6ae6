"""Shards done by this process, or by several of this machine; one that dies is replaced."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import traceback
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from tner_hf.errors import TaggingError, TnerError
from tner_hf.inference.shards.shard import Shard
from tner_hf.inference.shards.work import Job, Receipt, Watcher

logger = logging.getLogger(__name__)

#: How often workers may die of one shard, or before they are ready.
MOST_DEATHS = 3

Done = Iterator[tuple[Shard, Receipt]]


def run_here(job: Job, shards: Sequence[Shard], watch: Watcher) -> Done:
    """Do the shards one after the other."""
    tagger = job.load()
    for shard in shards:
        yield shard, job.do(shard, tagger, watch)


def run_processes(job: Job, shards: Sequence[Shard], watch: Watcher, *, workers: int) -> Done:
    """Do the shards in so many processes, each with a model and its share of the threads.

    Raises:
        TaggingError: a shard of which workers die again and again, or an error of a worker.
    """
    crew = _Crew(job, shards, workers)
    try:
        yield from crew.run(watch)
    finally:
        crew.end()


class _Crew:
    """Worker processes and what each is doing."""

    def __init__(self, job: Job, shards: Sequence[Shard], workers: int) -> None:
        self._job = job
        self._waiting = deque(shards)
        self._most = workers
        self._busy: dict[Any, Shard | None] = {}  # connection to shard; None while it loads
        self._processes: dict[Any, Any] = {}
        self._deaths: Counter[str] = Counter()

    def run(self, watch: Watcher) -> Done:
        while self._waiting or any(self._busy.values()):
            while len(self._busy) < min(self._most, len(self._waiting) + len(self._busy)):
                self._start()
            ready: list[Any] = wait(list(self._busy))
            for connection in ready:
                try:
                    message: tuple[str, Any] = connection.recv()
                except (EOFError, OSError):
                    self._bury(connection)
                    continue
                kind, said = message
                if kind == "failed":
                    raise TaggingError(said)
                if kind == "rows":
                    watch(*said)
                    continue
                shard = self._busy[connection]
                self._busy[connection] = self._hand_out(connection)
                if kind == "done" and shard is not None:
                    yield shard, said

    def end(self) -> None:
        """End all workers, whatever they are doing."""
        for connection, process in self._processes.items():
            connection.close()
            process.terminate()
        for process in self._processes.values():
            process.join()
            process.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._job), daemon=True)
        with _threads_for(self._most):
            process.start()
        theirs.close()
        self._busy[ours], self._processes[ours] = None, process

    def _hand_out(self, connection: Any) -> Shard | None:
        """The next shard, sent to a worker; one for which there is none goes home."""
        if not self._waiting:
            with contextlib.suppress(OSError):
                connection.send(None)
            return None
        shard = self._waiting.popleft()
        with contextlib.suppress(OSError):  # it has died, which shows when it is listened to
            connection.send(shard)
        return shard

    def _bury(self, connection: Any) -> None:
        """Take note of a worker's death, and put back what it was doing."""
        process, shard = self._processes.pop(connection), self._busy.pop(connection)
        connection.close()
        process.join()
        code = process.exitcode
        process.close()
        if shard is None and code == 0:
            return  # it went home
        how = f"signal {-code}" if code and code < 0 else f"status {code}"
        about = "loading the model" if shard is None else f"shard {shard.name}"
        self._deaths[about] += 1
        if shard is not None:
            self._waiting.appendleft(shard)
        if self._deaths[about] >= MOST_DEATHS:
            raise TaggingError(
                f"{MOST_DEATHS} workers died of {about}, the last by {how}; by signal 9 the system "
                "ends processes where memory is short: fewer --workers, or a smaller --shard_size"
            )
        logger.warning("a worker died of %s (%s); another goes on", about, how)


def _work(connection: Connection, job: Job) -> None:
    """What a worker does: load the model, then a shard after the other until there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        tagger = job.load()
        connection.send(("ready", None))
        while (shard := connection.recv()) is not None:
            receipt = job.do(shard, tagger, lambda *done: connection.send(("rows", done)))
            connection.send(("done", receipt))
    except (EOFError, BrokenPipeError):
        return
    except TnerError as error:
        connection.send(("failed", str(error)))
    except Exception:
        connection.send(("failed", f"a worker failed:\n{traceback.format_exc()}"))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _threads_for(workers: int) -> Iterator[None]:
    """The environment in which a process starts that has its share of the threads."""
    name = "OMP_NUM_THREADS"
    before = os.environ.get(name)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if before is None:
        os.environ[name] = str(max(1, (usable or 1) // workers))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
