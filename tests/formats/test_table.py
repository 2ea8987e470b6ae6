"""Files of every kind, each with the reading that is right, or the option that chooses it."""
# ruff: noqa: E501, ISC004  # small files stand as they are, one a line

from __future__ import annotations

import bz2
import gzip
import json
import logging
import lzma
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tner_hf.cli import main
from tner_hf.data import load_dataset
from tner_hf.errors import DataError, UnknownNameError
from tner_hf.formats.table import FORMATS

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "files"
TWO = "Ada\tB-PER\nsang\tO\n\nOslo\tB-LOC\n"
#: What `TWO` is: `token/tag`, a sentence a string.
ROWS = ["Ada/B-PER sang/O", "Oslo/B-LOC"]


def show(rows: Any) -> list[str]:
    names = rows.features["ner_tags"].feature.names
    return [
        " ".join(f"{w}/{names[i]}" for w, i in zip(row["tokens"], row["ner_tags"], strict=True))
        for row in rows
    ]


def read(path: Path, content: str | bytes | None = None, **options: Any) -> list[str]:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    loaded: Any = load_dataset(path, split="train", **options)
    return show(loaded)


def entity(start: int, end: int, label: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, **more}


def lines(*rows: Any) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


OSLO = "Ada lives in Oslo."
OSLO_ROW = ["Ada/B-PER lives/O in/O Oslo/B-LOC ./O"]
OSLO_SPANS = [[0, 3, "PER"], [13, 17, "LOC"]]

