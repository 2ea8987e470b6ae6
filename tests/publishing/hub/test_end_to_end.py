"""From training to people who never heard of this package, over the Hub."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import HfApi
from preparations import toy_files
from publishing.hub.conftest import WRITER

import tner_hf
from tner_hf.errors import CheckpointError
from tner_hf.publishing.hub import push_dataset, push_model, push_space

TEXT = "Grace Hopper worked for the Navy in London ."

#: What people do who have transformers and datasets, and not this package.
_PEOPLE = """
import json, sys
sys.modules["tner_hf"] = None  # importing it is an error, as where it is not installed
from datasets import load_dataset
from transformers import pipeline

ner = pipeline("ner", model="org/toy", aggregation_strategy="first")
found = [[e["entity_group"], e["start"], e["end"]] for e in ner(sys.argv[1])]
rows = load_dataset("org/corpus", split="test")
names = rows.features["ner_tags"].feature.names
tags = [[names[i] for i in row] for row in rows["ner_tags"]]
print(json.dumps({"entities": found, "tokens": rows["tokens"][:], "tags": tags}))
"""


def test_what_is_pushed_is_what_people_get(
    hub: HubServer,
    api: HfApi,
    tiny_encoder: Path,
    tmp_path: Path,
    run_python: Callable[..., str],
) -> None:
    toy_files(tmp_path, tiny_encoder)
    files = {split: str(tmp_path / f"{split}.txt") for split in ("train", "validation", "test")}
    run = tner_hf.TrainTransformersNER(
        files,
        str(tiny_encoder),
        checkpoint_dir=str(tmp_path / "out"),
        num_train_epochs=3,
        learning_rate=5e-3,
    )
    run.train()
    push_model(tmp_path / "out", "org/toy", private=True, token=WRITER.token)
    push_dataset(files, "org/corpus", private=True, token=WRITER.token)
    push_space("org/toy", "org/demo", private=True, token=WRITER.token)

    program = _PEOPLE.replace("sys.argv[1]", repr(TEXT))
    seen = json.loads(run_python(program, HF_TOKEN=WRITER.token))

    ours = tner_hf.pipeline(tmp_path / "out")(TEXT)
    assert ours  # entities, or nothing would be compared
    assert seen["entities"] == [[e["entity_group"], e["start"], e["end"]] for e in ours]
    rows = tner_hf.load_dataset(files, split="test")
    names = rows.features["ner_tags"].feature.names
    assert seen["tokens"] == rows["tokens"][:]
    assert seen["tags"] == [[names[i] for i in row] for row in rows["ner_tags"]]
    assert hub.repository("space", "org/demo").private
    # The same again from the cache, with no Hub in reach and no token.
    hub.seen.clear()
    assert json.loads(run_python(program, HF_HUB_OFFLINE="1")) == seen
    assert hub.seen == []


def test_a_crf_over_updates_of_lora_comes_back_as_it_was_trained(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    toy_files(tmp_path, tiny_encoder)
    files = {split: str(tmp_path / f"{split}.txt") for split in ("train", "validation", "test")}
    out = tmp_path / "out"
    how = {"num_train_epochs": 30, "learning_rate": 2e-2, "head": "crf", "lora_r": 8}
    how |= {"save_strategy": "no", "eval_strategy": "no", "per_device_train_batch_size": 4}
    tner_hf.TrainTransformersNER(files, str(tiny_encoder), checkpoint_dir=str(out), **how).train()
    push_model(out, "org/crf", private=True, token=WRITER.token, force=True)

    pushed = sorted(hub.repository("model", "org/crf").commit_at("main").files)
    assert "adapter/adapter_config.json" in pushed
    assert "adapter/adapter_model.safetensors" in pushed
    for name in ("config.json", "README.md", "adapter/adapter_config.json"):
        assert str(tmp_path) not in hub.text("model", "org/crf", name)
        assert str(tiny_encoder) not in hub.text("model", "org/crf", name)
    card = hub.text("model", "org/crf", "README.md")
    assert "It decodes with a CRF over the words of a sentence" in card
    assert re.search(r"\| lora_r +\| `8`", card)
    # What is taken from the Hub decodes with the same transitions, and scores as the run did.
    stored = json.loads(hub.text("model", "org/crf", "config.json"))["crf_state_dict"]
    assert stored == json.loads((out / "config.json").read_text())["crf_state_dict"]
    again = tner_hf.evaluate("org/crf", {"test": files["test"]}, native=True, token=WRITER.token)
    trained = json.loads((out / "test_results.json").read_text())["scores"]
    assert again["protocols"]["full"] == trained
    ours = tner_hf.pipeline(out)(TEXT)
    assert ours
    assert tner_hf.pipeline("org/crf", token=WRITER.token)(TEXT) == ours


#: What the card tells people, and what they get.
_WITH_PEFT = """
import json, re, sys
from huggingface_hub import hf_hub_download

