"""Checkpoints as T-NER released them: its CRF, its spellings of types, weights of its time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tner_hf import evaluate, pipeline
from tner_hf.errors import CheckpointError
from tner_hf.inference.tagging import tag_sentences
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.cards import render_model_card
from tner_hf.publishing.hub import push_model

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
        # As allennlp's `allowed_transitions("BIO", …)`; the last two: start and end.
        "_constraint_mask": [
            [float(to[0] != "I" or (a[0] in "BI" and a[1:] == to[1:])) for to in (*NAMES, "S", "E")]
            for a in (*NAMES, "S", "E")
        ],
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "trainer_config.json").write_text(json.dumps({"crf": True, "max_length": 128}))
    return folder


def test_it_is_said_to_be_what_it_is(released: Path) -> None:
    ner = pipeline(released)
    assert ner.model.config.id2label[3] == "B-cell type"
    card = render_model_card(released)
    assert "It decodes with the CRF of T-NER" in card
    assert "`cell type`" in card


def test_it_is_decoded_as_tner_did(released: Path) -> None:
    """By allennlp's `viterbi_tags`: every sub-token of a row, special ones too."""
    words = ["Ada", "Lovelace", "lived", "in", "Qqq"]
    model, tokenizer = load_model(released), load_tokenizer(released)
    row = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        logits = model(row["input_ids"], attention_mask=row["attention_mask"]).logits[0].double()
    stored = {k: torch.tensor(v).double() for k, v in model.config.crf_state_dict.items()}
    mask = stored["_constraint_mask"]
    size = len(NAMES)
    transitions = stored["transitions"] * mask[:size, :size] - 1e4 * (1 - mask[:size, :size])
    start = stored["start_transitions"] * mask[-2, :size] - 1e4 * (1 - mask[-2, :size])
    end = stored["end_transitions"] * mask[:size, -1] - 1e4 * (1 - mask[:size, -1])
    best = {label: (start[label] + logits[0, label], [label]) for label in range(size)}
    for scores in logits[1:]:
        best = {
            to: max((s + transitions[p[-1], to] + scores[to], [*p, to]) for s, p in best.values())
            for to in range(size)
        }
    path = max((score + end[p[-1]], p) for score, p in best.values())[1]
    firsts = [row.word_ids().index(i) for i in range(len(words))]
    found = tag_sentences(model, tokenizer, [words])
    expected = [NAMES[path[at]] for at in firsts]
    assert next(found.tags()) == expected
    # The random transitions of this one change what would be found without.
    assert expected != [NAMES[i] for i in logits.argmax(-1)[firsts].tolist()]


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
