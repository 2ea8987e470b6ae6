"""IOB files read whole, against the line reader that defines what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import iob_files

from tner_hf.formats.iob import scan_iob
from tner_hf.formats.iob_columns import read_plain
from tner_hf.formats.options import ReadOptions


def _rows(table) -> list[tuple[list[str], list[str]]]:
    columns = table.to_pydict()
    return list(zip(columns["tokens"], columns["ner_tags"], strict=True))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(iob_files())
def test_what_is_read_whole_is_what_the_line_reader_says(tmp_path: Path, case) -> None:
    text, layout = case
    path = tmp_path / "file.txt"
    path.write_bytes(text.encode())
    table = read_plain(path, layout)
    if table is not None:
        expected = scan_iob(path, layout)
        assert not expected.problems
        assert _rows(table) == expected.sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada\tB-x\nL\tI-x\n\n\nis\tO", [(["Ada", "L"], ["B-x", "I-x"]), (["is"], ["O"])]),
        ("\ufeffA\tO\r\n\r\nB\tB-x\r\n", [(["A"], ["O"]), (["B"], ["B-x"])]),
        ("a b c I-x\na b c B-x\n", [(["a", "a"], ["B-x", "B-x"])]),
        ("a S-x\nb B-x\nc E-x\n", [(["a", "b", "c"], ["B-x", "B-x", "I-x"])]),
        ("-DOCSTART- X O\n\na N O\n-DOCSTART- X O\nb N O", [(["a"], ["O"]), (["b"], ["O"])]),
        ("a\tO\n\t\nb\tO\n", [(["a"], ["O"]), (["b"], ["O"])]),
    ],
)  # fmt: skip
def test_usual_files_are_read_whole(tmp_path: Path, text: str, expected) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(text.encode())
    table = read_plain(path, ReadOptions())
    assert table is not None
    assert _rows(table) == expected
    assert scan_iob(path, ReadOptions()).sentences == expected


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "a\tO\nb\n", "a\tPER\n", "a\tB-x\nb\tO\nc\tI-x\n", "a\tO\tI-x\nb\tO\n", "a  O\n"],
)
def test_everything_else_is_left_to_the_line_reader(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.txt"
    path.write_text(text)
    assert read_plain(path, ReadOptions()) is None


def test_bytes_of_another_encoding_are_left_to_the_line_reader(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes("Zürich\tB-x\n".encode("latin-1"))
    assert read_plain(path, ReadOptions()) is None
    table = read_plain(path, ReadOptions(encoding="latin-1"))
    assert table is not None
    assert _rows(table) == [(["Zürich"], ["B-x"])]


def test_columns_are_those_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("B-x,a,1\nO,b,2\n")
    table = read_plain(path, ReadOptions(token_column=1, tag_column=0, delimiter=","))
    assert table is not None
    assert _rows(table) == [(["a", "b"], ["B-x", "O"])]
