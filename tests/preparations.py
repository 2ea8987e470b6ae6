"""What a page of the documentation needs before its blocks run: invented data, tiny models.

A folder named like a Hub id stands in for that model: `from_pretrained("roberta-base")` takes a
local folder of that name first, so the commands of a page run exactly as they are printed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY_SENTENCES


def _iob_text(separator: str = "\t", repeats: int = 4) -> str:
    blocks = [
        "\n".join(f"{w}{separator}{t}" for w, t in zip(words, tags.split(), strict=True))
        for words, tags in TOY_SENTENCES * repeats
    ]
    return "\n\n".join(blocks) + "\n"


def toy_files(folder: Path, tiny_encoder: Path) -> None:
    """`train.txt`, `validation.txt` and `test.txt`, IOB2 with PER, LOC and ORG."""
    for name in ("train", "validation", "test"):
        (folder / f"{name}.txt").write_text(_iob_text(), encoding="utf-8")


def train_toy(folder: Path, tiny_encoder: Path, name: str, *, epochs: int) -> Path:
    """A checkpoint of that name, taught the toy corpus; by 40 epochs it knows it by heart."""
    from tner_hf import TrainTransformersNER

    toy_files(folder, tiny_encoder)
    TrainTransformersNER(
        {"train": str(folder / "train.txt")},
        str(tiny_encoder),
        checkpoint_dir=str(folder / name),
        num_train_epochs=epochs,
        learning_rate=1e-2,
        per_device_train_batch_size=8,
    ).train()
    return folder / name


def save_tagger(
    folder: Path,
    encoder: Path,
    *types: str,
    seed: int = 0,
    spread: float = 1.0,
    bias: Sequence[float] = (),
    **settings: Any,
) -> Path:
    """A checkpoint with a random head, as given or so that its labels are known beforehand.

    Args:
        folder: where it is written.
        encoder: of the checkpoint.
        types: that it finds.
        seed: of its head.
        spread: what the head's weights are multiplied by; with 40 tags differ from word to word.
        bias: added to the first of the head's labels.
        settings: of the checkpoint; without any it is as plain transformers left it.
    """
    import torch

    from tner_hf.config import CheckpointSettings
    from tner_hf.labels import LabelSpace
    from tner_hf.models import load_model, load_tokenizer

    torch.manual_seed(seed)
    stored = CheckpointSettings(**settings) if settings else None
    model = load_model(encoder, LabelSpace(types), settings=stored)
    model.classifier.weight.data *= spread
    model.classifier.bias.data[: len(bias)] += torch.tensor(bias)
    model.save_pretrained(folder)
    load_tokenizer(encoder).save_pretrained(folder)
    return folder


def save_adapter(folder: Path, base: Path, *types: str, seed: int = 0) -> Path:
    """An adapter of rank 2 with updates that say something, and beside it its `whole` model.

    Args:
        folder: where `adapter` and `whole` are written.
        base: of the adapter, which names it.
        types: that it finds.
        seed: of updates and head.
    """
    import torch

    from tner_hf.labels import LabelSpace
    from tner_hf.models import load_model, load_tokenizer
    from tner_hf.training.lora import Adapter

    torch.manual_seed(seed)
    model, tokenizer = load_model(base, LabelSpace(types)), load_tokenizer(base)
    adapter = Adapter(model, 2, base=str(base))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    adapter.write(folder, tokenizer)
    adapter.merge()
    model.save_pretrained(folder / "whole")
    tokenizer.save_pretrained(folder / "whole")
    return folder / "adapter"


def corpora(folder: Path, tiny_encoder: Path) -> None:
    """A mirror of raw files in the layout of wnut2017 and conll2003, with invented sentences."""
    wnut = folder / "sources" / "wnut2017"
    wnut.mkdir(parents=True)
    text = _iob_text().replace("-PER", "-person").replace("-LOC", "-location")
    text = text.replace("-ORG", "-corporation")
    for name in ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"):
        (wnut / name).write_text(text, encoding="utf-8")
    conll = folder / "sources" / "conll2003"
    conll.mkdir(parents=True)
    for name in ("train.txt", "valid.txt", "test.txt"):
        (conll / name).write_text(_iob_text(" X X "), encoding="utf-8")


def hub_models(folder: Path, tiny_encoder: Path) -> None:
    """Tiny encoders under the names that the pages use."""
    hub = ("roberta-base", "xlm-roberta-base", "bert-base-cased")
    for name in (*hub, "embedded", "embedded-multilingual"):  # a folder comes before a package
        shutil.copytree(tiny_encoder, folder / name)


def trained_model(folder: Path, tiny_encoder: Path) -> None:
    """A fine-tuned checkpoint in `model`."""
    from tner_hf import TrainTransformersNER

    toy_files(folder, tiny_encoder)
    files = {"train": str(folder / "train.txt"), "test": str(folder / "test.txt")}
    TrainTransformersNER(
        files, str(tiny_encoder), checkpoint_dir=str(folder / "model"), num_train_epochs=1
    ).train()


def spacy_component(folder: Path, tiny_encoder: Path) -> None:
    """The factory, which spaCy finds by itself where the package is installed with its extras."""
    pytest.importorskip("spacy", reason='pip install "tner-hf[spacy]"')
    import_module("tner_hf.spacy_component")


def corrected(folder: Path, tiny_encoder: Path) -> None:
    """`more.iob2`, which a person has corrected."""
    text = _iob_text().replace("PER", "person").replace("LOC", "location")
    (folder / "more.iob2").write_text(text.replace("ORG", "organization"), encoding="utf-8")


PREPARATIONS: dict[str, Callable[[Path, Path], None]] = {
    "toy": toy_files,
    "corpora": corpora,
    "hub": hub_models,
    "model": trained_model,
    "spacy": spacy_component,
    "corrected": corrected,
}
