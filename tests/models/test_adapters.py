"""Adapters as checkpoints: merged as peft merges them, hostile ones refused, one base for many."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from preparations import save_adapter
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

import tner_hf.models.bases
from tner_hf.errors import CheckpointError
from tner_hf.labels import LabelSpace
from tner_hf.models import (
    Bases,
    base_of,
    fingerprint_model,
    load_config,
    load_model,
    load_stock_pipeline,
    load_tokenizer,
)
from tner_hf.models.bases import Base

SPACE = LabelSpace(("PER", "LOC", "ORG"))


@pytest.fixture
def adapter(tiny_encoder: Path, tmp_path: Path) -> Path:
    return save_adapter(tmp_path / "made", tiny_encoder, *SPACE.types)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders whose weights were read."""
    seen: list[Path] = []
    really = tner_hf.models.bases.open_model

    def open_model(folder: Path, *args: Any, **options: Any) -> Any:
        seen.append(folder)
        return really(folder, *args, **options)

    monkeypatch.setattr(tner_hf.models.bases, "open_model", open_model)
    return seen


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(adapter: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = adapter / "adapter_model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path)


def test_it_is_the_merged_model_to_the_bit(adapter: Path, tiny_encoder: Path) -> None:
    whole, model = load_model(adapter.parent / "whole"), load_model(adapter)
    assert list(model.state_dict()) == list(whole.state_dict())
    for name, weight in whole.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight), name
    assert model.config.id2label == dict(enumerate(SPACE.names))
    assert not hasattr(model.config, "tner_hf_encoder")  # it is whole
    assert base_of(str(adapter)) == Base(str(tiny_encoder))
    assert base_of(str(tiny_encoder)) is None
    assert load_model(adapter, dtype=torch.bfloat16).dtype == torch.bfloat16
    assert model.name_or_path == str(adapter)


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
@pytest.mark.parametrize("use_rslora", [False, True])
def test_peft_merges_to_the_same_bits(
    adapter: Path, tiny_encoder: Path, *, use_rslora: bool
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForTokenClassification

    edit(adapter / "adapter_config.json", use_rslora=use_rslora)
    base = AutoModelForTokenClassification.from_pretrained(tiny_encoder, num_labels=7)
    theirs = PeftModel.from_pretrained(base, adapter).merge_and_unload().state_dict()
    for name, weight in load_model(adapter).state_dict().items():
        assert torch.equal(theirs[name], weight), name


def test_its_tokenizer_is_its_own_or_its_bases(adapter: Path, tiny_encoder: Path) -> None:
    own = load_tokenizer(adapter)
    assert (adapter / "tokenizer.json").exists()
    for path in adapter.glob("tokenizer*"):
        path.unlink()
    assert load_tokenizer(adapter).get_vocab() == own.get_vocab()
    assert load_tokenizer(adapter).name_or_path == str(adapter)
    assert load_stock_pipeline(adapter, aggregation_strategy="first")("Ada lived") is not None


def test_training_goes_on_from_it(adapter: Path) -> None:
    model = load_model(adapter, LabelSpace(("PER", "DATE")))
    rows = [SPACE.label2id[tag] for tag in ("O", "B-PER", "I-PER")]
    head = load_model(adapter).classifier.weight[rows]
    assert torch.equal(model.classifier.weight[:3], head)


def test_its_fingerprint_is_of_its_files(adapter: Path) -> None:
    before = fingerprint_model(adapter)
    edit(adapter / "adapter_config.json", lora_alpha=3)
    assert fingerprint_model(adapter) != before


def test_a_tagger_is_a_base_for_other_labels(adapter: Path, tmp_path: Path) -> None:
    base = adapter.parent / "whole"
    made = save_adapter(tmp_path / "more", base, "LOC", "DATE", "PER", "EVENT", seed=1)
    whole, model = load_model(made.parent / "whole"), load_model(made)
    assert model.classifier.out_features == 9
    for name, weight in whole.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight), name


