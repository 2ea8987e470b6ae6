"""CSV that no spreadsheet runs."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest

import tner_hf
from tner_hf.formats.csv_files import defuse, restore, write_csv
from tner_hf.formats.csv_rows import scan_csv
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.writing import Sentence
from tner_hf.formats.writing import write_csv as write_sentences


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_begins_like_a_formula_is_text(begin: str) -> None:
    text = f"{begin}cmd|' /C calc'!A0"
    ((cell,),) = csv.reader(io.StringIO(write_csv([[text]]), newline=""))
    assert cell == f"'{text}"


def test_all_else_stays_as_it_is() -> None:
    rows = [["a-b", "x,y", 'say "so"', "", "Å\u2028"], [-0.5, 3, None, True, "é=1"]]
    found = list(csv.reader(io.StringIO(write_csv(rows), newline="")))
    assert found == [rows[0], ["-0.5", "3", "", "True", "é=1"]]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "'=", "''-", "'", "a=", "\t"])
def test_what_was_defused_comes_back(begin: str) -> None:
    assert restore(str(defuse(begin + "1"))) == begin + "1"


def test_converted_sentences_are_defused_and_read_back(tmp_path: Path) -> None:
    tokens = ["=1+1", "-", "@ada", "+1", "'=", "'tis", "so"]
    text = "".join(write_sentences([Sentence(tokens, ["B-x"] * 7, document="=d")]))
    cells = [row[1] for row in csv.reader(io.StringIO(text, newline=""))]
    assert cells == ["token", "'=1+1", "'-", "'@ada", "'+1", "''=", "'tis", "so"]
    (tmp_path / "a.csv").write_text(text)
    read = scan_csv(tmp_path / "a.csv", ReadOptions())
    assert read.sentences == [(tokens, ["B-x"] * 7)]
    assert read.extras == {"doc_id": ["=d"]}
    assert "were left out of 7 rows" in str(read.problems)


def test_tables_of_others_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("word,tag\n'-,O\n")
    assert scan_csv(tmp_path / "a.csv", ReadOptions()).sentences == [(["'-"], ["O"])]


def test_nothing_else_in_the_package_writes_csv() -> None:
    root = Path(tner_hf.__file__).parent
    writers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"csv.writer", "csv.DictWriter"}
    }
    assert writers == {"formats/csv_files.py"}
