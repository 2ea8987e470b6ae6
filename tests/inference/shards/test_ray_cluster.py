"""What is done where actors die and machines go, with a stand-in for Ray."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from tner_hf.errors import SettingError, TaggingError
from tner_hf.inference.shards import ray_cluster
from tner_hf.inference.shards.ray_cluster import run_ray


class ActorDiedError(Exception):
    pass


class TaskError(Exception):
    pass


class StandIn:
    """Actors that answer at once and in turns, die of some shards, and have so many CPUs.

    Args:
        cpus: of the cluster.
        deadly: shard to how many actors die of it.
    """

    exceptions = SimpleNamespace(RayActorError=ActorDiedError, RayTaskError=TaskError)

    def __init__(self, cpus: int = 2, deadly: dict[str, int] | None = None) -> None:
        self.cpus, self.deadly = cpus, dict(deadly or {})
        self.started = self.killed = self.asked = 0
        self.answers: deque[tuple[int, Any]] = deque()

    def put(self, value: Any) -> Any:
        return value

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.cpus} if self.cpus else {}

    def remote(self, **how: Any) -> Any:
        assert how == {"num_cpus": 1, "num_gpus": 0, "max_restarts": 0}
        return lambda kind: SimpleNamespace(remote=self._start)

    def _start(self, job: Any) -> Any:
        self.started += 1
        return SimpleNamespace(
            ready=SimpleNamespace(remote=lambda: self._answer(None)),
            do=SimpleNamespace(remote=self._answer),
        )

    def _answer(self, shard: Any) -> int:
        self.asked += 1
        self.answers.append((self.asked, shard))
        return self.asked

    def wait(self, answers: list[int], *, num_returns: int, timeout: float) -> Any:
        ready = [number for number, _ in self.answers if number in answers]
        return (ready[:1] if self.cpus else []), []

    def get(self, answer: int) -> Any:
        at = next(i for i, (number, _) in enumerate(self.answers) if number == answer)
        shard = self.answers[at][1]
        del self.answers[at]
        if shard is not None and self.deadly.get(shard.name, 0) > 0:
            self.deadly[shard.name] -= 1
            raise ActorDiedError(f"the node of {shard.name} died")
        return SimpleNamespace(rows=1, characters=2)

    def kill(self, actor: Any) -> None:
        self.killed += 1


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(ray: StandIn, shards: int = 5, workers: int = 2, **how: Any) -> list[str]:
        class Connected:
            def __enter__(self) -> StandIn:
                return ray

            def __exit__(self, *_: object) -> None: ...

        monkeypatch.setattr(ray_cluster, "_connect", lambda workers, address: Connected())
        planned = [SimpleNamespace(name=f"s{number}") for number in range(shards)]
        done = run_ray("job", planned, lambda *_: None, workers=workers, **how)
        return sorted(shard.name for shard, _ in done)

    return run


def test_every_shard_is_done_once(run: Any) -> None:
    ray = StandIn()
    assert run(ray) == ["s0", "s1", "s2", "s3", "s4"]
    assert (ray.started, ray.killed) == (2, 2)


def test_what_a_dead_actor_was_doing_is_done_by_another(run: Any) -> None:
    ray = StandIn(deadly={"s1": 2, "s4": 1})
    assert run(ray) == ["s0", "s1", "s2", "s3", "s4"]
    assert ray.started == 5


def test_a_shard_of_which_three_die_is_named(run: Any) -> None:
    with pytest.raises(TaggingError, match=r"3 workers of Ray died of shard s2: the node of s2"):
        run(StandIn(deadly={"s2": 9}))


def test_a_cluster_that_is_too_small_is_told_in_one_line(run: Any) -> None:
    said = r"^--workers 9: the Ray cluster has 2 CPUs, and each worker needs one; .*$"
    with pytest.raises(SettingError, match=said):
        run(StandIn(), workers=9)


def test_a_cluster_whose_machines_have_gone_is_not_waited_for(run: Any) -> None:
    ray = StandIn()
    ray.wait = lambda *_, **__: (setattr(ray, "cpus", 0), ([], []))[1]  # type: ignore[method-assign]
    with pytest.raises(TaggingError, match=r"no CPU left, and 5 shards are to be done"):
        run(ray)
