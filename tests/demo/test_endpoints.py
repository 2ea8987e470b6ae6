"""The API: what programs get, over HTTP and through gradio_client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from demo.conftest import GOLD, TEXT, Served
from gradio_client import Client
from gradio_client.exceptions import AppError

import tner_hf
from tner_hf.demo import build

#: 200 sentences: several windows of 64 sub-tokens.
LONG = " ".join([TEXT, "Acme Corp hired Grace in New York ."] * 100)

#: One type more than the demo takes.
MANY_TYPES = "\n".join(f"w B-t{i}" for i in range(501))


@pytest.fixture(scope="module")
def client(demo: Served) -> Iterator[Client]:
    connected = Client(demo.url, verbose=False)
    yield connected
    connected.close()


def ask(url: str, name: str, /, **arguments: Any) -> tuple[str, Any]:
    """The last event of a call over plain HTTP, and its data."""
    base = f"{url}gradio_api/call/v2/{name}"
    with httpx.Client(trust_env=False, timeout=60) as http:
        joined = http.post(base, json=arguments)
        assert joined.status_code == 200, joined.text
        body = http.get(f"{base}/{joined.json()['event_id']}").text
    event, data = body.strip().rpartition("\n\n")[2].split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == {**theirs, "score": pytest.approx(float(theirs["score"]), abs=1e-5)}


def test_predict_gives_what_the_pipeline_gives(client: Client, taught: Path) -> None:
    expected = tner_hf.pipeline(taught)(TEXT)
    assert [e["word"] for e in expected] == ["Ada Lovelace", "London"]
    same(client.predict(text=TEXT, model="taught", api_name="/predict"), expected)


def test_tag_tells_the_likeliest_types_where_asked(demo: Served, taught: Path) -> None:
    event, (answer,) = ask(demo.url, "tag", text=TEXT, models=["taught"], best=True)
    assert event == "complete"
    found = answer["answers"][0]
    assert [e["word"] for e in found["entities"]] == ["Ada Lovelace", "London"]
    assert len(found["best"]) == found["words"] == 6
    expected = tner_hf.pipeline(taught)(TEXT, top_k=7)
    for best, word in zip(found["best"], expected, strict=True):
        sums: dict[str, float] = {}
        for label in word["labels"]:
            name = label["label"].partition("-")[2] or "O"
            sums[name] = sums.get(name, 0.0) + label["score"]
        top = sorted(sums.items(), key=lambda pair: -pair[1])[:3]
        assert [name for name, _ in best] == [name for name, _ in top]
        assert [score for _, score in best] == pytest.approx([s for _, s in top], abs=1e-4)
    assert "best" not in ask(demo.url, "tag", text=TEXT)[1][0]["answers"][0]


@pytest.mark.parametrize("strategy", ["none", "simple", "first", "average", "max"])
def test_stock_strategies_give_what_transformers_gives(
    client: Client, taught: Path, strategy: str
) -> None:
    from transformers import pipeline

    stock = pipeline("ner", model=str(taught), aggregation_strategy=strategy)
    found = client.predict(text=TEXT, aggregation_strategy=strategy, api_name="/predict")
    same(found, stock(TEXT))


def test_plain_http_gives_the_same(demo: Served, client: Client) -> None:
    event, data = ask(demo.url, "predict", text=TEXT)
    assert event == "complete"
    assert data == [client.predict(text=TEXT, api_name="/predict")]


def test_a_long_text_is_whole_and_windowed(client: Client, taught: Path) -> None:
    answer = client.predict(text=LONG, models=["taught"], api_name="/tag")["answers"][0]
    assert answer["windowed"] is True
    assert answer["words"] == len(LONG.split())
    same(answer["entities"], tner_hf.pipeline(taught)(LONG))


def test_lower_case_is_for_the_model_only(client: Client, taught: Path) -> None:
    shout = "ADA LOVELACE LIVED IN LONDON ."
    answer = client.predict(text=shout, models=["taught"], lowercase=True, api_name="/tag")
    found = answer["answers"][0]["entities"]
    assert [e["word"] for e in found] == ["ADA LOVELACE", "LONDON"]
    lowered = tner_hf.pipeline(taught)(shout.lower())
    assert [(e["start"], e["end"]) for e in found] == [(e["start"], e["end"]) for e in lowered]


def test_a_script_that_a_model_cannot_know_is_said(client: Client) -> None:
    tagged = client.predict(text="東京へ行く", models=["taught", "hasty"], api_name="/tag")
    checked = client.predict(iob="東京 B-LOC\n", models=["taught"], api_name="/check")
    of_file = client.predict(name="a.txt", content="東京へ行く\n", api_name="/tag_file")
    for name, (said,) in zip(
        ["taught", "hasty", "taught", "taught"],
        [
            *(each["warnings"] for each in tagged["answers"]),
            checked["warnings"],
            of_file["warnings"],
        ],
        strict=True,
    ):
        assert said.startswith(f"{name} can hardly know this language: 100% of the letters (Han")
    assert client.predict(text=TEXT, api_name="/tag")["answers"][0]["warnings"] == []


def test_two_models_answer_side_by_side(client: Client) -> None:
    answer = client.predict(text=TEXT, models=["taught", "hasty"], api_name="/tag")
    assert [each["model"] for each in answer["answers"]] == ["taught", "hasty"]
    assert answer["types"]["PER"] == 0


def test_gold_is_scored_as_evaluate_scores_it(client: Client, taught: Path, tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text(GOLD, encoding="utf-8")
    expected = tner_hf.evaluate(str(taught), {"test": str(tmp_path / "test.txt")})
    checked = client.predict(iob=GOLD, models=["taught"], api_name="/check")
    found = checked["models"][0]
    for protocol in ("full", "shared"):
        for variant in ("type_aware", "type_ignored"):
            ours = found["protocols"][protocol][variant]["default"]["micro"]
            assert ours == expected["protocols"][protocol][variant]["default"]["micro"]
    assert checked["sentences"][0] == TEXT
    first = found["gold"][0][0]
    assert (first["start"], first["end"], first["type"]) == (0, 12, "PER")


def test_gold_types_are_unified_where_asked_for(client: Client) -> None:
    plain = client.predict(iob=GOLD, models=["taught"], api_name="/check")
    unified = client.predict(iob=GOLD, models=["taught"], unify=True, api_name="/check")
    assert plain["mapped"] == {}
    assert unified["mapped"] == {"LOC": "location", "ORG": "organization", "PER": "person"}
    for kept, mapped in zip(plain["models"], unified["models"], strict=True):
        assert (
            mapped["protocols"]["full"]["type_aware"]["default"]["micro"]
            == (kept["protocols"]["full"]["type_aware"]["default"]["micro"])
        )
    named = {e["type"] for sentence in unified["models"][0]["predicted"] for e in sentence}
    assert named <= {"person", "location", "organization"}


def test_files_are_tagged_as_the_pipeline_tags(client: Client, taught: Path) -> None:
    ner = tner_hf.pipeline(taught)
    texts = [TEXT, "nothing to see here", "Paris London Rome"]
    content = "\n".join(json.dumps({"text": text}) for text in texts)
    answer = client.predict(name="a.jsonl", content=content, api_name="/tag_file")
    for row, expected in zip(answer["rows"], ner(texts), strict=True):
        same(row["entities"], expected)
    words = client.predict(name="a.conll", content=GOLD, api_name="/tag_file")["rows"][0]
    assert words["tokens"] == TEXT.split()
    assert (words["entities"][0]["start_word"], words["entities"][0]["end_word"]) == (0, 2)


def test_lower_cased_files_quote_the_text_as_it_is(client: Client) -> None:
    answer = client.predict(
        name="a.txt", content=TEXT.upper(), lowercase=True, api_name="/tag_file"
    )
    assert [e["word"] for e in answer["rows"][0]["entities"]] == ["ADA LOVELACE", "LONDON"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("tag", {"text": "x" * 20_001}, "20,001 characters; this demo takes 20,000"),
        ("tag", {"text": TEXT, "models": ["other"]}, "unknown model 'other'. Known: taught, hasty"),
        ("predict", {"text": TEXT, "model": "/etc/passwd"}, "unknown model '/etc/passwd'"),
        ("predict", {"text": TEXT, "aggregation_strategy": "?"}, "aggregation_strategy='?'"),
        ("check", {"iob": "Ada B-PER\nleft\n"}, "line 2: missing column"),
        ("check", {"iob": ""}, "holds no sentence"),
        ("check", {"iob": MANY_TYPES}, "have 501 entity types; this demo takes 500"),
        ("tag_file", {"name": "a.txt", "content": "x" * 50_001}, "50,001 bytes; this demo takes"),
        ("tag_file", {"name": "a.png", "content": "x"}, "files ending in .png are not read"),
    ],
)
def test_a_fault_is_a_message_for_people(
    demo: Served, name: str, arguments: dict[str, Any], said: str
) -> None:
    event, data = ask(demo.url, name, **arguments)
    assert event == "error"
    assert said in data["error"]


def test_a_fault_reaches_gradio_client(client: Client) -> None:
    with pytest.raises(AppError, match="unknown model 'other'"):
        client.predict(text=TEXT, models=["other"], api_name="/tag")


def test_work_that_takes_too_long_is_ended(serve: Callable[..., Served], taught: Path) -> None:
    served = serve(build(str(taught), max_seconds=0.2, max_characters=10_000_000))
    text = LONG * 60
    event, data = ask(served.url, "tag", text=text)
    assert event == "error"
    assert "longer than 0.2 seconds, the limit of this demo" in data["error"]
    assert ask(served.url, "predict", text=TEXT)[0] == "complete"  # and the next one is served


def test_other_models_of_the_hub_need_the_flag(serve: Callable[..., Served], taught: Path) -> None:
    served = serve(build(str(taught), allow_any_model=True))
    for name in ("../taught", "/etc/passwd", "taught", str(taught), "org/../../etc"):
        if name != "taught":
            event, data = ask(served.url, "predict", text=TEXT, model=name)
            assert event == "error"
            assert "is no model of the Hub" in data["error"]
    event, data = ask(served.url, "predict", text=TEXT, model="org/absent")
    assert event == "error"  # asked for, though not found: tests reach no Hub
    assert "org/absent" in data["error"]
