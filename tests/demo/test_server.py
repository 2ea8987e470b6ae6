"""Many visitors at once, a demo inside another application, and the command."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from demo.conftest import TEXT, Served
from demo.test_endpoints import ask
from fastapi import FastAPI
from gradio_client import Client

import tner_hf
from tner_hf.cli import main
from tner_hf.demo import DemoSettings, build, mount
from tner_hf.errors import CheckpointError, SettingError


def test_fifty_visitors_at_once_are_all_answered(demo: Served) -> None:
    def visit(number: int) -> tuple[str, str]:
        text = f"Ada Lovelace lived in London {number} ."
        event, data = ask(demo.url, "tag", text=text)
        return event, data[0]["answers"][0]["entities"][0]["word"]

    with ThreadPoolExecutor(50) as visitors:
        seen = list(visitors.map(visit, range(50)))
    assert seen == [("complete", "Ada Lovelace")] * 50


def test_a_full_queue_asks_to_come_back(serve: Callable[..., Served], taught: Path) -> None:
    served = serve(build(str(taught), queue_size=2))

    def visit(_: int) -> int:
        url = f"{served.url}gradio_api/call/v2/tag"
        with httpx.Client(trust_env=False, timeout=60) as http:
            return http.post(url, json={"text": f"{TEXT} " * 500}).status_code

    with ThreadPoolExecutor(20) as visitors:
        statuses = set(visitors.map(visit, range(20)))
    assert statuses == {200, 503}


def test_it_can_be_mounted_in_an_application(serve: Callable[..., Served], taught: Path) -> None:
    app = FastAPI()

    @app.get("/own")
    def own() -> str:
        return "mine"

    mount(app, "/ner", str(taught), title="Ours")
    served = serve(app, "/ner/")
    with httpx.Client(trust_env=False, follow_redirects=True) as http:
        assert http.get(served.url.replace("/ner/", "/own")).json() == "mine"
        assert 'src="page/main.js"' in http.get(served.url.removesuffix("/")).text
        assert http.get(f"{served.url}page/demo.json").json()["title"] == "Ours"
        assert http.get(f"{served.url}gradio_api/file=/etc/passwd").status_code == 404
    client = Client(served.url, verbose=False)
    found = client.predict(text=TEXT, api_name="/predict")
    client.close()
    assert [e["word"] for e in found] == ["Ada Lovelace", "London"]


def test_the_page_says_what_is_known_of_a_model(demo: Served, taught: Path) -> None:
    with httpx.Client(trust_env=False) as http:
        about = http.get(f"{demo.url}page/demo.json").json()
    model = about["models"][0]
    assert model["name"] == "taught"
    assert set(model["types"]) == {"LOC", "ORG", "PER"}
    facts = dict(model["facts"])
    assert facts["architecture"] == "Bert"
    assert facts["reads"] == "windows of 64 sub-tokens, texts of any length"
    labels = [example["label"] for example in about["examples"]]
    assert {"News", "Chat", "Finance", "Medicine", "العربية", "日本語"} <= set(labels)


def test_files_are_compressed_and_sent_once(demo: Served) -> None:
    with httpx.Client(trust_env=False, base_url=demo.url) as http:
        first = http.get("/page/text.js")
        assert first.headers["Content-Encoding"] == "gzip"
        assert int(first.headers["Content-Length"]) < len(first.content) / 2
        plain = http.get("/page/text.js", headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert plain.content == first.content
        again = http.get("/page/text.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Vary"] == "Accept-Encoding"
        assert http.get("/page/main.js").headers["ETag"] != first.headers["ETag"]


def test_settings_that_cannot_be_used_are_refused(taught: Path) -> None:
    with pytest.raises(SettingError, match=r"max_seconds=0; accepted: at least 0\.1"):
        DemoSettings.of(str(taught), {"max_seconds": 0})
    with pytest.raises(SettingError, match="no setting max_second; accepted: title"):
        DemoSettings.of(str(taught), {"max_second": 3})
    with pytest.raises(SettingError, match="needs at least one model"):
        DemoSettings.of([], {})
    with pytest.raises(CheckpointError):
        build("no/such-model-here")


def test_the_command_serves_until_it_is_ended(taught: Path) -> None:
    command = [sys.executable, "-m", "tner_hf", "demo", "-m", str(taught), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        event, data = ask(f"{url}/", "predict", text=TEXT)
        assert event == "complete"
        assert data == [tner_hf.pipeline(taught)(TEXT)]
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_said(demo: Served, capsys: pytest.CaptureFixture[str]) -> None:
    port = demo.url.rpartition(":")[2].rstrip("/")
    assert main(["demo", "-m", "anything", "--port", port]) == 2
    assert f"--port {port}: Address already in use; --port 0" in capsys.readouterr().err


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "OMP_NUM_THREADS": "1"}
