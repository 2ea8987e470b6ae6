"""`tner-hf matrix` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tner_hf.cli import main

OUTPUTS = {
    "matrix.json", "matrix.csv", "matrix.md", "matrix.tex", "matrix.svg", "matrix.png",
    "report.html",
}  # fmt: skip


def test_training_testing_and_writing_in_one_command(
    toy_iob: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = [
        "matrix", "--train", str(tiny_encoder),
        "--train_dataset", f"toy={toy_iob}", f"copy={toy_iob}",
        "-d", f"toy={toy_iob}", f"copy={toy_iob}", "--output_dir", str(out),
        "--max_steps", "2", "--eval_strategy", "no", "--save_strategy", "no",
        "--disable_tqdm", "true", "--report_to", "none", "--details",
    ]  # fmt: skip
    assert main(command) == 0
    shown = capsys.readouterr()
    assert "micro F1 (%), shared protocol, type-aware, default mode" in shown.out
    assert "tokens unscored" in shown.out
    assert {path.name for path in out.iterdir()} == OUTPUTS | {"models", "predictions"}
    matrix = json.loads((out / "matrix.json").read_text())
    assert [row["name"] for row in matrix["rows"]] == ["toy", "copy", "all"]
    assert matrix["rows"][2]["trained_on"] == ["toy", "copy"]

    models = [f"{name}={out / 'models' / name}" for name in ("toy", "copy")]
    again = ["matrix", "-m", *models, "-d", f"toy={toy_iob}", "-o", str(out)]
    assert main([*again, "--json", "--protocol", "full", "--ignore_types", "--errors"]) == 0
    shown = capsys.readouterr()
    for name in ("toy", "copy"):
        assert f'<a href="errors/{name}/toy.html">' in (out / "report.html").read_text()
        assert f"Errors of {name}" in (out / "errors" / name / "toy.html").read_text()
    assert "toy on toy: stored" in shown.err
    assert len(json.loads(shown.out)["pairs"]) == 2
    assert "full protocol, type-ignored" in (out / "matrix.md").read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["-m", "a"], "--dataset_name is missing"),
        (["-d", "fin"], "--model_name_or_path is missing"),
        (["-m", "a", "-d", "fin", "--max_steps", "3"], "flags of training need"),
        (["-d", "fin", "--train"], "argument --train: expected one argument"),
        (["--train", "m"], "--train needs --dataset_name"),
        (
            ["--train", "m", "-d", "fin", "--learning", "1"],
            "unknown flag --learning. Did you mean --learning_rate",
        ),
        (
            ["--train", "m", "-d", "fin", "--confidence", "95"],
            "confidence=95.0 is no confidence level",
        ),
    ],
)
def test_mistakes_are_said_at_once(
    given: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", *given, "--output_dir", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
