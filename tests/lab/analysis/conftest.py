"""Predictions to analyse: a hand-made file, and a tiny model's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from preparations import save_tagger

#: Words, gold tags, predicted tags: one entity of each class but the schema gap.
ROWS = [
    ("Ada Lovelace in London", "B-person I-person O B-place", "B-person I-person O B-group"),
    ("Acme Corp of New York", "B-group I-group O B-place I-place", "B-group O O B-person O"),
    ("Grace met nobody", "B-person O O", "O O B-place"),
]  # fmt: skip


@pytest.fixture
def write_predictions(tmp_path: Path) -> Callable[..., str]:
    """Writes rows of words, gold and predicted tags as `name`; gives the path."""

    def write(
        rows: list[tuple[str, str, str]] = ROWS,
        name: str = "p.jsonl",
        types: dict[str, list[str]] | None = None,
    ) -> str:
        keys = ("tokens", "gold", "predicted")
        found = [dict(zip(keys, map(str.split, row), strict=True)) for row in rows]
        if types is not None:
            found[0]["types"] = types
        path = tmp_path / name
        path.write_text("\n".join(map(json.dumps, found)) + "\n", encoding="utf-8")
        return str(path)

    return write


@pytest.fixture(scope="session")
def tagger(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A random tagger of PER, LOC and Drug whose tags differ from word to word."""
    types = ("PER", "LOC", "Drug")
    return str(
        save_tagger(tmp_path_factory.mktemp("tagger"), tiny_encoder, *types, seed=3, spread=40)
    )
