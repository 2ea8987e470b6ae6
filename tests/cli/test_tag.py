"""`tner-hf tag`: one command from texts to shards, and each mistake in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from preparations import save_tagger

import tner_hf
from tner_hf.cli import main
from tner_hf.cli.tag import ProgressLines
from tner_hf.runs.locking import FolderLock


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A checkpoint that takes every word for a person."""
    folder = tmp_path_factory.mktemp("a-place") / "tagger"
    return str(save_tagger(folder, tiny_encoder, "PER", bias=(0.0, 9.0)))


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "texts.txt"
    path.write_text("Ada in London\n\nOslo\n" * 40, encoding="utf-8")
    return path


def test_a_model_tags_verifies_and_goes_on(tagger: str, texts: Path, capsys: Any) -> None:
    command = ["tag", "texts.txt", "-m", tagger, "-o", "out", "--shard_size", "0.0002", "--json"]
    assert main(command) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["rows"], summary["errors"], summary["entities"]) == (120, 0, {"PER": 160})
    assert summary["shards"] > 1
    rows = [row for path in sorted(Path("out/data").iterdir())
            for row in pq.read_table(path).to_pylist()]  # fmt: skip
    expected = tner_hf.pipeline(tagger)([row["text"] for row in rows])
    assert [row["text"] for row in rows] == texts.read_text().splitlines()
    for row, entities in zip(rows, expected, strict=True):
        assert [(e["type"], e["start"], e["end"], e["text"]) for e in row["entities"]] == [
            (e["entity_group"], e["start"], e["end"], e["word"]) for e in entities
        ]
        assert [e["score"] for e in row["entities"]] == pytest.approx(
            [e["score"] for e in entities]
        )
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["model"]["name"] == "tagger"
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["done_before"] == summary["shards"]
    assert main(["tag", "texts.txt", "-o", "out", "--verify"]) == 0
    assert "out is what its manifest says and the inputs" in capsys.readouterr().out
    victim = next(Path("out/data").iterdir())
    victim.write_bytes(victim.read_bytes()[:-1])
    assert main(["tag", "-o", "out", "--verify"]) == 2
    assert f"{victim.stem}: its file has other content" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "x"], "no input: give files"),
        (["texts.txt"], "which model?"),
        (["texts.txt", "-m", "x", "--workers", "0"], "--workers 0; accepted: at least 1"),
        (["texts.txt", "-m", "x", "--shard_size", "0"], "shard_bytes=0; accepted"),
        (["nowhere.txt", "-m", "x"], "nowhere.txt: no such file or folder"),
        (["no*.txt", "-m", "x"], "no*.txt: no file fits this pattern"),
        (["texts.txt", "-m", "nowhere"], "checkpoint 'nowhere' cannot be loaded"),
        (["none.jsonl", "-m", "x"], "none.jsonl has no column 'text'; it has 'body'"),
        (["none.jsonl", "-m", "x", "--text_column", "n"], "none.jsonl has no column 'n'"),
        (["empty", "-m", "x"], "empty: no file of texts or data in it"),
        (["texts.txt", "-m", "x", "--encoding", "utf-16"], "lines in utf-16 cannot be told apart"),
        (["s3x://b/a.txt", "-m", "x"], "s3x://b/a.txt: Protocol not known"),
        (["memory://none/a.txt", "-m", "x"], "memory://none/a.txt: nothing is there"),
        (["-o", "fresh", "--verify"], "fresh holds no tagging"),
        (["texts.txt", "-m", "x", "-o", "texts.txt"], "texts.txt"),
        (["texts.txt", "-m", "x", "-o", "/proc/out"], "/proc/out cannot be written"),
    ],
)
def test_mistakes_are_one_line(
    texts: Path, arguments: list[str], message: str, capsys: Any
) -> None:
    Path("none.jsonl").write_text('{"body": "Ada"}\n')
    Path("empty").mkdir()
    assert main(["tag", "-o", "out", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_folder_that_is_being_written_and_inputs_that_cannot_be_used(
    tagger: str, texts: Path, capsys: Any
) -> None:
    with FolderLock(Path("out"), "written into"):
        assert main(["tag", "texts.txt", "-m", tagger, "-o", "out"]) == 2
    assert "--output_dir out is being written into by process" in capsys.readouterr().err
    Path("none.parquet").write_text("no Parquet")
    assert main(["tag", "none.parquet", "-m", tagger, "-o", "out"]) == 2
    assert "none.parquet: no Parquet file that can be read" in capsys.readouterr().err
    Path("a.jsonl").write_text('{"text": "Ada", "entities": 1}\n')
    assert main(["tag", "a.jsonl", "-m", tagger, "-o", "out"]) == 2
    assert "has a column 'entities' already; name ours" in capsys.readouterr().err
    assert main(["tag", "a.jsonl", "-m", tagger, "-o", "out", "--entity_column", "ours"]) == 0
    row = pq.read_table(next(Path("out/data").iterdir())).to_pylist()[0]
    assert (row["entities"], row["ours"][0]["text"]) == (1, "Ada")


def test_progress_tells_rate_time_and_types() -> None:
    lines = ProgressLines()
    lines.begin(1000, 200, {"PER": 3})
    lines.rows(40, 300)
    assert lines.line(10) == "50.0% · 40 texts · 4 a second · 17 s left · PER 3"
    lines.shard(400, {"LOC": 5, "PER": 1})
    assert lines.line(10) == "60.0% · 40 texts · 4 a second · 10 s left · LOC 5, PER 4"


@pytest.mark.parametrize("given", [".", "**/*"])
def test_an_output_inside_the_input_is_no_input(tagger: str, texts: Path, given: str) -> None:
    command = ["tag", given, "-m", tagger, "-o", "in/out", "--output_format", "jsonl"]
    assert main(command) == 0
    before = Path("in/out/manifest.json").read_bytes()
    assert main(command) == 0  # the same job
    assert main(["tag", given, "-o", "in/out", "--verify"]) == 0
    assert Path("in/out/manifest.json").read_bytes() == before
    assert [each["name"] for each in json.loads(before)["inputs"]] == ["texts.txt"]
    assert main(["tag", "in/out", "-m", tagger, "-o", "in/out"]) == 2
