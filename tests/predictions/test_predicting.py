"""One way from a model to what it said: every command that scores reads the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from preparations import save_tagger

import tner_hf

SENTENCES = [["T", "cells", "express", "IL-2"], ["B", "lymphocytes", "bind", "it", "."]] * 4


@pytest.fixture(scope="module")
def released(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A random tagger whose types are spelled as the first T-NER spelled them."""
    folder, types = tmp_path_factory.mktemp("released"), ("cell type", "cell line")
    return str(save_tagger(folder, tiny_encoder, *types, seed=5, spread=40, max_length=32))


@pytest.fixture(scope="module")
def perfect(released: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A test set in today's spelling on which that model makes no mistake."""
    import json

    folder = tmp_path_factory.mktemp("perfect")
    blank = folder / "blank.txt"
    blocks = ["\n".join(f"{word} O" for word in words) for words in SENTENCES]
    blank.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    written = folder / "said.jsonl"
    tner_hf.evaluate(released, blank, predictions_file=written, confidence=None)
    rows = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    said = {tag for row in rows for tag in row["predicted"]}
    assert {tag[2:] for tag in said} >= {"cell_type"}
    assert not any(" " in tag for tag in said)
    gold = folder / "gold.txt"
    blocks = [
        "\n".join(map(" ".join, zip(row["tokens"], row["predicted"], strict=True))) for row in rows
    ]
    gold.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return str(gold)


def test_a_released_checkpoint_scores_the_same_in_matrix_and_evaluate(
    released: str, perfect: str
) -> None:
    from tner_hf.lab.matrix import run_matrix

    evaluated = tner_hf.evaluate(released, perfect, confidence=None)
    pair = run_matrix({"released": released}, {"perfect": perfect}).pairs["released", "perfect"]
    assert evaluated["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"] == 1.0
    assert pair.protocols == evaluated["protocols"]
    assert pair.coverage == evaluated["coverage"]


def test_every_command_says_the_same_of_a_released_checkpoint(
    released: str, perfect: str, tmp_path: Path
) -> None:
    import json

    from tner_hf.cli import main
    from tner_hf.lab.analysis import compare_systems_on
    from tner_hf.lab.analysis.systems import read_systems

    stored = tmp_path / "said.jsonl"
    expected = tner_hf.evaluate(released, perfect, predictions_file=stored, confidence=None)
    systems = read_systems([f"model={released}", f"file={stored}"])
    compared = compare_systems_on(systems, {"gold": {"test": perfect}}, n_resamples=9)
    for system in compared.datasets[0].systems:
        assert system.summary.scores["type_aware"]["default"]["micro"]["f1"]["mean"] == 1.0
    for given in (["-m", released, "--test_file", perfect], ["--predictions_file", str(stored)]):
        assert main(["errors", *given, "--output_dir", str(tmp_path / "errors")]) == 0
        report = json.loads((tmp_path / "errors" / "errors.json").read_text(encoding="utf-8"))
        assert report["evaluation"]["protocols"] == expected["protocols"]
        assert report["evaluation"]["coverage"] == expected["coverage"]


def test_a_label_map_is_suggested_from_the_types_that_are_scored(
    released: str, perfect: str
) -> None:
    from tner_hf.lab.analysis.suggesting import suggest_label_map
    from tner_hf.predictions import predict_split

    suggestion = suggest_label_map(predict_split(released, perfect, native=True))
    assert suggestion.model_types == ("cell_type", "cell_line")
    assert {(each.native, each.target, each.status) for each in suggestion.types} <= {
        ("cell_type", "cell_type", "known"), ("cell_line", "cell_line", "known"),
    }  # fmt: skip
    assert suggestion.agreement == 1.0
