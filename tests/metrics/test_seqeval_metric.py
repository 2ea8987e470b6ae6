"""The `evaluate` metric gives seqeval's keys and values and needs no network."""

from __future__ import annotations

from pathlib import Path

import pytest
from seqeval.metrics import accuracy_score, classification_report
from seqeval.scheme import IOB2

from tner_hf.errors import SettingError
from tner_hf.metrics import load_metric, score

GOLD = [["B-a", "I-a", "O"], ["B-b", "O"], ["O", "I-a"]]
PREDICTED = [["B-a", "I-a", "B-b"], ["B-b", "I-b"], ["O", "I-a"]]


@pytest.mark.parametrize("mode", [None, "strict"])
def test_keys_and_values_are_those_of_seqeval(mode: str | None, tmp_path: Path) -> None:
    metric = load_metric(cache_dir=str(tmp_path))
    found = metric.compute(predictions=PREDICTED, references=GOLD, mode=mode)
    report = classification_report(
        GOLD, PREDICTED, output_dict=True, zero_division=0, mode=mode, scheme=IOB2
    )
    for name in ("a", "b"):
        expected = report[name]
        assert found[name] == {
            "precision": expected["precision"],
            "recall": expected["recall"],
            "f1": expected["f1-score"],
            "number": expected["support"],
        }
    assert found["overall_f1"] == report["micro avg"]["f1-score"]
    assert found["overall_precision"] == report["micro avg"]["precision"]
    assert found["overall_recall"] == report["micro avg"]["recall"]
    assert found["overall_accuracy"] == accuracy_score(GOLD, PREDICTED)
    assert found["scores"] == score(GOLD, PREDICTED)


def test_batches_add_up(tmp_path: Path) -> None:
    metric = load_metric(cache_dir=str(tmp_path))
    for gold, predicted in zip(GOLD, PREDICTED, strict=True):
        metric.add(prediction=predicted, reference=gold)
    assert metric.compute()["scores"] == score(GOLD, PREDICTED)


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="'loose'"):
        load_metric(cache_dir=str(tmp_path)).compute(
            predictions=GOLD, references=GOLD, mode="loose"
        )
