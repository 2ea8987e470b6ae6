"""Models that are installed as Python packages (`tner-hf export --wheel`), by their names."""

from __future__ import annotations

import importlib.util
from importlib.metadata import entry_points
from pathlib import Path

#: Under which a package says that it carries a model: name of the model, and its own.
GROUP = "tner_hf.models"


def find_installed() -> dict[str, Path]:
    """Name to folder of each installed model, by name; no package is imported."""
    found: dict[str, Path] = {}
    for point in entry_points(group=GROUP):
        # A dotted name would import what is above it.
        spec = importlib.util.find_spec(point.value) if point.value.isidentifier() else None
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent
            if (folder / "config.json").is_file():
                found[point.name] = folder
    return dict(sorted(found.items()))
