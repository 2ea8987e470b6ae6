"""Batches without padding against the same batches with it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from architectures import FAMILIES
from transformers import AutoModel, DataCollatorForTokenClassification, DataCollatorWithFlattening

from tner_hf.config import CheckpointSettings
from tner_hf.data import load_dataset
from tner_hf.labels import LabelSpace
from tner_hf.metrics import IGNORED
from tner_hf.models import load_model, load_tokenizer
from tner_hf.training.loss import TokenLoss
from tner_hf.training.padding_free import ATTENTION, flatten_batches
from tner_hf.training.rows import encode_training_rows

#: Their attention mixes in relative positions and cannot be replaced.
PADDED = {"deberta-v2", "deberta-v3"}


class Trial:
    """A tiny model of one family with some rows of different lengths."""

    def __init__(self, family: str, folder: Any, splits: Any, **config: Any) -> None:
        build_tokenizer, build_config = FAMILIES[family]
        tokenizer = build_tokenizer()
        torch.manual_seed(0)
        settings = {**vars(build_config(len(tokenizer))), **config}
        encoder = type(build_config(len(tokenizer)))(**settings)
        AutoModel.from_config(encoder).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        self.tokenizer = load_tokenizer(folder)
        self.model = load_model(folder, LabelSpace(("PER", "LOC", "ORG")))
        encoded = encode_training_rows(splits["train"], self.tokenizer, CheckpointSettings())
        self.dataset = encoded.dataset
        self.rows = [
            {name: row[name] for name in ("input_ids", "attention_mask", "labels")}
            for row in self.dataset.select(range(5))
        ]
        assert len({len(row["input_ids"]) for row in self.rows}) > 1

    def pad(self) -> dict[str, Any]:
        return dict(DataCollatorForTokenClassification(self.tokenizer)(self.rows))

    def step(self, batch: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of a batch, and all gradients as one vector."""
        self.model.train(mode=False)  # without dropout
        self.model.zero_grad()
        labels = batch.pop("labels")
        loss = TokenLoss()(self.model(**batch), labels)
        loss.backward()
        gradients = [p.grad.flatten() for p in self.model.parameters() if p.grad is not None]
        return loss.detach(), torch.cat(gradients)


@pytest.fixture
def splits(toy_files):
    return load_dataset(toy_files)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - PADDED))
def test_loss_and_gradients_are_those_of_the_padded_batch(family, splits, tmp_path):
    trial = Trial(family, tmp_path, splits)
    loss, gradients = trial.step(trial.pad())
    collator = flatten_batches(trial.model, trial.tokenizer, trial.dataset)
    assert isinstance(collator, DataCollatorWithFlattening)
    assert trial.model.config._attn_implementation == ATTENTION
    flat = dict(collator(trial.rows))
    assert flat["input_ids"].shape == (1, sum(len(row["input_ids"]) for row in trial.rows))
    flat_loss, flat_gradients = trial.step(flat)
    assert torch.allclose(flat_loss, loss, rtol=1e-5)
    assert torch.allclose(flat_gradients, gradients, rtol=0, atol=1e-5 * gradients.abs().max())


@pytest.mark.parametrize("family", sorted(PADDED))
def test_a_model_whose_attention_is_its_own_stays_as_it_was(family, splits, tmp_path):
    trial = Trial(family, tmp_path, splits)
    usual = trial.model.config._attn_implementation
    assert flatten_batches(trial.model, trial.tokenizer, trial.dataset) is None
    assert trial.model.config._attn_implementation == usual


def test_padded_batches_still_run_as_with_sdpa(splits, tmp_path):
    trial = Trial("bert", tmp_path, splits)
    loss, gradients = trial.step(trial.pad())
    flatten_batches(trial.model, trial.tokenizer, trial.dataset)
    again, again_gradients = trial.step(trial.pad())
    assert torch.equal(again, loss)
    assert torch.equal(again_gradients, gradients)


def test_local_attention_sees_as_far_as_with_padding(splits, tmp_path):
    trial = Trial("modernbert", tmp_path, splits, local_attention=4)
    assert min(len(row["input_ids"]) for row in trial.rows) > 3
    loss, gradients = trial.step(trial.pad())
    collator = flatten_batches(trial.model, trial.tokenizer, trial.dataset)
    assert collator is not None
    flat_loss, flat_gradients = trial.step(dict(collator(trial.rows)))
    assert torch.allclose(flat_loss, loss, rtol=1e-5)
    assert torch.allclose(flat_gradients, gradients, rtol=0, atol=1e-5 * gradients.abs().max())


def test_a_model_that_would_compute_something_else_stays_as_it_was(splits, tmp_path):
    trial = Trial("bert", tmp_path, splits)

    def mix_rows(module: Any, args: Any, kwargs: Any, output: Any) -> Any:
        output.logits += output.logits.mean(dim=1, keepdim=True)
        return output

    trial.model.register_forward_hook(mix_rows, with_kwargs=True)
    assert flatten_batches(trial.model, trial.tokenizer, trial.dataset) is None
    assert trial.model.config._attn_implementation == "sdpa"


def test_rows_that_open_with_a_label_are_padded(splits, tmp_path):
    trial = Trial("bert", tmp_path, splits)
    rows = trial.dataset.map(lambda row: {"labels": [0, *row["labels"][1:]]})
    assert IGNORED not in {row["labels"][0] for row in rows}
    assert flatten_batches(trial.model, trial.tokenizer, rows) is None
