"""`push_to_hub` of a training: the card, the comparison and the rules of `push_model`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from hub_server import HubServer
from huggingface_hub import HfApi
from preparations import toy_files
from publishing.hub.conftest import READER, WRITER

from tner_hf import TrainTransformersNER, load_dataset
from tner_hf.errors import HubError, SettingError
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.hub import push_model
from tner_hf.training import NERTrainer, NERTrainingArguments

#: What a whole run is told; `TrainTransformersNER` passes it to TrainingArguments.
_PUSHING = {
    "num_train_epochs": 2,
    "push_to_hub": True,
    "hub_model_id": "org/trained",
    "hub_private_repo": True,
    "hub_token": WRITER.token,
}


def _train(folder: Path, encoder: Path, **more: Any) -> Path:
    toy_files(folder, encoder)
    files = {name: str(folder / f"{name}.txt") for name in ("train", "validation", "test")}
    out = folder / "out"
    TrainTransformersNER(
        files, str(encoder), checkpoint_dir=str(out), **{**_PUSHING, **more}
    ).train()
    return out


def _titles(hub: HubServer) -> list[str]:
    commit, titles = hub.repository("model", "org/trained").commit_at("main"), []
    while commit is not None:
        titles.append(commit.title)
        commit = commit.parent
    return titles


def test_a_training_pushes_what_push_model_pushes(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    out = _train(tmp_path, tiny_encoder)
    assert hub.repository("model", "org/trained").private
    assert _titles(hub) == ["End of training", "initial commit"]
    again = push_model(out, "org/trained", token=WRITER.token)
    assert again.sent == {}
    assert sorted(again.unchanged) == [
        "README.md",
        "config.json",
        "eval_results.json",
        "model.safetensors",
        "scores_per_epoch.json",
        "test_results.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "train_results.json",
    ]
    assert "gives the entities that were scored in all 20" in _card(hub)


def test_a_training_on_loaded_rows_is_compared_on_them(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    toy_files(tmp_path, tiny_encoder)
    rows = load_dataset({name: str(tmp_path / f"{name}.txt") for name in ("train", "test")})
    TrainTransformersNER(
        rows, str(tiny_encoder), checkpoint_dir=str(tmp_path / "out"), **_PUSHING
    ).train()
    assert "gives the entities that were scored in all 20" in _card(hub)


def test_a_difference_stops_the_push_of_a_training(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    toy_files(tmp_path, tiny_encoder)
    (tmp_path / "leaky.txt").write_text("Ada B-PER\nlived O\nin O\nU.K. B-LOC\nx-y.z-a B-LOC\n")
    files = {"train": str(tmp_path / "train.txt"), "test": str(tmp_path / "leaky.txt")}
    run = TrainTransformersNER(
        files, str(tiny_encoder), checkpoint_dir=str(tmp_path / "out"), **_PUSHING
    )
    with pytest.raises(HubError, match=r"plain transformers would not give people what was scored"):
        run.train()
    assert _titles(hub) == ["initial commit"]
    assert (tmp_path / "out" / "test_results.json").is_file()  # nothing of the run is lost


def test_states_of_a_training_say_that_they_were_not_compared(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    out = _train(tmp_path, tiny_encoder, hub_strategy="every_save", hub_always_push=True)
    titles = _titles(hub)
    assert titles[0] == "End of training"
    assert titles[1].startswith("Training in progress")
    first = hub.repository("model", "org/trained").commit_at("main").parent
    assert first is not None
    state = hub.store.content(first.files["README.md"].sha256).read_text(encoding="utf-8")
    assert "This is a state of a training in progress" in state
    assert "This is a state of a training in progress" not in _card(hub)
    left = hub.repository("model", "org/trained").commit_at("main").files
    assert not {"run.json", "training_args.bin"} & set(left)
    for path in (*hub.store.folder.rglob("*"), *out.rglob("*")):
        assert not path.is_file() or WRITER.token.encode() not in path.read_bytes(), path


@pytest.fixture
def trainer(tiny_encoder: Path, tmp_path: Path, hub: HubServer, api: HfApi) -> NERTrainer:
    """A trainer of one's own, without a run's files."""
    args = NERTrainingArguments(
        str(tmp_path / "own"),
        eval_strategy="no",
        hub_model_id="org/trained",
        hub_token=WRITER.token,
    )
    model = load_model(tiny_encoder, LabelSpace(("person",)))
    return NERTrainer(model, args, processing_class=load_tokenizer(tiny_encoder))


def test_a_trainer_of_ones_own_is_given_sentences(trainer: NERTrainer, hub: HubServer) -> None:
    with pytest.raises(SettingError, match="cannot be compared"):
        trainer.push_to_hub()
    trainer.push_to_hub("Mine", sentences=[["Ada", "lived"]], license="mit", revision="v2")
    commit = hub.repository("model", "org/trained").commit_at("v2")
    assert commit.title == "Mine"
    assert "model.safetensors" in commit.files
    assert "license: mit" in hub.text("model", "org/trained", "README.md", "v2")
    later = trainer.push_to_hub(blocking=False, sentences=[["Ada", "lived"]])
    assert (
        later.result(timeout=60).commit
        == hub.repository("model", "org/trained").commit_at("main").oid
    )


def test_an_evaluation_dataset_with_words_will_do(trainer: NERTrainer, hub: HubServer) -> None:
    trainer.eval_dataset = Dataset.from_dict({"tokens": [["Ada", "lived"]]})
    trainer.push_to_hub()
    assert "in all 1 sentences" in _card(hub)


def test_who_may_not_write_is_told_before_the_training(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    with pytest.raises(HubError, match=r"status 403 .*has no right to write to 'org'") as error:
        _train(tmp_path, tiny_encoder, hub_token=READER.token)
    assert READER.token not in str(error.value)
    assert not (tmp_path / "out" / "model.safetensors").exists()


def _card(hub: HubServer) -> str:
    return " ".join(hub.text("model", "org/trained", "README.md").split())
