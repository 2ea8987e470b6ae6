"""What is frozen stays to the bit, and the rest does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tner_hf.errors import SettingError
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model
from tner_hf.training import ModelArguments
from tner_hf.training.freezing import freeze


@pytest.mark.parametrize(
    ("wanted", "frozen"),
    [
        ("embeddings", ("bert.embeddings.",)),
        ("layers:1", ("bert.embeddings.", "bert.encoder.layer.0.")),
        ("encoder", ("bert.",)),
    ],
)
def test_the_frozen_part_stays_to_the_bit(
    run_training: Callable[..., Any], tiny_encoder: Path, wanted: str, frozen: tuple[str, ...]
) -> None:
    result = run_training(freeze=wanted, max_test_samples=0, num_train_epochs=1)
    before = load_model(tiny_encoder, LabelSpace(("PER", "LOC", "ORG"))).state_dict()
    for name, weight in load_model(result.output_dir).state_dict().items():
        if name.startswith("classifier"):
            continue  # begun at random
        assert torch.equal(weight, before[name]) == name.startswith(frozen), name


def test_a_frozen_run_with_a_crf_trains_head_and_transitions(
    run_training: Callable[..., Any],
) -> None:
    result = run_training(freeze="encoder", head="crf", max_test_samples=0, num_train_epochs=1)
    assert result.train["global_step"] == 5


def test_what_is_no_part_is_refused(tiny_encoder: Path) -> None:
    for wanted in ("head", "layers", "layers:0", "layers:x", "", "layers:-1"):
        with pytest.raises(SettingError, match="accepted: embeddings, encoder, or layers:N"):
            ModelArguments("bert", freeze=wanted)
    model = load_model(tiny_encoder, LabelSpace(("x",)))
    with pytest.raises(SettingError, match="this bert model has 2 layers"):
        freeze(model, "layers:3")
