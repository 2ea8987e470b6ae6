"""A run with a CRF head, from its loss to what its checkpoint says everywhere."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForTokenClassification

from tner_hf import evaluate, pipeline
from tner_hf.errors import SettingError
from tner_hf.labels import LabelSpace
from tner_hf.models import load_config, load_model
from tner_hf.models.crf import IMPOSSIBLE, Crf, add_crf
from tner_hf.training.arguments import ModelArguments
from tner_hf.training.crf import CrfLoss, decode_rows

NAMES = LabelSpace(("a", "b")).names


@pytest.fixture
def crf() -> Crf:
    torch.manual_seed(0)
    return Crf.draw(NAMES)


LOGITS = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(1))
LABELS = torch.tensor([[-100, 1, -100, 2, 0, -100], [-100, 0, 3, -100, -100, -100]])


def test_its_loss_is_of_the_labelled_positions_and_averaged_over_the_step(crf: Crf) -> None:
    picked = torch.cat([LOGITS[0, [1, 3, 4]], LOGITS[1, [1, 2]]])
    expected = -crf.log_likelihood(picked, torch.tensor([1, 2, 0, 0, 3]), np.array([3, 2]))
    loss = CrfLoss(crf)
    assert loss({"logits": LOGITS}, LABELS).item() == pytest.approx(expected.item() / 5)
    assert loss((LOGITS,), LABELS, 20).item() == pytest.approx(expected.item() / 20)
    assert loss({"logits": LOGITS}, torch.full((2, 6), -100)).item() == 0


def test_rows_laid_end_to_end_cost_what_padded_ones_do(crf: Crf) -> None:
    flat = torch.cat([LOGITS[0], LOGITS[1, :4]])[None], torch.cat([LABELS[0], LABELS[1, :4]])[None]
    loss = CrfLoss(crf)
    padded = loss({"logits": LOGITS}, LABELS).item()
    loss.row_starts = torch.tensor([0, 6, 10, 10], dtype=torch.int32)  # and a row of filling
    assert loss({"logits": flat[0]}, flat[1]).item() == padded


def test_bfloat16_changes_the_logits_alone(crf: Crf) -> None:
    half = LOGITS.bfloat16()
    loss = CrfLoss(crf)
    assert loss({"logits": half}, LABELS) == loss({"logits": half.float()}, LABELS)


def test_an_open_label_is_an_o_in_paths_without_the_open_tags(crf: Crf) -> None:
    labels = torch.tensor([[1, 5, 0]])  # B-a, O of a corpus that knows no b, O
    logits = LOGITS[:1, :3].clone().requires_grad_()
    loss = CrfLoss(crf, [[0, 3, 4]])({"logits": logits}, labels)
    closed = logits.detach().clone()
    closed[0, 1, 3:] = IMPOSSIBLE
    expected = -crf.log_likelihood(closed[0], torch.tensor([1, 0, 0]), np.array([3])) / 3
    assert loss.item() == pytest.approx(expected.item())
    (gradient,) = torch.autograd.grad(loss, logits)
    assert not gradient[0, 1, 3:].any()
    assert gradient[0, 1, :3].all()


def test_rows_are_decoded_where_they_have_words(crf: Crf) -> None:
    found = decode_rows(crf, LOGITS.numpy(), LABELS.numpy())
    picked = torch.cat([LOGITS[0, [1, 3, 4]], LOGITS[1, [1, 2]]]).numpy()
    assert found[LABELS != -100].tolist() == crf.decode(picked, np.array([3, 2])).tolist()
    assert not found[LABELS == -100].any()


def test_a_run_is_scored_saved_and_read_as_it_was_trained(
    run_training: Callable[..., Any], toy_files: dict[str, str]
) -> None:
    result = run_training(
        head="crf", num_train_epochs=4, load_best_model_at_end=True, gradient_accumulation_steps=2
    )
    folder = Path(result.output_dir)
    # What Trainer scored is what everybody gets.
    scored = json.loads((folder / "test_results.json").read_text())["scores"]
    again = evaluate(folder, {"test": toy_files["test"]}, native=True)
    assert again["protocols"]["full"] == scored
    assert scored["type_aware"]["default"] == scored["type_aware"]["strict"]  # no stray I-
    # Plain transformers loads it, without a word.
    assert not [name for name in load_file(folder / "model.safetensors") if "crf" in name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = AutoModelForTokenClassification.from_pretrained(folder)
    assert not hasattr(plain, "crf")
    stored = Crf.read(load_config(folder))
    assert stored is not None
    assert (stored.transitions[stored.transitions > IMPOSSIBLE].abs() > 0.1).any()  # they moved
    answer = pipeline(folder)("Ada lived in London.", top_k=7)
    assert all(abs(sum(x["score"] for x in word["labels"]) - 1) < 1e-5 for word in answer)
    # Its transitions go on with the same labels only, and not with a linear head.
    space = LabelSpace(("PER", "LOC", "ORG"))
    assert not hasattr(load_model(folder, space).config, "crf_state_dict")
    model = load_model(folder, space)
    model.config.id2label = dict(load_config(folder).id2label)
    assert torch.equal(add_crf(model, load_config(folder)).transitions, stored.transitions)


def test_an_interrupted_run_ends_with_the_same_weights(
    run_training: Callable[..., Any], tmp_path: Path
) -> None:
    whole = run_training("whole", head="crf", max_test_samples=0)
    halved = run_training("halved", head="crf", max_test_samples=0)
    folder = Path(halved.output_dir)
    for name in ("model.safetensors", "train_results.json", "config.json"):
        (folder / name).unlink()
    last = max(folder.glob("checkpoint-*"), key=lambda p: int(p.name.partition("-")[2]))
    for path in last.iterdir():
        path.unlink()
    last.rmdir()
    again = run_training("halved", head="crf", max_test_samples=0)
    assert again.train["resumed_from"] == "checkpoint-5"
    for name in ("model.safetensors", "config.json"):
        first, second = (Path(r.output_dir) / name for r in (whole, again))
        assert first.read_bytes() == second.read_bytes()


def test_the_transitions_have_a_rate_of_their_own(run_training: Callable[..., Any]) -> None:
    still = run_training("still", head="crf", crf_learning_rate=0.0, max_test_samples=0)
    crf = Crf.read(load_config(still.output_dir))
    assert crf is not None
    assert crf.transitions[crf.transitions > IMPOSSIBLE].abs().max() <= 0.1  # as drawn


def test_what_contradicts_it_is_refused(run_training: Callable[..., Any]) -> None:
    with pytest.raises(SettingError, match="goes from word to word"):
        ModelArguments("bert", head="crf", label_all_subtokens="inside")
    with pytest.raises(SettingError, match=r"--label_smoothing_factor .*--head linear"):
        run_training(head="crf", label_smoothing_factor=0.1)
    with pytest.raises(SettingError, match=r"--class_weights .*--head linear"):
        run_training(head="crf", class_weights="balanced")
    with pytest.raises(SettingError, match="--crf_learning_rate -1 cannot be used"):
        run_training(head="crf", crf_learning_rate=-1.0)
