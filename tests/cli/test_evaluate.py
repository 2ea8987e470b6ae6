"""`tner-hf evaluate`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from preparations import save_tagger

from tner_hf.cli import main


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tagger(tmp_path_factory.mktemp("tagger"), tiny_encoder, "PER", "LOC"))


def test_the_table_is_printed_and_the_file_written(tagger, toy_iob, tmp_path, capsys) -> None:
    out = tmp_path / "s.json"
    arguments = ["--model_name_or_path", tagger, "--test_file", str(toy_iob)]
    assert main(["evaluate", *arguments, "--output_file", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{Path(tagger).name} on toy, split test: 5 sentences, 26 tokens")
    assert "shared types: 2 (location, person)" in printed
    assert set(json.loads(out.read_text())["protocols"]) == {"full", "shared", "lattice"}


def test_json_goes_to_standard_output_alone(tagger, toy_iob, capsys) -> None:
    arguments = ["-m", tagger, "--test_file", str(toy_iob), "--lowercase", "--native", "--json"]
    assert main(["evaluate", *arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["lowercase"] is True
    assert result["label_map"] is None


def test_columns_and_delimiter_of_a_file(tagger, tmp_path, capsys) -> None:
    path = tmp_path / "swapped.tsv"
    path.write_text("B-PER\tAda King\nO\truns\n", encoding="utf-8")
    arguments = ["-m", tagger, "--test_file", str(path), "--split", "dev", "--json"]
    columns = ["--token_column", "1", "--tag_column", "0", "--delimiter", r"\t"]
    assert main(["evaluate", *arguments, *columns]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["tokens"], result["split"]) == (2, "dev")
    assert result["coverage"]["gold_total"] == 1


def test_several_datasets_are_merged(tagger, toy_iob, tmp_path, capsys) -> None:
    folders = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "test.txt").write_text(toy_iob.read_text(encoding="utf-8"), encoding="utf-8")
        folders.append(str(folder))
    assert main(["evaluate", "-m", tagger, "-d", *folders, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentences"] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments -d/--dataset_name --test_file is required"),
        (["-d", "conll2003", "--test_file", "f.txt"], "--test_file: not allowed with argument -d"),
        (["-d", "conl2003"], "Did you mean 'conll2003'"),
    ],
)
def test_mistakes_are_named(tagger, arguments, message, capsys) -> None:
    assert main(["evaluate", "-m", tagger, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_an_encoder_without_head_is_no_model_to_evaluate(tiny_encoder, toy_iob, capsys) -> None:
    assert main(["evaluate", "-m", str(tiny_encoder), "--test_file", str(toy_iob)]) == 2
    assert "is no token classifier" in capsys.readouterr().err
