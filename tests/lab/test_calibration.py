"""Calibrating a checkpoint: what is written, what it changes, and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from preparations import save_tagger

import tner_hf
from tner_hf.cli import main
from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.lab.calibration import calibrate
from tner_hf.lab.evaluation import Evaluation, evaluate
from tner_hf.labels import LabelSpace
from tner_hf.models import load_config, load_model, load_tokenizer, read_settings

SPACE = LabelSpace(("PER", "LOC", "ORG"))


@pytest.fixture(scope="module")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random head that knows how frequent `O` is, and is too sure of the rest."""
    how = {"seed": 3, "spread": 8, "bias": (1.5,), "max_length": 32}
    return save_tagger(tmp_path_factory.mktemp("tagger"), tiny_encoder, *SPACE.types, **how)


@pytest.fixture
def own(tagger: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tagger, tmp_path / "own"))


def test_the_temperature_is_kept_and_changes_scores_alone(own: Path, toy_iob: Path) -> None:
    before = evaluate(own, toy_iob, confidence=None)
    plain = tner_hf.pipeline(own)("Ada Lovelace lived in London.")
    report = calibrate(own, {"validation": toy_iob})
    stored = read_settings(load_config(own)).temperature
    assert stored == report.temperature
    assert report.temperature > 1  # it was too sure
    assert report.loss[1] < report.loss[0]
    assert (report.words, report.unknown_words) == (26, 0)
    after = evaluate(own, toy_iob, confidence=None)
    assert after.protocols == before.protocols
    assert before.calibration is not None
    assert after.calibration is not None
    # What `evaluate` measures on the same sentences is what the report said.
    for found, said in ((before.calibration, report.before), (after.calibration, report.after)):
        assert found.temperature == said.temperature
        assert found.entities.ece == pytest.approx(said.entities.ece, abs=1e-5)
        assert found.words.ece == pytest.approx(said.words.ece, abs=1e-5)
    warm = tner_hf.pipeline(own)("Ada Lovelace lived in London.")
    assert [(e["entity_group"], e["start"]) for e in warm] == [
        (e["entity_group"], e["start"]) for e in plain
    ]
    assert all(w["score"] < p["score"] for w, p in zip(warm, plain, strict=True))
    assert "confidence (temperature" in after.table()
    assert "score (not calibrated)" in before.table()
    assert Evaluation.from_dict(json.loads(json.dumps(after.to_dict()))).to_dict() == json.loads(
        json.dumps(after.to_dict()), parse_float=float
    ) | {"calibration": after.calibration.to_dict()}
    again = calibrate(own, {"validation": toy_iob})  # begins anew
    assert again.temperature == report.temperature


def test_the_temperature_is_that_of_the_least_loss_of_gold_words(own: Path, toy_iob: Path) -> None:
    """By plain transformers, a sentence at a time."""
    import torch

    from tner_hf import load_dataset

    report = calibrate(own, {"validation": toy_iob})
    model, tokenizer = load_model(own), load_tokenizer(own)
    rows = load_dataset({"test": toy_iob}, split="test")
    names = rows.features["ner_tags"].feature.names
    logits, targets = [], []
    for words, tags in zip(rows["tokens"], rows["ner_tags"], strict=True):
        encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        places = encoded.word_ids()
        with torch.inference_mode():
            found = model(**encoded).logits[0]
        for word, tag in enumerate(tags):
            logits.append(found[places.index(word)].numpy())
            targets.append(model.config.label2id[names[tag]])
    heated = torch.tensor(np.array(logits), dtype=torch.float64)

    def loss(temperature: float) -> float:
        return torch.nn.functional.cross_entropy(heated / temperature, torch.tensor(targets)).item()

    assert report.loss == (
        pytest.approx(loss(1), rel=1e-5),
        pytest.approx(loss(report.temperature), rel=1e-5),
    )
    assert all(loss(report.temperature * f) > loss(report.temperature) for f in (0.9, 1.1))


