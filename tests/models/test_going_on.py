"""Training goes on: each tag that a trained head knows keeps its row, whatever its number."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import tner_hf
from tner_hf.cli import main
from tner_hf.errors import CheckpointError, DataError, SettingError
from tner_hf.inference.pipelines import check_parity
from tner_hf.inference.runtimes import parse_device, place_tagger
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer, tag_names
from tner_hf.publishing.cards import render_model_card
from tner_hf.publishing.hub import push_model

SENTENCE = ["Ada", "Lovelace", "lived", "in", "London", "."]


@pytest.fixture(scope="module")
def good(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("going-on")
    model = load_model(tiny_encoder, LabelSpace(("PER", "LOC", "ORG")))
    torch.nn.init.normal_(model.classifier.weight)
    torch.nn.init.normal_(model.classifier.bias)
    model.save_pretrained(folder)
    load_tokenizer(tiny_encoder).save_pretrained(folder)
    return folder


@pytest.fixture
def tagger(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "tagger"))


def name(folder: Path, names: list[str]) -> Path:
    """Call the labels of a checkpoint otherwise."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["id2label"] = {str(i): n for i, n in enumerate(names)}
    config["label2id"] = {n: i for i, n in enumerate(names)}
    path.write_text(json.dumps(config))
    return folder


def logits(model: Any, folder: Path) -> torch.Tensor:
    encoded = load_tokenizer(folder)(SENTENCE, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        answer: torch.Tensor = model.eval()(**encoded).logits[0]
    return answer


@pytest.mark.parametrize(
    "types",
    [
        ("PER", "LOC", "ORG"),
        ("ORG", "PER", "LOC"),
        ("LOC",),
        ("LOC", "MISC", "PER"),
        ("A", "ORG", "B", "LOC", "PER", "C"),
    ],
)
def test_logits_of_kept_tags_stay(tagger: Path, types: tuple[str, ...]) -> None:
    before = load_model(tagger)
    after = load_model(tagger, LabelSpace(types))
    assert after.config.id2label == LabelSpace(types).id2label
    assert after.classifier.out_features == after.num_labels == 2 * len(types) + 1
    old, new = logits(before, tagger), logits(after, tagger)
    kept = [tag for tag in tag_names(after.config) if tag in before.config.label2id]
    assert len(kept) == 1 + 2 * len({"PER", "LOC", "ORG"} & {*types})
    for tag in kept:
        ours, theirs = after.config.label2id[tag], before.config.label2id[tag]
        assert (new[:, ours] - old[:, theirs]).abs().max() <= 1e-6, tag


def test_the_loss_and_a_saved_copy_have_the_new_labels(tagger: Path, tmp_path: Path) -> None:
    model = load_model(tagger, LabelSpace(("LOC", "MISC")))
    encoded = load_tokenizer(tagger)(SENTENCE, is_split_into_words=True, return_tensors="pt")
    labels = torch.full_like(encoded["input_ids"], 4)
    loss = model(**encoded, labels=labels).loss
    assert loss.isfinite()
    loss.backward()
    assert model.classifier.weight.grad.shape == (5, model.config.hidden_size)
    model.save_pretrained(tmp_path / "saved")
    again = load_model(tmp_path / "saved")
    assert torch.equal(again.classifier.weight, model.classifier.weight)
    assert tag_names(again.config) == ("O", "B-LOC", "I-LOC", "B-MISC", "I-MISC")


def test_what_is_new_and_what_goes_is_said(tagger: Path, caplog: Any) -> None:
    with caplog.at_level(logging.INFO, "tner_hf"):
        load_model(tagger, LabelSpace(("PER", "LOC", "ORG")))
        load_model(tagger, LabelSpace(("LOC", "PER", "ORG")))
        load_model(tagger, LabelSpace(("LOC", "MISC", "PER")))
    told = [(r.levelname, r.getMessage().partition(": ")[2]) for r in caplog.records]
    assert told == [
        ("INFO", "all 7 tags keep their rows of the head"),
        ("INFO", "7 tags keep their rows of the head"),
        (
            "WARNING",
            "5 tags keep their rows of the head; new: B-MISC, I-MISC; gone: B-ORG, I-ORG",
        ),
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC"],
        ["O", "I-PER", "I-LOC", "I-ORG", "I-A", "I-B", "I-C"],
    ],
)
def test_a_head_of_another_scheme_is_begun_anew(
    tagger: Path, names: list[str], caplog: Any
) -> None:
    name(tagger, names)
    stored = load_model(tagger).classifier.weight
    model = load_model(tagger, LabelSpace(("PER", "LOC")))
    assert model.classifier.bias.tolist() == [0.0] * 5
    assert not torch.equal(model.classifier.weight[0], stored[0])
    assert "a new head is begun" in caplog.text
    assert "are not IOB2, in which training is done" in caplog.text


def test_a_head_without_names_is_begun_anew(tagger: Path, caplog: Any) -> None:
    name(tagger, [f"LABEL_{i}" for i in range(7)])
    assert load_model(tagger, LabelSpace(("PER",))).classifier.bias.tolist() == [0.0] * 3
    assert "a new head is begun: the 7 labels" in caplog.text


