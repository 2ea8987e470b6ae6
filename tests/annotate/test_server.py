"""The API, who may use it, and what a killed server leaves."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from annotate.conftest import TEXTS, TOKEN
from demo.conftest import Served

from tner_hf.annotate.session import Session
from tner_hf.cli import main

Begin = Callable[..., Session]
Serve = Callable[[Session], Served]


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as http:
        yield http


def enter(client: httpx.Client, url: str) -> str:
    """Open the printed address, and give the one of the API."""
    assert client.get(url).status_code == 200
    return f"{url.partition('?')[0]}api/"


def test_the_token_opens_once_and_the_cookie_from_then_on(
    begin: Begin, serve: Serve, texts: Path, client: httpx.Client
) -> None:
    url = serve(begin(texts)).url
    root = url.partition("?")[0]
    for path in (
        "",
        "page/annotate.js",
        "api/start",
        "?token=",
        "?token=other",
        f"page/a?token={TOKEN}",
    ):
        assert client.get(root + path).status_code == 403
    assert client.post(f"{root}api/start?token={TOKEN}", json={}).status_code == 403
    answer = client.get(url)
    assert answer.status_code == 200
    said = answer.headers["set-cookie"]
    assert re.fullmatch(
        r"tner-hf-annotate-\d+=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000", said
    )
    assert TOKEN not in said
    assert client.post(f"{root}api/start", json={}).json()["total"] == 5
    assert client.get(root).status_code == client.get(url).status_code == 200
    stranger = httpx.get(url, trust_env=False)
    assert stranger.status_code == 403
    assert "Start the command again for a new address" in stranger.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:80"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"cookie": "x=y; ;;==\x01"}, 403),
    ],
)
def test_nobody_else_gets_in(
    headers: dict[str, str],
    status: int,
    begin: Begin,
    serve: Serve,
    texts: Path,
    client: httpx.Client,
) -> None:
    session = begin(texts)
    api = enter(client, serve(session).url)
    body = {"content": json.dumps({"number": 0, "entities": []})}
    usual = {"content-type": "application/json"}
    assert client.post(f"{api}accept", headers={**usual, **headers}, **body).status_code == status
    assert session.accepted == {}


def test_a_page_elsewhere_may_lead_here_and_not_more(
    begin: Begin, serve: Serve, texts: Path, client: httpx.Client
) -> None:
    url = serve(begin(texts)).url
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.get(url, headers={**elsewhere, "sec-fetch-mode": "no-cors"}).status_code == 403
    assert client.get(url, headers={**elsewhere, "sec-fetch-mode": "navigate"}).status_code == 200
    script = f"{url.partition('?')[0]}page/annotate.js"
    assert client.get(script, headers=elsewhere).status_code == 403


def test_a_sentence_is_accepted_and_the_next_one_comes(
    begin: Begin, serve: Serve, texts: Path, client: httpx.Client
) -> None:
    session = begin(texts)
    served = serve(session)
    api = enter(client, served.url)
    started = client.post(f"{api}start", json={}).json()
    assert (started["name"], started["output"]) == ("texts.txt", "out.jsonl")
    assert (started["format"], started["whole"], started["model"]) == ("spans", False, False)
    assert [each["name"] for each in started["types"]] == ["PER", "LOC", "ORG"]
    first = client.post(f"{api}next", json={}).json()["sentence"]
    assert first["number"] == 0
    answer = client.post(f"{api}accept", json={"number": 0, "entities": [[0, 2, "PER"]]}).json()
    assert (answer["accepted"], answer["sentence"]["number"]) == (1, 1)
    marked = client.post(f"{api}everywhere", json={"words": ["Zoë"], "type": "PER"}).json()
    assert marked["sentences"] == 1
    shown = client.post(f"{api}show", json={"number": 3}).json()["sentence"]
    assert [entity[:3] for entity in shown["entities"]] == [[1, 2, "PER"], [3, 4, "PER"]]
    assert client.post(f"{api}types", json={"name": " ART "}).json()["types"][-1]["name"] == "ART"
    served.stop()
    rows = session.output.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["entities"] for row in rows] == [
        [{"start": 0, "end": 12, "label": "PER"}]
    ]


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("show", b"", 422),
        ("show", b"[]", 422),
        ("show", b"[" * 100_000, 422),
        ("show", b"\xff", 422),
        ("show", b"{}", 422),
        ("show", b'{"number": true}', 422),
        ("show", b'{"number": 1e400}', 422),
        ("show", b'{"number": -1}', 409),
        ("next", b'{"after": "0"}', 422),
        ("accept", b'{"number": 0}', 422),
        ("accept", b'{"number": 0, "entities": [[0, 1, "\\ud83d"]]}', 409),
        ("everywhere", b'{"words": []}', 409),
        ("everywhere", b'{"words": ["a"], "type": 7}', 422),
        ("everywhere", b'{"words": ["\\ud83d"], "type": "PER"}', 422),
        ("types", b'{"name": ""}', 409),
        ("types", b'{"name": "A\\tB"}', 409),
        ("write", b"{}", 404),
    ],
)
def test_what_is_no_request_is_one_line_and_changes_nothing(
    call: str,
    body: bytes,
    status: int,
    begin: Begin,
    serve: Serve,
    texts: Path,
    client: httpx.Client,
) -> None:
    session = begin(texts)
    api = enter(client, serve(session).url)
    before = session.journal.path.read_bytes()
    answer = client.post(f"{api}{call}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    if status != 404:
        assert "\n" not in answer.json()["detail"]
    assert session.journal.path.read_bytes() == before


def test_a_journal_that_is_taken_away_is_said_and_nothing_is_accepted(
    begin: Begin, serve: Serve, texts: Path, client: httpx.Client
) -> None:
    session = begin(texts)
    api = enter(client, serve(session).url)
    session.journal.path.unlink()
    answer = client.post(f"{api}accept", json={"number": 0, "entities": []})
    assert answer.status_code == 409
    assert "was taken away" in answer.json()["detail"]
    assert client.post(f"{api}start", json={}).json()["accepted"] == 0


@pytest.mark.parametrize("how", ["--share", "Space"])
def test_others_are_never_served(
    how: str,
    texts: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if how == "Space":
        monkeypatch.setenv("SPACE_ID", "a/b")
    more = ["--share"] if how == "--share" else []
    assert main(["annotate", str(texts), "-o", str(tmp_path / "out.jsonl"), *more]) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(
        r"tner-hf: annotate writes files and answers this machine alone, so .*\n", said
    )
    assert not (tmp_path / "out.jsonl.journal").exists()


class Command:
    """`tner-hf annotate` as a process, and a client of its page."""

    def __init__(self, folder: Path, file: str = "texts.txt") -> None:
        words = ["annotate", file, "-o", "out.jsonl", "--types", "PER", "--port", "0"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tner_hf", *words],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
        )  # fmt: skip
        out: IO[str] = self.process.stdout  # type: ignore[assignment]
        self.client = httpx.Client(trust_env=False, timeout=60)
        self.api = enter(self.client, out.readline().strip())

    def ask(self, call: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post(f"{self.api}{call}", json=body).json()
        return answer

    def end(self, how: signal.Signals) -> str:
        self.client.close()
        self.process.send_signal(how)
        said: str = self.process.communicate(timeout=60)[1]
        return said


def test_nothing_is_lost_by_a_kill_and_the_same_command_goes_on(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text(TEXTS, encoding="utf-8")
    first = Command(tmp_path)
    first.ask("accept", number=0, entities=[[0, 2, "PER"]])
    first.ask("accept", number=1, entities=[])
    first.end(signal.SIGKILL)
    second = Command(tmp_path)
    assert second.ask("next")["sentence"]["number"] == 2
    second.ask("accept", number=2, entities=[])
    assert second.end(signal.SIGINT).endswith("3 of 5 sentences accepted: out.jsonl\n")
    assert second.process.returncode == 0
    rows = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["text"] for row in rows] == TEXTS.splitlines()[:3]
    assert json.loads(rows[0])["entities"] == [{"start": 0, "end": 12, "label": "PER"}]


def test_a_kill_at_any_moment_leaves_all_that_was_accepted_and_no_half_file(tmp_path: Path) -> None:
    rows = [b'{"n":1e3, "tokens": ["Ada","sang"],"ner_tags":["B-LOC","O"]}\n'] * 400
    (tmp_path / "a.jsonl").write_bytes(b"".join(rows))
    done = rows[0].replace(b"B-LOC", b"B-PER")
    said: list[int] = []

    def accept_on(command: Command) -> None:
        with contextlib.suppress(httpx.HTTPError):
            while (number := len(said)) < len(rows):
                command.ask("accept", number=number, entities=[[0, 1, "PER"]])
                said.append(number)

    for more, seconds in ((1, 0.0), (20, 0.003), (90, 0.2)):
        command = Command(tmp_path, "a.jsonl")
        began = len(said)
        assert command.ask("start")["accepted"] - began in {0, 1}  # the last may not have heard
        worker = threading.Thread(target=accept_on, args=[command])
        worker.start()
        while worker.is_alive() and len(said) < began + more:
            time.sleep(0.001)
        time.sleep(seconds)
        command.process.kill()
        worker.join()
        command.end(signal.SIGKILL)
        if (out := tmp_path / "out.jsonl").exists():
            lines = out.read_bytes().splitlines(keepends=True)
            assert len(lines) == 400
            assert set(lines) <= {rows[0], done}
    last = Command(tmp_path, "a.jsonl")
    accepted = last.ask("start")["accepted"]
    assert accepted - len(said) in {0, 1}
    last.end(signal.SIGINT)
    assert out.read_bytes() == done * accepted + rows[0] * (400 - accepted)
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"a.jsonl", "out.jsonl", "out.jsonl.journal"}
