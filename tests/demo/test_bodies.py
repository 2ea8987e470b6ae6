"""What a body may hold: the arguments of the functions, of their types, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from demo.conftest import TEXT, Served

from tner_hf.demo.bodies import Endpoint, RefusedBody, read_joining, read_leaving
from tner_hf.demo.work import Work

#: What made Gradio fetch an address and keep the file.
REFERENCE = {
    "path": "http://elsewhere.example/a.bin",
    "url": "http://elsewhere.example/a.bin",
    "meta": {"_type": "gradio.FileData"},
}


def tag(text: str, models: list[str] | None = None, lower: bool = False, *, work: Work) -> str:
    """A function with every kind of argument."""
    return f"{text}{models}{lower}{work}"


TAG = Endpoint.of(tag)


def listed(*data: Any) -> bytes:
    return json.dumps({"data": data}).encode()


def test_arguments_are_read_by_place_and_by_name() -> None:
    expected = {"text": "Ada", "models": ["m"], "lower": True}
    assert TAG.read_listed(listed("Ada", ["m"], True)) == expected
    assert TAG.read_named(json.dumps(expected).encode()) == expected
    assert TAG.read_listed(listed("Ada")) == {"text": "Ada"}
    assert TAG.read_listed(listed("Ada", None)) == {"text": "Ada", "models": None}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (listed(), "text is missing; accepted: a string of whole characters"),
        (listed(3), "text is 3; accepted: a string of whole characters"),
        (listed(REFERENCE), "text is an object; accepted: a string"),
        (listed([REFERENCE]), "text is a list of 1; accepted: a string"),
        (listed("x", [REFERENCE]), "models is a list of 1; accepted: a list of names"),
        (listed("x", REFERENCE), "models is an object; accepted: a list of names"),
        (listed("x", ["m"], REFERENCE), "lower is an object; accepted: true or false"),
        (listed("x", [], 1), "lower is 1; accepted: true or false"),
        (listed("x", [], False, "work"), "data is a list of 4; accepted: a list of text, models"),
        (b'{"data": ["\\ud800"]}', "text is a string of 1 characters; accepted: a string of whole"),
        (b'{"data": {}}', "data is an object; accepted: a list of text"),
        (b"{}", "data is None; accepted: a list of text"),
        (b"[]", "the body is a list of 0; accepted: an object"),
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "the body is not JSON"),
        (b'{"data": [' + b"9" * 5_000 + b"]}", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b'{"data": ["x"], "event_data": {}}', "there is no 'event_data' here; accepted: data"),
        (b'{"data": ["x"], "": 1}', "there is no '' here; accepted: data"),
    ],
)
def test_anything_else_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(RefusedBody) as caught:
        TAG.read_listed(body)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"data": [], "session_hash": "s"}, "fn_index is None"),
        ({"data": [], "fn_index": True, "session_hash": "s"}, "fn_index is True"),
        ({"data": [], "fn_index": 0}, "a session is called None"),
        ({"data": [], "fn_index": 0, "session_hash": "../x"}, "accepted: letters and digits"),
        ({"data": [], "fn_index": 0, "session_hash": "s" * 65}, "a string of 65 characters"),
        ({"data": [], "fn_index": 0, "session_hash": "s", "batched": True}, "no 'batched' here"),
    ],
)
def test_who_joins_names_a_function_and_a_session(body: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedBody) as caught:
        read_joining(json.dumps(body).encode())
    assert said in str(caught.value)


def test_what_clients_send_along_is_passed_over() -> None:
    sent = {"data": ["x"], "fn_index": 2, "session_hash": "a-1", "event_data": REFERENCE}
    joined = read_joining(json.dumps({**sent, "trigger_id": None}).encode())
    assert (joined.function, joined.session, joined.data) == (2, "a-1", ["x"])
    leaving = {"session_hash": "a-1", "event_id": "0f", "fn_index": 2}
    assert read_leaving(json.dumps(leaving).encode()) == ("a-1", "0f")


@pytest.mark.parametrize("nested", [REFERENCE, [REFERENCE], {"a": [REFERENCE]}])
def test_no_reference_to_a_file_gets_past_the_door(
    demo: Served, nested: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    takes = {"predict": 3, "tag": 3, "check": 5, "tag_file": 5}
    with httpx.Client(trust_env=False, base_url=demo.url) as http:
        for number, (name, count) in enumerate(takes.items()):
            for place in range(count):
                data: list[Any] = ["x"] * count
                data[place] = nested
                joining = {"data": data, "fn_index": number, "session_hash": "s"}
                call = f"gradio_api/call/{name}"
                assert http.post(call, json={"data": data}).status_code == 422
                assert http.post("gradio_api/queue/join", json=joining).status_code == 422
            named = f"gradio_api/call/v2/{name}"
            assert http.post(named, json={"text": nested}).status_code == 422
    assert list(tmp_path.iterdir()) == []


def test_who_asks_for_what_is_not_there_is_told(demo: Served) -> None:
    with httpx.Client(trust_env=False, base_url=demo.url) as http:
        joining = {"data": [TEXT], "fn_index": 4, "session_hash": "s"}
        answer = http.post("gradio_api/queue/join", json=joining)
        assert answer.status_code == 404
        assert answer.json()["detail"].endswith("there are: predict, tag, check, tag_file")
        for path in ("queue/data?session_hash=none", f"call/tag/{'0' * 32}", "queue/data"):
            assert http.get(f"gradio_api/{path}").status_code == 404
