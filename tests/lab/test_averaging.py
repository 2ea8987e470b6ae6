"""The average of several checkpoints: its weights by hand, its record, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from preparations import save_tagger
from safetensors.torch import load_file, save_file

import tner_hf
from tner_hf.cli import main
from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.lab.averaging import average_models
from tner_hf.models import add_conditions, load_config, load_model, load_tokenizer, read_settings
from tner_hf.models.crf import add_crf
from tner_hf.publishing.cards import render_model_card
from tner_hf.runs.origins import Averaged

HEAD = ("classifier.weight", "classifier.bias")

Make = Callable[..., Path]


@pytest.fixture
def make(tiny_encoder: Path, tmp_path: Path) -> Make:
    """A tagger of some types with weights of its own."""

    def save(name: str, *types: str, **settings: Any) -> Path:
        settings = {"max_length": 64, "corpora": (name,), **settings}
        folder = save_tagger(tmp_path / name, tiny_encoder, *types, seed=len(name), **settings)
        weights = read(folder)
        noise = torch.Generator().manual_seed(len(name))
        for key, weight in weights.items():
            weights[key] = weight + torch.randn(weight.shape, generator=noise) / 10
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
        return folder

    return save


def read(folder: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(folder / "model.safetensors")
    return weights


def change(folder: Path, **keys: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))
    return folder


def test_each_weight_is_averaged_and_a_row_of_the_head_over_those_that_know_its_tag(
    make: Make, tmp_path: Path
) -> None:
    people, firms = make("people", "PER", "LOC"), make("firms", "LOC", "ORG")
    made = average_models([people, firms], tmp_path / "both", weights=[1, 3])
    one, other, mean = map(read, (people, firms, tmp_path / "both"))
    assert mean.keys() == one.keys() == other.keys()
    for key in mean.keys() - {*HEAD}:
        torch.testing.assert_close(mean[key], (one[key] + 3 * other[key]) / 4)
        assert not torch.equal(one[key], other[key])
    config = load_config(tmp_path / "both")
    tags = ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]
    assert list(config.id2label.values()) == tags
    for key in HEAD:
        a, b = one[key], other[key]  # O, PER, LOC and O, LOC, ORG
        shared = [(a[0] + 3 * b[0]) / 4, (a[3] + 3 * b[1]) / 4, (a[4] + 3 * b[2]) / 4]
        torch.testing.assert_close(mean[key], torch.stack([*shared, b[3], b[4], a[1], a[2]]))
    assert read_settings(config) == CheckpointSettings(64, corpora=("people", "firms"))
    assert made == Averaged.read(tmp_path / "both")
    assert made == Averaged(
        str(tmp_path / "both"), {"people": 1.0, "firms": 3.0}, {"LOC": 2, "ORG": 1, "PER": 1}
    )
    assert isinstance(tner_hf.pipeline(tmp_path / "both")("Ada lived in London."), list)


def test_three_models_of_the_same_types_are_averaged_row_by_row(make: Make, tmp_path: Path) -> None:
    given = {f"model {i}": str(make("x" * i, "LOC", "PER")) for i in (1, 2, 3)}
    made = average_models(given, tmp_path / "m")
    parts = [read(Path(folder)) for folder in given.values()]
    for key, weight in read(tmp_path / "m").items():
        torch.testing.assert_close(weight, sum(part[key] for part in parts) / 3)
    assert made.models == dict.fromkeys(given, 1.0)
    one = next(iter(given.values()))
    average_models([one, one], tmp_path / "same")  # one checkpoint may count twice
    assert all(torch.equal(read(tmp_path / "same")[key], each) for key, each in parts[0].items())


def test_conditions_that_all_models_know_are_kept_and_others_dropped(
    make: Make, tmp_path: Path
) -> None:
    given = []
    for name, conditions in (("a", ("x", "y", "z")), ("bb", ("z", "x"))):
        folder = make(name, "PER", conditions=conditions, temperature=2.0)
        model, tokenizer = load_model(folder), load_tokenizer(folder)
        add_conditions(model, tokenizer, ["x", "y", "z"])
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        given.append(folder)
    made = average_models(given, tmp_path / "m")
    settings = read_settings(load_config(tmp_path / "m"))
    assert (settings.conditions, settings.temperature) == (("x", "z"), None)
    assert made.dropped == ("y",)
    assert "dropped, for not all of them know it: --corpus y" in "\n".join(made.lines())
    assert isinstance(tner_hf.pipeline(tmp_path / "m", corpus="z")("Ada"), list)


def test_the_command_says_what_it_made_and_the_card_names_no_folder(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = str(make("people", "PER")), str(make("firms", "PER", "ORG"))
    folder = tmp_path / "both"
    assert main(["average", one, f"old={other}", "-o", str(folder)]) == 0
    assert capsys.readouterr().out == (
        f"{folder}: the average of 1 of people, 1 of old\n"
        "types that not all of them know, and how many do: ORG (1)\n"
    )
    card = render_model_card(folder)
    assert (
        "The average of the weights of 2 models: 1 of `people`, 1 of `old`. That of `ORG` is over "
        "those that know it. It finds 2 types of entities"
    ) in card
    texts = [path.read_bytes() for path in folder.iterdir() if path.suffix == ".json"]
    assert not any(str(tmp_path).encode() in text for text in [*texts, card.encode()])
    again = ["average", one, other, "--weights", "2", "1", "-o", str(tmp_path / "w"), "--json"]
    assert main(again) == 0
    assert json.loads(capsys.readouterr().out)["models"] == {"people": 2.0, "firms": 1.0}
    assert "2 models: 2 of `people`, 1 of `firms`. That of" in render_model_card(tmp_path / "w")
    assert main(["average", one, other, "-o", str(folder)]) == 2
    assert "both is there already, and not an empty folder" in capsys.readouterr().err


def test_what_cannot_be_averaged_is_refused_with_the_difference(
    make: Make, tiny_encoder: Path, tmp_path: Path
) -> None:
    one = make("people", "PER")

    def ask(*others: Path, **how: Any) -> None:
        average_models([one, *others], tmp_path / "out", **how)

    with pytest.raises(SettingError, match="1 models with the weights 1 have no average; accepted"):
        ask()
    other = make("firms", "PER")
    for weights in ([1.0], [1.0, 0.0], [1.0, float("nan")]):
        with pytest.raises(SettingError, match="accepted: two models or more, and --weights above"):
            ask(other, weights=weights)
    with pytest.raises(SettingError, match="people was trained with lowercase False and low with"):
        ask(make("low", "PER", lowercase=True))
    with pytest.raises(SettingError, match="with label_map None and map with 'unified-2'"):
        ask(make("map", "PER", label_map="unified-2"))
    with pytest.raises(CheckpointError, match="is no token classifier"):
        ask(tiny_encoder)
    with pytest.raises(CheckpointError, match="not of one architecture: num_attention_heads 2 and"):
        ask(change(make("heads", "PER"), num_attention_heads=4))
    odd = {"id2label": {"0": "O", "1": "I-PER", "2": "I-LOC"}}
    with pytest.raises(
        CheckpointError, match=r"io has a CRF, or labels that are not IOB2 \(O, I-PER"
    ):
        ask(change(make("io", "PER"), **odd))
    folder = make("crf", "PER")
    model = load_model(folder)
    add_crf(model, load_config(folder))
    model.crf.write(model.config)
    model.save_pretrained(folder)
    with pytest.raises(CheckpointError, match="crf has a CRF, or labels that are not IOB2"):
        ask(folder)
    folder = make("reads", "PER")
    raw = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(raw.replace('"lowercase": true', '"lowercase": false'))
    with pytest.raises(CheckpointError, match="do not read words as the same sub-tokens"):
        ask(folder)
    assert not (tmp_path / "out").exists()
