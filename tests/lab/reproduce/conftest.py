"""A table reproduced in small: a tiny encoder, invented sentences, two corpora of the paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import preparations
import pytest


class Rehearsal(NamedTuple):
    """A run of Table 3 that is over.

    Attributes:
        folder: where everything was written.
        options: of `reproduce`, to run it again.
        result: what came out.
    """

    folder: Path
    options: dict[str, Any]
    result: Any


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    """A mirror of raw files of wnut2017 and conll2003, and of nothing else."""
    folder = tmp_path_factory.mktemp("mirror")
    preparations.corpora(folder, tiny_encoder)
    return folder / "sources"


@pytest.fixture
def mirror(sources: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mirror, as the only place where raw files are looked for."""
    monkeypatch.setenv("TNER_HF_SOURCES", str(sources))
    return sources


@pytest.fixture(scope="session")
def rehearsal(
    sources: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Rehearsal:
    """Table 3 for wnut2017, conll2003 and fin, of which the last is absent; two steps a model."""
    from tner_hf.lab.reproduce import Scale, reproduce

    folder = tmp_path_factory.mktemp("rehearsal")
    scale = Scale(str(tiny_encoder), corpora=("wnut2017", "conll2003", "fin"), max_steps=2)
    options = {
        "output_dir": folder / "out",
        "scale": scale,
        "cache_dir": tmp_path_factory.mktemp("cache"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNER_HF_SOURCES", str(sources))
        result = reproduce("table3", **options)
    return Rehearsal(folder / "out", options, result)
