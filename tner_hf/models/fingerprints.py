"""What identifies a checkpoint: the content of its files, wherever they lie."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tner_hf.config import SETTINGS_KEY
from tner_hf.models.locating import folder_of

#: Where results keep `fingerprint_files` of the model that they are of.
FILES_KEY = "model_files"

#: Files of a checkpoint folder that decide what it predicts.
_MODEL_FILES = (
    "config.json", "adapter_config.json", "*.safetensors", "*.safetensors.index.json",
    "pytorch_model*", "tokenizer*",
    "special_tokens_map.json", "added_tokens.json", "vocab*", "merges.txt", "*.model", "*.onnx",
    "*.onnx_data",
)  # fmt: skip


def fingerprint_model(checkpoint: str | Path, commit: str | None = None) -> str:
    """A hash of the files that decide what a checkpoint predicts; of a Hub model, its commit.

    Args:
        checkpoint: a folder, an exported model in one, or a Hub id.
        commit: of the Hub model.
    """
    folder = Path(checkpoint)
    named = folder.name if folder.suffix == ".onnx" else ""
    folder = Path(folder_of(str(checkpoint)))
    if not folder.is_dir():
        return commit or str(checkpoint)
    digest = _digest(folder)
    digest.update(named.encode())  # two models can lie in one folder
    return digest.hexdigest()


def fingerprint_files(checkpoint: str | Path) -> str | None:
    """A hash of the files of a checkpoint that decide its labels; None where it is no folder.

    As `fingerprint_model`, but for the temperature, which changes scores and no label: what was
    measured before a model was calibrated is still its own.
    """
    folder = Path(folder_of(str(checkpoint))).expanduser()
    return _digest(folder, temperature=False).hexdigest() if folder.is_dir() else None


def _digest(folder: Path, *, temperature: bool = True) -> hashlib.blake2b:
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
