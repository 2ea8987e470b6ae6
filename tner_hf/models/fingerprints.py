"""What identifies a checkpoint: the content of its files, wherever they lie."""

from __future__ import annotations

from pathlib import Path

from tner_hf.models.contents import digest_files
from tner_hf.models.locating import folder_of


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
    digest = digest_files(folder)
    digest.update(named.encode())  # two models can lie in one folder
    return digest.hexdigest()
