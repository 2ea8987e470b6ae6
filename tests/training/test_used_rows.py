"""Training on the rows of the embedding table that a corpus uses, against training on all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    DataCollatorForTokenClassification,
    DataCollatorWithFlattening,
    Trainer,
    TrainerCallback,
    set_seed,
)

from tner_hf.config import CheckpointSettings
from tner_hf.data import load_dataset
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.training import NERTrainer, NERTrainingArguments
from tner_hf.training.rows import encode_training_rows
from tner_hf.training.used_rows import UsedRows, list_used_ids, train_used_rows

SETTINGS = CheckpointSettings(max_length=16)
#: No row of the toy corpus is so long; padding is therefore no matter of the vocabulary.
VOCABULARY = 400


@pytest.fixture
def make(toy_files, tiny_encoder, tmp_path):
    """A trainer of a model whose vocabulary is far larger than the corpus'."""
    tokenizer = load_tokenizer(tiny_encoder)
    rows = encode_training_rows(load_dataset(toy_files)["train"], tokenizer, SETTINGS).dataset

    def build(
        kind: type[Trainer] = NERTrainer, *, folder: str = "out", collator: Any = None, **own: Any
    ) -> Trainer:
        settings = {
            "per_device_train_batch_size": 4,
            "max_steps": 4,
            "learning_rate": 1e-2,
            "optim": "adamw_torch",  # the fused one rounds the end of an array otherwise
            "max_grad_norm": 0,  # a norm over fewer numbers is rounded otherwise
            "eval_strategy": "no",
            "save_strategy": "no",
            "disable_tqdm": True,
            **own,
        }
        set_seed(0)
        model = load_model(tiny_encoder, LabelSpace(("PER", "LOC", "ORG")), settings=SETTINGS)
        model.resize_token_embeddings(VOCABULARY, mean_resizing=False)
        return kind(
            model,
            NERTrainingArguments(str(tmp_path / folder), **settings),
            data_collator=collator or DataCollatorForTokenClassification(tokenizer),
            train_dataset=rows,
            eval_dataset=rows,
            processing_class=tokenizer,
        )

    build.used = list_used_ids(rows, tokenizer.all_special_ids)
    return build


class AllRows(NERTrainer):
    """The same batches, the whole table trained."""

    def _may_train_used_rows(self) -> bool:
        return False


class Watch(TrainerCallback):
    """Keeps what `look` sees after each step."""

    def __init__(self, look: Any) -> None:
        self.look, self.seen = look, []

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        self.seen.append(self.look(model))


def train(trainer: Trainer, **options: Any) -> torch.Tensor:
    """Every weight afterwards; the numbers drawn for dropout are the same each time."""
    set_seed(1)
    trainer.train(**options)
    return weights(trainer)


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.model.parameters()])


def table_of(trainer: Trainer) -> torch.Tensor:
    return trainer.model.get_input_embeddings().weight.detach().clone()


@pytest.mark.parametrize("optim", ["adamw_torch", "sgd"])
def test_to_the_last_bit_what_training_of_the_whole_table_gives(make, optim):
    few, all_ = make(optim=optim), make(AllRows, optim=optim)
    seen = Watch(lambda model: type(model.get_input_embeddings()))
    few.add_callback(seen)
    assert torch.equal(train(few), train(all_))
    assert seen.seen == [UsedRows] * 4
    assert type(few.model.get_input_embeddings()) is torch.nn.Embedding


def test_with_the_fused_optimizer_up_to_rounding(make):
    # The usual epsilon is so small that AdamW blows rounding up where a gradient is nearly zero.
    settings = {"optim": "adamw_torch_fused", "adam_epsilon": 1e-3}
    few, all_ = make(**settings), make(AllRows, **settings)
    assert torch.allclose(train(few), train(all_), atol=1e-6)


def test_with_clipping_up_to_rounding(make):
    few, all_ = make(max_grad_norm=0.1, optim="sgd"), make(AllRows, max_grad_norm=0.1, optim="sgd")
    assert torch.allclose(train(few), train(all_), atol=1e-7)


def test_only_used_rows_change(make):
    trainer = make()
    before = table_of(trainer)
    trainer.train()
    changed = (table_of(trainer) != before).any(dim=1).nonzero().flatten().numpy()
    assert set(changed) <= set(make.used)
    assert len(changed) > 5


def test_evaluation_between_steps_sees_every_row_as_it_is_trained_so_far(make):
    ids = torch.arange(VOCABULARY)[None]

    def look(model: Any) -> torch.Tensor:
        model.train(mode=False)
        with torch.inference_mode():
            seen = model.get_input_embeddings()(ids)[0].clone()
        model.train()
        return seen

    few, all_ = make(), make(AllRows)
    watches = Watch(look), Watch(look)
    for trainer, watch in zip((few, all_), watches, strict=True):
        trainer.add_callback(watch)
        train(trainer)
    assert torch.equal(torch.stack(watches[0].seen), torch.stack(watches[1].seen))
    assert not torch.equal(watches[0].seen[0], watches[0].seen[-1])


