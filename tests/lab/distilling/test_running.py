"""From texts to a student that is kept, refused, resumed and shown on a card."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TOY_SENTENCES
from safetensors.torch import load_file

import tner_hf
from tner_hf.cli import main
from tner_hf.errors import CheckpointError, DataError, SettingError, TrainingError
from tner_hf.formats.options import ReadOptions
from tner_hf.lab.distilling import Distilled, distil
from tner_hf.lab.distilling.soft_labels import SoftLoss
from tner_hf.lab.distilling.texts import find_texts, read_sentences
from tner_hf.publishing.cards import render_model_card
from tner_hf.runs import Gold, Run
from tner_hf.training import NERTrainingArguments


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_files: dict[str, str]) -> Path:
    """A folder with `texts.txt`, of words without labels, and the toy files."""
    monkeypatch.chdir(tmp_path)
    lines = (" ".join(words) + "\n" for words, _ in TOY_SENTENCES * 4)
    (tmp_path / "texts.txt").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def arguments(folder: str = "student", **more: Any) -> NERTrainingArguments:
    usual = {"num_train_epochs": 12, "learning_rate": 1e-2, "per_device_train_batch_size": 10}
    fixed = {"eval_strategy": "no", "report_to": "none", "disable_tqdm": True}
    return NERTrainingArguments(output_dir=folder, **{**usual, **fixed, **more})


def test_a_student_learns_from_texts_alone_what_its_teacher_knows(taught, place, toy_files, caplog):
    gold = Gold({"test": toy_files["test"]}, None, {"native": True})
    made = distil(str(taught), ["texts.txt"], arguments(), layers=1, gold=gold)
    assert (made.teacher, made.layers, made.teacher_layers) == ("taught", 1, 2)
    assert (made.texts, made.sentences, made.words) == (("texts.txt",), 20, 104)
    found = made.judged
    assert (found.dataset, found.split, found.entities) == ("test", "test", 10)
    assert found.teacher_f1 == 1.0
    assert found.student_f1 > 0.9
    assert "5 of the 5 gold sentences are among the texts" in caplog.text
    assert json.loads(Path("student/config.json").read_text())["num_hidden_layers"] == 1
    assert Distilled.read(Path("student")) == made
    entities = tner_hf.pipeline("student")("Ada Lovelace lived in London .")
    assert [(e["entity_group"], e["word"]) for e in entities] == [
        ("PER", "Ada Lovelace"), ("LOC", "London")
    ]  # fmt: skip
    run = Run.read("student")
    assert run.model["layers"] == 1
    assert run.base_model == str(taught)

    card = render_model_card("student")
    assert "A student of `taught` with 1 of its 2 layers, taught what the teacher says" in card
    assert "On test, test split, F1 of the teacher is 100.00 and its own" in card
    assert "What the teacher said of 20 sentences of texts.txt; gold labels were not" in card
    assert str(place) not in card + Path("student/distil.json").read_text()
    assert "fine-tuned on" not in card


def test_a_student_does_not_claim_how_its_teacher_was_trained(taught, place, caplog):
    shutil.copytree(taught, "able")
    stored = json.loads(Path("able/config.json").read_text())
    told = {"context": "document", "conditions": ["a", "b"], "temperature": 2.0}
    told["corpora"] = ["wnut2017"]
    stored["tner_hf"] |= told
    Path("able/config.json").write_text(json.dumps(stored))
    distil("able", ["texts.txt"], arguments(num_train_epochs=1), layers=1)
    settings = json.loads(Path("student/config.json").read_text())["tner_hf"]
    assert settings["corpora"] == ["wnut2017"]
    assert not {"context", "conditions", "temperature"} & set(settings)
    assert "the student reads each sentence alone" in caplog.text
    card = render_model_card("student")
    for untrue in ("It was trained to read each sentence with", "It tags by the guidelines of",
                   "Trained on text in", "the scores below", "\ndatasets:"):  # fmt: skip
        assert untrue not in card, untrue
    assert "What its teacher knows was learned from text in `en` alone." in card


def test_one_that_lost_too_much_is_refused_and_not_trained_again(taught, place, toy_files, caplog):
    gold = Gold({"test": toy_files["test"]}, None, {"native": True})
    how = arguments(num_train_epochs=1, learning_rate=1.0)  # which ruins it
    said = r"(?s)too much worse.*lower \(--max_f1_drop 0.02\).*keeps it without training again"
    with pytest.raises(TrainingError, match=said) as refused:
        distil(str(taught), ["texts.txt"], how, layers=1, gold=gold)
    assert "F1 of the teacher 100.00, of the student" in str(refused.value)
    assert not Path("student/config.json").exists()
    assert not Path("student/distil.json").exists()
    before = Path("student/checkpoint-2/model.safetensors").read_bytes()
    made = distil(str(taught), ["texts.txt"], how, layers=1, gold=gold, max_f1_drop=1)
    assert Path("student/model.safetensors").read_bytes() == before
    results = json.loads(Path("student/train_results.json").read_text())
    assert (results["steps_trained"], results["resumed_from"]) == (0, "checkpoint-2")
    # Finished: judged again, by what is asked now.
    with pytest.raises(TrainingError, match="too much worse"):
        distil(str(taught), ["texts.txt"], how, layers=1, gold=gold)
    assert distil(str(taught), ["texts.txt"], how, layers=1, max_f1_drop=1) == made


def test_an_interrupted_training_goes_on_to_the_same_student(taught, place, monkeypatch):
    whole = arguments("whole", num_train_epochs=3)
    distil(str(taught), ["texts.txt"], whole, layers=1)
    loss, calls = SoftLoss.__call__, []

    def fails_in_the_last_epoch(self: Any, *given: Any, **more: Any) -> Any:
        calls.append(given)
        if len(calls) > 5:
            raise KeyboardInterrupt
        return loss(self, *given, **more)

    monkeypatch.setattr(SoftLoss, "__call__", fails_in_the_last_epoch)
    with pytest.raises(KeyboardInterrupt):
        distil(str(taught), ["texts.txt"], arguments(num_train_epochs=3), layers=1)
    assert not Path("student/config.json").exists()
    monkeypatch.setattr(SoftLoss, "__call__", loss)
    distil(str(taught), ["texts.txt"], arguments(num_train_epochs=3), layers=1)
    assert json.loads(Path("student/train_results.json").read_text())["resumed_from"]
    own, other = (load_file(Path(name) / "model.safetensors") for name in ("student", "whole"))
    assert own.keys() == other.keys()
    assert all(torch.equal(own[name], other[name]) for name in own)


def test_another_student_is_refused_in_the_same_folder(taught, place):
    how = arguments(num_train_epochs=1)
    made = distil(str(taught), ["texts.txt"], how, layers=1)
    assert made.judged is None
    assert "It was not compared with its teacher." in render_model_card("student")
    with pytest.raises(SettingError, match=r"holds another run: soft_temperature was 1.0 and is"):
        distil(str(taught), ["texts.txt"], how, layers=1, temperature=2)
    Path("texts.txt").write_text("Ada sang.\n")
    with pytest.raises(SettingError, match=r"the train split was 20 sentences of LOC, ORG, PER"):
        distil(str(taught), ["texts.txt"], how, layers=1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"layers": 2}, r"--layers 2: the teacher has 2; accepted: 1 to 1"),
        ({"temperature": 0}, r"--temperature 0; accepted: above 0"),
        ({"temperature": float("nan")}, r"--temperature nan; accepted"),
        ({"max_f1_drop": 2}, r"--max_f1_drop 2; accepted: 0 to 1"),
        ({"texts": ["nowhere.txt"]}, r"nowhere\.txt"),
        ({"texts": ["blank.txt"]}, r"blank\.txt: no text in 2 rows; there is nothing to learn"),
        ({"gold": Gold({"test": "nowhere.txt"})}, r"nowhere\.txt"),
        ({"teacher": "tiny"}, r"tiny"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(
    taught, tiny_encoder, place, changed: dict[str, Any], said: str
):
    Path("blank.txt").write_text("\n   \n")
    if "teacher" in changed:
        changed = {"teacher": str(tiny_encoder)}
        said = "no trained head|token classifier|not fine-tuned|head"
    given = {"teacher": str(taught), "texts": ["texts.txt"], "layers": 1, **changed}
    with pytest.raises(
        (SettingError, DataError, CheckpointError, OSError, LookupError), match=said
    ):
        distil(args=arguments(), **given)
    assert not Path("student").exists()


def test_of_a_corpus_only_the_training_split_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    sources = find_texts(["sample"], ReadOptions())
    assert [source.name for source in sources] == ["sample:train"]
    train = tner_hf.load_dataset("sample", split="train")
    assert read_sentences(sources, "unicode") == train["tokens"][:]


def test_the_command_makes_and_exports_a_student(taught, place, toy_files, capsys):
    pytest.importorskip("onnxruntime")
    command = ["distil", "texts.txt", "-m", str(taught), "-o", "student", "--layers", "1",
               "--num_train_epochs", "12", "--learning_rate", "0.01", "--json", "--int8",
               "--per_device_train_batch_size", "10", "--test_file", toy_files["test"],
               "--native", "--max_f1_drop", "0.1"]  # fmt: skip
    assert main(command) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["judged"]["teacher_f1"] == 1.0
    assert said["exported"]["check"]["f1"]
    assert Path("student/onnx/model_quantized.onnx").is_file()
    assert main([*command[:5], "other", "--layers", "1"]) == 2
    assert "-d/--dataset_name --test_file --no_check is required" in capsys.readouterr().err
    assert not Path("other").exists()
    logging.getLogger("tner_hf").setLevel(logging.NOTSET)
