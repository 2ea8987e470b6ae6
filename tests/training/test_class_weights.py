"""Class weights: what is read, what is counted, and what the loss makes of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from torch.nn import functional

from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.labels import LabelSpace
from tner_hf.training.class_weights import balance_labels, read_class_weights, weigh_labels
from tner_hf.training.loss import TokenLoss

SPACE = LabelSpace(("x", "y"))


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    rows = Dataset.from_dict({"labels": [[-100, 0, 0, 0], [1, 6, 2, 1, -100]]})  # 6: an open O
    # 7 sub-tokens of 3 labels: O four times, B-x twice, I-x once.
    assert balance_labels(rows, 5) == pytest.approx([7 / 12, 7 / 6, 7 / 3, 1, 1])


def test_the_loss_is_weighted_and_divided_by_the_number_of_labels() -> None:
    logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[0, 4, -100], [-100, 2, 1]])
    weights = [0.5, 2.0, 3.0, 1.0, 4.0]
    each = functional.cross_entropy(logits.view(-1, 5), labels.view(-1), reduction="none")
    expected = (each * torch.tensor([0.5, 4, 0, 0, 3, 2])).sum()
    loss = TokenLoss(weights=weights)
    assert loss({"logits": logits}, labels).item() == pytest.approx(expected.item() / 4)
    assert loss({"logits": logits}, labels, 8).item() == pytest.approx(expected.item() / 8)
    opened = TokenLoss([[0, 3, 4]], weights=weights)
    assert opened({"logits": logits}, labels).item() == pytest.approx(expected.item() / 4)
    labels[0, 0] = 5
    known = functional.cross_entropy(logits[0, :1, :3], torch.tensor([0]))
    expected += 0.5 * (known - each[0])
    assert opened({"logits": logits}, labels).item() == pytest.approx(expected.item() / 4)


def test_equal_weights_change_nothing(run_training: Callable[..., Any], tmp_path: Path) -> None:
    ones = tmp_path / "ones.json"
    ones.write_text(json.dumps({"PER": 1, "O": 1.0}))
    plain, weighted = run_training("plain"), run_training("weighted", class_weights=str(ones))
    first, second = (Path(r.output_dir, "model.safetensors") for r in (plain, weighted))
    assert first.read_bytes() == second.read_bytes()


def test_a_run_knows_its_weights_by_content(
    run_training: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "weights.json"
    file.write_text('{"O": 0.1, "PER": 5}')
    folder = Path(run_training(class_weights=str(file)).output_dir)
    assert str(file) not in (folder / "run.json").read_text()
    moved = file.rename(tmp_path / "moved.json")
    run_training(class_weights=str(moved))  # the same run, which is finished
    moved.write_text('{"O": 0.2, "PER": 5}')
    with pytest.raises(SettingError, match=r"class_weights was \{'O': 0.1, 'PER': 5\}"):
        run_training(class_weights=str(moved))
    with caplog.at_level(logging.INFO, "tner_hf"):
        run_training("balanced", class_weights="balanced", max_test_samples=0)
    # 104 words of 7 labels: 48 O, 20 B-LOC.
    assert "class weights: O 0.31, B-LOC 0.743, " in caplog.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"O": -1}', "'O' weighs -1; accepted: numbers from 0"),
        ('{"O": "1"}', "'O' weighs '1'"),
        ('{"O": true}', "'O' weighs True"),
        ('{"O": Infinity}', "weights.json"),
        ("[1]", "holds no JSON object"),
        ("{", "cannot be read as JSON"),
    ],
)
def test_what_is_no_weight_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "weights.json"
    file.write_text(content)
    with pytest.raises((SettingError, DataError), match=said):
        read_class_weights(str(file))


def test_unknown_names_and_nothing_but_zeros_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.json: there is no such file"):
        read_class_weights(str(tmp_path / "none.json"))
    with pytest.raises(UnknownNameError, match="z"):
        weigh_labels({"z": 1}, SPACE)
    with pytest.raises(SettingError, match="every weight is 0"):
        weigh_labels({"O": 0, "x": 0, "y": 0}, SPACE)


def test_it_contradicts_label_smoothing(run_training: Callable[..., Any]) -> None:
    with pytest.raises(SettingError, match="both change what a label counts"):
        run_training(class_weights="balanced", label_smoothing_factor=0.1)
