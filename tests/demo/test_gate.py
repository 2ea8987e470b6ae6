"""What the server does not answer: files, other routes, large bodies, other sites' pages."""

from __future__ import annotations

import asyncio
import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from demo.conftest import TEXT, Served

from tner_hf.demo.gate import Gate


def request(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """One request with the path exactly as given: clients would tidy it up."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    said = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, said


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/page/../../../etc/passwd",
        "/page/..%2f..%2f..%2fetc%2fpasswd",
        "/page/%2e%2e/app.py",
        "/page/../app.py",
        "/page//etc/passwd",
        "//etc/passwd",
        "/static/../../etc/passwd",
        "/assets/..%5c..%5cetc%5cpasswd",
        "/gradio_api/stream/a/1/2/playlist.m3u8",
        "/gradio_api/upload_progress",
        "/gradio_api/custom_component/1/client/component/style.css",
        "/monitoring",
        "/gradio_api/vibe-code/",
        "/docs",
        "/openapi.json",
        "/login",
    ],
)
def test_nothing_else_is_there(demo: Served, path: str) -> None:
    status, said = request(demo.url, "GET", path)
    assert status == 404
    assert json.loads(said) == {"detail": "there is nothing here"}


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/component_server", "/gradio_api/run/predict"]
)
def test_nothing_else_can_be_sent(demo: Served, path: str) -> None:
    assert request(demo.url, "POST", path, b"{}", content_type="application/json")[0] == 404


def test_a_reference_to_a_file_is_no_file(demo: Served, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Grace Hopper is the secret", encoding="utf-8")
    reference = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    for data in ([reference, "", "words"], [str(secret), "", "words"]):
        body = json.dumps({"data": data}).encode()
        status, said = request(
            demo.url, "POST", "/gradio_api/call/predict", body, content_type="application/json"
        )
        assert status == 200
        event = json.loads(said)["event_id"]
        status, said = request(demo.url, "GET", f"/gradio_api/call/predict/{event}")
        assert "Grace" not in said


def test_the_settings_of_gradio_hold_no_path_of_the_server(demo: Served, taught: Path) -> None:
    for path in ("/config", "/gradio_api/info", "/page/demo.json"):
        status, said = request(demo.url, "GET", path)
        assert status == 200
        assert str(taught.parent) not in said
        assert str(Path(__file__).parent.parent.parent) not in said


def test_a_large_body_is_refused(demo: Served) -> None:
    body = json.dumps({"data": ["x" * 300_000, "", "words"]}).encode()
    status, said = request(
        demo.url, "POST", "/gradio_api/call/predict", body, content_type="application/json"
    )
    assert status == 413
    assert "this demo takes" in json.loads(said)["detail"]


def test_a_large_body_of_unknown_length_is_refused(demo: Served) -> None:
    def parts():  # type: ignore[no-untyped-def]
        for _ in range(30):
            yield b"x" * 10_000

    url = f"{demo.url}gradio_api/call/predict"
    with httpx.Client(trust_env=False) as client:
        assert client.post(url, content=parts()).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-origin", "origin": "https://behind-a-proxy.example"}, 200),
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://names.example", "x_forwarded_host": "names.example"}, 200),
    ],
)
def test_a_page_of_another_site_cannot_use_it(
    demo: Served, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"data": [TEXT, "", "words"]}).encode()
    path = "/gradio_api/call/predict"
    kind = {"content_type": "application/json"}
    assert request(demo.url, "POST", path, body, **kind, **headers)[0] == status


def test_every_answer_says_what_a_page_may_load(demo: Served) -> None:
    with httpx.Client(trust_env=False) as client:
        headers = client.get(demo.url).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    sent: list[dict[str, Any]] = []

    async def behind(scope: object, receive: object, send: object) -> None:
        pytest.fail("it was passed on")

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(10)
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    path = "/gradio_api/call/tag"
    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    asyncio.run(Gate(behind, max_body=10, patience=0.01)(scope, receive, send))
    assert sent[0]["status"] == 408
    assert "took over 0.01 seconds" in json.loads(sent[1]["body"])["detail"]
