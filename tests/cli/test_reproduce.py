"""`tner-hf reproduce`, as far as it shows and decides; runs are in tests/reproduce."""

from __future__ import annotations

import json
import re
from pathlib import Path

import preparations
import pytest

from tner_hf.cli import main


@pytest.fixture
def mirror(tmp_path: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Raw files of wnut2017 and conll2003 only, and a cache of their own."""
    preparations.corpora(tmp_path, tiny_encoder)
    monkeypatch.setenv("TNER_HF_SOURCES", str(tmp_path / "sources"))
    return tmp_path / "sources"


def test_list_shows_every_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--list"]) == 0
    shown = capsys.readouterr().out
    assert re.findall(r"^table\d", shown, re.MULTILINE) == [f"table{n}" for n in range(2, 10)]
    assert "5,000 steps (15,000 on merged corpora)" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--list", "--json"]) == 0
    recipes = json.loads(capsys.readouterr().out)
    assert recipes[1]["table"] == "table3"
    assert recipes[1]["training"]["warmup_steps"] == 700


def test_a_dry_run_shows_sizes_and_what_is_missing(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(
        ["reproduce", "table3", "--dry_run", "-d", "wnut2017", "conll2003", "fin",
         "--max_steps", "20", "--max_train_samples", "15", "--output_dir", str(tmp_path / "out"),
         "--cache_dir", str(tmp_path / "cache")]
    )  # fmt: skip
    shown = " ".join(capsys.readouterr().out.split())
    assert status == 0
    assert "SCALED DOWN: 20 steps instead of 5,000; at most 15 training sentences." in shown
    assert "6 of 12 figures can be computed" in shown
    assert "xlm-roberta-large-conll2003 xlm-roberta-large conll2003 to train" in shown
    assert "xlm-roberta-large-conll2003 20 15 2" in shown
    assert "wnut2017 as released 20 20 1,000 1,287" in shown
    assert "fin is absent:" in shown
    assert not (tmp_path / "out").exists()


def test_no_table_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce"]) == 2
    assert "which table? `tner-hf reproduce --list` shows them" in capsys.readouterr().err


def test_an_unknown_table_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "table33"]) == 2
    assert "Did you mean 'table3'" in capsys.readouterr().err


def test_the_study_of_merging_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--list", "--json"]) == 0
    last = json.loads(capsys.readouterr().out)[-1]
    assert (last["table"], last["epochs"], last["variants"][0]) == ("merged", 3, "in-domain")


def test_a_study_of_merging_is_planned_then_done_then_shown(
    mirror: Path, tmp_path: Path, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["reproduce", "merged", "-d", "wnut2017", "conll2003", "-m", str(tiny_encoder)]
    words += ["--variants", "in-domain", "plain", "--max_steps", "1", "--max_train_samples", "15"]
    words += ["-o", str(tmp_path / "out"), "--cache_dir", str(tmp_path / "cache")]
    assert main([*words, "--dry_run"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[-4:] == [
        "run                    state     sentences  tests",
        "in-domain-wnut2017-1   to train         15      2",
        "in-domain-conll2003-1  to train         15      2",
        "plain-1                to train         30      2",
    ]
    assert not (tmp_path / "out").exists()
    assert main(words) == 0
    assert "plain  general  full" in " ".join(capsys.readouterr().out.split("\n"))
    assert main([*words, "--dry_run", "--json"]) == 0
    assert [run["there"] for run in json.loads(capsys.readouterr().out)] == [True] * 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["table3", "--seeds", "1", "2"], "--seeds is for `reproduce merged`, not for table3"),
        (["merged", "--seed", "1"], "--seed is for tables of the paper, not for merged"),
        (["merged", "-d", "fin"], "merging needs two corpora or more"),
        (["merged", "--variants", "plane", "--dry_run"], "Did you mean 'plain'"),
    ],
)
def test_what_does_not_fit_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
