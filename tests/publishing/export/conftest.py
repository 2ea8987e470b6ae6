"""A tiny tagger and what `export_model` makes of it, once for the whole session."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import TOY_SENTENCES

from tner_hf.config import CheckpointSettings
from tner_hf.labels import LabelSpace
from tner_hf.models import load_model, load_tokenizer
from tner_hf.publishing.export import export_model

SPACE = LabelSpace(("PER", "LOC", "ORG"))


def save_tagger(encoder: Path, folder: Path, **stored) -> Path:
    """A tagger with a random but decided head: its labels vary from sub-token to sub-token."""
    import torch

    torch.manual_seed(1)
    model = load_model(encoder, SPACE, settings=CheckpointSettings(**stored))
    model.classifier.weight.data.normal_(std=2.0)
    model.save_pretrained(folder)
    load_tokenizer(encoder).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def gold_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    blocks = (
        "\n".join(f"{w}\t{t}" for w, t in zip(words, tags.split(), strict=True))
        for words, tags in TOY_SENTENCES
    )
    path = tmp_path_factory.mktemp("gold") / "gold.txt"
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def exported(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with windows of 12 sub-tokens, exported into its folder `onnx`."""
    folder = save_tagger(tiny_encoder, tmp_path_factory.mktemp("exported") / "model", max_length=12)
    export_model(folder, check=False)
    return folder


@pytest.fixture
def copied(exported: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(exported, tmp_path / "model"))
