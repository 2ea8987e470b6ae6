"""Tags replaced in tables: every other byte as it was."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest
from formats.retagging.conftest import Sentence, edits
from hypothesis import given
from hypothesis import strategies as st

from tner_hf.formats.csv_rows import scan_csv
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.tables import TaggedTable


def open_table(path: Path, data: bytes, **options: Any) -> tuple[TaggedTable, list[Sentence]]:
    path.write_bytes(data)
    given = ReadOptions(**options)
    read = scan_csv(path, given)
    assert not read.errors
    table = TaggedTable.of(path, read, given)
    assert table is not None
    assert table.write({}) == data
    return table, read.sentences


def write_cell(cell: str, hand: random.Random, delimiter: str) -> str:
    if set(cell) & {delimiter, '"', "\n", "\r"} or hand.random() < 0.3:
        return '"' + cell.replace('"', '""') + '"'
    return cell


@given(
    drawn=edits(),
    hand=st.randoms(use_true_random=False),
    delimiter=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_only_the_tags_of_edited_rows_differ(
    drawn: tuple[list[Sentence], dict[int, list[str]]],
    hand: random.Random,
    delimiter: str,
    end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    sentences, changed = drawn
    more = ["a\nb", 'say "no"', "1e5", " x ", "", ",;"]
    rows = [["sentence_idx", "note", "word", "tag", "more"]]
    owner: list[tuple[int, int] | None] = [None]
    for number, (tokens, tags) in enumerate(sentences):
        for at, (token, tag) in enumerate(zip(tokens, tags, strict=True)):
            rows.append([str(number), hand.choice(more), token, tag, hand.choice(more)])
            owner.append((number, at))
        if hand.random() < 0.5:
            rows.append([])
            owner.append(None)
    lines = [[write_cell(cell, hand, delimiter) for cell in row] for row in rows]
    text = hand.choice(["", "\ufeff"]) + "".join(delimiter.join(x) + end for x in lines)
    path = tmp_path_factory.mktemp("table") / "a.csv"
    table, read = open_table(path, text.encode(), delimiter=delimiter)
    assert read == sentences
    for line, place in zip(lines, owner, strict=True):
        if place and place[0] in changed:
            old, new = sentences[place[0]][1][place[1]], changed[place[0]][place[1]]
            line[3] = line[3].replace(old, new)
    expected = text[: text.startswith("\ufeff")] + "".join(delimiter.join(x) + end for x in lines)
    for number, tags in changed.items():
        table.judge(number, tags)
    assert table.write(changed).decode() == expected


def test_a_sentence_a_row_in_every_spelling(tmp_path: Path) -> None:
    data = (
        'id;text;tags;more\r\n7;"Ada sang";"[\'B-PER\', \'O\']";"x"\r\n8;Oslo is;O  O;y\r\n'
        '9;"a ""b""";"[""O"", ""O""]";z'
    )
    table, _ = open_table(tmp_path / "a.csv", data.encode(), token_column="text", tag_column="tags")
    written = table.write({0: ["O", "B-LOC"], 1: ["B-LOC", "O"], 2: ["B-A", "I-A"]}).decode()
    assert written == data.replace("'B-PER', 'O'", "'O', 'B-LOC'").replace(
        "O  O", "B-LOC  O"
    ).replace('""O"", ""O""', '""B-A"", ""I-A""')
    cells = list(csv.reader(io.StringIO(written, newline=""), delimiter=";"))
    assert [row[2] for row in cells[1:]] == ["['O', 'B-LOC']", "B-LOC  O", '["B-A", "I-A"]']


def test_types_without_prefix_and_a_word_of_two_lines(tmp_path: Path) -> None:
    data = b'Sentence #,Word,Tag\nSentence: 1,"New\nYork", geo \n,"says ""x""",O\nSentence: 2,a,O\n'
    table, read = open_table(tmp_path / "a.csv", data)
    assert read[0] == (["New\nYork", 'says "x"'], ["B-geo", "O"])
    assert table.write({0: ["B-org", "O"]}) == data.replace(b" geo ", b" org ")
    assert table.write({1: ["B-geo"]}, kept={1}) == b"Sentence #,Word,Tag\nSentence: 2,a,geo\n"


def test_a_tag_that_needs_quotes_gets_them(tmp_path: Path) -> None:
    table, _ = open_table(tmp_path / "a.csv", b"token,tag\nAda,B-PER\nsang,O\n")
    assert table.write({0: ["B-a,b", "O"]}) == b'token,tag\nAda,"B-a,b"\nsang,O\n'


def test_what_csv_reads_in_another_way_is_not_written_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"token,tag\nZo\xeb,B-PER\nsang,O\n")  # read as cp1252
    read = scan_csv(path, ReadOptions())
    assert read.sentences == [(["Zoë", "sang"], ["B-PER", "O"])]
    assert TaggedTable.of(path, read, ReadOptions()) is None
