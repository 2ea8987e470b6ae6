"""Shards done by the workers of a Ray cluster, which sees the folder of the output as we do.

Ray only runs them: what is done, and what is done again, is decided here as for processes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from tner_hf.errors import MissingExtraError, SettingError, TaggingError, TnerError, first_line
from tner_hf.inference.shards.processes import MOST_DEATHS, Done
from tner_hf.inference.shards.shard import Shard
from tner_hf.inference.shards.work import Job, Watcher

logger = logging.getLogger(__name__)

#: Seconds for which a head may not answer, and after which a standstill is looked into.
_PATIENCE = 10.0

#: Of the clusters that this process starts; Ray reads it once.
_TOKEN = secrets.token_hex(32)

#: Bytes of Ray's shared memory here; rows do not go through it.
_SHARED_MEMORY = 80_000_000


def check_ray(address: str | None) -> None:
    """Make sure that Ray is installed, and that somebody listens at an address.

    Ray itself would try for minutes.

    Raises:
        MissingExtraError: it is not installed.
        SettingError: nobody listens, or it is no address.
    """
    if find_spec("ray") is None:
        raise MissingExtraError("--engine ray", "scale")
    if address is None or address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingError(
            f"--address {address}; accepted: HOST:PORT of the cluster's head, as `ray start "
            "--head` prints it, or auto for the cluster of this machine"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    except OSError as error:
        raise SettingError(
            f"--address {address}: no cluster answers there ({error.strerror or error}); `ray "
            "status` on its head tells whether it runs"
        ) from error


def run_ray(
    job: Job, shards: Sequence[Shard], watch: Watcher, *, workers: int, address: str | None = None
) -> Done:
    """Do the shards in so many actors, each with a CPU, or a GPU where the cluster has them.

    The folder of the job is the same on all machines; without an address the cluster is one of this
    machine, which ends with the work.

    Raises:
        SettingError: there is no such cluster, or it is too small.
        TaggingError: a shard of which workers die again and again, an error of a worker, or a
            cluster that has lost its machines.
    """
    with _connect(workers, address) as ray:
        crew = _Actors(ray, job, shards, workers, gpus=_check_room(ray, workers))
        try:
            yield from crew.run(watch)
        finally:
            crew.end()


@contextlib.contextmanager
def _connect(workers: int, address: str | None) -> Iterator[Any]:
    """Ray, connected; a connection that the caller has is used and left."""
    check_ray(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # telemetry
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of a change
    import ray

    if ray.is_initialized():
        yield ray
        return
    with _own_token() if address is None else contextlib.nullcontext():
        _start(ray, workers, address)
        try:
            yield ray
        finally:
            ray.shutdown()


@contextlib.contextmanager
def _own_token() -> Iterator[None]:
    """A token of this process alone, where there is none: Ray would write one to the home folder.

    The mode is left to Ray, which has read it from the environment when it was imported.
    """
    names = ("RAY_AUTH_TOKEN", "RAY_AUTH_MODE")
    before = {name: os.environ.get(name) for name in names}
    os.environ.setdefault("RAY_AUTH_TOKEN", _TOKEN)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _start(ray: Any, workers: int, address: str | None) -> None:
    how: dict[str, Any] = {"address": address}
    if address is None:
        how = {"address": "local",  # else it joins whatever cluster was begun here before
               "num_cpus": workers, "include_dashboard": False, "_node_ip_address": "127.0.0.1",
               "object_store_memory": _SHARED_MEMORY}  # fmt: skip
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **how)
    except Exception as error:  # Ray raises anything, bare exceptions among them
        what = "Ray does not start here" if address is None else f"--address {address}: no cluster"
        raise SettingError(f"{what}: {first_line(error)}") from error


def _check_room(ray: Any, workers: int) -> bool:
    """Whether each worker gets a GPU.

    Raises:
        SettingError: there are fewer CPUs than workers.
    """
    held = ray.cluster_resources()
    if held.get("CPU", 0) < workers:
        raise SettingError(
            f"--workers {workers}: the Ray cluster has {held.get('CPU', 0):g} CPUs, and each "
            "worker needs one; give fewer workers, or a larger cluster"
        )
    return bool(held.get("GPU", 0) >= workers)


class _Worker:
    """What an actor does: load the model once, then the shards that it is given."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._tagger = job.load()

    def ready(self) -> None:
        """Nothing: the answer says that the model is loaded."""

    def do(self, shard: Shard) -> Any:
        return self._job.do(shard, self._tagger)


class _Actors:
    """Actors and what each is doing; only one that is ready is given a shard."""

    def __init__(
        self, ray: Any, job: Job, shards: Sequence[Shard], workers: int, *, gpus: bool
    ) -> None:
        self._ray = ray
        self._job = ray.put(job)
        self._waiting = deque(shards)
        self._deaths: Counter[str] = Counter()
        self._actor_class = ray.remote(num_cpus=1, num_gpus=int(gpus), max_restarts=0)(_Worker)
        self._doing: dict[Any, tuple[Any, Shard | None]] = {}  # answer to actor and shard
        for _ in range(min(workers, len(shards))):
            self._start()

    def run(self, watch: Watcher) -> Done:
        while self._waiting or any(shard for _, shard in self._doing.values()):
            answers, _ = self._ray.wait(list(self._doing), num_returns=1, timeout=_PATIENCE)
            if not answers:
                self._look_around()
                continue
            actor, shard = self._doing.pop(answers[0])
            try:
                receipt = self._ray.get(answers[0])
            except self._ray.exceptions.RayActorError as error:
                self._mourn(shard, error)
                continue
            except self._ray.exceptions.RayTaskError as error:
                raise _explain(error) from error
            if self._waiting:
                following = self._waiting.popleft()
                self._doing[actor.do.remote(following)] = (actor, following)
            else:
                self._ray.kill(actor)
            if shard is not None:
                watch(receipt.rows, receipt.characters)
                yield shard, receipt

    def end(self) -> None:
        """End all actors, whatever they are doing."""
        for actor, _ in self._doing.values():
            self._ray.kill(actor)

    def _start(self) -> None:
        actor = self._actor_class.remote(self._job)
        self._doing[actor.ready.remote()] = (actor, None)

    def _look_around(self) -> None:
        """Where nobody works, and nobody can, there is nothing to wait for.

        Raises:
            TaggingError: the cluster has no CPU left.
        """
        idle = not any(shard for _, shard in self._doing.values())
        if idle and self._ray.cluster_resources().get("CPU", 0) < 1:
            raise TaggingError(
                f"the Ray cluster has no CPU left, and {len(self._waiting)} shards are to be done: "
                "its machines are gone. The same command goes on from here"
            )

    def _mourn(self, shard: Shard | None, error: Exception) -> None:
        """Put back what a dead actor was doing, and start another one."""
        cause = getattr(error, "cause", None)
        if isinstance(cause, self._ray.exceptions.RayTaskError):  # its constructor failed
            raise _explain(cause) from error
        about = "loading the model" if shard is None else f"shard {shard.name}"
        self._deaths[about] += 1
        if self._deaths[about] >= MOST_DEATHS:
            said = f"{MOST_DEATHS} workers of Ray died of {about}: {first_line(error)}"
            raise TaggingError(said) from error
        logger.warning("a worker of Ray died of %s; another goes on", about)
        if shard is not None:
            self._waiting.appendleft(shard)
        self._start()


def _explain(error: Any) -> Exception:
    """The error of a worker as it would have been here."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, TnerError):
        return TaggingError(str(cause))
    return TaggingError(f"a worker failed:\n{error}")
