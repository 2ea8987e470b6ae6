"""Tables of texts: which column holds them, cells of any length, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.errors import DataError
from tner_hf.formats.csv_texts import find_text_column, read_first_line, read_text_table
from tner_hf.formats.options import ReadOptions


@pytest.mark.parametrize(
    ("first", "column", "expected"),
    [
        ("text", None, "text"),
        ("id, Text ,by", None, "Text"),
        ("id|text", None, "text"),
        ("id\ttext\tner_tags", None, None),  # words with tags
        ("id\ttext\tner_tags", "text", "text"),
        ("id,body", None, None),
        ("id,body", "body", "body"),
        ("Ada,B-PER", None, None),
        ('"open', None, None),
        ("", None, None),
    ],
)
def test_the_header_tells_the_column_of_texts(
    first: str, column: str | None, expected: str | None
) -> None:
    assert find_text_column(first, column) == expected


def test_rows_keep_their_line_breaks_and_lines() -> None:
    table = read_text_table("a.csv", 'id;text\n1;"two\nlines; so"\n\n2;x;y\n')
    assert table.names == ("id", "text")
    assert table.text == 1
    assert table.rows == ((3, ["1", "two\nlines; so"]), (5, ["2", "x", "y"]))


def test_a_cell_may_hold_a_document() -> None:
    long = "word " * 100_000
    assert read_text_table("a.csv", f"text\n{long}\n").rows[0][1] == [long]


def test_what_has_no_column_of_texts_is_refused() -> None:
    with pytest.raises(DataError, match=r"a.csv: which column is the text\? .* called body"):
        read_text_table("a.csv", "id,text\n1,x\n", "body")


def test_columns_need_names_of_their_own() -> None:
    with pytest.raises(DataError, match=r"a.csv has several columns 'by'"):
        read_text_table("a.csv", "by,text,by\nAda,x,Bob\n")


def test_the_first_line_of_a_packed_table(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\ufeff\r\nid,text\r\n1,x\r\n".encode()))
    assert read_first_line(path, ReadOptions()) == "id,text"


def test_a_table_in_utf_16_is_read_where_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,text\r\n1,x\r\n".encode("utf-16"))
    with pytest.raises(DataError, match="begins like utf-16; say --encoding utf-16"):
        read_first_line(path, ReadOptions())
    assert read_first_line(path, ReadOptions(encoding="utf-16")) == "id,text"
