"""Shards on Ray itself: the same files as elsewhere, also when workers and drivers die."""

from __future__ import annotations

import importlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import REPOSITORY

from tner_hf.errors import TaggingError
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, TagSettings, find_sources, tag_sources

pytest.importorskip("ray", reason="pip install 'tner-hf[scale]'")

pytestmark = [
    pytest.mark.timeout(420),
    # Ray opens sockets and processes that it leaves to the garbage collector.
    pytest.mark.filterwarnings("default"),
]


#: Whether this machine lets Ray have its processes and its shared memory is not ours to test.
START = "import ray; ray.init(address='local', num_cpus=1, include_dashboard=False); ray.shutdown()"


@pytest.fixture(scope="module", autouse=True)
def ray_starts() -> None:
    try:
        subprocess.run([sys.executable, "-c", START], check=True, timeout=180, capture_output=True)
    except subprocess.SubprocessError as error:
        pytest.skip(f"Ray itself starts no cluster on this machine: {error}")


class Quiet:
    def begin(self, *_: Any) -> None: ...
    def rows(self, *_: Any) -> None: ...
    def shard(self, *_: Any) -> None: ...
    def end(self) -> None: ...


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    folder = str(REPOSITORY / "benchmarks")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", folder)  # of Ray's workers
    return importlib.import_module("stub_tagger")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"Ada {number} Oslo\n" for number in range(200)) + "die\n")
    return path


def run(
    texts: Path, folder: Path, stub: ModuleType, engine: Engine, size: int = 400, **load: Any
) -> Any:
    sources = find_sources([str(texts)], ReadOptions())
    model = (stub.MODEL, stub.Load(**load))
    return tag_sources(sources, model, folder, TagSettings(shard_bytes=size), engine, Quiet())


def contents(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_actors_write_the_same_bytes_and_one_that_dies_is_replaced(texts, tmp_path, stub) -> None:
    run(texts, tmp_path / "here", stub, Engine())
    died = tmp_path / "died"
    token = Path.home() / ".ray" / "auth_token"
    had_token = token.exists()
    summary = run(texts, tmp_path / "ray", stub, Engine(2, "ray"), deadly=died)
    assert died.read_bytes() == b"x"
    assert summary.rows == 201
    assert contents(tmp_path / "ray") == contents(tmp_path / "here")
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert token.exists() == had_token
    import ray

    assert not ray.is_initialized()


def test_errors_of_actors_are_ours(texts, tmp_path, stub) -> None:
    with pytest.raises(TaggingError, match="the model fails"):
        run(texts, tmp_path / "out", stub, Engine(1, "ray"), deadly=tmp_path / "no" / "folder")


DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
import stub_tagger
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, TagSettings, find_sources, tag_sources
from pathlib import Path
class Tell:
    def begin(self, *_): pass
    def rows(self, *_): pass
    def shard(self, *_): print("shard", flush=True)
    def end(self): pass
sources = find_sources([sys.argv[2]], ReadOptions())
tag_sources(sources, (stub_tagger.MODEL, stub_tagger.Load(seconds=0.3)), Path(sys.argv[3]),
            TagSettings(shard_bytes=400), Engine(1, "ray"), Tell())
"""


def test_what_ray_began_this_process_finishes(texts, tmp_path, stub) -> None:
    folder = tmp_path / "out"
    command = [sys.executable, "-c", DRIVER, str(REPOSITORY / "benchmarks"), str(texts),
               str(folder)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as driver:
        try:
            assert driver.stdout is not None
            assert select.select([driver.stdout], [], [], 300)[0]
            assert driver.stdout.readline() == b"shard\n"
        finally:
            driver.send_signal(signal.SIGKILL)
    summary = run(texts, folder, stub, Engine())
    assert summary.done_before >= 1
    run(texts, tmp_path / "here", stub, Engine())
    assert contents(folder) == contents(tmp_path / "here")


MACHINES = """
import sys
import time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import stub_tagger
from ray._private.state import actors
from ray.cluster_utils import Cluster
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, TagSettings, find_sources, tag_sources
how = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=how)
second = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
def has_worker(node):
    return any(actor["State"] == "ALIVE" and actor["Address"]["NodeID"] == node
               for actor in actors().values())
class Tell:
    done = 0
    def begin(self, *_): pass
    def rows(self, *_): pass
    def shard(self, *_):
        self.done += 1
        if self.done == 4:
            while not has_worker(second.node_id):  # on a busy machine it may come late
                time.sleep(0.1)
            cluster.remove_node(second, allow_graceful=False)
    def end(self): pass
sources = find_sources([sys.argv[2]], ReadOptions())
summary = tag_sources(sources, (stub_tagger.MODEL, stub_tagger.Load(seconds=0.3)),
    Path(sys.argv[3]), TagSettings(shard_bytes=60), Engine(2, "ray", cluster.address), Tell())
print(summary.rows, len(cluster.list_all_nodes()))
cluster.shutdown()
"""


def test_a_machine_that_dies_costs_its_shard_alone(texts, tmp_path, stub) -> None:
    command = [sys.executable, "-c", MACHINES, str(REPOSITORY / "benchmarks"), str(texts),
               str(tmp_path / "out")]  # fmt: skip
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=360, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "201 1", done.stdout
    assert "a worker of Ray died of shard" in done.stderr
    run(texts, tmp_path / "here", stub, Engine(), size=60)
    assert contents(tmp_path / "out") == contents(tmp_path / "here")
