"""CSV that no spreadsheet runs."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest

import tner_hf
from tner_hf.formats.csv_files import write_csv


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_begins_like_a_formula_is_text(begin: str) -> None:
    text = f"{begin}cmd|' /C calc'!A0"
    ((cell,),) = csv.reader(io.StringIO(write_csv([[text]]), newline=""))
    assert cell == f"'{text}"


def test_all_else_stays_as_it_is() -> None:
    rows = [["a-b", "x,y", 'say "so"', "", "Å\u2028"], [-0.5, 3, None, True, "é=1"]]
    found = list(csv.reader(io.StringIO(write_csv(rows), newline="")))
    assert found == [rows[0], ["-0.5", "3", "", "True", "é=1"]]


def test_nothing_else_in_the_package_writes_csv() -> None:
    root = Path(tner_hf.__file__).parent
    writers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"csv.writer", "csv.DictWriter"}
    }
    assert writers == {"formats/csv_files.py"}