READ = {
    "comments": ("a.conll", f"# sent_id = 1\n# text = Ada sang\n{TWO}#\tO\n", [ROWS[0], f"{ROWS[1]} #/O"]),
    "comments-spaces": ("a.txt", "# id 1\nAda B-PER\nsang O\n\n# id 2\nOslo B-LOC\n", ROWS),
    "germeval": (
        "a.tsv",
        "#\thttp://x\t[2009-10-17]\n1\tAda\tB-PER\tB-PER\n2\tsang\tO\tO\n\n"
        "#\thttp://y\t[2009]\n1\tOslo\tO\tB-LOC\n",
        ROWS,
    ),
    "germeval-as-wide-as-a-token": (
        "a.tsv", "#\thttp://x\t[2009]\tO-1\n1\tAda\tO\tB-PER\n2\tsang\tO\tO\n\n1\tOslo\tO\tB-LOC\n", ROWS,
    ),
    "header": ("a.tsv", f"token\tlabel\n{TWO}", ROWS),
    "header-in-another-order": ("a.tsv", "tag\ttoken\nB-PER\tAda\nO\tsang\n\nB-LOC\tOslo\n", ROWS),
    "index-from-0": ("a.conll", "0\tAda\tB-PER\n1\tsang\tO\n\n0\tOslo\tB-LOC\n", ROWS),
    "index-from-1": ("a.txt", "1 Ada NN B-PER\n2 sang VB O\n\n1 Oslo NN B-LOC\n", ROWS),
    "uner": (
        "a.iob2",
        "# sent_id = 1\n1\tAda\tB-PER\t-\tme\n2\tsang\tO\t-\tme\n\n1\tOslo\tB-LOC\t-\tme\n",
        ROWS,
    ),
    "conllu-misc": (
        "a.conllu",
        "# text = Ada sang\n1-2\tAda sang\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "1\tAda\t_\tX\t_\t_\t0\t_\t_\tNER=B-PER|SpaceAfter=No\n2\tsang\t_\tX\t_\t_\t0\t_\t_\t_\n"
        "\n1\tOslo\t_\tX\t_\t_\t0\t_\t_\tNER=B-LOC\n1.1\tx\t_\t_\t_\t_\t_\t_\t_\t_\n",
        ROWS,
    ),
    "tags-before-the-last-column": ("a.tsv", "Ada\tB-PER\t0.9\nsang\tO\t0.8\n\nOslo\tB-LOC\t1\n", ROWS),
    "space-token": ("a.tsv", f" \tO\n{TWO}", [" /O Ada/B-PER sang/O", ROWS[1]]),
    "piped": ("a.txt", "Ada|N|I-PER sang|V|O\nOslo|N|I-LOC\n", ROWS),
    "bmes": ("a.char", "吴\tB-N\n重\tM-N\n阳\tE-N\n李\tS-N\n，\tO\n", ["吴/B-N 重/I-N 阳/I-N 李/B-N ，/O"]),
    "bare": ("a.txt", "Ada PER\nByron PER\nsang O\n\nOslo LOC\n", ["Ada/B-PER Byron/I-PER sang/O", ROWS[1]]),
    "lower": ("a.txt", "Ada b-PER\nByron i-PER\nsang o\n", ["Ada/B-PER Byron/I-PER sang/O"]),
    "mark-inside": ("a.tsv", "Ada\tB-PER\nsang\tO\n\n\ufeffOslo\tB-LOC\n", ROWS),
    "csv": ("a.csv", 'Ada,B-PER\nsang,O\n",",O\n"""",O\n\nOslo,B-LOC\n',
            ["Ada/B-PER sang/O ,/O \"/O", ROWS[1]]),
    "csv-semicolons": ("a.csv", '\ufeffword;tag\nAda;B-PER\nsang;O\n;\nOslo;B-LOC\n', ROWS),
    "csv-gmb": (
        "a.csv",
        "Sentence #,Word,POS,Tag\r\nSentence: 1,Zo\xeb,NN,B-per\r\n,\"a,b\",VB,O\r\nSentence: 2,x,NN,O\r\n".encode("latin-1"),
        ["Zoë/B-per a,b/O", "x/O"],
    ),
    "csv-lists": (
        "a.csv", "Sentence #,Sentence,Tag\n1,Ada sang,\"['B-PER', 'O']\"\n2,Oslo,['B-LOC']\n", ROWS,
    ),
    "spans": ("a.jsonl", lines({"text": OSLO, "entities": [entity(0, 3, "PER"), entity(13, 17, "LOC")]}), OSLO_ROW),
    "doccano": ("a.jsonl", lines({"id": 1, "text": OSLO, "label": OSLO_SPANS}), OSLO_ROW),
    "doccano-relations": (
        "a.jsonl",
        lines({
            "text": OSLO, "relations": [],
            "entities": [{"id": 1, "label": label, "start_offset": a, "end_offset": b} for a, b, label in OSLO_SPANS],
        }),
        OSLO_ROW,
    ),
    "labelstudio": (
        "a.json",
        json.dumps([{
            "id": 1, "data": {"text": OSLO},
            "annotations": [{"result": [
                {"type": "labels", "value": {"start": a, "end": b, "text": OSLO[a:b], "labels": [label]}}
                for a, b, label in OSLO_SPANS
            ]}],
        }], indent=1),
        OSLO_ROW,
    ),
    "labelstudio-min": (
        "a.json",
        json.dumps([{"text": OSLO, "label": [{"start": a, "end": b, "labels": [label]} for a, b, label in OSLO_SPANS]}]),
        OSLO_ROW,
    ),
    "prodigy": (
        "a.jsonl",
        lines(
            {"text": "Ada-Lee sang", "tokens": [entity(0, 3, "x"), entity(3, 4, "x"), entity(4, 7, "x"), entity(8, 12, "x")],
             "spans": [entity(0, 3, "PER")], "answer": "accept"},
            {"text": "no", "spans": [], "answer": "reject"},
        ),
        ["Ada/B-PER -/O Lee/O sang/O"],
    ),
    "spacy": ("a.json", json.dumps([[OSLO, {"entities": OSLO_SPANS}]]), OSLO_ROW),
    "spacy-python": (
        "a.py", f"TRAIN_DATA = [\n  ({OSLO!r}, {{'entities': [(0, 3, 'PER'), (13, 17, 'LOC')]}}),\n]\n", OSLO_ROW,
    ),
    "pubtator": (
        "a.txt",
        "7|t|Aspirin works.\n7|a|It helps.\n7\t0\t7\tAspirin\tChemical\tD1\n7\t18\t23\thelps\tX\tD2\n7\tCID\tD1\tD2\n\n8|t|A\n8|a|B\n",
        ["Aspirin/B-Chemical works/O ./O", "It/O helps/B-X ./O", "A/O", "B/O"],
    ),
    "printed-json": ("a.json", json.dumps({"tokens": ["Ada", "sang"], "tags": ["B-PER", "O"]}, indent=1), ROWS[:1]),
    "gzip": ("a.conll.gz", gzip.compress(TWO.encode()), ROWS),
    "bzip2": ("a.txt.bz2", bz2.compress(TWO.encode()), ROWS),
    "xz": ("a.txt.xz", lzma.compress(TWO.encode()), ROWS),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), READ.values(), ids=list(READ))
