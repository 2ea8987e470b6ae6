"""A hash of the files in a checkpoint's folder, for what reads neither weights nor settings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tner_hf.config import SETTINGS_KEY

#: Where results keep `hash_labelling` of the folder of the model that they are of.
FILES_KEY = "model_files"

#: Files of a checkpoint folder that decide what it predicts.
_MODEL_FILES = (
    "config.json", "adapter_config.json", "*.safetensors", "*.safetensors.index.json",
    "pytorch_model*", "tokenizer*",
    "special_tokens_map.json", "added_tokens.json", "vocab*", "merges.txt", "*.model", "*.onnx",
    "*.onnx_data",
)  # fmt: skip


def hash_labelling(folder: Path) -> str:
    """A hash of the files that decide the labels that a model gives.

    As `digest_files`, but for the temperature, which changes scores and no label: what was
    measured before a model was calibrated is still its own.
    """
    return digest_files(folder, temperature=False).hexdigest()


def digest_files(folder: Path, *, temperature: bool = True) -> hashlib.blake2b:
    """The files that decide what a model says, hashed; more can be added.

    A temperature that it was calibrated with may count or not.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted({path for pattern in _MODEL_FILES for path in folder.glob(pattern)}):
        if not path.is_file():  # a folder called `tokenizer`, or a pipe
            continue
        digest.update(path.name.encode())
        if path.name == "config.json" and not temperature:
            digest.update(_without_temperature(path.read_bytes()))
            continue
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest


def _without_temperature(stored: bytes) -> bytes:
    """A `config.json`, however its lines are broken, without the temperature."""
    try:
        config = json.loads(stored)
    except ValueError:
        return stored
    if isinstance(config, dict) and isinstance(settings := config.get(SETTINGS_KEY), dict):
        settings.pop("temperature", None)
    return json.dumps(config, sort_keys=True).encode()
