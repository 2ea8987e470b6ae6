"""What identifies a checkpoint: the content of its files, wherever they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tner_hf.models.locating import folder_of

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
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted({path for pattern in _MODEL_FILES for path in folder.glob(pattern)}):
        if not path.is_file():  # a folder called `tokenizer`, or a pipe
            continue
        with path.open("rb") as file:
            digest.update(path.name.encode())
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    digest.update(named.encode())  # two models can lie in one folder
    return digest.hexdigest()