def test_each_kind_has_one_reading(
    tmp_path: Path, name: str, content: str | bytes, expected: list[str]
) -> None:
    assert read(tmp_path / name, content) == expected


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "Ada PER\nOslo LOC\n", "scheme='IO'"),
        ("a.tsv", "Wort\tEtikett\nAda\tB-PER\n", "header=True"),
        ("a.txt", "Ada|B-PER\nsang|O\n", r"delimiter='\|'"),
        ("a.txt", "#win\nAda B-PER\n", "a.txt:1: missing column"),
        ("a.txt", "Ada B-PER\n# mid sentence\nsang O\n", "a.txt:2: too many columns"),
        ("a.txt", "Ada B_PER\nsang O\n", "tag 'B_PER' has no prefix"),
        ("a.txt", "Ada PER-B\nsang O\n", "unknown prefix 'PER'"),
        ("a.txt", "a M-X\nb I-X\n", "unknown prefix 'M'"),
        ("a.csv", "word,tag\nМосква,B-LOC\n".encode("cp1251"), "name its encoding"),
        ("a.csv", "word,tag\nŁódź,B-LOC\n".encode("cp1250"), "name its encoding"),
        ("a.csv", 'word,tag\n"Ada,B-PER\n', "a.csv:2: no row of a table"),
        ("a.csv", "a,b,c\nAda,x,y\n", "no prefix"),
        ("a.jsonl", '{"text": "Ada", "entities": [{"start": 0.5, "end": 3, "label": "X"}]}', "is no span"),
        ("a.jsonl", '{"text": "Ada", "entities": [{"start": 0, "end": 3}]}', "is no span"),
        ("a.jsonl", '{"text": "\\ud800", "entities": []}', "a.jsonl:1: half a character"),
        ("a.jsonl", '{"tokens": ["\\ud800"], "tags": ["O"]}', "half a character"),
        ("a.jsonl", '{"tokens": ["a"], "tags": [123456789012345678901]}', "too large"),
        ("a.txt.gz", b"nothing", "no .gz file"),
        ("a.json", "[" * 100_000, "nested too deeply|not JSON"),
    ],
)  # fmt: skip
def test_what_has_two_readings_or_none_is_refused_in_a_line(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        read(tmp_path / name, content)


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("Ada PER\nOslo LOC\n", {"scheme": "IO"}, ["Ada/B-PER Oslo/B-LOC"]),
        ("Wort Etikett\nAda B-PER\n", {"header": True}, ["Ada/B-PER"]),
        ("Ada|B-PER\nsang|O\n", {"delimiter": "|"}, ROWS[:1]),
        ("Ada|B-PER\nsang|O\n", {"format": "piped"}, ["Ada/B-PER", "sang/O"]),
        ("1 Ada B-PER\n2 sang O\n", {"token_column": 0}, ["1/B-PER 2/O"]),
        ('""""\tO\n', {"format": "csv"}, ['"/O']),
        ("\tO\nAda\tB-PER\n", {"empty_tokens": "drop"}, ["Ada/B-PER"]),
        ("\tO\nAda\tB-PER\n", {"empty_tokens": "keep"}, ["/O Ada/B-PER"]),
        ("Ada B-PER O\nsang O O\n", {"tag_column": 1}, ROWS[:1]),
    ],
)
def test_an_option_decides(
    tmp_path: Path, content: str, options: dict[str, Any], expected: list[str]
) -> None:
    assert read(tmp_path / "a.txt", content, **options) == expected


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.tsv", "Ada\tB-PER\tO\nx\tO\tB-X\n\ny\tB-X\tO\n", "column 1 holds tags, too: 2 entities; read is column 2, which holds 1"),
        ("a.tsv", "1\tAda\tB-PER\n2\tx\tO\n", ":1: the first column counts the tokens"),
        ("a.tsv", "token\tlabel\nAda\tB-PER\n", ":1: header skipped"),
        ("a.txt", "a I-X\n\nb O\nc B-X\n\nd I-X\n\ne I-X\n", ":4: stray B- start"),
        ("a.txt", "a b-X\nb o\n", ":1: lower-case prefixes"),
        ("a.txt", "a|O b|O\nc|b-X d|i-X\n", ":2: lower-case prefixes are read as upper-case ones (line 2)"),
        ("a.csv", 'sentence,tags\n"a b","b-X i-X"\n', ":2: lower-case prefixes are read as upper-case ones (line 2)"),
        ("a.tsv", '""""\tO\n', ":1: quotes as a spreadsheet writes them"),
        ("a.tsv", "a\tO\n\n\ufeffb\tO\n", ":3: a byte-order mark"),
    ],
)  # fmt: skip
def test_what_was_recognised_is_said(
    tmp_path: Path, name: str, content: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="tner_hf")
    read(tmp_path / name, content)
    assert any(told in message for message in caplog.messages), caplog.messages


