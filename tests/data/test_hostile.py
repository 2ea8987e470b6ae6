"""Inputs that once ended in an error of a library: each is read, or refused in one line."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tner_hf.cli import main
from tner_hf.data import load_dataset
from tner_hf.demo.uploads import read_upload
from tner_hf.errors import DataError

HUGE = "9" * 5000
REFUSED: dict[str, dict[str, str]] = {
    "brat": {"a.txt": "a b", "a.ann": f"T1\tPER 0 {HUGE}\ta\n"},
    "list in a table": {"a.csv": "tokens,ner_tags\n\"['\\ud800']\",\"['O']\"\n"},
    "label of doccano": {"a.jsonl": '{"text":"a b","label":[[0,1,"\\udfff"]]}\n'},
    "no labels": {"train.jsonl": '{"tokens":["a"],"ner_tags":[0]}\n', "label.json": "{}"},
    "half a label": {
        "train.jsonl": '{"tokens":["a"],"ner_tags":[0]}\n',
        "label.json": '{"B-\\ud800": 0}',
    },
}


@pytest.mark.parametrize("files", REFUSED)
def test_it_is_refused_by_every_way(
    tmp_path: Path, files: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in REFUSED[files].items():
        (tmp_path / name).write_text(content)
    only = [name for name in REFUSED[files] if name.startswith("a.") and name != "a.txt"]
    source = str(tmp_path / only[0]) if only else str(tmp_path)
    with pytest.raises(DataError, match=source):
        load_dataset(source, cache_dir=tmp_path / ".cache")
    for command, status in (("check", {1, 2}), ("stats", {2})):
        assert main(["datasets", command, source, "--cache_dir", str(tmp_path / "c")]) in status
    assert source in "".join(capsys.readouterr())


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_nothing_streams_as_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    rows = load_dataset(tmp_path / "a.jsonl", streaming=True, split="train")
    assert list(rows) == []


def test_a_split_in_another_form_than_the_others_is_not_left_out_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "train.txt").write_text("a B-x\n")
    (tmp_path / "test.txt").write_text("b O\n")
    (tmp_path / "test.jsonl").write_text('{"tokens":["b"],"ner_tags":["O"]}\n')
    assert list(load_dataset(tmp_path, cache_dir=tmp_path / ".cache")) == ["test"]
    assert [line.split(":")[0] for line in caplog.messages] == [
        f"{tmp_path / 'train.txt'} is not read"
    ]


@pytest.mark.parametrize("at", [6, 8])
def test_an_archive_of_another_version_is_one_line(tmp_path: Path, at: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("train.txt", "a O\n")
    content = bytearray(out.getvalue())
    entry = content.find(b"PK\x01\x02")
    content[entry + at : entry + at + 2] = b"\xff\xff"
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"no \.?zip file that can be unpacked"):
        load_dataset(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("id", [{"a": 1}], ""),
        ("id", [[1]], ""),
        ("corpus", [[5]], ""),
        ("text", ["a"], "'offsets' cannot be read"),
    ],
)
def test_odd_columns_beside_words_and_tags(
    tmp_path: Path, name: str, values: list[object], said: str
) -> None:
    table = pa.table({"tokens": [["a"]], "ner_tags": [["O"]], name: values})
    if said:
        table = table.append_column("offsets", pa.array([[[0, 2**40]]]))
    pq.write_table(table, tmp_path / "a.parquet")
    if not said:
        assert load_dataset(tmp_path / "a.parquet")["train"]["tokens"][0] == ["a"]
        return
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path / "a.parquet")


def test_an_upload_may_be_one_long_text() -> None:
    (row,) = read_upload("a.csv", "a" * 200_000 + "\n").rows
    assert row.text == "a" * 200_000
