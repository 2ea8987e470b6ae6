"""`tner-hf compare`: its tables, its JSON, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tner_hf.cli import main


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    gold = ["B-person", "O"]
    paths = []
    for name, tags in (("never", ["O", "O"]), ("always", gold)):
        row = {"tokens": ["Ada", "runs"], "gold": gold, "predicted": tags}
        path = tmp_path / f"{name}.jsonl"
        path.write_text((json.dumps(row) + "\n") * 20, encoding="utf-8")
        paths.append(f"{name}={path}")
    return paths


def test_tables_then_words(files, capsys) -> None:
    assert main(["compare", *files, "--resamples", "999"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(
        "never.jsonl, split test: 20 sentences, 20 entities; micro F1 in percent, protocol full, "
        "mode default"
    )
    header = "system runs type-aware 95 % interval type-ignored 95 % interval"
    assert lines[1] == (
        "tests and intervals over 20 sentences taken as independent; intervals of scores are "
        "exact ones"
    )
    assert " ".join(lines[3].split()) == header
    assert lines[8].split()[:4] == ["always", "−", "never", "aware"]
    assert lines[-3] == (
        "what follows (approximate randomisation, Holm over 2 comparisons, 999 resamples, seed 0)"
    )
    assert lines[-1].endswith(
        "type-ignored: always is better than never by 100.0 points [100.0, 100.0], "
        "p = 0.002 after Holm (about these two checkpoints, not about their recipes)"
    )


def test_several_runs_are_a_test_of_recipes(files, capsys) -> None:
    never, always = (file.split("=")[1] for file in files)
    groups = [f"a={never},{always}", f"b={always},{never}"]
    assert main(["compare", *groups, "--resamples", "99"]) == 0
    printed = capsys.readouterr().out
    assert "what follows (t test over runs and text, Holm over 2" in printed
    assert "no difference shown between a and b: +0.0 points" in printed
    assert "(over 2 and 2 runs); the smallest that could be shown" in printed


def test_the_page_says_what_the_terminal_says_but_for_places(files, tmp_path, capsys) -> None:
    page = tmp_path / "comparison.html"
    assert main(["compare", *files, "--resamples", "99", "--html", str(page)]) == 0
    verdict = capsys.readouterr().out.splitlines()[-1].partition(": ")[2]
    html = page.read_text(encoding="utf-8")
    assert f"always.jsonl, {verdict}" not in html
    assert verdict in html
    assert "+100.00" in html
    assert str(tmp_path) not in html


def test_json_holds_every_score_and_is_the_file(files, tmp_path, capsys) -> None:
    out = tmp_path / "c.json"
    arguments = ["--json", "--output_file", str(out), "--resamples", "50", "--metric", "recall"]
    assert main(["compare", *files, *arguments]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(out.read_text(encoding="utf-8"))
    assert printed["headline"]["metric"] == "recall"
    pair = printed["datasets"][0]["pairs"][0]["comparison"]["differences"]
    assert pair["type_aware"]["strict"]["per_type"]["person"]["precision"]["difference"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "b", "-d", "x", "--test_file", "f"], "--test_file: not allowed with argument -d"),
        (["a", "b", "-d", "x", "y", "--dataset_config", "ja"], "write it into the name"),
        (["a", "b"], "models need a dataset to be compared on"),
        (["a", "b", "-d", "conl2003"], "Did you mean 'conll2003'"),
        (["a", "b", "-d", "x", "--confidence", "95"], "accepted: between 0 and 1"),
    ],
)
def test_mistakes_are_named(arguments, message, capsys) -> None:
    assert main(["compare", *arguments]) == 2
    assert message in capsys.readouterr().err