def test_chunks_are_no_second_layer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read(tmp_path / "a.txt", "U.N. NNP I-NP I-ORG\nofficial NN I-NP O\n")
    assert caplog.messages == []


def test_documents_are_a_column(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content, expected in (
        ("-DOCSTART- O\n\nx O\n\ny O\n\n-DOCSTART- O\n\nz O\n", ["0", "0", "1"]),
        ("# newdoc id = d1\n# id = 1\nx O\n\ny O\n\n# newdoc id = d2\nz O\n", ["d1", "d1", "d2"]),
        ("###MEDLINE:7\n\nx O\n\n###MEDLINE:8\n\ny O\n\nz O\n", ["7", "8", "8"]),
    ):
        path.write_text(content)
        loaded: Any = load_dataset(path, split="train")
        assert loaded["doc_id"][:] == expected


def test_text_and_offsets_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines({"id": "q", "text": "Ada  sang", "label": [[0, 3, "PER"]]}))
    row = load_dataset(path, split="train", unify=True)[0]
    assert (row["id"], row["text"], row["offsets"]) == ("q", "Ada  sang", [[0, 3], [5, 9]])
    merged: Any = load_dataset([str(path), "sample"], split="train")
    assert merged.filter(lambda r: r["corpus"] == "a")["offsets"][0] == [[0, 3], [5, 9]]


@pytest.mark.parametrize(
    "names",
    [
        ("eng.train", "eng.testa", "eng.testb"), ("train", "dev", "test"),
        ("train.conllu", "dev.conllu", "test.conllu"), ("a-train.iob2.gz", "a-dev.iob2.gz", "a-test.iob2.gz"),
        ("train.char.bmes", "dev.char.bmes", "test.char.bmes"),
        ("train.csv", "valid.csv", "test.csv"),
    ],
)  # fmt: skip
def test_folders_tell_splits_by_names(tmp_path: Path, names: tuple[str, ...]) -> None:
    content = TWO.encode().replace(b"\t", b"," if "csv" in names[0] else b"\t")
    for name in names:
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    loaded: Any = load_dataset(tmp_path)
    assert {split: show(rows) for split, rows in loaded.items()} == {
        "train": ROWS, "validation": ROWS, "test": ROWS,
    }  # fmt: skip


