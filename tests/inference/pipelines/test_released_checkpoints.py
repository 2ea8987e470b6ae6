"""Checkpoints as T-NER released them: its CRF, its spellings of types, weights of its time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tner_hf import evaluate, pipeline
from tner_hf.errors import CheckpointError
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.cards import render_model_card
from tner_hf.publishing.hub import push_model

pytestmark = pytest.mark.filterwarnings("ignore:.*carries a CRF of the old T-NER:UserWarning")

#: As in the paper's edition: unified types with spaces, `O` anywhere. `PER` is 0.2's way.
NAMES = ("B-PER", "I-PER", "O", "B-cell type", "I-cell type")


@pytest.fixture
def released(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A folder as T-NER 0.2 wrote it, with a model that knows three words."""
    folder = tmp_path / "tner" / "tiny"
    model = load_model(tiny_encoder, LabelSpace(("one", "two")))
    model.save_pretrained(folder)
    load_tokenizer(tiny_encoder).save_pretrained(folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {str(i): name for i, name in enumerate(NAMES)}
    config["label2id"] = {name: i for i, name in enumerate(NAMES)}
    size = len(NAMES)
    config["crf_state_dict"] = {
        "transitions": torch.randn(size, size).tolist(),
        "start_transitions": torch.randn(size).tolist(),
        "end_transitions": torch.randn(size).tolist(),
        "_constraint_mask": torch.ones(size + 2, size + 2).tolist(),
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "trainer_config.json").write_text(json.dumps({"crf": True, "max_length": 128}))
    return folder


def test_it_is_said_to_be_what_it_is(released: Path) -> None:
    with pytest.warns(
        UserWarning, match=r"CRF of the old T-NER, which is ignored: .*never trained"
    ):
        ner = pipeline(released)
    assert ner.model.config.id2label[3] == "B-cell type"
    card = render_model_card(released)
    assert "`config.json` carries a CRF of the old T-NER" in card
    assert "`cell type`" in card


def test_its_types_are_scored_as_the_unified_ones(released: Path, tmp_path: Path) -> None:
    gold = tmp_path / "test.txt"
    gold.write_text("T B-cell_type\ncells I-cell_type\n\nAda B-person\n")
    predictions = tmp_path / "predictions.jsonl"
    result = evaluate(released, {"test": str(gold)}, predictions_file=predictions)
    assert result["unification"]["model"]["mapped"] == {"PER": "person", "cell type": "cell_type"}
    assert result["coverage"]["shared_types"] == ["cell_type", "person"]
    assert result["coverage"]["gold_kept"] == 2
    types = json.loads(predictions.read_text().splitlines()[0])["types"]
    assert sorted(types["predicted"]) == ["cell_type", "person"]


def test_its_own_types_stay_where_nothing_is_mapped(released: Path, tmp_path: Path) -> None:
    gold = tmp_path / "test.txt"
    gold.write_text("Ada B-PER\n")
    result = evaluate(released, {"test": str(gold)}, native=True)
    assert result["coverage"]["shared_types"] == ["PER"]


def test_it_is_published_in_safetensors_only(released: Path) -> None:
    with pytest.raises(CheckpointError, match="no weights in safetensors"):
        push_model(released, "org/tiny", dry_run=True)


def test_training_goes_on_without_its_crf(released: Path) -> None:
    fresh = load_model(released, LabelSpace(("person",)))
    assert not hasattr(fresh.config, "crf_state_dict")