def test_checkpoints_are_those_of_the_whole_table(make):
    states = []
    for kind, folder in ((NERTrainer, "few"), (AllRows, "all")):
        trainer = make(kind, folder=folder, save_strategy="steps", save_steps=2)
        train(trainer)
        checkpoint = Path(trainer.args.output_dir) / "checkpoint-2"
        states.append(torch.load(checkpoint / "optimizer.pt", weights_only=True)["state"])
    assert states[0].keys() == states[1].keys()
    for index, state in states[0].items():
        assert all(torch.equal(value, states[1][index][name]) for name, value in state.items())
    assert any(state["exp_avg"].shape[0] == VOCABULARY for state in states[0].values())


@pytest.mark.parametrize(
    ("begun", "resumed"), [(NERTrainer, NERTrainer), (NERTrainer, AllRows), (AllRows, NERTrainer)]
)
def test_a_run_is_resumed_either_way(make, begun, resumed):
    settings: dict[str, Any] = {"save_strategy": "steps", "save_steps": 2}
    whole = make(AllRows, folder="whole", **settings)
    first, later = make(begun, **settings), make(resumed, **settings)
    expected = train(whole)
    train(first)
    checkpoint = Path(first.args.output_dir) / "checkpoint-2"
    assert torch.equal(train(later, resume_from_checkpoint=str(checkpoint)), expected)


def test_the_best_checkpoint_is_loaded_into_the_whole_table(make):
    kept = []
    for kind, folder in ((NERTrainer, "few"), (AllRows, "all")):
        trainer = make(
            kind,
            folder=folder,
            eval_strategy="steps",
            eval_steps=1,
            save_strategy="steps",
            save_steps=1,
            load_best_model_at_end=True,
            metric_for_best_model="loss",
            greater_is_better=True,  # the worst: the first
        )
        kept.append(train(trainer))
        assert trainer.state.best_model_checkpoint.endswith("checkpoint-1")
    assert torch.equal(*kept)


def test_training_goes_on_with_the_states_of_the_optimizer(make):
    few, all_ = make(), make(AllRows)
    for trainer in (few, all_):
        train(trainer)
    assert torch.equal(train(few), train(all_))


def test_an_interrupted_training_leaves_what_it_learnt(make):
    class Interrupt(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

    trainer, whole = make(), make(AllRows)
    for each in (trainer, whole):
        each.add_callback(Interrupt())
        with pytest.raises(KeyboardInterrupt):
            train(each)
    assert torch.equal(weights(trainer), weights(whole))


@pytest.mark.parametrize(
    "settings",
    [
        {"weight_decay": 0.01},
        {"optim": "adafactor"},
        {"padding_free": False},
        {"collator": DataCollatorWithFlattening()},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_the_whole_table_is_trained_where_its_rows_may_all_change(make, settings):
    trainer = make(max_steps=1, **settings)
    watch = Watch(lambda model: type(model.get_input_embeddings()))
    trainer.add_callback(watch)
    trainer.train()
    assert watch.seen == [torch.nn.Embedding]


def test_an_id_that_the_corpus_does_not_have_is_no_other_row(make):
    model = make().model
    with train_used_rows(model, make.used) as used:
        assert used is not None
        unknown = torch.tensor([[VOCABULARY - 1]])
        with pytest.raises(IndexError):
            used.train()(unknown)
        assert used.eval()(unknown).shape == (1, 1, 16)


def test_a_table_of_other_size_is_refused(make):
    model = make().model
    with train_used_rows(model, make.used):
        state = model.state_dict()
        name = next(name for name in state if name.endswith("word_embeddings.weight"))
        assert state[name].shape[0] == VOCABULARY
        with pytest.raises(RuntimeError, match=r"has shape \(3, 16\), not \(400, 16\)"):
            model.load_state_dict({**state, name: torch.zeros(3, 16)})
        del state[name]
        with pytest.raises(RuntimeError, match="word_embeddings"):
            model.load_state_dict(state)


def test_the_table_moves_with_its_model(make):
    model = make().model
    with train_used_rows(model, make.used):
        model.to(torch.float64)
        assert model.state_dict()["bert.embeddings.word_embeddings.weight"].dtype == torch.float64
    assert model.get_input_embeddings().weight.dtype == torch.float64


def test_nothing_is_replaced_where_it_would_not_pay_or_not_be_the_same(make):
    model = make().model
    most = np.arange(VOCABULARY // 2 + 1)
    beyond = np.array([0, VOCABULARY])
    for ids in (most, beyond):
        with train_used_rows(model, ids) as used:
            assert used is None
    model.get_input_embeddings().weight.requires_grad_(False)
    with train_used_rows(model, make.used) as used:
        assert used is None


def test_ids_are_those_of_the_rows_in_use(make):
    rows = make().train_dataset
    some = rows.select([1, 0])
    wanted = sorted({i for row in some["input_ids"] for i in row} | {7})
    assert list_used_ids(some, [7]).tolist() == wanted


def test_rows_that_are_made_when_asked_for_are_padded_as_usual(make):
    trainer = make(max_steps=1)
    rows = trainer.train_dataset
    wanted = [name for name in rows.column_names if name != "length"]
    trainer.train_dataset = rows.with_transform(lambda batch: {n: batch[n] for n in wanted})
    watch = Watch(lambda model: type(model.get_input_embeddings()))
    trainer.add_callback(watch)
    trainer.train()
    assert watch.seen == [torch.nn.Embedding]
    assert trainer.model.config._attn_implementation == "sdpa"
