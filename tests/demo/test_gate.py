"""What the server does not answer: other routes, other hosts, other sites' pages, large bodies."""

from __future__ import annotations

import asyncio
import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from demo.conftest import TEXT, Served, run_apart

from tner_hf.demo.gate import Gate
from tner_hf.demo.settings import DemoSettings
from tner_hf.errors import SettingError


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
    assert json.loads(said) == {"detail": "Not Found"}


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/component_server",
        "/gradio_api/run/predict",
        "/gradio_api/api/predict",
        "/gradio_api/stream/1",
        "/gradio_api/process_recording",
        "/gradio_api/vibe-edit",
        "/gradio_api/mcp/http",
        "/gradio_api/call/other",
        "/gradio_api/call/v2/other",
        "/login",
    ],
)
def test_nothing_else_can_be_sent(demo: Served, path: str) -> None:
    assert request(demo.url, "POST", path, b"{}", content_type="application/json")[0] == 404


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
        kind = {"Content-Type": "application/json"}
        assert client.post(url, content=parts(), headers=kind).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "same-origin", "origin": "https://behind-a-proxy.example"}, 200),
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://names.example", "x_forwarded_host": "names.example"}, 403),
        ({"content_type": "text/plain"}, 415),
    ],
)
def test_a_page_of_another_site_cannot_use_it(
    demo: Served, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"data": [TEXT, "", "words"]}).encode()
    path = "/gradio_api/call/predict"
    given = {"content_type": "application/json", **headers}
    assert request(demo.url, "POST", path, body, **given)[0] == status


def test_every_answer_says_what_a_page_may_load(demo: Served) -> None:
    with httpx.Client(trust_env=False) as client:
        headers = client.get(demo.url).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["content-security-policy"].endswith("; frame-ancestors 'self'")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("localhost:7860", True),
        ("127.0.0.1", True),
        ("names.example", True),
        ("NAMES.example:443", True),
        ("a.lab.example", True),
        ("lab.example", False),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_a_host_has_to_be_one_that_is_served(host: str, served: bool) -> None:
    settings = DemoSettings(("m",), allowed_hosts=("names.example", "*.lab.example"))
    headers = [(b"host", host.encode())]
    status = answer({"method": "GET", "headers": headers}, settings)[0]["status"]
    assert status == (200 if served else 421)


def test_any_host_is_served_where_a_proxy_judges_them() -> None:
    settings = DemoSettings(("m",), allowed_hosts=("*",))
    scope = {"method": "GET", "headers": [(b"host", b"whatever.example")]}
    assert answer(scope, settings)[0]["status"] == 200


def test_other_pages_show_it_in_a_frame_only_where_they_are_named() -> None:
    settings = DemoSettings(("m",), frame_ancestors=("https://huggingface.co",))
    started = answer({"method": "GET", "headers": [(b"host", b"localhost")]}, settings)[0]
    policy = dict(started["headers"])[b"content-security-policy"]
    assert policy.endswith(b"; frame-ancestors 'self' https://huggingface.co")


@pytest.mark.parametrize("given", ["https://a.example; script-src *", "a.example", "https://a b"])
def test_an_origin_has_to_be_one(given: str) -> None:
    with pytest.raises(SettingError, match="accepted: an origin"):
        DemoSettings(("m",), frame_ancestors=(given,))


@pytest.mark.parametrize("given", ["http://names.example", "names.example:80", "a b", ""])
def test_a_host_name_has_to_be_one(given: str) -> None:
    with pytest.raises(SettingError, match="accepted: a name or an address"):
        DemoSettings(("m",), allowed_hosts=(given,))


def test_web_sockets_are_closed() -> None:
    assert answer({"type": "websocket"}) == [{"type": "websocket.close"}]


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    sent = answer({"method": "POST", "headers": JSON}, arriving=[], patience=0.01)
    assert sent[0]["status"] == 408
    assert "took over 0.01 seconds" in json.loads(sent[1]["body"])["detail"]


def test_large_bodies_share_what_room_there_is() -> None:
    part = {"type": "http.request", "body": b"x" * 70_000, "more_body": True}
    small = {"type": "http.request", "body": b"{}"}
    scope = {"method": "POST", "headers": JSON}
    assert answer(scope, arriving=[part, small], max_body=80_000, bodies=0)[0]["status"] == 503
    assert answer(scope, arriving=[small], max_body=80_000, bodies=0)[0]["status"] == 200


JSON = [(b"host", b"localhost"), (b"content-type", b"application/json")]


def answer(
    scope: dict[str, Any],
    settings: DemoSettings = DemoSettings(("m",)),  # noqa: B008 - it is frozen
    *,
    arriving: list[dict[str, Any]] | None = None,
    max_body: int = 10,
    **options: Any,
) -> list[dict[str, Any]]:
    """What the gate sends for one request whose body arrives in these parts."""
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request"}] if arriving is None else arriving

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.sleep(10)
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    whole = {"type": "http", "path": "/", "server": ("127.0.0.1", 7860), **scope}
    named = {n: getattr(settings, n) for n in ("allowed_hosts", "frame_ancestors")}
    gate = Gate(behind, max_body=max_body, **named, **options)
    run_apart(gate(whole, receive, send))
    return sent
