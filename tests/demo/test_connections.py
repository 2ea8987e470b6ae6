"""Connections that send nothing, or too little, and what they leave for others."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tner_hf.demo import connections
from tner_hf.demo.connections import Connection, most_connections


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that takes three connections, and waits a second for a request."""
    monkeypatch.setattr(connections, "_MOST", 3)
    monkeypatch.setattr(connections, "_PATIENCE", 1.0)
    app = FastAPI()

    @app.get("/")
    def hello() -> str:
        return "hello"

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=Connection, ws="none", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(30)
    listening.close()


def connect(port: int, head: bytes) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=10)
    opened.sendall(head)
    return opened


def ends(opened: socket.socket) -> bool:
    """Whether the other side has closed, waiting for it."""
    with opened:
        try:
            return opened.recv(1) == b""
        except ConnectionResetError:
            return True


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: local"])
def test_who_sends_no_whole_request_is_not_waited_for(port: int, head: bytes) -> None:
    began = time.monotonic()
    assert ends(connect(port, head))
    assert 0.9 < time.monotonic() - began < 5


def test_nor_is_who_dribbles_after_a_request(port: int) -> None:
    with connect(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as opened:
        answer = b""
        while not answer.endswith(b'"hello"'):
            answer += opened.recv(1000)
        for letter in b"GET / HTTP/1.1" * 5:
            try:
                opened.sendall(bytes([letter]))
            except OSError:
                return
            time.sleep(0.1)
    pytest.fail("it was waited for")


def test_the_oldest_that_only_waits_makes_room(port: int) -> None:
    held = [connect(port, b"GET") for _ in range(3)]
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"http://127.0.0.1:{port}/").json() == "hello"
    assert ends(held[0])
    for each in held[1:]:
        each.close()


def test_there_are_never_more_connections_than_files(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    assert 1 <= most_connections() <= 1000
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    assert most_connections() == 128
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 4096))
    assert most_connections() == 1000
