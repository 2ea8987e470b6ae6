"""A Hub for each test, this process's clients turned to it, and processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import huggingface_hub
import pytest
from hub_server import Account, HubServer
from huggingface_hub import HfApi, constants
from preparations import trained_model

#: Invented; whoever writes in the organisation `org`.
WRITER = Account("ada", "hf_write_token_of_ada", organisations=("org",))
READER = Account("grace", "hf_read_token_of_grace", organisations=("org",), role="read")
STRANGER = Account("eve", "hf_write_token_of_eve")


#: huggingface_hub 2.4 uploads LFS files with `data=` where httpx2 wants `content=`.
_OF_THE_CLIENT = "ignore:Use 'content=:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the client's own deprecation pass in these tests, and only in these."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(_OF_THE_CLIENT))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    """A fresh Hub that knows ada (writes in `org`), grace (reads it) and eve (a stranger)."""
    with HubServer(tmp_path / "hub", (WRITER, READER, STRANGER)) as server:
        yield server


@pytest.fixture
def api(hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> HfApi:
    """A client of that Hub in this process, as ada; everything else of it turned there, too.

    Settings that huggingface_hub reads from the environment when imported are set anew; none of
    its functions is replaced.
    """
    cache = tmp_path / "cache"
    for name, value in {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_CACHE": str(cache / "hub"),
        "HF_TOKEN_PATH": str(cache / "token"),
    }.items():
        monkeypatch.setattr(constants, name, value)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    huggingface_hub.close_session()
    monkeypatch.setattr("transformers.utils.hub._hf_api", None)  # made once, for one endpoint
    return HfApi(endpoint=hub.url, token=WRITER.token)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    """A fine-tuned checkpoint, its training files beside it."""
    folder = tmp_path_factory.mktemp("trained")
    trained_model(folder, tiny_encoder)
    return folder / "model"


@pytest.fixture
def environment(hub: HubServer, tmp_path: Path) -> dict[str, str]:
    """The environment of a process that uses the Hub, as nobody, with caches of its own."""
    left_out = ("HF_", "HUGGING", "PYTHONPATH", "TRANSFORMERS_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return own | {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HOME": str(tmp_path / "hf-home"),
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture
def run_python(environment: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Run a program in a process of its own; its standard output, or an error with both."""

    def run(program: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            pytest.fail(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    return run
