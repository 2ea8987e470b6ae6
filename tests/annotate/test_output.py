"""The output, byte for byte."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tner_hf.annotate.output import Renderer
from tner_hf.annotate.session import Session
from tner_hf.data.convert import convert_dataset, make_rows, read_sentences
from tner_hf.data.loading import load_dataset
from tner_hf.errors import DataError, FileError
from tner_hf.formats.writing import TARGETS

Begin = Callable[..., Session]

#: Four columns, IOB1, CRLF, documents, comments, odd blanks: all of it is to stay.
CONLL = (
    b"-DOCSTART- -X- -X- O\r\n\r\n# text = EU\r\nEU NNP I-NP  I-ORG\r\nrejects VBZ I-VP O\r\n"
    b"call NN\tI-NP O\r\n \r\nPeter NNP I-NP I-PER\r\nBlackburn NNP I-NP I-PER\r\n\r\n\r\n"
)


def write(session: Session) -> bytes:
    session.output.write(dict(session.accepted))
    return session.output.path.read_bytes()


def test_columns_stay_but_for_the_tags_that_were_changed(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_bytes(CONLL)
    session = begin(path, "out.conll")
    assert write(session) == CONLL
    session.accept(1, [[0, 2, "PER"]])
    assert write(session) == CONLL
    session.accept(0, [[2, 3, "MISC"]])
    session.accept(1, [[0, 1, "PER"], [1, 2, "PER"]])
    assert write(session) == CONLL.replace(b"I-ORG", b"O").replace(
        b"I-NP O", b"I-NP I-MISC"
    ).replace(b"Blackburn NNP I-NP I-PER", b"Blackburn NNP I-NP B-PER")


def test_of_texts_only_what_was_accepted_is_there(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    session.accept(2, [[0, 2, "LOC"]])
    session.accept(0, [])
    rows = [json.loads(line) for line in write(session).decode().splitlines()]
    lines = texts.read_text(encoding="utf-8").splitlines()
    assert [(row["id"], row["text"]) for row in rows] == [("0", lines[0]), ("2", lines[2])]
    assert rows[1]["entities"] == [{"start": 0, "end": 2, "label": "LOC"}]


@pytest.mark.parametrize("target", TARGETS)
def test_every_format_is_what_convert_writes_of_the_corrected_sentences(
    target: str, begin: Begin, toy_iob: Path, tmp_path: Path
) -> None:
    session = begin(toy_iob, "out", to=target, types=())
    session.accept(2, [[3, 4, "LOC"]])
    session.accept(0, [[0, 1, "PER"], [4, 5, "LOC"]])
    session.output.write(dict(session.accepted))
    corrected = tmp_path / "corrected.txt"
    text = toy_iob.read_text(encoding="utf-8")
    corrected.write_text(
        text.replace("Lovelace\tI-PER", "Lovelace\tO").replace("here\tO", "here\tB-LOC"), "utf-8"
    )
    convert_dataset([corrected], tmp_path / "expected", target)
    out, expected = tmp_path / "out", tmp_path / "expected"
    if target == "parquet":
        assert read_back(out) == read_back(expected)
    elif target == "brat":
        names = sorted(path.name for path in expected.iterdir())
        assert [(out / n).read_bytes() for n in names] == [
            (expected / n).read_bytes() for n in names
        ]
    else:
        assert out.read_bytes() == expected.read_bytes()


def read_back(path: Path) -> list[object]:
    loaded = load_dataset({"train": path}, split="train", format="parquet")
    return [[list(one.tokens), list(one.tags), one.id] for one in read_sentences(loaded)]


def test_rows_are_the_inverse_of_reading_them(begin: Begin, texts: Path) -> None:
    sentences = begin(texts).texts.sentences
    back = read_sentences(make_rows(sentences))
    plain = [(list(o.tokens), list(o.tags), o.id, o.document, o.text) for o in back]
    assert plain == [(list(o.tokens), list(o.tags), o.id, o.document, o.text) for o in sentences]
    assert [list(map(tuple, o.offsets or [])) for o in back] == [o.offsets for o in sentences]


def test_what_the_scheme_of_a_file_cannot_say_is_not_accepted(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "a.iob"
    path.write_text("Rome LOC\nOslo O\nand O\n", encoding="utf-8")
    session = begin(path, "out.iob")
    with pytest.raises(DataError, match="cannot part two touching entities"):
        session.accept(0, [[0, 1, "LOC"], [1, 2, "LOC"]])
    session.accept(0, [[0, 2, "LOC"]])
    assert write(session) == b"Rome LOC\nOslo LOC\nand O\n"


def test_rendering_comes_soon_says_what_failed_and_ends_with_what_is_left() -> None:
    rendered = threading.Event()
    count = [0]

    def render() -> None:
        count[0] += 1
        rendered.set()
        if count[0] == 1:
            raise FileError("out cannot be written: no space left")

    renderer = Renderer(render)
    assert count == [0]
    renderer.ask()
    assert rendered.wait(10)
    renderer.ask()
    renderer.stop()
    assert count == [2]
    assert renderer.fault == ""
    idle = Renderer(render)
    idle.stop()
    assert count == [2]


#: A file in its own form, and what it is with another type for its first entity.
AS_IT_IS = [
    ("a.jsonl", b'{"x":1e5, "tokens":["Ada"],"ner_tags":[ "B-PER" ]}\r\n', b"-PER", b"-ORG"),
    ("a.json", b'[ {"tags":["U-PER"],"words":["Ada"]},{"words":[],"tags":[]} ]', b"-PER", b"-ORG"),
    ("b.jsonl", b'{"text":"Ada","more":[1],"label":[[0,3,"PER"]]}\n\n', b'"PER"', b'"ORG"'),
    ("b.json", b'[["Ada", {"entities": [[0, 3, "PER"]]}]]', b"PER", b"ORG"),
    ("a.csv", b'Word,Tag,n\r\n"Ada",B-PER,"a\nb"\r\nsang,O,\r\n', b"-PER", b"-ORG"),
    ("b.csv", b"Ada B-PER\nsang O\n", b"-PER", b"-ORG"),
    ("a.bioes", b"# x\nAda\tS-PER\n\n", b"-PER", b"-ORG"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "old", "new"), AS_IT_IS)
def test_called_as_the_input_the_output_is_the_input_but_for_what_was_changed(
    name: str, data: bytes, old: bytes, new: bytes, begin: Begin, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    session = begin(path, f"out{path.suffix}")
    assert session.output.losses() == []
    assert write(session) == data
    session.accept(0, [[0, 1, "PER"]])
    assert write(session) == data
    session.accept(0, [[0, 1, "ORG"]])
    assert write(session) == data.replace(old, new)


def test_pairs_of_brat_stay_what_they_are(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    files = {
        "a.txt": b"Ada sang\r\nin Oslo\r\n", "a.ann": b"T3\tPER 0 3\tAda\r\nA1\tFamous T3\r\n",
        "b.txt": b"Bo", "b.ann": b"",
    }  # fmt: skip
    for name, data in files.items():
        (folder / name).write_bytes(data)
    session = begin(folder, "out", types=["LOC"])
    assert session.output.is_whole
    session.output.write({})
    out = session.output.path
    assert {path.name: path.read_bytes() for path in out.iterdir()} == files
    with pytest.raises(DataError, match=r"T3 cannot go: a\.ann:2 names it"):
        session.accept(0, [])
    session.accept(1, [[1, 2, "LOC"]])
    session.accept(2, [[0, 1, "PER"]])
    session.output.write(dict(session.accepted))
    assert (out / "a.ann").read_bytes() == (
        b"T3\tPER 0 3\tAda\r\nT4\tLOC 13 17\tOslo\r\nA1\tFamous T3\r\n"
    )
    assert (out / "b.ann").read_bytes() == b"T1\tPER 0 2\tBo\n"
    alone = begin(folder / "a.txt", "alone", types=["LOC"])
    alone.output.write({})
    assert (tmp_path / "alone" / "a.ann").read_bytes() == files["a.ann"]


def test_an_asked_for_format_and_one_that_is_written_anew_are_told(
    begin: Begin, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"tokens":["Ada"],"ner_tags":["B-PER"],"more":1}\n')
    session = begin(path, "out.jsonl", to="jsonl")
    (loss,) = session.output.losses()
    assert loss.startswith("the bytes of a.jsonl: it is written anew, as by `tner-hf datasets conv")
    assert write(session) == b'{"id": "0", "tokens": ["Ada"], "ner_tags": ["B-PER"]}\n'
    convert_dataset([path], tmp_path / "a.parquet", "parquet")
    table = begin(tmp_path / "a.parquet", "out.parquet")
    assert table.output.losses()[-1].startswith("the bytes of a.parquet: it is written anew")


def test_what_would_read_otherwise_is_refused_and_the_output_stays(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"tokens":["Ada"],"ner_tags":["B-PER"]}\n')
    session = begin(path, "out.jsonl")
    before = write(session)
    session.accept(0, [])
    for wrong in (before, before * 2, before.replace(b"Ada", b"Eve")):
        monkeypatch.setattr(session.texts.original, "write", lambda *_, told=wrong: told)
        with pytest.raises(DataError, match=r"out\.jsonl was not written: it would read as "):
            session.output.write(dict(session.accepted))
        assert session.output.path.read_bytes() == before
        assert [each.name for each in tmp_path.glob(".*")] == []


def test_a_type_that_the_encoding_lacks_is_not_accepted(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_bytes("Zoë B-PER\n".encode("latin-1"))
    session = begin(path, "out.conll", reading={"encoding": "latin-1"})
    with pytest.raises(DataError, match="'人' cannot be written in latin-1"):
        session.accept(0, [[0, 1, "人"]])
    assert not session.accepted
