"""Steps from recordings: their batches everywhere, the recordings where there is a CUDA GPU."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from transformers import DataCollatorForTokenClassification, set_seed

from tner_hf.config import CheckpointSettings
from tner_hf.data import load_dataset
from tner_hf.labels import LabelSpace
from tner_hf.metrics import IGNORED
from tner_hf.models import load_model, load_tokenizer
from tner_hf.training import NERTrainer, NERTrainingArguments
from tner_hf.training.graphs import FilledCollator, round_up
from tner_hf.training.loss import TokenLoss
from tner_hf.training.padding_free import flatten_batches
from tner_hf.training.rows import encode_training_rows

SETTINGS = CheckpointSettings(max_length=16)


@pytest.fixture
def make(toy_files, tiny_encoder, tmp_path):
    tokenizer = load_tokenizer(tiny_encoder)
    rows = encode_training_rows(load_dataset(toy_files)["train"], tokenizer, SETTINGS).dataset

    def build(**own: Any) -> NERTrainer:
        settings = {
            "per_device_train_batch_size": 4,
            "max_steps": 6,
            "learning_rate": 1e-2,
            "warmup_steps": 0,
            "optim": "sgd",
            "eval_strategy": "no",
            "save_strategy": "no",
            "disable_tqdm": True,
            **own,
        }
        set_seed(0)
        return NERTrainer(
            load_model(tiny_encoder, LabelSpace(("PER", "LOC", "ORG")), settings=SETTINGS),
            NERTrainingArguments(str(tmp_path / "out"), **settings),
            data_collator=DataCollatorForTokenClassification(tokenizer),
            train_dataset=rows,
            processing_class=tokenizer,
        )

    return build


def weights(trainer: NERTrainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten().cpu() for p in trainer.model.parameters()])


def test_sizes_are_few_and_hardly_larger():
    sizes = {n: round_up(n) for n in range(1, 20_000)}
    assert all(size >= n for n, size in sizes.items())
    assert all(size - n <= max(63, n / 11) for n, size in sizes.items())
    assert all(round_up(size) == size for size in sizes.values())
    assert len({size for n, size in sizes.items() if 1024 < n <= 2048}) == 16


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_filling_changes_neither_loss_nor_gradients(make, rows):
    trainer = make()
    model, tokenizer, data = trainer.model, trainer.processing_class, trainer.train_dataset
    flat = flatten_batches(model, tokenizer, data)
    assert flat is not None
    filled = FilledCollator(flat, rows=4, longest=16, filling=tokenizer.pad_token_id)
    names = ("input_ids", "attention_mask", "labels")
    chosen = [{name: row[name] for name in names} for row in data.select(range(rows))]
    model.train(mode=False)  # without dropout
    found = []
    for collator in (flat, filled):
        batch = dict(collator([dict(row) for row in chosen]))
        labels = batch.pop("labels")
        model.zero_grad()
        loss = TokenLoss()(model(**batch), labels)
        loss.backward()
        found.append((loss.detach(), [p.grad.clone() for p in model.parameters()]))
    assert torch.allclose(found[0][0], found[1][0], atol=1e-6)
    for plain, other in zip(found[0][1], found[1][1], strict=True):
        assert torch.allclose(plain, other, atol=1e-6)


def test_batches_of_one_size_have_one_shape(make):
    trainer = make()
    tokenizer, data = trainer.processing_class, trainer.train_dataset
    flat = flatten_batches(trainer.model, tokenizer, data)
    filled = FilledCollator(flat, rows=4, longest=16, filling=tokenizer.pad_token_id)
    names = ("input_ids", "labels")
    shapes = []
    for rows in (1, 2, 4):
        batch = filled([{n: row[n] for n in names} for row in data.select(range(rows))])
        starts = batch["cu_seq_lens_q"]
        assert starts.dtype == torch.int32
        assert starts[0] == 0
        assert starts[-1] == batch["input_ids"].shape[1] == 64
        assert starts.diff().min() >= 0
        assert starts.diff().max() <= batch["max_length_q"]
        assert (batch["labels"][0, -1], batch["input_ids"][0, -1]) == (IGNORED, 0)
        shapes.append({n: v.shape for n, v in batch.items() if isinstance(v, torch.Tensor)})
    assert shapes[0] == shapes[1] == shapes[2]


def test_what_a_gpu_records(make, monkeypatch):
    trainer = make(use_cpu=True)
    config = trainer.model.config
    flatten_batches(trainer.model, trainer.processing_class, trainer.train_dataset)
    assert not trainer._may_record()  # on a CPU
    monkeypatch.setattr(type(trainer.args), "device", torch.device("cuda"))
    assert trainer._may_record()
    config.sliding_window = 128
    assert not trainer._may_record()
    trainer.args.bf16 = True
    assert trainer._may_record()
    for name in ("fp16", "torch_compile", "activation_checkpointing"):
        monkeypatch.setattr(trainer.args, name, True)
        assert not trainer._may_record(), name
        monkeypatch.setattr(trainer.args, name, False)
    trainer.args.cuda_graphs = False
    assert not trainer._may_record()


def test_a_cpu_records_nothing(make):
    trainer = make(cuda_graphs=True, use_cpu=True)
    trainer.train()
    assert trainer._graphs is None


def test_what_cannot_be_recorded_is_trained_plainly(make, caplog):
    class Broken:
        closed = False

        def __call__(self, *_: Any) -> torch.Tensor:
            raise RuntimeError("operation not permitted when stream is capturing\nmore")

        def close(self) -> None:
            self.closed = True

    class Hopeful(NERTrainer):
        def get_train_dataloader(self) -> Any:
            loader = super().get_train_dataloader()
            self._graphs = broken
            return loader

    plain, broken = make(use_cpu=True), Broken()
    set_seed(1)
    plain.train()
    other = make(use_cpu=True)
    other.__class__ = Hopeful
    set_seed(1)
    with caplog.at_level(logging.WARNING, "tner_hf"):
        other.train()
    assert torch.equal(weights(plain), weights(other))
    assert broken.closed
    (message,) = caplog.messages
    assert message.startswith("training without CUDA graphs (--cuda_graphs false does not try): ")
    assert message.endswith("operation not permitted when stream is capturing")


def test_operations_are_counted_as_the_stock_trainer_counts_them(make):
    trainer = make()
    batches = [{"input_ids": torch.zeros(2, n, dtype=torch.int64)} for n in (5, 9)]
    for batch in batches:
        expected = 6 * batch["input_ids"].numel()
        expected *= trainer.model.num_parameters(exclude_embeddings=True)
        assert trainer.floating_point_ops(batch) == expected
    assert trainer.floating_point_ops({}) == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize(
    "settings",
    [{}, {"bf16": True}, {"gradient_accumulation_steps": 2}],
    ids=["fp32", "bf16", "accumulated"],
)
def test_recorded_steps_train_as_plain_ones(make, settings):
    ends = []
    for graphs in (None, False):
        trainer = make(cuda_graphs=graphs, **settings)
        for module in trainer.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        trainer.train()
        ends.append(weights(trainer))
    assert torch.allclose(*ends, atol=1e-4 if settings.get("bf16") else 1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_one_seed_gives_one_model_from_recordings(make):
    ends = []
    for _ in range(2):
        trainer = make(optim="adamw_torch")
        trainer.train()
        ends.append(weights(trainer))
    assert torch.equal(*ends)
