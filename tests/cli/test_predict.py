"""`tner-hf predict`: where texts come from and how answers are shown."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from preparations import save_tagger

from tner_hf import load_dataset
from tner_hf.cli import main
from tner_hf.cli.predict import colour_entities, colour_of, mark_entities

ENTITIES = [
    {"entity_group": "PER", "score": 0.9, "word": "Ada", "start": 0, "end": 3},
    {"entity_group": "LOC", "score": 0.8, "word": "London", "start": 7, "end": 13},
]


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint that takes every word for a person."""
    return str(save_tagger(tmp_path_factory.mktemp("tagger"), tiny_encoder, "PER", bias=(0.0, 9.0)))


class Terminal(io.StringIO):
    """Standard output or input with a person at it."""

    def isatty(self) -> bool:
        return True


def test_each_text_is_a_line_with_brackets(tagger: str, capsys: Any) -> None:
    assert main(["predict", "Ada!", "", "in London", "-m", tagger]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == ["[Ada]PER[!]PER", "", "[in]PER [London]PER"]


def test_json_lines(tagger: str, capsys: Any) -> None:
    assert main(["predict", "Ada é", "-m", tagger, "--json"]) == 0
    printed = capsys.readouterr().out
    assert "é" in printed
    answer = json.loads(printed)
    assert answer["text"] == "Ada é"
    assert [(e["word"], e["start"], e["end"]) for e in answer["entities"]] == [
        ("Ada", 0, 3), ("é", 4, 5),
    ]  # fmt: skip


def test_a_file_has_one_text_a_line(tagger: str, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "texts.txt"
    file.write_bytes("\ufeffAda\r\n\nLondon".encode())
    assert main(["predict", "-m", tagger, "--file", str(file), "--batch_size", "1"]) == 0
    assert capsys.readouterr().out == "[Ada]PER\n\n[London]PER\n"


def test_a_pipe_has_one_text_a_line(tagger: str, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ada\nLondon\n"))
    assert main(["predict", "-m", tagger]) == 0
    assert capsys.readouterr().out == "[Ada]PER\n[London]PER\n"


@pytest.mark.parametrize("typed", ["Ada\nLondon\nq\nnever\n", "Ada\nLondon\n"])
def test_a_prompt_answers_each_text_at_once(
    tagger: str, capsys: Any, monkeypatch: Any, typed: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert main(["predict", "-m", tagger]) == 0
    said = capsys.readouterr()
    assert said.out.replace("> ", "") == "[Ada]PER\n[London]PER\n"
    assert "q or Ctrl-D ends" in said.err


def test_entities_are_coloured_at_a_terminal(tagger: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", shown := Terminal())
    assert main(["predict", "[Ada]", "-m", tagger, "--word_splitter", "whitespace"]) == 0
    assert f"48;5;{colour_of('PER')}m [Ada] " in shown.getvalue()


def test_stock_strategies_can_be_chosen(tagger: str, capsys: Any) -> None:
    arguments = ["predict", "Ada", "-m", tagger, "--json", "--aggregation_strategy", "none"]
    assert main(arguments) == 0
    entities = json.loads(capsys.readouterr().out)["entities"]
    assert [e["entity"] for e in entities] == ["B-PER"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Ada", "--file", "x"], "one of them is needed"),
        (["--file", "nowhere.txt"], "--file nowhere.txt: No such file"),
        (
            ["--file", "latin.txt"],
            "row 1 of --file cannot be tagged: byte 3 is not utf-8; --encoding",
        ),
    ],
)
def test_mistakes_are_explained(
    tagger: str, arguments: list[str], message: str, capsys: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin.txt").write_bytes(b"caf\xe9\n")
    assert main(["predict", "-m", tagger, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_brackets_keep_the_text_around() -> None:
    assert mark_entities("Ada in London.", ENTITIES) == "[Ada]PER in [London]LOC."
    assert mark_entities("", []) == ""


def test_colours_do_not_depend_on_other_types() -> None:
    shown = colour_entities("Ada in London.", ENTITIES)
    assert shown.plain == " Ada PER  in  London LOC ."
    assert colour_of("PER") == colour_of("person") != colour_of("LOC")
    assert colour_of("a type of my own") == colour_of("a type of my own")


def test_colours_can_be_read() -> None:
    """Black on each ground has a contrast of 7:1 or more (WCAG AAA)."""
    from rich.color import Color

    for entity_type in map(str, range(200)):
        r, g, b = (c / 255 for c in Color.from_ansi(colour_of(entity_type)).get_truecolor())
        channels = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b)]
        luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
        assert (luminance + 0.05) / 0.05 >= 7


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "a.txt", "# id = 1\nAda O\nsang O\n\nOslo B-LOC\n",
            "# id = 1\nAda O B-PER\nsang O I-PER\n\nOslo B-LOC B-PER\n",
        ),
        ("a.tsv", "1\tAda\tN\tO\n2\tsang\tV\tO\n", "1\tAda\tN\tO\tB-PER\n2\tsang\tV\tO\tI-PER\n"),
    ],
)  # fmt: skip
def test_words_of_columns_get_one_column_more(tagger, tmp_path, name, content, expected):
    path, out = tmp_path / name, tmp_path / "out.txt"
    path.write_text(content)
    assert main(["predict", "-m", tagger, "--file", str(path), "--output_file", str(out)]) == 0
    assert out.read_text().replace("I-PER", "B-PER") == expected.replace("I-PER", "B-PER")


def test_spans_become_json_lines_with_what_they_had(tagger, tmp_path):
    path, out = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    path.write_text('{"id": 7, "text": "Ada sang", "label": [[0, 3, "X"]]}\n')
    assert main(["predict", "-m", tagger, "-f", str(path), "-o", str(out)]) == 0
    row = json.loads(out.read_text())
    assert (row["id"], row["text"], row["ner_tags"]) == ("7", "Ada sang", ["B-X", "O"])
    assert row["predicted_tags"][0] == "B-PER"


def test_columns_are_never_taken_for_prose(tagger, tmp_path, capsys):
    path = tmp_path / "a.txt"
    path.write_text("Ada B-PER\nsang O\nfaulty\n")
    assert main(["predict", "-m", tagger, "--file", str(path)]) != 0
    assert f"{path}:3: missing column" in capsys.readouterr().err
    assert main(["predict", "-m", tagger, "--file", str(path), "--format", "text"]) == 0
    path.write_text("Ada sang in Oslo .\nNobody else did\n")
    assert main(["predict", "-m", tagger, "--file", str(path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_the_likeliest_labels_of_each_word(tagger, capsys):
    assert main(["predict", "Ada in", "Oslo", "-m", tagger, "--top_k", "2"]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    rows = [[line.split("\t") for line in block.splitlines()] for block in blocks]
    assert [[row[:2] for row in block] for block in rows if block] == [
        [["Ada", "B-PER"], ["in", "B-PER"]], [["Oslo", "B-PER"]],
    ]  # fmt: skip
    assert all(len(row) == 5 and float(row[2]) > float(row[4]) for row in rows[0])


def test_the_likeliest_labels_as_json(tagger, tmp_path, capsys):
    arguments = ["predict", "-m", tagger, "--top_k", "3"]
    assert main([*arguments, "Ada sang", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["text", "words"]
    word = answer["words"][1]
    assert (word["word"], word["start"], word["end"], word["entity"]) == ("sang", 4, 8, "B-PER")
    assert {each["label"] for each in word["labels"]} == {"O", "B-PER", "I-PER"}
    assert sum(each["score"] for each in word["labels"]) == pytest.approx(1)
    (texts := tmp_path / "texts.txt").write_text("Ada sang\n")
    out = tmp_path / "out.jsonl"
    assert main([*arguments, "--file", str(texts), "--output_file", str(out)]) == 0
    assert json.loads(out.read_text()) == answer


def test_the_likeliest_labels_beside_columns(tagger, tmp_path):
    path, out = tmp_path / "a.tsv", tmp_path / "out.tsv"
    path.write_text("# id = 1\n1\tAda\tN\tO\n2\tsang\tV\tO\n\n1\tOslo\tN\tB-LOC\n")
    arguments = ["predict", "-m", tagger, "-f", str(path), "-o", str(out), "--top_k", "2"]
    assert main(arguments) == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "# id = 1"
    assert lines[1].startswith("1\tAda\tN\tO\t")
    assert re.fullmatch(r"0\.99\d\d=B-PER\|0\.00\d\d=[OI].*", lines[1].split("\t")[4])
    assert [line.split("\t")[5] for line in lines if "\t" in line] == ["B-PER"] * 3
    read = load_dataset({"test": out}, split="test")
    assert read["tokens"][:] == [["Ada", "sang"], ["Oslo"]]
    assert read.features["ner_tags"].feature.names == ["O", "B-PER", "I-PER"]


def test_the_likeliest_labels_beside_what_spans_had(tagger, tmp_path, capsys):
    path, out = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    path.write_text('{"id": 7, "text": "Ada sang", "label": [[0, 3, "X"]]}\n')
    arguments = ["predict", "-m", tagger, "-f", str(path), "--top_k", "1"]
    assert main([*arguments, "-o", str(out)]) == 0
    row = json.loads(out.read_text())
    assert (row["id"], row["ner_tags"], row["predicted_tags"]) == (
        "7", ["B-X", "O"], ["B-PER", "B-PER"],
    )  # fmt: skip
    assert [[each["label"] for each in word] for word in row["top_labels"]] == [["B-PER"]] * 2
    assert main([*arguments, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["tokens", "words"]


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        ("nowhere", "0", "top_k=0; accepted"),
        ("nowhere", "-2", "top_k=-2; accepted"),
        ("", "4", "top_k=4: this checkpoint has 3 labels (O, B-PER, I-PER); accepted: 1 to 3"),
    ],
)
def test_a_number_of_labels_that_there_is_not(tagger, capsys, model, value, message):
    """Judged before a model is looked for, where it can be."""
    arguments = ["predict", "Ada", "-m", model or tagger, f"--top_k={value}"]
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_words_of_a_file_with_the_strategy_none(tagger, tmp_path):
    path, out = tmp_path / "a.tsv", tmp_path / "out.tsv"
    path.write_text("Ada\tO\nsang\tO\n")
    arguments = ["predict", "-m", tagger, "-f", str(path), "-o", str(out)]
    assert main([*arguments, "--aggregation_strategy", "none"]) == 0
    assert out.read_text() == "Ada\tO\tB-PER\nsang\tO\tB-PER\n"


def test_entities_of_a_low_score_are_left_out(tagger, capsys):
    texts = ["Ada in Oslo", "Grace saw Rome"]

    def answer(*arguments: str) -> list[list[float]]:
        assert main(["predict", *texts, "-m", tagger, "--json", *arguments]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [[e["score"] for e in json.loads(line)["entities"]] for line in lines]

    for strategy in ([], ["--aggregation_strategy", "simple"]):
        everything = answer(*strategy)
        least = sorted(score for each in everything for score in each)[1]
        kept = answer(*strategy, "--min_score", repr(least))
        assert kept == [[s for s in each if s >= least] for each in everything]
        assert sum(map(len, kept)) == sum(map(len, everything)) - 1
    for wrong, message in (
        (["--min_score", "1.5"], "min_score=1.5; accepted: a number from 0 to 1"),
        (["--min_score", "nan"], "accepted: a number from 0 to 1"),
        (["--min_score", "0.5", "--top_k", "2"], "leave one of the two out"),
    ):
        assert main(["predict", "x", "-m", tagger, *wrong]) == 2
        assert message in capsys.readouterr().err


def test_a_file_that_is_no_text_ends_it_and_leaves_nothing(tagger, tmp_path, capsys):
    path, out = tmp_path / "a.txt", tmp_path / "out.jsonl"
    path.write_bytes(b"Ada\ncaf\xe9\n")
    assert main(["predict", "-m", tagger, "-f", str(path), "-o", str(out), "--format=text"]) == 2
    assert "row 2 of --file cannot be tagged: byte 3 is not utf-8" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_rows_of_texts_keep_what_else_they_hold(tagger, tmp_path, capsys):
    rows = [{"id": 7, "text": "Ada"}, {"id": 8, "text": "London"}]
    lines, table = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "list.json").write_text(json.dumps(rows))
    pq.write_table(pa.Table.from_pylist(rows), table)
    for path in (lines, table, tmp_path / "list.json"):
        assert main(["predict", "-m", tagger, "-f", str(path)]) == 0
        assert capsys.readouterr().out == "[Ada]PER\n[London]PER\n"
        out = tmp_path / "out.jsonl"
        assert main(["predict", "-m", tagger, "-f", str(path), "-o", str(out)]) == 0
        written = [json.loads(line) for line in out.read_text().splitlines()]
        assert [{"id": row["id"], "text": row["text"]} for row in written] == rows
        assert [[e["word"] for e in row["entities"]] for row in written] == [["Ada"], ["London"]]
    lines.write_text('{"text": "Ada"}\n{"text": 5}\n')
    assert main(["predict", "-m", tagger, "-f", str(lines)]) == 2
    assert "row 2 of --file cannot be tagged: int in 'text'" in capsys.readouterr().err


def test_a_script_that_the_model_cannot_know_is_said(tagger, caplog, capsys):
    assert main(["predict", "東京へ行く", "-m", tagger]) == 0
    assert "this model can hardly know this language: 100% of the letters (Han" in caplog.text
    caplog.clear()
    assert main(["predict", "Ada sang", "-m", tagger]) == 0
    assert caplog.text == ""
