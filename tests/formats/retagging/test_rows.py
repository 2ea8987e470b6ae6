"""Tags replaced in rows of JSON: every other byte as it was."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from formats.retagging.conftest import Sentence, edits, find_values, write_rows
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.errors import DataError
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.rows import TaggedRows

LABEL2ID = {"O": 0, "B-PER": 1, "I-PER": 2, "B-LOC": 3, "I-LOC": 4, "B-作品": 5, "I-作品": 60}


def open_rows(path: Path, data: bytes, sentences: list[Sentence]) -> TaggedRows:
    path.write_bytes(data)
    rows = TaggedRows.of(path, sentences, ReadOptions(), LABEL2ID)
    assert rows is not None
    assert rows.write({}) == data
    return rows


@given(
    drawn=edits(), hand=st.randoms(use_true_random=False), lines=st.booleans(), ids=st.booleans()
)
def test_only_the_tags_of_edited_rows_differ(
    drawn: tuple[list[Sentence], dict[int, list[str]]],
    hand: random.Random,
    lines: bool,
    ids: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    sentences, changed = drawn
    rows = [
        {"tokens": tokens, "ner_tags": [LABEL2ID[t] for t in tags] if ids else tags}
        for tokens, tags in sentences
    ]
    text, parts = write_rows(rows, "ner_tags", hand, lines=lines)
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    tagged = open_rows(path, text.encode(), sentences)
    for number, tags in changed.items():
        tagged.judge(number, tags)
    written = tagged.write(changed).decode()
    found = find_values(text, written, parts, list(changed))
    told = {n: [LABEL2ID[t] for t in tags] if ids else tags for n, tags in changed.items()}
    assert {n: json.loads(value) for n, value in found.items()} == told


@pytest.mark.parametrize(
    ("data", "tags", "expected"),
    [
        (
            b'\xef\xbb\xbf{"id":7, "tokens":["Ada"],"ner_tags":[ "B-PER" ] , "n":1e5}\r\n',
            ["B-LOC"],
            b'\xef\xbb\xbf{"id":7, "tokens":["Ada"],"ner_tags":[ "B-LOC" ] , "n":1e5}\r\n',
        ),
        (
            b'{"ner_tags":["O"],"ner_tags":["B-PER"],"tokens":["Ada"]}',
            ["O"],
            b'{"ner_tags":["O"],"ner_tags":["O"],"tokens":["Ada"]}',
        ),
        (
            b'{"tokens":["New","York"],"tags":["B-PER","E-PER"]}\n',
            ["B-LOC", "O"],
            b'{"tokens":["New","York"],"tags":["S-LOC","O"]}\n',
        ),
        (
            b'{"tokens":["New","York"],"tags":["\\u0042-PER" ,"I-PER"]}\n',
            ["B-PER", "O"],
            b'{"tokens":["New","York"],"tags":["\\u0042-PER" ,"O"]}\n',
        ),
        (
            b'[\n{"tokens":["Ada"],\n"ner_tags":["B-PER"]\n}]',
            ["B-\u4eba"],
            b'[\n{"tokens":["Ada"],\n"ner_tags":["B-\\u4eba"]\n}]',
        ),
    ],
)
def test_rows_of_many_hands(data: bytes, tags: list[str], expected: bytes, tmp_path: Path) -> None:
    read = ["B-PER"] if b"York" not in data else ["B-PER", "I-PER"]
    tokens = ["Ada"] if b"York" not in data else ["New", "York"]
    assert open_rows(tmp_path / "a.json", data, [(tokens, read)]).write({0: tags}) == expected


def test_rows_that_are_left_out_go_with_what_stands_before_them(tmp_path: Path) -> None:
    rows = b'{"tokens": ["a"], "tags": ["O"]}', b'{"tokens":["b"],"tags":["O"]}'
    read = [(["a"], ["O"]), (["b"], ["O"])]
    lines = open_rows(tmp_path / "a.jsonl", b"\n".join(rows) + b"\n", read)
    assert lines.write({1: ["B-PER"]}, kept={1}) == rows[1].replace(b"O", b"B-PER") + b"\n"
    listed = open_rows(tmp_path / "a.json", b"[ " + b",\n".join(rows) + b" ]", read)
    assert listed.write({}, kept={0}) == b"[ " + rows[0] + b" ]"
    assert listed.write({}, kept=set()) == b"[  ]"


def test_what_ids_or_the_encoding_have_no_place_for_is_refused(tmp_path: Path) -> None:
    ids = open_rows(tmp_path / "a.jsonl", b'{"tokens":["a"],"tags":[1]}', [(["a"], ["B-PER"])])
    with pytest.raises(DataError, match="has ids for tags, and none for 'B-ART'"):
        ids.judge(0, ["B-ART"])
    path = tmp_path / "b.jsonl"
    path.write_bytes('{"tokens":["Zoë"],"tags":["O"]}'.encode("latin-1"))
    rows = TaggedRows.of(path, [(["Zoë"], ["O"])], ReadOptions(encoding="latin-1"), None)
    assert rows is not None
    with pytest.raises(DataError, match="'人' cannot be written in latin-1"):
        rows.judge(0, ["B-人"])


def test_what_does_not_mean_what_was_read_is_not_written_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"tokens":["a"],"tags":["B-PER"]}')
    assert TaggedRows.of(path, [(["a"], ["B-LOC"])], ReadOptions(), None) is None
