"""Files that people upload: what is read, and what is refused with its line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tner_hf.demo.uploads import clean_name, read_gold, read_upload
from tner_hf.errors import DataError, SettingError


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        ("a.txt", "One.\n\n  Two. \r\nThree.", ["One.", "  Two. ", "Three."]),
        ("a.jsonl", '\ufeff{"text": "One."}\n\n{"text": "Two.", "id": 3}\n', ["One.", "Two."]),
        ("a.csv", 'id,text\n1,"One, two."\n2,Three.\n', ["One, two.", "Three."]),
        ("a.csv", "One.\nTwo.\n", ["One.", "Two."]),
        ("a.csv", "id;text\n1;One, two.\n2;Three.\n", ["One, two.", "Three."]),
        ("a.csv", "text\tid\nOne; two.\t1\n", ["One; two."]),
        ("a.csv", "text\nOne; two.\n", ["One; two."]),
        ("a.csv", 'text\n"two\nlines"\n', ["two\nlines"]),
    ],
)
def test_texts_are_read_as_they_are(name: str, content: str, texts: list[str]) -> None:
    assert [row.text for row in read_upload(name, content).rows] == texts


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"tokens": ["Ada", "left"]}\n{"words": ["so"], "ner_tags": ["O"]}\n'),
        ("a.conll", "Ada\nleft\n\nso\n"),
        ("a.bio", "Ada B-PER\nleft O\n\nso O\n"),
        ("a.tsv", "Ada\tX\tB-PER\nleft\tX\tO\n\nso\tX\tO\n"),
    ],
)
def test_sentences_are_read_as_words(name: str, content: str) -> None:
    words = [row.words for row in read_upload(name, content).rows]
    assert words == [("Ada", "left"), ("so",)]


def test_rows_keep_the_other_columns_of_their_file() -> None:
    (row,) = read_upload("a.csv", "id,text,by\n7,One.,Ada\n").rows
    assert row.extra == {"id": "7", "by": "Ada"}
    (row,) = read_upload("a.jsonl", '{"text": "One.", "id": 7, "meta": {"a": [1]}}\n').rows
    assert row.extra == {"id": 7, "meta": {"a": [1]}}


def test_rows_know_their_line() -> None:
    assert [row.line for row in read_upload("a.txt", "\nOne.\n\nTwo.").rows] == [2, 4]
    assert [row.line for row in read_upload("a.conll", "Ada\nleft\n\n\nso\n").rows] == [1, 5]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", "MZ", "accepted: .txt"),
        ("a.txt", "a\x00b", "it holds NUL bytes"),
        ("a.txt", " \n", "holds no text"),
        ("a.jsonl", '{"text": "x"}\n{"text": 3}\n', "a.jsonl:2: no text and no list of words"),
        ("a.jsonl", "[1]\n", "a.jsonl:1: '[1]' is no object"),
        ("a.jsonl", "{'text': 1}\n", "a.jsonl:1: Expecting property name"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1"),
        ("a.csv", "id,words\n1,x\n", "which column is the text?"),
        ("a.csv", "id,text\n1,x\n2\n", "a.csv:3: 1 columns; the first line has 2"),
        ("a.csv", 'text\n"open\n', "a.csv:2: unexpected end of data"),
        ("a.conll", "Ada\nleft O\n", "a.conll:2: 2 columns"),
        ("a.bio", "Ada B-PER\nleft Q-x\n", "a.bio:2"),
    ],
)
def test_a_fault_is_named_with_its_line(name: str, content: str, said: str) -> None:
    with pytest.raises((DataError, SettingError)) as caught:
        read_upload(name, content)
    assert said in str(caught.value)


def test_too_many_texts_are_refused() -> None:
    with pytest.raises(SettingError, match="holds 50,001 texts; this demo takes 50,000"):
        read_upload("a.txt", "x\n" * 50_001)


def test_a_format_can_be_named() -> None:
    assert read_upload("a.log", "One.", "txt").rows[0].text == "One."


def test_a_text_file_that_looks_like_conll_is_questioned() -> None:
    assert "choose the format CoNLL" in read_upload("a.txt", "Ada B-PER\nleft O\n").note
    assert read_upload("a.txt", "Ada left.").note == ""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\users\\a.txt", "a.txt"),
        ("<img src=x>.txt", "<img src=x>.txt"),
        ("a\n\x1b[31m.txt", "[31m.txt"),
        ("x" * 500, "x" * 120),
        ("/", "upload"),
    ],
)
def test_a_name_is_shown_without_its_folders(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_gold_is_read_in_any_scheme() -> None:
    gold = read_gold("g.conll", "Ada B-PER\nLovelace E-PER\nleft O\n")
    assert gold.sentences == [(["Ada", "Lovelace", "left"], ["B-PER", "I-PER", "O"])]
    assert str(gold.scheme) == "BIOES"


def test_gold_that_cannot_be_read_names_its_lines_and_no_path() -> None:
    with pytest.raises(DataError) as caught:
        read_gold("", "Ada B-PER\nLovelace\n")
    assert str(caught.value).splitlines()[0] == "this text cannot be read as IOB:"
    assert caught.value.problems[0].line == 2
    assert "/tmp" not in str(caught.value)


def test_nothing_of_an_upload_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read_gold("g.conll", "Ada B-PER\n")
    with pytest.raises(DataError):
        read_gold("g.conll", "Ada B-PER\nLovelace\n")
    read_upload("a.txt", "One.")
    assert list(tmp_path.iterdir()) == []
