"""`tner-hf errors`: its summary, its two files, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from preparations import save_tagger

from tner_hf.cli import main
from tner_hf.lab.analysis import ErrorReport


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tagger(tmp_path_factory.mktemp("tagger"), tiny_encoder, "PER", "LOC"))


@pytest.fixture
def predictions(tmp_path: Path) -> str:
    row = {"tokens": ["Ada", "saw", "Rome"], "gold": ["B-person", "O", "B-place"],
           "predicted": ["B-person", "O", "B-person"]}  # fmt: skip
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return str(path)


def test_a_model_is_run_and_both_files_are_written(tagger, toy_iob, tmp_path, capsys) -> None:
    out = tmp_path / "errors"
    arguments = ["-m", tagger, "--test_file", str(toy_iob), "--train_file", str(toy_iob)]
    assert main(["errors", *arguments, "--output_dir", str(out)]) == 0
    printed = capsys.readouterr()
    assert "5 sentences, 10 gold and" in printed.out
    assert "in toy" in printed.out
    assert printed.err == ""
    stored = ErrorReport.from_dict(json.loads((out / "errors.json").read_text(encoding="utf-8")))
    assert len(stored.entities.gold) == 10
    assert [bucket.gold for bucket in stored.by_familiarity] == [10, 0, 0, 0]
    assert (out / "errors.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_summary_of_stored_predictions(predictions, tmp_path, capsys) -> None:
    out = tmp_path / "errors"
    assert main(["errors", "--predictions_file", predictions, "-o", str(out)]) == 0
    printed = capsys.readouterr()
    rows = [line.split() for line in printed.out.splitlines()]
    assert ["type", "error", "1", "50.0", "%", "1", "50.0", "%"] in rows
    assert "most confused: place as person 1" in printed.out
    assert "F1 by scorer: default 50.00, strict 50.00, partial match 100.00" in printed.out
    assert "seen and unseen entities are not told apart: p does not say what" in printed.err


def test_json_leaves_the_sentences_to_the_file(predictions, tmp_path, capsys) -> None:
    arguments = ["--predictions_file", predictions, "-o", str(tmp_path / "e"), "--json"]
    assert main(["errors", *arguments]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["counts"]["gold"]["person"] == {"correct": 1}
    assert "sentences" not in printed


def test_two_models_are_read_side_by_side(predictions, tmp_path, capsys) -> None:
    out = tmp_path / "errors"
    files = [f"one={predictions}", f"other={predictions}"]
    assert main(["errors", "--predictions_file", *files, "-o", str(out)]) == 0
    assert capsys.readouterr().out.endswith(f"side by side: {out / 'errors.html'}\n")
    page = (out / "errors.html").read_text(encoding="utf-8")
    for name in ("one", "other"):
        assert f'href="{name}/errors.html"' in page
        assert (out / name / "errors.html").is_file()
        assert (out / name / "errors.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments -m/--model_name_or_path --predictions_file is required"),
        (
            ["-m", "m", "--predictions_file", "p"],
            "--predictions_file: not allowed with argument -m",
        ),
        (["--predictions_file", "p", "-d", "x"], "leave out --dataset_name"),
        (["-m", "m", "--train_file", "t", "--train_dataset", "d"], "not allowed with"),
        (["-m", *"abcde", "-d", "x"], "5 models; accepted: up to 4 side by side"),
        (["-m", "m"], "gold data is missing; give --dataset_name or --test_file"),
        (["--predictions_file", "absent.jsonl"], "absent.jsonl cannot be read as predictions"),
    ],
)
def test_mistakes_are_named(arguments, message, tmp_path, capsys) -> None:
    assert main(["errors", *arguments, "-o", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