def test_peft_is_not_needed(adapter: Path) -> None:
    program = (
        "import sys; sys.modules['peft'] = None\n"  # as where it is not installed
        "import tner_hf; print(tner_hf.pipeline(sys.argv[1])('Ada lived in London.'))"
    )
    command = [sys.executable, "-c", program, str(adapter)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout[0] == "["


def test_several_share_what_they_have_in_common(
    adapter: Path, tiny_encoder: Path, tmp_path: Path, loaded: list[Path]
) -> None:
    other = save_adapter(tmp_path / "other", tiny_encoder, "DATE", seed=1)
    bases = Bases([str(adapter), str(other), str(tiny_encoder)])
    one, two = (load_model(each, bases=bases) for each in (adapter, other))
    assert loaded == [tiny_encoder]
    tables = [model.get_input_embeddings().weight.data_ptr() for model in (one, two)]
    assert tables[0] == tables[1]  # the same memory
    for model, place in ((one, adapter), (two, other)):
        for name, weight in load_model(place.parent / "whole").state_dict().items():
            assert torch.equal(model.state_dict()[name], weight), name
    assert not bases._kept  # the last one lets go
    load_model(adapter)
    assert loaded == [tiny_encoder, tiny_encoder]


def test_an_adapter_of_a_run_over_a_folder_finds_it_by_the_run(
    adapter: Path, tiny_encoder: Path
) -> None:
    edit(adapter / "adapter_config.json", base_model_name_or_path=None)
    with pytest.raises(CheckpointError, match=r"names no base: it was a folder of the machine"):
        load_model(adapter)
    run = {"model": {"model_name_or_path": str(tiny_encoder)}, "data": {}, "training": {}}
    (adapter.parent / "run.json").write_text(json.dumps({**run, "model_is_folder": True}))
    load_model(adapter)
    run["model"]["model_name_or_path"] = "gone/away"
    (adapter.parent / "run.json").write_text(json.dumps({**run, "model_is_folder": True}))
    with pytest.raises(CheckpointError, match=r"\(the run's was gone/away, which is not there\)"):
        load_model(adapter)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("peft_type", "IA3"),
        ("peft_type", None),
        ("task_type", "CAUSAL_LM"),
        ("r", 0),
        ("r", 10**9),
        ("r", 2.0),
        ("r", True),
        ("lora_alpha", float("nan")),
        ("lora_alpha", float("inf")),
        ("lora_alpha", "4"),
        ("use_dora", True),
        ("use_rslora", 1),
        ("bias", "all"),
        ("fan_in_fan_out", True),
        ("rank_pattern", {"query": 4}),
        ("alpha_pattern", {"query": 4}),
        ("layer_replication", [[0, 2]]),
        ("megatron_config", {"a": 1}),
        ("init_lora_weights", "pissa"),
        ("target_modules", None),
        ("target_modules", ["x"] * 10_001),
        ("modules_to_save", "classifier"),
        ("base_model_name_or_path", ["a"]),
        ("revision", 5),
        ("something_new", {"x": 1}),
    ],
)
def test_what_cannot_be_merged_is_refused(adapter: Path, key: str, value: object) -> None:
    edit(adapter / "adapter_config.json", **{key: value})
    with pytest.raises(CheckpointError, match=rf"adapter_config\.json: {key} is ") as caught:
        load_config(adapter)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "config.json").unlink(), "an adapter without a config.json"),
        (lambda folder: (folder / "adapter_config.json").unlink(), "and no adapter_config.json"),
        (
            lambda folder: (folder / "adapter_model.safetensors").rename(
                folder / "adapter_model.bin"
            ),
            r"adapter_model\.bin is a pickle, which is not read",
        ),
        (
            lambda folder: shutil.copy(folder.parent / "whole" / "model.safetensors", folder),
            "a whole model and an adapter",
        ),
        (
            lambda folder: (folder / "adapter_config.json").write_text("[" * 5000),
            "is nested too deeply|is not JSON",
        ),
        (
            lambda folder: (folder / "adapter_model.safetensors").unlink(),
            r"adapter_model\.safetensors cannot be read",
        ),
        (
            lambda folder: (folder / "adapter_model.safetensors").write_bytes(
                (folder / "adapter_model.safetensors").read_bytes()[:-9]
            ),
            r"adapter_model\.safetensors cannot be read",
        ),
        (
            lambda folder: edit(
                folder / "config.json", auto_map={"AutoConfig": "a.B"}, model_type="x"
            ),
            "which is never run",
        ),
        (
            lambda folder: edit(folder / "config.json", vocab_size=10**7),
            "they do not belong together",
        ),
        (lambda folder: edit(folder / "config.json", hidden_size=64), "is not the model that"),
        (lambda folder: edit(folder / "config.json", num_hidden_layers=3), "is not the model that"),
    ],
    ids=range(11),
)
def test_damaged_folders_are_refused(
    adapter: Path, change: Callable[[Path], object], told: str
) -> None:
    change(adapter)
    with pytest.raises(CheckpointError, match=told) as caught:
        load_model(adapter)
    assert "\n" not in str(caught.value)


