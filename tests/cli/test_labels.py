"""`tner-hf labels`: what it lists, shows and proposes, and that the other commands read it back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from preparations import save_tagger

from tner_hf.cli import main
from tner_hf.data.record import read_record
from tner_hf.labels import LabelSpace


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that calls every word a place: its head knows nothing else."""
    types, bias = ("PLACE", "PER"), (0.0, 9.0)
    return str(
        save_tagger(tmp_path_factory.mktemp("tagger"), tiny_encoder, *types, spread=0, bias=bias)
    )


def test_list_shows_the_unified_types_and_their_native_names(capsys) -> None:
    status, out, _ = run(capsys, "labels", "list")
    assert status == 0
    assert "geopolitical_area     GPE" in out
    assert "unified-2: 91 types, 128 native names" in out
    assert json.loads(run(capsys, "labels", "list", "--json")[1])["types"]["percent"] == [
        "PERCENT", "PNT",
    ]  # fmt: skip


def test_show_a_corpus(capsys) -> None:
    status, out, _ = run(capsys, "labels", "show", "wnut2017")
    assert status == 0
    assert "creative-work  work_of_art" in out


def test_show_a_map_with_its_version(capsys, tmp_path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("GPE: location\nQUANTITY: O\n", encoding="utf-8")
    status, out, _ = run(capsys, "labels", "show", path)
    lines = [line.split() for line in out.splitlines()]
    assert status == 0
    assert lines[1:3] == [
        ["GPE", "location", "geopolitical_area", "mine.yaml:1"],
        ["QUANTITY", "dropped", "quantity", "mine.yaml:2"],
    ]
    assert lines[-1][0].startswith("mine@")


def test_a_malformed_map_exits_2_with_its_line(capsys, tmp_path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("GPE: locatoin\n", encoding="utf-8")
    status, out, err = run(capsys, "labels", "show", path)
    assert (status, out) == (2, "")
    assert "mine.yaml:1: 'GPE' is mapped to the unknown type 'locatoin'" in err


def test_suggest_writes_a_map_that_evaluate_reads(capsys, tagger, toy_iob, tmp_path) -> None:
    path = tmp_path / "map.yaml"
    arguments = ("labels", "suggest", "-m", tagger, "--test_file", toy_iob, "-o", path)
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert f"written to {path}" in out
    text = path.read_text(encoding="utf-8")
    assert "new_types: [PLACE]" in text
    assert "LOC: PLACE  # 5 of 5 (100.0%, surely 56.6%), 4 with the same boundaries" in text
    assert "PER:" not in text.replace("# ", "")

    scored = ("evaluate", "-m", tagger, "--test_file", toy_iob, "--json", "--label_map", path)
    result = json.loads(run(capsys, *scored)[1])
    assert result["label_map"].startswith("map@")
    assert "PLACE" in result["coverage"]["shared_types"]
    assert result["unification"]["dataset"]["mapped"]["LOC"] == "PLACE"


def test_suggest_as_json_is_complete(capsys, tagger, toy_iob) -> None:
    found = json.loads(
        run(capsys, "labels", "suggest", "-m", tagger, "--test_file", toy_iob, "--json")[1]
    )
    assert found["entries"] == {"LOC": "PLACE"}
    assert [t["native"] for t in found["types"]] == ["LOC", "PER", "ORG"]


def test_native_and_a_map_contradict_each_other(capsys, tagger, toy_iob, tmp_path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("LOC: title\n", encoding="utf-8")
    options = ("--test_file", toy_iob, "--native", "--label_map", path)
    status, _, err = run(capsys, "evaluate", "-m", tagger, *options)
    assert status == 2
    assert "choose one" in err


def test_export_records_the_version_of_the_map(capsys, toy_iob, tmp_path) -> None:
    from tner_hf import load_dataset

    path = tmp_path / "map.yaml"
    path.write_text("LOC: title\nPER: O\nGPE: location\n", encoding="utf-8")
    options = ("--label_map", path, "--cache_dir", tmp_path / "cache")
    assert run(capsys, "datasets", "export", toy_iob, tmp_path / "out", *options)[0] == 0
    record = read_record(load_dataset(str(tmp_path / "out"), cache_dir=tmp_path / "cache"))
    assert str(record.label_map).startswith("map@")
    assert record.unification is not None
    assert record.unification.mapped == {"LOC": "title", "ORG": "organization", "PER": "O"}


@pytest.mark.parametrize("command", ["list", "show", "suggest"])
def test_every_sub_command_has_help(capsys, command) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["labels", command, "--help"])
    assert stopped.value.code == 0
    assert f"example: tner-hf labels {command}" in capsys.readouterr().out


def test_a_trained_checkpoint_records_its_map(capsys, tiny_encoder, toy_iob, tmp_path) -> None:
    path, out = tmp_path / "map.yaml", tmp_path / "out"
    path.write_text("LOC: title\nORG: O\n", encoding="utf-8")
    command = (
        "train", "--model_name_or_path", tiny_encoder, "--train_file", toy_iob, "--output_dir", out,
        "--label_map", path, "--max_steps", 1, "--disable_tqdm", "true",
    )  # fmt: skip
    assert run(capsys, *command)[0] == 0
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    version = json.loads((out / "run.json").read_text(encoding="utf-8"))["content"]["label_map"]

    assert LabelSpace.from_names(config["label2id"]).types == ("person", "title")
    assert config["tner_hf"]["label_map"] == version
    assert version.startswith("map@")

    path.write_text("LOC: event\nORG: O\n", encoding="utf-8")
    status, _, err = run(capsys, *command)
    assert status == 2
    assert f"the label map was {version} and is now map@" in err
