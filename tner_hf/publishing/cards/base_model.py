"""What is known of the model that was fine-tuned, without asking the Hub."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tner_hf.config import EMBEDDED, EMBEDDED_ENCODERS
from tner_hf.predictions.names import is_place


def describe_base(
    name: str | None, *, is_folder: bool | None = None
) -> tuple[str | None, str | None]:
    """What a run's `model_name_or_path` says: the Hub id, and the licence from the model's card.

    The card is looked for in the model's folder, or in the cache that its download filled.

    Args:
        name: as the run was given it.
        is_folder: whether it was a folder then; None for whether it looks like one now.
    """
    if not name:
        return None, None
    embedded = EMBEDDED_ENCODERS.get(name)
    if embedded is not None and not (is_folder or Path(name).exists()):
        licence = _read_licence(_find_embedded()) if embedded is EMBEDDED else "mit"
        return embedded.model_id, licence
    if is_folder or is_place(name):
        return None, _read_licence(Path(name).expanduser() / "README.md")
    return name, _read_licence(_find_cached(name))


def _find_embedded() -> Path | None:
    package = importlib.util.find_spec(EMBEDDED.package)
    if package is None or package.origin is None:
        return None  # it was trained elsewhere
    return Path(package.origin).parent / "model" / "README.md"


def _find_cached(model_id: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(model_id, "README.md")
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def _read_licence(path: Path | None) -> str | None:
    """The licence that a card names; None where there is no card, or none that can be read."""
    from huggingface_hub import ModelCard
    from yaml import YAMLError

    if path is None or not path.is_file():
        return None
    try:
        licence = ModelCard.load(path, ignore_metadata_errors=True).data.get("license")
    except (ValueError, YAMLError, UnicodeDecodeError):
        return None
    return licence if isinstance(licence, str) else None