PART = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda w: w.pop(f"{PART}A.weight"), r"has one matrix, .*lora_B"),
        (lambda w: [w.pop(f"{PART}{x}.weight") for x in "AB"], "1 layers of target_modules have"),
        (lambda w: w.update({f"{PART}A.weight": torch.zeros(3, 16)}), "of rank 2, for 16 × 16"),
        (lambda w: w.update({f"{PART}A.weight": torch.zeros(2, 16, dtype=torch.int8)}), "holds I8"),
        (lambda w: w.update({f"{PART}A.weight": torch.full((2, 16), torch.nan)}), "not finite"),
        (lambda w: w.update({"other": torch.zeros(1)}), "other does not begin with base_model"),
        (lambda w: w.update({"base_model.model.b": torch.zeros(1)}), "the model has no weight b"),
        (
            lambda w: w.update(
                {f"base_model.model.pooler.lora_{x}.weight": torch.zeros(2, 2) for x in "AB"}
            ),
            r"no matrix pooler\.weight",
        ),
        (lambda w: w.pop("base_model.model.classifier.bias"), "classifier.bias is missing"),
        (
            lambda w: w.update({"base_model.model.classifier.weight": torch.zeros(9, 16)}),
            "has 9 rows in the weights, and id2label in config.json names 7",
        ),
        (
            lambda w: w.update({"base_model.model.bert.embeddings.LayerNorm.bias": torch.zeros(5)}),
            "has 5 numbers, and 16 in its base",
        ),
    ],
    ids=range(11),
)
def test_weights_of_another_model_are_refused(
    adapter: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    edit_weights(adapter, change)
    with pytest.raises(CheckpointError, match=told) as caught:
        load_model(adapter)
    assert "\n" not in str(caught.value)


def test_another_base_is_refused(adapter: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    other = tmp_path / "base"
    shutil.copytree(tiny_encoder, other)
    edit(adapter / "adapter_config.json", base_model_name_or_path=str(other))
    load_model(adapter)

    def save(**changes: Any) -> None:
        config = BertConfig.from_pretrained(tiny_encoder, **changes)
        BertModel(config, add_pooling_layer=False).save_pretrained(other)

    for changes, told in (
        ({}, "its biases and norms are not those of the training"),
        ({"vocab_size": 50}, "word_embeddings"),
        ({"hidden_size": 64, "intermediate_size": 64}, r"is \[64\] there, not \[16\]"),
        ({"num_hidden_layers": 1}, r"it has no bert\.encoder\.layer\.1"),
    ):
        save(**changes)
        if not changes:  # fresh biases are all zero, and so are those of the tiny encoder
            weights = load_file(other / "model.safetensors")
            weights["embeddings.LayerNorm.bias"][0] += 1e-3
            save_file(weights, other / "model.safetensors", {"format": "pt"})
        with pytest.raises(CheckpointError, match=told):
            load_model(adapter)


def test_no_adapter_is_followed_to_a_third_model(
    adapter: Path, tiny_encoder: Path, tmp_path: Path, loaded: list[Path]
) -> None:
    second = tmp_path / "second"
    shutil.copytree(adapter, second)
    edit(second / "adapter_config.json", base_model_name_or_path=str(adapter))
    with pytest.raises(CheckpointError, match="is itself an adapter, and one of another is not"):
        load_model(second)
    base = tmp_path / "base"
    shutil.copytree(tiny_encoder, base)
    edit(base / "config.json", attn_implementation="somebody/kernel")
    edit(second / "adapter_config.json", base_model_name_or_path=str(base))
    with pytest.raises(CheckpointError, match="code of a repository, which is never run"):
        load_model(second)
    edit(second / "adapter_config.json", base_model_name_or_path="somewhere/else")
    with pytest.raises(CheckpointError, match="'somewhere/else' cannot be loaded"):
        load_model(second)
    assert not loaded
