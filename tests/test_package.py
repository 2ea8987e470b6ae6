"""The public surface, the lazy start and the declarations of the package."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import tner_hf
from tner_hf.cli import COMMANDS, main

REPOSITORY = Path(__file__).resolve().parent.parent
HEAVY = (
    *("torch", "transformers", "datasets", "evaluate", "accelerate", "pandas", "rich"),
    *("onnx", "onnxruntime"),
)


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == tner_hf.__version__


def test_the_lowest_versions_are_those_that_are_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [re.split(">=", requirement) for requirement in project["dependencies"]]
    text = (REPOSITORY / "constraints-lowest.txt").read_text(encoding="utf-8")
    lowest = dict(re.findall(r"^(\S+)==(\S+)$", text, re.MULTILINE))
    assert {name: lowest[name] for name, _ in declared} == dict(declared)


def test_public_names_are_these_and_sorted() -> None:
    assert tner_hf.__all__ == [
        "TrainTransformersNER",
        "__version__",
        "evaluate",
        "export_model",
        "load_dataset",
        "metrics",
        "pipeline",
        "push_dataset",
        "push_model",
        "push_space",
        "tokenize_and_align",
    ]
    assert dir(tner_hf) == tner_hf.__all__


def test_every_public_name_can_be_had() -> None:
    for name in tner_hf.__all__:
        assert getattr(tner_hf, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        _ = tner_hf.trian  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "code", ["import tner_hf", "from tner_hf.cli import main; main(['--help'])"]
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    probe = f"{code}\nimport sys\nprint([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name}" in shown for name in COMMANDS)


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert "Did you mean 'train'?" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        raise SystemExit(main([command, "--help"]))
    assert stop.value.code == 0
    assert f"tner-hf {command}" in capsys.readouterr().out
