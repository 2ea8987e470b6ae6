"""A run from files to checkpoint and scores."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

from tner_hf.config import CheckpointSettings
from tner_hf.data import load_dataset
from tner_hf.errors import CheckpointError, DataError, SettingError, UnknownNameError
from tner_hf.lab.evaluation import evaluate
from tner_hf.models import read_settings
from tner_hf.models.contents import hash_labelling
from tner_hf.publishing.cards.run_files import choose_hyper_parameters
from tner_hf.runs import Run
from tner_hf.training import TrainResult
from tner_hf.training.arguments import DataArguments

NAMES = ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]


def read(folder, name):
    return json.loads((Path(folder) / name).read_text(encoding="utf-8"))


def test_a_run_leaves_a_complete_checkpoint_and_its_scores(run_training):
    result = run_training(num_train_epochs=12)
    folder = Path(result.output_dir)
    assert {"config.json", "model.safetensors", "tokenizer.json", "run.json"} <= {
        path.name for path in folder.iterdir()
    }
    assert not list(folder.glob("*.part"))
    config = AutoConfig.from_pretrained(folder)
    assert sorted(config.id2label.values()) == sorted(NAMES)
    assert read_settings(config) == CheckpointSettings(max_length=64, corpora=("train",))
    AutoModelForTokenClassification.from_pretrained(folder)
    AutoTokenizer.from_pretrained(folder)

    assert read(folder, "train_results.json") == result.train
    assert result.train["train_runtime"] > 0
    assert result.train["global_step"] == 60
    assert result.train["model_files"] == hash_labelling(folder)
    assert result.train["alignment"]["tokens"] == 4 * 26
    assert read(folder, "scores_per_epoch.json") == result.epochs
    assert [entry["epoch"] for entry in result.epochs] == list(range(1, 13))
    losses = [e["loss"] for e in read(folder, "trainer_state.json")["log_history"] if "loss" in e]
    assert losses[-1] < losses[0]
    assert read(folder, "test_results.json")["scores"] == result.test
    assert read(folder, "eval_results.json")["scores"] == result.validation
    assert result.test["type_aware"]["default"]["micro"]["f1"] == 1.0
    assert TrainResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_the_saved_checkpoint_scores_as_the_run_said(run_training, toy_files):
    result = run_training(num_train_epochs=4)
    again = evaluate(result.output_dir, toy_files, native=True)
    assert again["protocols"]["full"] == result.test


def test_the_seed_decides_everything(run_training):
    one, same, other = (
        run_training(output_dir=f"{i}", seed=seed) for i, seed in enumerate((1, 1, 2))
    )
    losses = [[e["eval_loss"] for e in run.epochs] for run in (one, same, other)]
    assert losses[0] == losses[1] != losses[2]


def test_what_does_not_fit_is_counted_and_reported(run_training, caplog):
    with caplog.at_level(logging.INFO, logger="tner_hf"):
        result = run_training(max_length=6)
    assert result.train["alignment"]["truncated_tokens"] > 0
    assert "training split: 20 sentences" in caplog.text
    assert "--max_length" in caplog.text
    # Evaluation leaves nothing out.
    assert result.test["type_aware"]["default"]["micro"]["support"] == 10


def test_settings_travel_in_the_checkpoint(run_training):
    result = run_training(max_length=20, lowercase=True, label_all_subtokens="inside")
    stored = read_settings(AutoConfig.from_pretrained(result.output_dir))
    assert stored == CheckpointSettings(20, "inside", True, corpora=("train",))


def test_a_corpus_of_characters_is_remembered(run_training, tmp_path):
    path = tmp_path / "ja.txt"
    path.write_text("東 B-LOC\n京 I-LOC\nで O\n", encoding="utf-8")
    result = run_training(dataset={"train": path}, num_train_epochs=1)
    assert (
        read_settings(AutoConfig.from_pretrained(result.output_dir)).word_splitter == "characters"
    )


def test_the_splitter_that_made_the_words_is_remembered(run_training, tmp_path):
    path = tmp_path / "spans.jsonl"
    path.write_text(
        '{"text": "Dr. No, London.", "entities": [{"start": 8, "end": 15, "label": "LOC"}]}\n'
    )
    result = run_training(
        dataset={"train": path}, num_train_epochs=1, word_splitter="whitespace", header=None
    )
    stored = read_settings(AutoConfig.from_pretrained(result.output_dir))
    assert stored.word_splitter == "whitespace"
    assert read(result.output_dir, "run.json")["data"]["word_splitter"] == "whitespace"


def test_without_validation_split_nothing_is_validated_on_test(run_training, toy_files, caplog):
    files = {split: toy_files[split] for split in ("train", "test")}
    result = run_training(dataset=files)
    assert "no validation split" in caplog.text
    assert result.validation is None
    assert result.epochs == []
    assert result.test is not None


def test_early_stopping_needs_a_validation_split(run_training, toy_files):
    files = {"train": toy_files["train"]}
    with pytest.raises(SettingError, match="--early_stopping_patience needs a validation split"):
        run_training(dataset=files, early_stopping_patience=1)


def test_a_part_of_the_training_split_can_be_held_out(run_training, toy_files):
    files = {"train": toy_files["train"]}
    result = run_training(dataset=files, validation_fraction=0.25)
    assert result.train["alignment"]["sentences"] == 15
    assert len(result.epochs) == 2
    with pytest.raises(SettingError, match="without a validation split"):
        run_training(output_dir="other", validation_fraction=0.25)


def test_early_stopping_keeps_the_best_checkpoint(run_training):
    # A learning rate of nothing: no evaluation is better than the first.
    result = run_training(num_train_epochs=9, early_stopping_patience=2, learning_rate=1e-12)
    assert len(result.epochs) == 3
    folder = Path(result.output_dir)
    state = read(folder, "trainer_state.json")
    assert Path(state["best_model_checkpoint"]).name == "checkpoint-5"
    best = (folder / "checkpoint-5" / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == best


def test_a_sample_is_drawn_from_the_whole_split(run_training):
    result = run_training(max_train_samples=7, max_eval_samples=2, max_test_samples=1)
    assert result.train["alignment"]["sentences"] == 7
    assert result.test["type_aware"]["default"]["micro"]["support"] == 2


def test_merged_corpora_are_trained_with_open_labels(run_training, toy_files, tmp_path):
    # Rome is no location in the other file, whose author was after diseases.
    other = tmp_path / "other.txt"
    other.write_text("Ada B-disease\nsat O\n\nRome O\n", encoding="utf-8")
    both = [{"train": toy_files["train"], "test": toy_files["test"]}, str(other)]
    result = run_training(dataset=both, validation_fraction=0.2)
    assert result.train["partial_labels"] == {"train": 2, "other": 6}
    stored = read_settings(AutoConfig.from_pretrained(result.output_dir))
    assert (stored.corpora, stored.label_map) == (("train", "other"), "unified-2")
    plain = run_training(
        dataset=both, validation_fraction=0.2, output_dir="plain", partial_labels=False
    )
    assert plain.train["partial_labels"] == {}
    assert plain.epochs[-1]["eval_loss"] != result.epochs[-1]["eval_loss"]


def test_a_loaded_dataset_can_be_trained_on(run_training, toy_files):
    result = run_training(dataset=load_dataset(toy_files))
    assert result.test is not None


def test_there_must_be_a_training_split(run_training, toy_files):
    with pytest.raises(DataError, match=r"no split 'train' to train on; the data has \['test'\]"):
        run_training(dataset={"test": toy_files["test"]})


def test_an_unknown_folder_is_not_written_to(run_training, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").touch()
    with pytest.raises(SettingError, match="not empty"):
        run_training()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_windows_that_the_model_cannot_read_are_refused_before_the_data(run_training, tmp_path):
    with pytest.raises(CheckpointError, match="max_length=9000 is more than this bert model can"):
        run_training(dataset={"train": str(tmp_path / "missing.txt")}, max_length=9000)
    assert not (tmp_path / "out").exists()


def test_only_the_newest_and_the_best_checkpoint_are_kept(run_training):
    result = run_training(num_train_epochs=5)
    kept = sorted(p.name for p in Path(result.output_dir).glob("checkpoint-*"))
    assert len(kept) <= 2
    assert "checkpoint-25" in kept


def test_tensorboard_gets_the_loss_and_the_scores(run_training, monkeypatch, tmp_path):
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "tb"))
    run_training(report_to="tensorboard")
    events = reading.EventAccumulator(str(tmp_path / "tb"))
    events.Reload()
    assert {"train/loss", "eval/f1", "eval/f1_type_ignored"} <= set(events.Tags()["scalars"])


def test_copies_after_a_change_are_trained_on_and_named(
    run_training: Callable[..., Any],
) -> None:
    plain = run_training("plain", max_steps=2, max_test_samples=0)
    more = run_training("more", max_steps=2, max_test_samples=0, augment=["typos", "joined"])
    sizes = [
        json.loads(Path(run.output_dir, "train_results.json").read_text())["alignment"]["sentences"]
        for run in (plain, more)
    ]
    assert sizes == [20, 50]
    with pytest.raises(SettingError, match=r"augment was None and is now \['typos', 'joined'\]"):
        run_training("plain", max_steps=2, max_test_samples=0, augment=["typos", "joined"])
    assert choose_hyper_parameters(Run.read(Path(more.output_dir)))["augment"] == [
        "typos",
        "joined",
    ]
    with pytest.raises(UnknownNameError, match=r"change 'typo'\. Did you mean '?typos"):
        DataArguments(train_file="x", augment=["typo"])
