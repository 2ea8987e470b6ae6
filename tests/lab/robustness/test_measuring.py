"""Robustness: what is measured is the scores on the changed text, paired with the clean ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from preparations import save_tagger

from tner_hf.cli import main
from tner_hf.data.changes import CHANGES
from tner_hf.errors import DataError, SettingError
from tner_hf.lab.evaluation import Evaluation, evaluate
from tner_hf.lab.robustness.measuring import change_test_set
from tner_hf.predictions import GoldSplit, PredictOptions


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    types = ("PER", "LOC", "ORG")
    return save_tagger(
        tmp_path_factory.mktemp("tagger"), tiny_encoder, *types, seed=3, spread=40, max_length=32
    )


def test_each_difference_is_that_of_two_evaluations(tagger: Path, toy_iob: Path) -> None:
    result = evaluate(tagger, toy_iob, robustness=True, resamples=50, seed=4)
    assert result.robustness is not None
    assert [one.change for one in result.robustness.scores] == list(CHANGES)
    test_set = GoldSplit.load(toy_iob, options=PredictOptions())
    for one in result.robustness.scores:
        alone = change_test_set(test_set, one.change, seed=4)
        assert alone.name == f"{test_set.name}~{one.change}"
        assert alone.labels == test_set.labels
        assert alone.unification == test_set.unification
        changed = evaluate(tagger, alone.data, confidence=None)
        assert one.clean == pytest.approx(result.f1)
        assert one.changed == pytest.approx(changed.f1)
        assert one.difference == pytest.approx(changed.f1 - result.f1)
        assert one.low <= one.high
    by_name = {one.change: one for one in result.robustness.scores}
    lower = by_name["lower"]  # this tokenizer lower-cases anyway
    assert (lower.difference, lower.low, lower.high, lower.p) == (0, 0, 0, 1)
    assert lower.words_changed == pytest.approx(14 / 26)
    assert by_name["joined"].words_changed == 0
    assert "entities swapped" in result.table()
    stored = json.loads(json.dumps(result.to_dict()))
    assert Evaluation.from_dict(stored).robustness == result.robustness


def test_documents_are_what_is_drawn_where_they_are_known(tagger: Path, tmp_path: Path) -> None:
    rows = [
        {"tokens": ["Ada", "saw", "London", "."], "tags": ["B-PER", "O", "B-LOC", "O"],
         "doc_id": name}
        for name in "aaabb"
    ]  # fmt: skip
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = evaluate(tagger, path, robustness=True, resamples=20)
    assert result.robustness is not None
    assert {one.unit for one in result.robustness.scores} == {"documents"}


def test_what_cannot_be_run_is_refused(tagger: Path, tmp_path: Path, capsys) -> None:
    path = tmp_path / "one.txt"
    path.write_text("Ada\tB-PER\n\nRome\tB-LOC\n")
    with pytest.raises(DataError, match="nothing to draw from"):
        evaluate(tagger, path, robustness=True, resamples=20)
    said = tmp_path / "said.jsonl"
    said.write_text('{"tokens": ["Ada"], "predicted": ["B-PER"]}\n')
    with pytest.raises(SettingError, match="robustness needs a model to run"):
        evaluate(said, path, robustness=True)
    assert main(["evaluate", "-m", str(said), "--test_file", str(path), "--robustness"]) == 2
    assert "said.jsonl" in capsys.readouterr().err