card = open(hf_hub_download("org/adapter", "README.md"), encoding="utf-8").read()
blocks = re.findall("```python\\n(.*?)```", card, re.DOTALL)
found = []
for block in blocks[:2]:
    names = {"text": TEXT}
    exec(block, names)
    found.append([[e["entity_group"], e["start"], e["end"]] for e in names["ner"](TEXT)])
print(json.dumps(found))
"""


def test_an_adapter_alone_is_pulled_with_its_base(
    hub: HubServer,
    api: HfApi,
    tiny_encoder: Path,
    tmp_path: Path,
    run_python: Callable[..., str],
) -> None:
    api.create_repo("org/base", private=True)
    commit = api.upload_folder(repo_id="org/base", folder_path=tiny_encoder).oid
    api.create_repo("org/adapter", private=True)
    api.upload_file(path_or_fileobj=b"{}", path_in_repo="model.safetensors", repo_id="org/adapter")
    toy_files(tmp_path, tiny_encoder)
    files = {split: str(tmp_path / f"{split}.txt") for split in ("train", "validation", "test")}
    out, token = tmp_path / "out", tmp_path / "token"
    token.write_text(WRITER.token)
    how = {"num_train_epochs": 30, "learning_rate": 2e-2, "lora_r": 8}
    how |= {"save_strategy": "no", "eval_strategy": "no", "per_device_train_batch_size": 4}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(token))
        tner_hf.TrainTransformersNER(files, "org/base", checkpoint_dir=str(out), **how).train()
        pushed = push_model(
            out, "org/adapter", adapter=True, private=True, force=True, token=WRITER.token
        )
    assert pushed.deleted == ("model.safetensors",)
    assert sorted(pushed.sent) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "config.json",
        "eval_results.json",
        "scores_per_epoch.json",
        "test_results.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "train_results.json",
    ]
    config = json.loads(hub.text("model", "org/adapter", "adapter_config.json"))
    assert config["base_model_name_or_path"] == "org/base"
    assert config["revision"] == commit
    card = hub.text("model", "org/adapter", "README.md")
    for line in ("base_model: org/base", "base_model_relation: adapter", "library_name: peft"):
        assert line in card
    # Where it is pulled it says what was trained, through the one library and through the other.
    ours = tner_hf.pipeline(out)(TEXT)
    assert ours
    places = [[e["entity_group"], e["start"], e["end"]] for e in ours]
    program = _WITH_PEFT.replace("TEXT", repr(TEXT))
    found = json.loads(run_python(program, HF_TOKEN=WRITER.token).splitlines()[-1])
    assert found == [places, places]
    hub.seen.clear()
    offline = run_python(program, HF_HUB_OFFLINE="1").splitlines()[-1]
    assert json.loads(offline) == found
    assert hub.seen == []
    again = tner_hf.evaluate(
        "org/adapter", {"test": files["test"]}, native=True, token=WRITER.token
    )
    trained = json.loads((out / "test_results.json").read_text())["scores"]
    assert again["protocols"]["full"] == trained


def test_an_adapter_of_the_hub_names_no_folder_and_needs_its_labels(
    hub: HubServer, api: HfApi, tiny_encoder: Path, tmp_path: Path
) -> None:
    config = {"peft_type": "LORA", "task_type": "TOKEN_CLS", "r": 2, "lora_alpha": 4}
    config |= {"target_modules": ["query"], "base_model_name_or_path": str(tiny_encoder)}
    api.create_repo("org/bare", private=True)

    def put(name: str, content: object) -> None:
        data = json.dumps(content).encode()
        api.upload_file(path_or_fileobj=data, path_in_repo=name, repo_id="org/bare")

    def load() -> object:
        return tner_hf.pipeline("org/bare", token=WRITER.token)

    put("adapter_config.json", config)
    with pytest.raises(CheckpointError, match="an adapter without a config"):
        load()
    put("config.json", json.loads((tiny_encoder / "config.json").read_text()) | {
        "architectures": ["BertForTokenClassification"],
        "id2label": {"0": "O", "1": "B-PER", "2": "I-PER"},
    })  # fmt: skip
    with pytest.raises(CheckpointError, match="accepted from the Hub: a Hub id that is no folder"):
        load()
    put("adapter_config.json", config | {"base_model_name_or_path": "org/bare"})
    with pytest.raises(CheckpointError, match=r"adapter_model\.safetensors|is itself an adapter"):
        load()
