"""Files of every kind as sentences to annotate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import TOY_SENTENCES

from tner_hf.annotate.texts import read_texts
from tner_hf.data.convert import convert_dataset
from tner_hf.errors import DataError
from tner_hf.formats.writing import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_format_that_is_written_can_be_annotated(
    target: str, toy_iob: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    suffix = {"brat": "", "labelstudio": ".json", "csv": ".csv", "parquet": ".parquet"}
    path = (
        folder / f"a{suffix.get(target, '.jsonl' if target not in {'iob2', 'bioes'} else '.iob')}"
    )
    convert_dataset([str(toy_iob)], path, target)
    texts = read_texts(path, {"word_splitter": "whitespace"}, "whitespace")
    assert [(list(one.tokens), " ".join(one.tags)) for one in texts.sentences] == TOY_SENTENCES
    assert texts.is_tagged


@pytest.mark.parametrize(
    ("name", "content", "tokens", "text"),
    [
        ("a.txt", "To Oslo.\n\n東京\n", [["To", "Oslo", "."], ["東", "京"]], "To Oslo."),
        ("a.md", "To Oslo.", [["To", "Oslo", "."]], "To Oslo."),
        ("a.jsonl", '{"text": "To Oslo.", "id": "x7"}\n', [["To", "Oslo", "."]], "To Oslo."),
        ("a.json", '[{"tokens": ["To", "New York"]}]', [["To", "New York"]], None),
        ("a.jsonl", '{"tokens": ["To", "New York"]}', [["To", "New York"]], None),
        ("a.csv", "n;text\n1;To Oslo.\n", [["To", "Oslo", "."]], "To Oslo."),
        ("a.conll", "To\nOslo\n\nGo\n", [["To", "Oslo"], ["Go"]], None),
    ],
)
def test_files_without_tags(
    name: str, content: str, tokens: list[list[str]], text: str | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    texts = read_texts(path, {}, "unicode")
    assert [list(one.tokens) for one in texts.sentences] == tokens
    assert texts.sentences[0].text == text
    assert {tag for one in texts.sentences for tag in one.tags} == {"O"}
    assert not texts.is_tagged


def test_a_file_of_data_with_a_fault_is_never_taken_for_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Ada\tB-PER\nsang\n\nLee\tB-PER\nsang\tO\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.txt:2: missing column"):
        read_texts(path, {}, "unicode")
    rows = tmp_path / "a.jsonl"
    rows.write_text('{"tokens": ["Ada"], "ner_tags": ["B-PER"]}\n{"tokens": ["Ada"]}\n', "utf-8")
    with pytest.raises(DataError, match=r"a\.jsonl:2: no list of tags"):
        read_texts(rows, {}, "unicode")


def test_entities_under_any_name_are_entities(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Ada", "ents": [{"start": 0, "end": 3, "label": "PER"}]}', "utf-8")
    assert read_texts(path, {}, "unicode").sentences[0].tags == ["B-PER"]


def test_any_file_is_texts_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("Ada\tB-PER\n", encoding="utf-8")
    texts = read_texts(path, {"format": "text"}, "whitespace")
    assert [list(one.tokens) for one in texts.sentences] == [["Ada", "B-PER"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no text"),
        (b"  \n\n", "holds no text"),
        (b"a\x00b", "holds NUL bytes"),
        (b"Zo\xeb", "byte 2 is not utf-8"),
        (json.dumps({"text": "\ud83d x"}).encode(), "half a character"),
    ],
)
def test_what_is_no_text_is_one_line(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.jsonl" if content.startswith(b"{") else "a.txt")
    path.write_bytes(content)
    with pytest.raises(DataError, match=why):
        read_texts(path, {}, "unicode")


def test_a_file_that_is_missing_or_changes_is_named(texts: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        read_texts(texts.with_name("other.txt"), {}, "unicode")
    read = read_texts(texts, {}, "unicode")
    read.check_unchanged()
    texts.write_text("else\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"texts\.txt has changed since it was read"):
        read.check_unchanged()


def test_another_reading_has_another_fingerprint(texts: Path) -> None:
    one, same, other = (read_texts(texts, {}, s) for s in ("unicode", "unicode", "whitespace"))
    assert one.fingerprint == same.fingerprint != other.fingerprint