def test_folders_without_data_and_of_mixed_tags(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder is empty"):
        load_dataset(tmp_path)
    (tmp_path / "train.jsonl").write_text(
        '{"tokens":["a"],"tags":["O"]}\n{"tokens":["b"],"tags":[1]}'
    )
    with pytest.raises(DataError, match=r"train\.jsonl:2: tags are text in some places"):
        load_dataset(tmp_path, cache_dir=tmp_path / "cache")


def test_archives_and_patterns(tmp_path: Path) -> None:
    archive = tmp_path / "corpus.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("in/train.txt", TWO)
        opened.writestr("in/dev.txt", TWO)
        opened.writestr("README.md", "x")
    assert sorted(load_dataset(archive)) == ["train", "validation"]
    assert read(archive / "in" / "dev.txt") == ROWS
    with pytest.raises(DataError, match=r"which member\? It holds train\.txt, dev\.txt"):
        load_dataset({"test": archive})
    (tmp_path / "a1.conll").write_text(TWO)
    (tmp_path / "a2.conll").write_text(TWO)
    assert show(load_dataset({"train": tmp_path / "a*.conll"})["train"]) == ROWS * 2
    assert read(tmp_path / "a[12].conll") == ROWS * 2
    with pytest.raises(DataError, match="no such file"):
        load_dataset({"train": tmp_path / "b*.conll"})


def test_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="mean 'piped'"):
        read(tmp_path / "a.txt", TWO, format="pipe")


def test_names_of_formats_are_one_word_each() -> None:
    names = [entry.name for entry in FORMATS]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and entry.example for name, entry in zip(names, FORMATS, strict=True))


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the shared cases are not here: {CASES}")
@pytest.mark.parametrize(
    ("name", "sentences", "found"),
    [
        ("iob1_one_b.txt", 4, 6), ("indexed.conllu", 40, 40), ("comment.conll", 2, 2),
        ("header.tsv", 2, 2), ("twolayers.tsv", 2, 1), ("bmes.char", 2, 2), ("gmb.csv", 2, 2),
        ("plain.csv", 2, 2), ("doccano.jsonl", 1, 2), ("prodigy.jsonl", 1, 1), ("brat", 1, 2),
        ("pubtator.txt", 2, 2), ("bom_mid.tsv", 2, 2), ("pretty.json", 1, 1), ("f_eng", 1, 1),
        ("f_bmes", 1, 1), ("f_noext", 1, 1), ("f_conllu", 40, 40),
    ],
)  # fmt: skip
def test_the_shared_cases(name: str, sentences: int, found: int) -> None:
    rows = show(load_dataset(CASES / name, split="train"))
    assert (len(rows), sum(row.count("/B-") for row in rows)) == (sentences, found)


def test_rows_as_the_examples_of_transformers_have_them(tmp_path) -> None:
    path = tmp_path / "train.json"
    path.write_text('{"words": ["Ada", "sang"], "ner": ["B-PER", "O"]}\n')
    read = load_dataset({"train": path}, split="train")
    assert read[0]["tokens"] == ["Ada", "sang"]
    assert [read.features["ner_tags"].feature.names[i] for i in read[0]["ner_tags"]] == [
        "B-PER",
        "O",
    ]


@pytest.mark.parametrize("form", ["iob2", "bioes", "jsonl", "spans", "csv", "parquet"])
@pytest.mark.parametrize("name", ["data", "data.txt", "data.tsv", "data.backup"])
def test_content_tells_where_a_name_does_not(tmp_path: Path, form: str, name: str) -> None:
    source = tmp_path / "source.conll"
    source.write_text(TWO)
    assert main(["datasets", "convert", str(source), str(tmp_path / name), "--to", form]) == 0
    assert read(tmp_path / name) == ROWS


@pytest.mark.parametrize(
    "content",
    ['{ O\n"a": O\n} O\n', "PAR1 O\n", "[{ O\n} O\n", "token,tag O\nAda,x B-PER\n"],
)
def test_words_that_look_like_another_format_stay_words(tmp_path: Path, content: str) -> None:
    words = [line.replace(" ", "/") for line in content.splitlines()]
    assert read(tmp_path / "data", content) == [" ".join(words)]


def test_ids_of_64_bits_are_named_with_their_row(tmp_path: Path) -> None:
    rows = [{"tokens": ["a"], "tags": tags} for tags in ([0], None, [1, 2**64 - 1])]
    rows[2]["tokens"] = ["a", "b"]
    kind = pa.schema([("tokens", pa.list_(pa.string())), ("tags", pa.list_(pa.uint64()))])
    pq.write_table(pa.Table.from_pylist(rows, kind), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"a\.parquet:3: tag 18446744073709551615 is too large"):
        load_dataset(tmp_path / "a.parquet", split="train")
