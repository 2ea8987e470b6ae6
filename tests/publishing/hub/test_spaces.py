"""Spaces: their files, and the app at work as people meet it there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hub_server import HubServer
from huggingface_hub import HfApi, SpaceCard
from publishing.hub.conftest import WRITER

import tner_hf
from tner_hf.demo.about import _find_card, _read_card
from tner_hf.errors import HubError, SettingError
from tner_hf.publishing.hub import push_model, push_space

CARD = b"---\nwidget:\n- text: Ada lived in London.\n---\n# Toy\n"
TEXT = "Ada Lovelace lived in London."

#: Runs the app as a Space does, with nothing of this checkout within reach.
_AS_A_SPACE = """
import runpy, sys
sys.meta_path = [f for f in sys.meta_path if "editable" not in repr(f).lower()]
sys.path = ["."] + [p for p in sys.path if p and "editable" not in p and p != sys.argv[1]]
for name in ("datasets", "evaluate", "seqeval"):
    sys.modules[name] = None  # not among the requirements
runpy.run_path("app.py", run_name="__main__")
"""


def test_a_space_is_a_card_an_app_pins_and_what_the_app_needs(hub: HubServer, api: HfApi) -> None:
    api.create_repo("org/toy")
    api.upload_file(repo_id="org/toy", path_in_repo="README.md", path_or_fileobj=CARD)
    pushed = push_space("org/toy", "org/demo", token=WRITER.token)
    assert pushed.url == f"{hub.url}/spaces/org/demo"
    own = [name for name in sorted(pushed.sent) if not name.startswith("tner_hf/")]
    assert own == ["README.md", "app.py", "demo.json", "requirements.txt"]
    assert "tner_hf/demo/page/index.html" in pushed.sent
    card = SpaceCard(hub.text("space", "org/demo", "README.md"))
    assert (card.data.sdk, card.data.models) == ("gradio", ["org/toy"])
    assert hub.repository("space", "org/demo").sdk == "gradio"
    pins = hub.text("space", "org/demo", "requirements.txt").splitlines()
    assert all("==" in pin and "+" not in pin for pin in pins)
    # The widget text of the model's card is the example of the demo, which asks for it itself.
    demo = yaml.safe_load(hub.text("space", "org/demo", "demo.json"))
    assert demo["examples"] == []
    read = _find_card("org/toy")
    assert read is not None
    assert _read_card(read)[2] == ["Ada lived in London."]
    assert push_space("org/toy", "org/demo", token=WRITER.token).sent == {}


def test_the_app_is_the_program_of_tner_hf_demo(tmp_path: Path) -> None:
    push_space("org/a", "org/demo", examples=["x"], dry_run=tmp_path / "space")
    ours = Path(tner_hf.__file__).parent / "demo" / "app.py"
    assert (tmp_path / "space" / "app.py").read_bytes() == ours.read_bytes()


def test_a_demo_of_a_model_that_is_not_there_is_refused(hub: HubServer, api: HfApi) -> None:
    with pytest.raises(HubError, match="org/absent: no such model on the Hub"):
        push_space("org/absent", "org/demo", token=WRITER.token)
    assert hub.store.repositories == {}


def test_a_folder_is_no_model_of_a_demo() -> None:
    with pytest.raises(SettingError, match="a demo needs Hub ids of published models"):
        push_space(["model"], "org/demo")


@pytest.fixture
def space(
    hub: HubServer, api: HfApi, trained: Path, tmp_path: Path, environment: dict[str, str]
) -> Iterator[str]:
    """The address of a running Space of the trained model, which it loads from the Hub."""
    push_model(trained, "org/toy", token=WRITER.token)
    push_space("org/toy", "org/demo", token=WRITER.token, dry_run=tmp_path / "space")
    checkout = str(Path(tner_hf.__file__).parent.parent)
    port = _free_port()
    log = (tmp_path / "space.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-c", _AS_A_SPACE, checkout],
        cwd=tmp_path / "space",
        env=environment | {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(port, process, tmp_path / "space.log")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        log.close()


def test_the_space_answers_what_the_pipeline_answers(space: str, trained: Path) -> None:
    pytest.importorskip("gradio_client", reason='pip install "tner-hf[demo]"')
    from gradio_client import Client

    client = Client(space, verbose=False)
    found = client.predict(text=TEXT, model="org/toy", api_name="/predict")
    ours = tner_hf.pipeline(trained)(TEXT)
    assert ours  # entities, or nothing would be compared
    keys = ("entity_group", "word", "start", "end")
    assert [[e[k] for k in keys] for e in found] == [[e[k] for k in keys] for e in ours]
    checked = client.predict(iob="Ada B-PER\nleft O\n", api_name="/check")
    assert checked["sentences"] == ["Ada left"]
    client.close()


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    import httpx

    for _ in range(600):
        if process.poll() is not None:
            pytest.fail(f"the app ended with {process.returncode}\n{log.read_text()}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    pytest.fail(f"the app never answered\n{log.read_text()}")