def test_training_goes_on_from_the_scores_that_were(tagger: Path, tmp_path: Path) -> None:
    """`../shared/cases/runs`: one step at next to no learning rate must not cost any F1."""
    gold = tmp_path / "gold.txt"
    gold.write_text("Grace B-ORG\nin O\nParis B-LOC\nAda B-PER\nLovelace I-PER\n")
    arguments = ["train", "--model_name_or_path", str(tagger), "--train_file", str(gold)]
    arguments += ["--output_dir", str(tmp_path / "out"), "--max_steps", "1", "--native"]
    assert main([*arguments, "--learning_rate", "1e-12"]) == 0
    after = load_model(tmp_path / "out")
    old, new = logits(load_model(tagger), tagger), logits(after, tagger)
    names = load_model(tagger).config.label2id
    assert set(after.config.label2id) == set(names)
    for tag, row in after.config.label2id.items():
        assert (new[:, row] - old[:, names[tag]]).abs().max() <= 1e-5


ODD = ["O", "B_PER", "I_PER", "B_LOC", "I_LOC", "X", "[CLS]"]


@pytest.mark.filterwarnings("ignore:.*are no tags and are read as such:UserWarning")
def test_other_spellings_are_read_alike_everywhere(tagger: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text("Ada B-PER\nin O\nLondon B-LOC\n")
    tagged = tner_hf.pipeline(name(tagger, ODD))([SENTENCE])
    assert {entity["entity_group"] for entity in tagged[0]} <= {"PER", "LOC"}
    for strategy in ("none", "simple", "first"):
        found = tner_hf.pipeline(tagger, aggregation_strategy=strategy)(" ".join(SENTENCE))
        kinds = {e.get("entity_group") or e["entity"].partition("-")[2] for e in found}
        assert kinds <= {"PER", "LOC"}
    scores = tner_hf.evaluate(tagger, {"test": str(gold)}, native=True)
    assert sorted(scores["coverage"]["shared_types"]) == ["LOC", "PER"]
    report = check_parity(tagger, [SENTENCE])
    assert not re.search(r"[BI]_|CLS", "\n".join(report.lines()))
    card = render_model_card(tagger)
    assert "B_PER" not in card
    with pytest.raises(CheckpointError, match=r"are no tags \(B_PER, I_PER.*push that"):
        push_model(tagger, "org/odd", dry_run=True)
    kept = load_model(tagger, LabelSpace(("LOC",)))
    stored = load_model(tagger).classifier.weight
    assert torch.equal(kept.classifier.weight, stored[[0, 3, 4]])


@pytest.mark.filterwarnings("ignore:.*are no tags and are read as such:UserWarning")
def test_rows_of_labels_of_no_word_go_where_all_others_stay(tagger: Path) -> None:
    stored = load_model(name(tagger, ODD)).classifier
    model = load_model(tagger, LabelSpace(("PER", "LOC")))
    assert model.classifier.out_features == model.num_labels == 5
    assert torch.equal(model.classifier.weight, stored.weight[:5])
    assert torch.equal(model.classifier.bias, stored.bias[:5])


def test_types_that_it_does_not_know_get_rows_of_their_own(tagger: Path, caplog: Any) -> None:
    model = load_model(tagger, LabelSpace(("gene", "cell", "drug")))
    assert model.classifier.bias.tolist()[1:] == [0.0] * 6
    assert "1 tag keeps its row of the head; new: B-cell, B-drug, B-gene" in caplog.text
    assert "gone: B-LOC, B-ORG, B-PER" in caplog.text


def test_other_spellings_are_told(tagger: Path) -> None:
    with pytest.warns(UserWarning, match=r"6 labels of .* B_PER as B-PER, I_PER as I-PER"):
        tner_hf.pipeline(name(tagger, ODD))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["O", "B_PER", "PER-I", "B-LOC", "I-LOC", "B-X", "I-X"], "nor all spelled in one"),
        (["O", "O", "I-PER", "B-LOC", "I-LOC", "B-X", "I-X"], "calls 2 labels 'O'"),
        (["O", "B", "I", "B-LOC", "I-LOC", "B-X", "I-X"], "nor all spelled in one"),
    ],
)
def test_labels_without_one_reading_are_refused_everywhere(
    tagger: Path, tmp_path: Path, names: list[str], message: str
) -> None:
    gold = tmp_path / "gold.txt"
    gold.write_text("Ada B-PER\n")
    name(tagger, names)
    with pytest.raises(CheckpointError, match=message):
        tner_hf.pipeline(tagger)
    with pytest.raises(CheckpointError, match=message):
        tner_hf.evaluate(tagger, {"test": str(gold)})
    with pytest.raises(CheckpointError, match=message):
        check_parity(tagger, [SENTENCE])
    with pytest.raises((CheckpointError, DataError), match=message):
        push_model(tagger, "org/odd", dry_run=True, sentences=[SENTENCE])


def test_a_head_with_more_rows_than_names_is_refused(tagger: Path) -> None:
    name(tagger, ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
    with pytest.raises(CheckpointError, match=r"has 7 rows in the weights, .* names 5 "):
        load_model(tagger)


@pytest.mark.parametrize("device", ["gpu", "meta", "cuda:99", 99, "tpu:x", -7, "cpu:x", "cpu:7"])
def test_a_device_that_is_not_there_is_told(tagger: Path, device: object, capsys: Any) -> None:
    with pytest.raises(SettingError, match=r"device .*; devices here: cpu"):
        tner_hf.pipeline(tagger, device=device)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match=r"device .*; devices here: cpu"):
        place_tagger(load_model(tagger), device)
    call = ["predict", "--model_name_or_path", str(tagger), f"--device={device}", "Ada"]
    assert main(call) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_devices_are_called_as_in_transformers() -> None:
    assert parse_device(None) is None
    assert [str(parse_device(d)) for d in ("cpu", -1, "-1", torch.device("cpu"))] == ["cpu"] * 4
