"""`push_model`: which files, the comparison before it, the card, and nothing of this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import HfApi, ModelCard
from preparations import save_adapter
from publishing.hub.conftest import WRITER

from tner_hf.cli import main
from tner_hf.errors import CheckpointError, DataError, HubError, SettingError
from tner_hf.lab.evaluation import evaluate
from tner_hf.publishing.cards import render_model_card
from tner_hf.publishing.hub import push_model


@pytest.fixture
def checkpoint(trained: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(trained, tmp_path / "checkpoint"))


def _predictions(checkpoint: Path, path: Path) -> Path:
    evaluate(
        checkpoint,
        {"test": str(checkpoint.parent / "test.txt")},
        output_file=checkpoint / "scores" / "toy.json",
        predictions_file=path,
    )
    return path


def test_a_model_is_published_with_card_and_scores(
    trained: Path, hub: HubServer, api: HfApi
) -> None:
    pushed = push_model(trained, "org/toy", token=WRITER.token, license="mit")
    assert sorted(pushed.sent) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "scores_per_epoch.json",
        "test_results.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "train_results.json",
    ]
    card = ModelCard(hub.text("model", "org/toy", "README.md"))
    assert card.data.license == "mit"
    assert card.data.pipeline_tag == "token-classification"
    assert 'pipeline("ner", model="org/toy", aggregation_strategy="first")' in card.text
    assert "gives the entities that were scored in all 20 sentences" in card.text
    assert push_model(trained, "org/toy", token=WRITER.token, license="mit").sent == {}


def test_scores_and_matrix_come_along_without_paths_of_this_machine(
    checkpoint: Path, trained: Path, tmp_path: Path
) -> None:
    shutil.copy(trained.parent / "test.txt", checkpoint.parent)
    (checkpoint / "scores").mkdir()
    _predictions(checkpoint, tmp_path / "predictions.jsonl")
    pushed = push_model(
        checkpoint,
        "org/toy",
        predictions_file=tmp_path / "predictions.jsonl",
        dry_run=tmp_path / "dry",
    )
    assert "scores/toy.json" in pushed.sent
    scores = json.loads((tmp_path / "dry" / "scores" / "toy.json").read_text())
    assert scores["model"] == "org/toy"
    for path in (tmp_path / "dry").rglob("*.*"):
        text = path.read_bytes()
        assert str(tmp_path).encode() not in text, path
        assert str(trained.parent).encode() not in text, path


def test_a_difference_stops_the_push_and_force_says_so_on_the_card(
    trained: Path, hub: HubServer, api: HfApi, tmp_path: Path
) -> None:
    # What evaluation said of an earlier state of the model: one sentence without any entity.
    line = {"tokens": ["Ada", "Lovelace"], "gold": ["B-PER", "I-PER"], "predicted": ["O", "O"]}
    types = {"gold": ["LOC", "ORG", "PER"], "predicted": ["LOC", "ORG", "PER"]}
    stale = tmp_path / "predictions.jsonl"
    stale.write_text(json.dumps({**line, "types": types}) + "\n")
    with pytest.raises(HubError) as error:
        push_model(trained, "org/toy", token=WRITER.token, predictions_file=stale)
    message = str(error.value)
    assert "was not published: plain transformers would not give people what was scored" in message
    assert "sentence 0, plain: +" in message
    assert "--force" in message
    assert hub.seen == []
    push_model(trained, "org/toy", token=WRITER.token, predictions_file=stale, force=True)
    card = " ".join(hub.text("model", "org/toy", "README.md").split())
    assert "gives other entities than those that were scored in 1 of 1 sentences" in card


def test_without_sentences_there_is_no_push(checkpoint: Path) -> None:
    (checkpoint / "run.json").unlink()
    with pytest.raises(
        SettingError, match=r"the run had no test set. Give sentences: tner-hf eval"
    ):
        push_model(checkpoint, "org/toy", dry_run=True)


def test_a_test_set_that_is_gone_is_named(checkpoint: Path) -> None:
    run = json.loads((checkpoint / "run.json").read_text())
    run["data"]["source"] = {"test": "/absent/test.txt"}
    (checkpoint / "run.json").write_text(json.dumps(run))
    with pytest.raises(SettingError, match=r"test set could not be read: .*/absent/test.txt"):
        push_model(checkpoint, "org/toy", dry_run=True)


def test_predictions_that_are_not_there_are_named(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*absent.jsonl"):
        push_model(trained, "org/toy", predictions_file=tmp_path / "absent.jsonl", dry_run=True)


def test_weights_in_another_form_are_refused(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="no weights in safetensors"):
        push_model(checkpoint, "org/toy", dry_run=True)


def test_a_hub_id_is_no_checkpoint_to_push() -> None:
    with pytest.raises(CheckpointError, match="org/other is no folder"):
        push_model("org/other", "org/toy", dry_run=True)


def test_the_command_lists_what_would_be_sent(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "dry")
    command = ["push", "model", str(trained), "--repo_id", "org/toy", "--dry_run", folder]
    assert main([*command, "--language", "en", "--license", "mit"]) == 0
    card = ModelCard.load(Path(folder, "README.md"))
    assert (card.data.language, card.data.license) == (["en"], "mit")
    first, header, *rows = capsys.readouterr().out.splitlines()
    assert first == f"{folder}: what would be sent to https://huggingface.co/org/toy"
    assert header.split() == ["file", "bytes"]
    assert sorted(row.split()[0] for row in rows) == sorted(p.name for p in Path(folder).iterdir())


def test_labels_that_training_never_taught_do_not_leak_out_unseen(
    checkpoint: Path, tmp_path: Path
) -> None:
    test_set = tmp_path / "leaks.txt"
    test_set.write_text("Ada B-PER\nlived O\nin O\nU.K. B-LOC\n")
    run = json.loads((checkpoint / "run.json").read_text())
    run["data"]["source"] = {"test": str(test_set)}
    (checkpoint / "run.json").write_text(json.dumps(run))
    with pytest.raises(HubError, match=r"pipeline differs in 0, plain pipeline\('first'\) in 1"):
        push_model(checkpoint, "org/toy", dry_run=True)


def test_a_matrix_is_published_and_shown(
    checkpoint: Path, trained: Path, hub: HubServer, api: HfApi, tmp_path: Path
) -> None:
    data = trained.parent
    command = ["matrix", "-m", str(checkpoint), "--output_dir", str(tmp_path / "matrix")]
    command += ["-d", str(data / "test.txt"), f"again={data / 'train.txt'}"]
    assert main(command) == 0
    pushed = push_model(
        checkpoint, "org/toy", token=WRITER.token, matrix_folder=tmp_path / "matrix"
    )
    shown = [path for path in pushed.sent if path.startswith("matrix/")]
    assert sorted(shown) == [
        "matrix/matrix.csv",
        "matrix/matrix.json",
        "matrix/matrix.png",
        "matrix/matrix.svg",
    ]
    card = hub.text("model", "org/toy", "README.md")
    assert "## Transfer" in card
    assert "(matrix/matrix.png)" in card
    stored = hub.text("model", "org/toy", "matrix/matrix.json")
    assert str(tmp_path) not in stored
    assert str(data) not in stored


def test_onnx_comes_along(checkpoint: Path) -> None:
    (checkpoint / "onnx").mkdir()
    (checkpoint / "onnx" / "model.onnx").write_bytes(b"graph")
    assert push_model(checkpoint, "org/toy", dry_run=True).sent["onnx/model.onnx"] == 5


def test_an_adapter_alone_needs_a_base_that_others_have(tiny_encoder: Path, tmp_path: Path) -> None:
    adapter = save_adapter(tmp_path / "run", tiny_encoder, "PER", "LOC")
    how = {"sentences": [["Ada", "lived", "in", "London"]], "force": True, "allow_unscored": True}
    folder = tmp_path / "sent"
    for given in (adapter, adapter.parent):
        with pytest.raises(
            CheckpointError, match=r"a folder of this machine, .*--base_model owner"
        ):
            push_model(given, "org/a", adapter=True, dry_run=folder, **how)
    pushed = push_model(adapter, "org/a", base_model="org/base", dry_run=folder, **how)
    assert sorted(pushed.sent) == [
        "README.md", "adapter_config.json", "adapter_model.safetensors", "config.json",
        "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    told = json.loads((folder / "adapter_config.json").read_text())
    assert (told["base_model_name_or_path"], told["revision"]) == ("org/base", None)
    card = ModelCard((folder / "README.md").read_text())
    assert card.data.base_model == "org/base"
    assert card.data.base_model_relation == "adapter"
    assert card.data.library_name == "peft"
    assert 'PeftModel.from_pretrained(base, "org/a")' in card.text
    for path in folder.iterdir():
        assert str(tiny_encoder).encode() not in path.read_bytes()
    whole = adapter.parent / "whole"
    with pytest.raises(CheckpointError, match="holds no adapter, neither itself nor in its folder"):
        push_model(whole, "org/a", adapter=True, dry_run=True, **how)
    # Beside the whole model it goes along as before, without the folder that it names.
    shutil.copytree(adapter, whole / "adapter")
    pushed = push_model(whole, "org/a", dry_run=tmp_path / "both", **how)
    assert {p for p in pushed.sent if p.startswith("adapter/")} == {
        "adapter/adapter_config.json",
        "adapter/adapter_model.safetensors",
    }
    named = json.loads((tmp_path / "both" / "adapter" / "adapter_config.json").read_text())
    assert named["base_model_name_or_path"] is None


def test_the_card_of_an_adapter_says_where_an_embedded_base_is(
    embedded_encoder: Path, tmp_path: Path
) -> None:
    adapter = save_adapter(tmp_path, embedded_encoder, "PER")
    config = adapter / "adapter_config.json"
    config.write_text(config.read_text().replace(str(embedded_encoder), "embedded"))
    how = {"sentences": [["Ada"]], "force": True, "dry_run": tmp_path / "sent"}
    push_model(adapter, "org/a", **how)
    card = ModelCard((tmp_path / "sent" / "README.md").read_text())
    assert render_model_card(adapter, repo_id="org/a").count('locate_checkpoint("embedded")') == 1
    config.write_text(config.read_text().replace('"embedded"', "null"))
    assert '"path/of/its/base", config=config' in render_model_card(adapter)
    assert card.data.base_model == "sentence-transformers/all-MiniLM-L6-v2"
    assert 'locate_checkpoint("embedded"), config=config' in card.text


def test_an_adapter_and_a_whole_model_replace_each_other(
    trained: Path, tiny_encoder: Path, hub: HubServer, api: HfApi, tmp_path: Path
) -> None:
    adapter = save_adapter(tmp_path / "run", tiny_encoder, "PER", "LOC")
    own = {"token": WRITER.token, "force": True, "sentences": [["Ada", "lived"]]}
    push_model(trained, "org/m", **own)
    pushed = push_model(adapter, "org/m", base_model="org/base", **own)
    assert pushed.deleted == ("model.safetensors",)
    assert push_model(trained, "org/m", **own).deleted == (
        "adapter_config.json",
        "adapter_model.safetensors",
    )
