"""From any input to shards: every row once, in order, with the entities over its own text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY

from tner_hf.errors import DataError, MissingExtraError, SettingError, TaggingError
from tner_hf.inference.shards import Engine, ray_cluster
from tner_hf.inference.shards.verifying import verify_folder

TEXTS = ["Ada sang in Oslo.", "nothing", "", "é London", "Ada", "x Rome y"]


def found(texts):
    """Type and text of each entity that the stub finds."""
    words = [[w.strip(".") for w in text.split()] for text in texts]
    return [[("PER" if w[0] < "M" else "LOC", w) for w in ws if w[:1].isupper()] for ws in words]


def check(rows, texts=TEXTS, column="text"):
    assert [row[column] for row in rows] == texts
    assert [[(e["type"], e["text"]) for e in row["entities"]] for row in rows] == found(texts)
    for row in rows:
        for entity in row["entities"]:
            assert row[column][entity["start"] : entity["end"]] == entity["text"]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "texts.parquet"
    columns = {"n": list(range(6)), "text": TEXTS, "when": pa.array([1] * 6, pa.timestamp("s"))}
    pq.write_table(pa.table(columns), path, row_group_size=4)
    return path


@pytest.mark.parametrize("output_format", ["parquet", "jsonl"])
def test_a_line_is_a_text(tag, rows_of, texts, tmp_path, output_format):
    summary = tag(texts, shard_bytes=12, output_format=output_format)
    check(rows_of())
    assert (summary.rows, summary.errors, summary.shards) == (6, 0, 3)
    assert summary.entities == {"PER": 3, "LOC": 2}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md", "data", "errors.jsonl", "manifest.json",
    ]  # fmt: skip
    assert verify_folder(tmp_path / "out").rows == 6


def test_the_metadata_say_once_what_made_it_and_name_no_folder(tag, texts, tmp_path):
    tag(texts)
    (path,) = (tmp_path / "out" / "data").iterdir()
    told = json.loads(pq.read_schema(path).metadata[b"tner_hf"])
    assert told["model"]["name"] == "stub"
    assert told["settings"]["shard_bytes"] == 4 << 20
    for file in (tmp_path / "out").rglob("*"):
        assert not file.is_file() or str(tmp_path).encode() not in file.read_bytes()


def test_the_datasets_library_reads_the_folder(tag, texts, tmp_path):
    from datasets import load_dataset

    tag(texts, shard_bytes=12)
    read = load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")
    check(read[:] and list(read))


def test_columns_of_tables_keep_their_types(tag, rows_of, table, tmp_path):
    tag(table, shard_bytes=12)
    check(rows_of())
    schema = pq.read_schema(next((tmp_path / "out" / "data").iterdir()))
    assert schema.names == ["n", "text", "when", "entities"]
    assert schema.field("when").type == pq.read_schema(table).field("when").type
    tag(table, out="lines", output_format="jsonl")
    assert rows_of("lines")[0]["when"] == "1970-01-01T00:00:01"


def test_objects_keep_what_they_hold(tag, rows_of, tmp_path):
    path = tmp_path / "rows.jsonl"
    given = [
        {"text": "Ada", "n": 1, "tags": ["a"], "odd": [1, "b"]},
        {"text": "Oslo", "n": 2.5, "more": {"x": 1}},
    ]
    path.write_text("\n".join(map(json.dumps, given)) + "\n\n")
    tag(path)
    first, second = rows_of()
    assert (first["n"], second["n"]) == (1.0, 2.5)
    assert (first["tags"], second["tags"]) == (["a"], None)
    assert (json.loads(first["odd"]), second["more"]) == ([1, "b"], {"x": 1})
    tag(path, out="lines", output_format="jsonl")
    assert [{k: v for k, v in row.items() if k != "entities"} for row in rows_of("lines")] == given


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "Ada\tO\nsang\tO\n\nOslo\tB-LOC\n"),
        ("a.json", '[{"text": "Ada sang"}, {"text": "Oslo"}]'),
        ("a.jsonl", '{"tokens": ["Ada", "sang"]}\n{"tokens": ["Oslo"]}\n'),
        ("a.jsonl", '{"id": 1, "text": "Ada sang", "label": []}\n{"id": 2, "text": "Oslo"}\n'),
        ("a.txt", "1|t|Ada sang\n1|a|Oslo\n1\t0\t3\tAda\tPER\n\n"),
    ],
)
def test_every_form_of_file(tag, rows_of, tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    tag(path)
    rows = rows_of()
    assert [e["text"] for row in rows for e in row["entities"]] == ["Ada", "Oslo"]
    assert all(row["text"][e["start"] : e["end"]] == e["text"] for row in rows
               for e in row["entities"])  # fmt: skip


def test_a_table_of_a_spreadsheet(tag, rows_of, errors_of, tmp_path):
    path = tmp_path / "texts.csv"
    path.write_bytes('id;Text\r\n1;"Ada sang in Oslo."\r\n2;Zoé;x\r\n3;Rome\r\n'.encode("cp1252"))
    tag(path)
    first, broken, last = rows_of()
    check([first, last], ["Ada sang in Oslo.", "Rome"], column="Text")
    assert [first["id"], broken["id"], last["id"]] == ["1", None, "3"]
    assert [each["error"] for each in errors_of()] == ["3 columns, and the header has 2"]
    path.write_text("id,body\n1,Oslo\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no column 'txt'; it has 'id', 'body'"):
        tag(path, column="txt")
    with pytest.raises(DataError, match="Texts of a table are read from its column `text`"):
        tag(path)
    tag(path, column="body", out="other")
    check(rows_of("other"), ["Oslo"], column="body")


def test_folders_patterns_and_packed_files_go_together(tag, rows_of, texts, table, tmp_path):
    import gzip

    (folder := tmp_path / "in" / "deep").mkdir(parents=True)
    (folder / "a.txt.gz").write_bytes(gzip.compress(texts.read_bytes()))
    (tmp_path / "in" / "b.txt").write_text("Ada\n")
    (tmp_path / "in" / "README.md").write_text("no text of it")
    tag(tmp_path / "in", table)
    rows = rows_of()
    check(rows, ["Ada", *TEXTS, *TEXTS])
    assert [row["n"] for row in rows] == [None] * 7 + list(range(6))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    names = [each["name"] for each in manifest["inputs"]]
    assert names == ["b.txt", "deep/a.txt.gz", "texts.parquet"]
    tag(tmp_path / "in" / "**" / "*.gz", out="pattern")
    check(rows_of("pattern"))


def test_addresses_of_fsspec(tag, rows_of, texts, table):
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/a.txt", texts.read_bytes())
    memory.pipe("/bucket/b.parquet", table.read_bytes())
    tag("memory://bucket", shard_bytes=12)
    check(rows_of(), [*TEXTS, *TEXTS])


def test_saved_datasets(tag, rows_of, tmp_path):
    from datasets import Dataset, DatasetDict

    splits = DatasetDict({"test": Dataset.from_dict({"text": TEXTS, "n": list(range(6))})})
    splits.save_to_disk(str(tmp_path / "saved"))
    tag(tmp_path / "saved", shard_bytes=12)
    check(rows_of())


def test_a_hostile_row_costs_only_itself(tag, rows_of, errors_of, tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = [
        '{"text": "Ada"}', '{"text": null}', '{"n": 1}', '{"text": "\\ud800 Ada"}', '{"text": 3}',
        "no JSON", "[1]", '{"text": "boom"}', json.dumps({"text": "Ada " * 300}),
        '{"text": "Oslo", "n": 1}',
    ]  # fmt: skip
    path.write_bytes("\n".join(lines).encode() + b'\n{"text": "\xff"}\n{"text": "Rome"}\n')
    summary = tag(path, most_characters=1000)
    rows = rows_of()
    assert (len(rows), summary.rows, summary.errors) == (12, 12, 9)
    good = [row for row in rows if row["entities"] is not None]
    assert [row["text"] for row in good] == ["Ada", "Oslo", "Rome"]
    assert rows[3]["text"] == "\ufffd Ada"
    told = {each["line"]: each["error"] for each in errors_of()}
    assert {line: said.partition(":")[0] for line, said in told.items()} == {
        2: "null in 'text'", 3: "no column 'text'",
        4: "half a character of UTF-16 (a lone surrogate)",
        5: "int in 'text', neither a text nor a list of words", 6: "not JSON",
        7: "list, and no object", 8: "the model fails",
        9: "1,200 characters; the most is 1,000", 11: "byte 10 is not utf-8",
    }  # fmt: skip
    assert all(each["input"] == "rows.jsonl" for each in errors_of())
    verify_folder(tmp_path / "out")


def test_a_text_of_ten_megabytes_and_bytes_that_are_no_text(tag, rows_of, errors_of, tmp_path):
    path = tmp_path / "texts.txt"
    path.write_bytes(b"\xef\xbb\xbfAda\r\n" + b"x" * 10_000_000 + b"\ncaf\xe9\nOslo")
    tag(path, reading={"format": "text"})
    rows = rows_of()
    assert [row["text"][:4] for row in rows] == ["Ada", "xxxx", "caf\ufffd", "Oslo"]
    assert [each["line"] for each in errors_of()] == [2, 3]
    assert len(rows[1]["text"]) == 10_000_000


def test_where_nothing_can_be_tagged_it_is_not_the_rows(tag, tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("boom\nboom\n")
    with pytest.raises(RuntimeError, match="boom"):
        tag(path)


def test_workers_write_the_same_bytes_and_one_that_dies_is_replaced(tag, texts, tmp_path, stub):
    def contents(name):
        folder = tmp_path / name
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    texts.write_text(texts.read_text() * 3 + "die\n")
    tag(texts, shard_bytes=12)
    died = tmp_path / "died"
    summary = tag(texts, shard_bytes=12, out="many", workers=2, load=stub.Load(deadly=died))
    assert died.read_bytes() == b"x"
    assert summary.rows == 19
    assert contents("many") == contents("out")


def test_a_shard_that_kills_every_worker_is_named(tag, texts, stub, tmp_path):
    texts.write_text("die\n")
    load = stub.Load(deadly=tmp_path / "died", deaths=3)
    with pytest.raises(TaggingError, match=r"3 workers died of shard 000000-\w+, the last by sign"):
        tag(texts, workers=2, load=load)
    assert (tmp_path / "died").read_bytes() == b"xxx"


def test_what_is_done_is_not_done_again(tag, texts, stub, tmp_path):
    def load():
        tagger, calls = stub.Load()(), iter(range(2))

        def answer(items):
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return tagger(items)

        return answer

    with pytest.raises(KeyboardInterrupt):
        tag(texts, shard_bytes=12, load=load)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["state"] == "running"
    assert tag(texts, shard_bytes=12).done_before == 2
    again = tag(texts, shard_bytes=12, load=lambda: pytest.fail("nothing is left to do"))
    assert (again.done_before, again.rows, again.entities) == (3, 6, {"PER": 3, "LOC": 2})
    next((tmp_path / "out" / "data").iterdir()).unlink()
    assert tag(texts, shard_bytes=12).done_before == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.write_text("Ada"), r"texts\.txt was 50 bytes, sha256 \w+… and is now 3 bytes"),
        (lambda t: None, None),
    ],
)
def test_a_changed_input_is_refused(tag, texts, change, said):
    tag(texts)
    change(texts)
    if said is None:
        assert tag(texts).done_before == 1
        return
    with pytest.raises(SettingError, match=said):
        tag(texts)


def test_another_model_other_settings_and_other_inputs_are_refused(tag, texts, tmp_path):
    tag(texts)
    with pytest.raises(SettingError, match="the model's fingerprint was '0000000000000000' and is"):
        tag(texts, model={"fingerprint": "1"})
    with pytest.raises(SettingError, match="output_format was 'parquet' and is now 'jsonl'"):
        tag(texts, output_format="jsonl")
    (other := tmp_path / "other.txt").write_text("Ada\n")
    with pytest.raises(SettingError, match=r"other\.txt is an input and was none"):
        tag(texts, other)


def test_a_folder_of_something_else_is_left_alone(tag, texts, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(SettingError, match=r"holds 'thesis\.tex' and no manifest\.json"):
        tag(texts)


def test_columns_that_are_no_texts_are_refused(tag, tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([[1], [2]], names=["text", "n"]), path)
    with pytest.raises(DataError, match="column 'text' holds int64, neither texts nor lists"):
        tag(path)
    pq.write_table(pa.table([["a"], ["b"]], names=["text", "text"]), path)
    with pytest.raises(DataError, match="has several columns 'text'"):
        tag(path)


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ({"workers": 0}, r"--workers 0; accepted: at least 1"),
        (
            {"address": "127.0.0.1:1"},
            r"--address 127\.0\.0\.1:1 is that of a Ray cluster: --engine",
        ),
        ({"kind": "ray", "address": "127.0.0.1:1"}, r"no cluster answers there \(Connection refu"),
        ({"kind": "ray", "address": "ray://a:1"}, r"accepted: HOST:PORT of the cluster's head"),
        ({"kind": "ray", "address": "here"}, r"accepted: HOST:PORT of the cluster's head"),
        ({"kind": "ray", "address": "here:99999"}, r"accepted: HOST:PORT of the cluster's head"),
    ],
)
def test_an_engine_that_cannot_be_had_is_told_first(
    engine: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: name)
    with pytest.raises(SettingError, match=said):
        Engine(**engine).check()


def test_ray_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "tner-hf\[scale\]"'):
        Engine(kind="ray").check()


def test_texts_are_tagged_without_pandas(texts: Path, tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(REPOSITORY / "benchmarks")!r})
from pathlib import Path
from killing import Quiet
from stub_tagger import MODEL, Load
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, TagSettings, find_sources, tag_sources
sources = find_sources([{str(texts)!r}], ReadOptions())
folder = Path({str(tmp_path / "out")!r})
print(tag_sources(sources, (MODEL, Load()), folder, TagSettings(), Engine(), Quiet()).rows)
print("pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(len(TEXTS)), "False"]
