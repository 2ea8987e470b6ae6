"""A frozen encoder with updates: what is trained, saved, merged and resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from architectures import FAMILIES
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForTokenClassification

from tner_hf import evaluate
from tner_hf.config import CheckpointSettings
from tner_hf.data import load_dataset
from tner_hf.errors import FileError, MissingExtraError, SettingError
from tner_hf.labels import LabelSpace
from tner_hf.models import load_config, load_model, load_tokenizer
from tner_hf.models.crf import IMPOSSIBLE, Crf
from tner_hf.training import ModelArguments
from tner_hf.training.lora import Adapter
from tner_hf.training.padding_free import flatten_batches
from tner_hf.training.rows import encode_training_rows

SPACE = LabelSpace(("PER", "LOC", "ORG"))

#: Their attention mixes in relative positions and cannot be replaced.
PADDED = {"deberta-v2", "deberta-v3"}


@pytest.fixture
def adapted(tiny_encoder: Path) -> tuple[Any, Adapter]:
    """A model with updates that are not zero, as after some steps."""
    torch.manual_seed(0)
    model = load_model(tiny_encoder, SPACE)
    adapter = Adapter(model, 2)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    return model.eval(), adapter


def test_updates_of_all_linear_layers_and_the_head_are_trained(adapted: Any) -> None:
    model, _ = adapted
    trained = [name for name, weight in model.named_parameters() if weight.requires_grad]
    inside = [name for name in trained if name.startswith("bert.")]
    assert all(".lora_" in name for name in inside)
    assert len(inside) == 2 * 6 * 2  # A and B of query, key, value and three dense, in two layers
    assert [name for name in trained if name not in inside] == [
        "classifier.modules_to_save.default.weight",
        "classifier.modules_to_save.default.bias",
    ]


def test_merged_it_is_the_same_model(adapted: Any, tiny_encoder: Path) -> None:
    model, adapter = adapted
    ids = torch.tensor([[2, 5, 6, 7, 3]])
    logits, state = model(input_ids=ids).logits, adapter.merged_state()
    adapter.merge()
    torch.testing.assert_close(model(input_ids=ids).logits, logits)
    plain = load_model(tiny_encoder, SPACE).state_dict()
    assert list(plain) == list(state) == list(model.state_dict())
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, state[name]), name  # to the bit
        changed = not name.startswith("bert.") or "embeddings" in name or "Norm" in name
        assert changed or "bias" in name or not torch.equal(weight, plain[name]), name


def test_what_was_written_is_taken_over_to_the_bit(
    adapted: Any, tiny_encoder: Path, tmp_path: Path
) -> None:
    _, adapter = adapted
    adapter.write(tmp_path)
    other = Adapter(load_model(tiny_encoder, SPACE), 2)
    other.load(tmp_path)
    for name, weight in adapter.merged_state().items():
        assert torch.equal(other.merged_state()[name], weight), name
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (2, 4)
    assert str(tiny_encoder) not in json.dumps(config)
    with pytest.raises(FileError, match="other layers or another rank"):
        Adapter(load_model(tiny_encoder, SPACE), 3).load(tmp_path)
    (tmp_path / "adapter" / "adapter_model.safetensors").write_bytes(b"{")
    with pytest.raises(FileError, match=r"adapter_model\.safetensors cannot be read"):
        other.load(tmp_path)


def test_targets_are_ends_of_names(tiny_encoder: Path) -> None:
    model = load_model(tiny_encoder, SPACE)
    Adapter(model, 1, targets=("query", "0.output.dense"))
    updated = {name for name, module in model.named_modules() if hasattr(module, "lora_A")}
    assert updated == {
        "bert.encoder.layer.0.attention.self.query",
        "bert.encoder.layer.1.attention.self.query",
        "bert.encoder.layer.0.output.dense",
    }
    with pytest.raises(SettingError, match=r"--lora_targets queri is no linear .*accepted: dense"):
        Adapter(load_model(tiny_encoder, SPACE), 1, targets=("queri",))


def test_a_run_leaves_a_plain_checkpoint_and_its_adapter(
    run_training: Callable[..., Any], toy_files: dict[str, str], tiny_encoder: Path
) -> None:
    result = run_training(lora_r=4, head="crf", num_train_epochs=4, load_best_model_at_end=True)
    folder = Path(result.output_dir)
    scored = json.loads((folder / "test_results.json").read_text())["scores"]
    again = evaluate(folder, {"test": toy_files["test"]}, native=True)
    assert again["protocols"]["full"] == scored
    assert json.loads((folder / "run.json").read_text())["model"]["lora_r"] == 4
    crf = Crf.read(load_config(folder))
    assert crf is not None
    assert (crf.transitions[crf.transitions > IMPOSSIBLE].abs() > 0.1).any()  # they moved
    # So says its adapter alone, which is the merged model, its CRF included.
    alone = evaluate(folder / "adapter", {"test": toy_files["test"]}, native=True)
    assert alone["protocols"] == again["protocols"]
    merged, added = load_model(folder).state_dict(), load_model(folder / "adapter").state_dict()
    assert all(torch.equal(merged[name], added[name]) for name in merged | added)
    said, stored = (
        json.loads((place / "config.json").read_text()) for place in (folder / "adapter", folder)
    )
    assert said.pop("tner_hf_encoder")
    assert said == stored
    texts = [path.read_text() for path in (folder / "adapter").glob("*.json")]
    assert len(texts) == 4  # two configurations, two files of the tokenizer
    assert not any(str(tiny_encoder) in text or str(folder) in text for text in texts)
    # So is each state on the way.
    for path in (folder, *folder.glob("checkpoint-*")):
        assert load_file(path / "model.safetensors").keys() == load_model(path).state_dict().keys()
    before, after = load_model(tiny_encoder, SPACE).state_dict(), load_model(folder).state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if "layer." in name and "dense.w" in name} | {
        name for name in before if name.endswith(("query.weight", "key.weight", "value.weight"))
    } | {"classifier.weight", "classifier.bias"}


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_the_adapter_is_one_for_peft(
    run_training: Callable[..., Any], tiny_encoder: Path, tmp_path: Path
) -> None:
    from peft import PeftModel

    folder = Path(run_training(lora_r=2, max_test_samples=0).output_dir)
    base = AutoModelForTokenClassification.from_pretrained(tiny_encoder, num_labels=7)
    theirs = PeftModel.from_pretrained(base, folder / "adapter").merge_and_unload()
    for name, weight in load_model(folder).state_dict().items():
        assert torch.equal(theirs.state_dict()[name], weight), name


def test_an_interrupted_run_ends_with_the_same_weights(run_training: Callable[..., Any]) -> None:
    how = {"lora_r": 2, "lora_dropout": 0.1, "max_test_samples": 0}
    whole, halved = (run_training(name, **how) for name in ("whole", "halved"))
    folder = Path(halved.output_dir)
    for name in ("model.safetensors", "train_results.json", "config.json"):
        (folder / name).unlink()
    last = max(folder.glob("checkpoint-*"), key=lambda p: int(p.name.partition("-")[2]))
    (last / "trainer_state.json").unlink()
    again = run_training("halved", **how)
    assert again.train["resumed_from"] == "checkpoint-5"
    for name in ("model.safetensors", "adapter/adapter_model.safetensors"):
        first, second = (Path(r.output_dir) / name for r in (whole, again))
        assert first.read_bytes() == second.read_bytes(), name
    with pytest.raises(SettingError, match="lora_r was 2 and is now 3"):
        run_training("halved", **{**how, "lora_r": 3})


def test_updates_of_an_adapter_are_refused(run_training: Callable[..., Any]) -> None:
    made = run_training(lora_r=2, max_test_samples=0)
    adapter = str(Path(made.output_dir) / "adapter")
    with pytest.raises(SettingError, match=r"--lora_r on .*adapter, which is an adapter: one of"):
        run_training("more", lora_r=2, model_name_or_path=adapter)
    # Trained in full it is where a model begins, as the merged one is.
    how = {"max_test_samples": 0, "num_train_epochs": 1}
    for name, start in (("one", adapter), ("other", made.output_dir)):
        run_training(name, model_name_or_path=start, **how)
    one, other = (load_model(Path(made.output_dir).with_name(n)) for n in ("one", "other"))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_has_updates_without_padding_and_merged(
    family: str, toy_files: dict[str, str], tmp_path: Path
) -> None:
    build_tokenizer, build_config = FAMILIES[family]
    tokenizer = build_tokenizer()
    torch.manual_seed(0)
    AutoModel.from_config(build_config(len(tokenizer))).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    tokenizer, model = load_tokenizer(tmp_path), load_model(tmp_path, SPACE)
    names = list(model.state_dict())
    adapter = Adapter(model, 2)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    rows = encode_training_rows(
        load_dataset(toy_files)["train"], tokenizer, CheckpointSettings()
    ).dataset
    flat = flatten_batches(model, tokenizer, rows)
    assert (flat is None) == (family in PADDED)  # updates change nothing of it
    batch = {name: torch.tensor([rows[0][name]]) for name in ("input_ids", "attention_mask")}
    model.eval()
    with torch.no_grad():
        logits = model(**batch).logits
        adapter.merge()
        torch.testing.assert_close(model(**batch).logits, logits, rtol=1e-4, atol=1e-5)
    assert list(model.state_dict()) == names
    adapter.write(tmp_path / "made", tokenizer)
    config = tmp_path / "made" / "adapter" / "adapter_config.json"
    named = {**json.loads(config.read_text()), "base_model_name_or_path": str(tmp_path)}
    config.write_text(json.dumps(named))
    for name, weight in load_model(config.parent).state_dict().items():
        assert torch.equal(weight, model.state_dict()[name]), name


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"lora_r": 0}, "--lora_r 0 is no rank"),
        ({"lora_r": 2, "lora_alpha": 0.0}, "--lora_alpha 0 cannot be used"),
        ({"lora_r": 2, "lora_dropout": 1.0}, "--lora_dropout 1 is no share"),
        ({"lora_alpha": 2.0}, "--lora_alpha without --lora_r"),
        ({"lora_targets": ["query"]}, "--lora_targets without --lora_r"),
        ({"lora_r": 2, "freeze": "encoder"}, "--freeze encoder with --lora_r"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingError, match=told):
        ModelArguments("bert", **given)


def test_without_peft_the_extra_is_named(
    run_training: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tner_hf.training.judging.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "tner-hf\[peft\]"'):
        run_training(lora_r=2)