@pytest.mark.parametrize("over", ["words", "sub-tokens"])
def test_a_crf_is_calibrated_by_its_marginals(own: Path, toy_iob: Path, over: str) -> None:
    import torch

    from tner_hf import load_dataset
    from tner_hf.inference.tagging import tag_sentences
    from tner_hf.models import write_settings
    from tner_hf.models.crf import CRF_KEY, Crf

    config = load_config(own)
    torch.manual_seed(0)
    Crf.draw(SPACE.names).write(config)
    if over == "sub-tokens":  # as T-NER had it
        del getattr(config, CRF_KEY)["over"]
    config.save_pretrained(own)
    before = evaluate(own, toy_iob, confidence=None)
    report = calibrate(own, {"validation": toy_iob})
    assert report.temperature > 1
    assert read_settings(load_config(own)).temperature == report.temperature
    after = evaluate(own, toy_iob, confidence=None)
    assert after.protocols == before.protocols
    for found, said in ((before.calibration, report.before), (after.calibration, report.after)):
        assert found is not None
        assert found.entities.ece == pytest.approx(said.entities.ece, abs=1e-5)
        assert found.words.ece == pytest.approx(said.words.ece, abs=1e-5)
    # The loss is that of what `tag_sentences` says of every label, and no other temperature's less.
    model, tokenizer = load_model(own), load_tokenizer(own)
    rows = load_dataset({"test": toy_iob}, split="test")
    names = rows.features["ner_tags"].feature.names
    gold = [names[tag] for tags in rows["ner_tags"] for tag in tags]

    def loss(temperature: float | None) -> float:
        settings = replace(read_settings(model.config), temperature=temperature)
        write_settings(model.config, settings)
        said = tag_sentences(model, tokenizer, rows["tokens"][:], top_k=7).top
        assert said is not None
        return -float(np.mean([np.log(dict(said.of(i))[tag]) for i, tag in enumerate(gold)]))

    assert report.loss == (
        pytest.approx(loss(None), rel=1e-5),
        pytest.approx(loss(report.temperature), rel=1e-5),
    )
    assert all(loss(report.temperature * f) > loss(report.temperature) for f in (0.9, 1.1))


def test_the_command_says_what_a_precision_costs(
    own: Path, toy_iob: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.json"
    command = ["calibrate", "-m", str(own), "--validation_file", str(toy_iob), "-o", str(out)]
    assert main([*command, "--min_precision", "0.01"]) in {0, 2}
    shown = capsys.readouterr()
    if not shown.err:
        assert "--min_score" in shown.out
        assert "recall" in shown.out
    assert main(command) == 0
    assert "written into config.json" in capsys.readouterr().out
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["split"] == "validation"
    assert (
        json.loads((own / "config.json").read_text())["tner_hf"]["temperature"]
        == (report["temperature"])
    )
    assert main([*command, "--min_precision", "1"]) in {0, 2}


def test_what_cannot_be_calibrated_is_refused_and_left_as_it_was(
    own: Path, toy_iob: Path, tmp_path: Path
) -> None:
    files = {"validation": toy_iob, "test": toy_iob}
    stored = (own / "config.json").read_bytes()
    with pytest.raises(SettingError, match="chosen on the test set"):
        calibrate(own, files, split="test")
    with pytest.raises(SettingError, match="does not say what it was trained on"):
        calibrate(own)
    with pytest.raises(SettingError, match="above 0, and up to 1"):
        calibrate(own, files, min_precision=95)
    with pytest.raises(CheckpointError, match="download a Hub model first"):
        calibrate("owner/name", files)
    (tmp_path / "said.jsonl").write_text("{}\n")
    with pytest.raises(CheckpointError, match="no folder with a checkpoint"):
        calibrate(tmp_path / "said.jsonl", files)
    config = json.loads(stored)
    config["id2label"] = {k: v.replace("I-", "E-") for k, v in config["id2label"].items()}
    odd = {**config, "label2id": {v: int(k) for k, v in config["id2label"].items()}}
    other = Path(shutil.copytree(own, tmp_path / "other"))
    (other / "config.json").write_text(json.dumps(odd))
    with pytest.raises(CheckpointError, match=r"label 'E-PER'; only models with labels in IOB2"):
        calibrate(other, files)
    assert (own / "config.json").read_bytes() == stored


@pytest.mark.parametrize("value", ["hot", 0, -1, 101, True, math.inf, [1]])
def test_a_temperature_from_outside_is_judged(value: object, own: Path) -> None:
    path = own / "config.json"
    config = json.loads(path.read_text())
    config["tner_hf"]["temperature"] = value
    path.write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"temperature is .* accepted: a number from 0.01"):
        load_config(own)


def test_a_checkpoint_without_one_is_written_as_before() -> None:
    assert "temperature" not in CheckpointSettings().to_dict()
    warm = CheckpointSettings(temperature=1.5)
    assert CheckpointSettings.from_dict(warm.to_dict()) == warm
