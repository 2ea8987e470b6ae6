"""NERTrainer against the stock Trainer, and against itself under accumulation."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import DataCollatorForTokenClassification, Trainer, set_seed

from tner_hf.config import CheckpointSettings
from tner_hf.data import load_dataset
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.training import GoldWindows, NERTrainer, NERTrainingArguments
from tner_hf.training.padding_free import ATTENTION
from tner_hf.training.rows import encode_training_rows
from tner_hf.training.sampling import EpochSampler, group_by_length

SETTINGS = CheckpointSettings(max_length=16)


@pytest.fixture
def make(toy_files, tiny_encoder, tmp_path):
    """A trainer of the given class over the toy data; dropout off unless asked for."""
    splits = load_dataset(toy_files)
    tokenizer = load_tokenizer(tiny_encoder)
    rows = encode_training_rows(splits["train"], tokenizer, SETTINGS).dataset

    def build(kind: type[Trainer] = NERTrainer, **settings: Any) -> Trainer:
        settings = {
            "per_device_train_batch_size": 4,
            "max_steps": 3,
            "learning_rate": 1e-2,
            "eval_strategy": "no",
            "save_strategy": "no",
            "disable_tqdm": True,
            **settings,
        }
        set_seed(0)
        model = load_model(tiny_encoder, LabelSpace(("PER", "LOC", "ORG")), settings=SETTINGS)
        return kind(
            model,
            NERTrainingArguments(str(tmp_path / "out"), **settings),
            data_collator=DataCollatorForTokenClassification(tokenizer),
            train_dataset=rows,
            processing_class=tokenizer,
        )

    build.gold = GoldWindows(splits["validation"], tokenizer, max_length=16)
    return build


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.model.parameters()])


def train(trainer: Trainer) -> torch.Tensor:
    trainer.train()
    return weights(trainer)


def without_dropout(trainer: Trainer) -> Trainer:
    for module in trainer.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return trainer


def test_one_corpus_trains_as_with_the_stock_trainer_to_the_last_bit(make):
    assert torch.equal(train(make(NERTrainer, padding_free=False)), train(make(Trainer)))


def test_batches_without_padding_train_as_those_with_it(make):
    # One step of plain gradient descent: AdamW blows rounding up where a gradient is nearly zero.
    plain = {"optim": "sgd", "max_steps": 1, "warmup_steps": 0}
    flat, padded = (without_dropout(make(padding_free=wanted, **plain)) for wanted in (True, False))
    assert torch.allclose(train(flat), train(padded), atol=1e-6)
    assert flat.model.config._attn_implementation == ATTENTION
    assert padded.model.config._attn_implementation == "sdpa"
    assert flat.evaluate(flat.train_dataset)["eval_loss"] == pytest.approx(
        padded.evaluate(padded.train_dataset)["eval_loss"], abs=1e-5
    )


def test_checkpointed_activations_need_no_padding_either(make):
    plain = {"optim": "sgd", "max_steps": 1, "warmup_steps": 0, "padding_free": True}
    usual = train(without_dropout(make(**plain)))
    saved = train(without_dropout(make(activation_checkpointing=True, **plain)))
    assert torch.allclose(usual, saved, atol=1e-7)


def test_accumulated_batches_train_like_one_large_batch(make):
    # Stock Trainer does not: its gradients are multiplied by the number of batches.
    plain = {"max_grad_norm": 0, "optim": "sgd", "max_steps": 1, "warmup_steps": 0}
    large = train(without_dropout(make(per_device_train_batch_size=8, **plain)))
    settings = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4, **plain}
    small = train(without_dropout(make(**settings)))
    stock = train(without_dropout(make(Trainer, **settings)))
    assert torch.allclose(small, large, atol=1e-7)
    assert not torch.allclose(stock, large, atol=1e-4)


def test_predictions_come_in_the_order_of_the_rows_despite_length_groups(make):
    trainer = make(train_sampling_strategy="group_by_length", per_device_eval_batch_size=2)
    rows = trainer.train_dataset
    predicted = trainer.predict(rows)
    wanted = [[label for label in row if label != -100] for row in rows["labels"]]
    found = [[label for label in row if label != -100] for row in predicted.label_ids.tolist()]
    assert found == wanted


def test_group_by_length_uses_our_sampler_in_training(make):
    trainer = make(train_sampling_strategy="group_by_length")
    sampler = trainer._get_train_sampler()
    assert isinstance(sampler, EpochSampler)
    lengths = trainer.train_dataset["length"][:]
    assert list(sampler) == group_by_length(lengths, 4, seed=(42, 0))


def test_evaluate_gives_the_flat_scores_of_whole_sentences(make):
    trainer = make()
    metrics = trainer.evaluate(make.gold)
    predictions = trainer.predict(make.gold).predictions
    scores = make.gold.score(predictions)
    assert predictions.ndim == 2  # label ids, no logits
    assert metrics["eval_f1"] == scores["type_aware"]["default"]["micro"]["f1"]
    assert metrics["eval_f1_type_ignored"] == scores["type_ignored"]["default"]["micro"]["f1"]
    assert metrics["eval_loss"] > 0
    assert trainer.compute_metrics is None


def test_scores_do_not_depend_on_the_batch_size(make):
    one, many = (make(per_device_eval_batch_size=n) for n in (1, 64))
    assert one.evaluate(make.gold)["eval_f1"] == many.evaluate(make.gold)["eval_f1"]


@pytest.mark.parametrize(
    "settings",
    [
        {"bf16": True},
        {"activation_checkpointing": True},
        {"label_smoothing_factor": 0.1},
        {"torch_empty_cache_steps": 1},
    ],
    ids=lambda s: next(iter(s)),
)
def test_settings_of_trainer_work(make, settings):
    trainer = make(**settings)
    before = weights(trainer)
    assert torch.isfinite(after := train(trainer)).all()
    assert not torch.equal(before, after)
