"""Spans replaced in rows of JSON: every other byte as it was."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from formats.retagging.conftest import Sentence, edits, find_values, write_rows
from hypothesis import assume, given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.formats.json_spans import scan_json_spans
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.spans import MarkedRows
from tner_hf.labels.schemes import entities

BY_SPACES = ReadOptions(word_splitter="whitespace")


def open_rows(path: Path, data: bytes, shape: str) -> tuple[MarkedRows, list[Sentence]]:
    path.write_bytes(data)
    read = scan_json_spans(path, BY_SPACES, shape)
    assert not read.errors
    rows = MarkedRows.of(path, shape, read, BY_SPACES)
    assert rows is not None
    assert rows.write({}) == data
    return rows, read.sentences


def edit(tmp_path: Path, text: str, shape: str, changed: dict[int, list[str]]) -> str:
    rows, _ = open_rows(tmp_path / "a.json", text.encode(), shape)
    return rows.write(changed).decode()


def list_spans(sentence: Sentence) -> list[tuple[int, int, str]]:
    tokens, tags = sentence
    starts = [len(" ".join([*tokens[:n], ""])) for n in range(len(tokens))]
    return [
        (starts[first], starts[last - 1] + len(tokens[last - 1]), kind)
        for kind, first, last in entities(tags)
    ]


@given(
    drawn=edits(),
    hand=st.randoms(use_true_random=False),
    lines=st.booleans(),
    shape=st.sampled_from(["spans", "doccano", "prodigy"]),
)
def test_only_the_spans_of_edited_rows_differ_and_those_that_stay_are_the_same(
    drawn: tuple[list[Sentence], dict[int, list[str]]],
    hand: random.Random,
    lines: bool,
    shape: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    sentences, changed = drawn
    assume(all(word.split() == [word] for tokens, _ in sentences for word in tokens))
    key = {"spans": "entities", "doccano": "label", "prodigy": "spans"}[shape]

    def show(start: int, end: int, kind: str) -> Any:
        told = {"label": kind, "by": "é", "start": start, "end": end}
        return [start, end, kind] if shape == "doccano" else told

    rows = [{"text": " ".join(s[0]), key: [show(*e) for e in list_spans(s)]} for s in sentences]
    text, parts = write_rows(rows, key, hand, lines=lines)
    marked, read = open_rows(tmp_path_factory.mktemp("spans") / "a.jsonl", text.encode(), shape)
    assert [(list(t), list(g)) for t, g in read] == sentences
    for number, tags in changed.items():
        marked.judge(number, tags)
    written = marked.write(changed).decode()
    found = find_values(text, written, parts, list(changed))
    for number, literal in found.items():
        before = set(list_spans(sentences[number]))
        after = list_spans((sentences[number][0], changed[number]))
        told = json.loads(literal)
        plain = [tuple(each.get(n) for n in ("start", "end", "label")) for each in told
                 if shape != "doccano"] or [tuple(each) for each in told]  # fmt: skip
        assert sorted(plain) == after
        if shape != "doccano":
            kept = [e for e, each in zip(plain, told, strict=True) if each.get("by") == "é"]
            assert set(kept) >= before & set(after)
        if before == set(after):
            assert literal == parts[number][1]


@pytest.mark.parametrize(
    ("shape", "before", "tags", "after"),
    [
        pytest.param(
            "spans",
            '{"text":"Ada Bo","ents":[{"span":[0,3],"type":"PER","text":"Ada"}]}',
            ["B-LOC", "I-LOC"],
            '{"text":"Ada Bo","ents":[{"span":[0,6],"type":"LOC","text":"Ada Bo"}]}',
            id="a pair of bounds, and the text of a span",
        ),
        pytest.param(
            "doccano",
            '{"text":"😀 Ada Bo","label":[ [2,5,"PER"], [6,8,"PER"] ]}',
            ["B-LOC", "B-PER", "O"],
            '{"text":"😀 Ada Bo","label":[ [0,1,"LOC"], [2,5,"PER"] ]}',
            id="one goes at the end, one comes at the start",
        ),
        pytest.param(
            "doccano",
            '{"text":"a b c","label":[ [0,1,"A"] ,[2,3, "B"],  [4,5,"C"]  ]}',
            ["B-A", "B-B", "B-X"],
            '{"text":"a b c","label":[ [0,1,"A"] ,[2,3, "B"],  [4,5,"X"]  ]}',
            id="blanks between spans stay, each as it is",
        ),
        pytest.param(
            "doccano",
            '{"text":"Ada","entities":[{"id":5,"start_offset":0,"end_offset":3,"label":"A"}]}',
            ["B-B"],
            '{"text":"Ada","entities":[{"id":5,"start_offset":0,"end_offset":3,"label":"B"}]}',
            id="a span keeps its id",
        ),
        pytest.param(
            "doccano",
            '{"text":"Ada Bo","entities":[{"id":5,"start_offset":0,"end_offset":3,"label":"A"}]}',
            ["B-A", "B-B"],
            '{"text":"Ada Bo","entities":[{"id":5,"start_offset":0,"end_offset":3,"label":"A"},'
            '{"start_offset":4,"end_offset":6,"label":"B"}]}',
            id="and a new one has none",
        ),
        pytest.param(
            "prodigy",
            '{"text":"Ada Bo", "answer":"accept"}',
            ["O", "B-X"],
            '{"text":"Ada Bo", "answer":"accept", "spans": '
            '[{"start": 4, "end": 6, "token_start": 1, "token_end": 1, "label": "X"}]}',
            id="a row without spans",
        ),
        pytest.param(
            "spacy",
            '["Ada Bo", {"cats": {}, "entities": [[0, 3, "A"]]}]',
            ["O", "O"],
            '["Ada Bo", {"cats": {}, "entities": []}]',
            id="the one pair of a file",
        ),
        pytest.param(
            "labelstudio",
            '[{"id":1,"text":"Ada Bo","label":[{"start":0,"end":3,"text":"Ada","labels":["A"]}]}]',
            ["B-B", "O"],
            '[{"id":1,"text":"Ada Bo","label":[{"start":0,"end":3,"text":"Ada","labels":["B"]}]}]',
            id="JSON-MIN",
        ),
        pytest.param(
            "labelstudio",
            '[{"data":{"text":"😀 Ada Bo"},"annotations":[{"was_cancelled":true,"result":[]},'
            '{"result":[{"id":"r","type":"choices","value":{"choices":["x"]}},'
            '{"id":"s","from_name":"n","to_name":"t","type":"labels",'
            '"value":{"start":3,"end":6,"text":"Ada","labels":["A"]}},'
            '{"from_id":"s","to_id":"s","type":"relation"}]}]}]',
            ["O", "B-A", "B-B"],
            '[{"data":{"text":"😀 Ada Bo"},"annotations":[{"was_cancelled":true,"result":[]},'
            '{"result":[{"id":"r","type":"choices","value":{"choices":["x"]}},'
            '{"id":"s","from_name":"n","to_name":"t","type":"labels",'
            '"value":{"start":3,"end":6,"text":"Ada","labels":["A"]}},'
            '{"from_id":"s","to_id":"s","type":"relation"},'
            '{"from_name":"n","to_name":"t","type":"labels",'
            '"value":{"start":7,"end":9,"text":"Bo","labels":["B"]}}]}]}]',
            id="units of UTF-16, and results that are no spans",
        ),
    ],
)
def test_spans_of_every_shape(
    shape: str, before: str, tags: list[str], after: str, tmp_path: Path
) -> None:
    assert edit(tmp_path, before, shape, {0: tags}) == after


def test_a_span_that_is_not_shown_is_never_lost(tmp_path: Path) -> None:
    nested = '{"text":"New York City","entities":[[0,13,"LOC"],[0,8,"LOC"]]}'
    after = nested.replace('13,"LOC"', '13,"ORG"')
    assert edit(tmp_path, nested, "spans", {0: ["B-ORG", "I-ORG", "I-ORG"]}) == after
    with pytest.raises(DataError, match="row 1 of the file cannot say that beside what else"):
        edit(tmp_path, nested, "spans", {0: ["O", "O", "O"]})
    two = '{"text":"Ada","entities":[{"start":0,"end":3,"labels":["A","B"]}]}'
    with pytest.raises(DataError, match="row 1 of the file cannot say that"):
        edit(tmp_path, two, "spans", {0: ["B-C"]})


def test_rows_that_are_no_sentences_stay(tmp_path: Path) -> None:
    rows = '{"text":"no","answer":"reject"}\n{"text":" "}\n{"text":"Bo","spans":[]}\n'
    written = edit(tmp_path, rows, "prodigy", {0: ["B-PER"]})
    assert written.startswith('{"text":"no","answer":"reject"}\n{"text":" "}\n{"text":"Bo",')
    assert json.loads(written.splitlines()[2])["spans"][0]["label"] == "PER"
