"""A stub for a model, and one call that tags."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY

from tner_hf.formats.options import ReadOptions
from tner_hf.inference.shards import Engine, TagSettings, find_sources, tag_sources


class Told:
    """Progress, written down."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.seen = 0

    def begin(self, total: int, done: int, entities: Any) -> None:
        self.total, self.done = total, done

    def rows(self, rows: int, characters: int) -> None:
        self.seen += rows

    def shard(self, size: int, entities: Any) -> None:
        self.sizes.append(size)

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The tagger of the benchmarks, which workers can import, too."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("stub_tagger")


@pytest.fixture
def tag(stub: ModuleType, tmp_path: Path) -> Callable[..., Any]:
    """Tag with the stub; into `out` unless it is said otherwise."""

    def run(
        *given: Any, out: str = "out", workers: int = 1, column: str | None = None,
        reading: dict[str, Any] | None = None, load: Any = None, told: Any = None,
        model: dict[str, Any] | None = None, **settings: Any,
    ) -> Any:  # fmt: skip
        sources = find_sources(
            [str(each) for each in given], ReadOptions(**(reading or {})), column=column
        )
        return tag_sources(
            sources,
            ({**stub.MODEL, **(model or {})}, load or stub.Load()),
            tmp_path / out,
            TagSettings(text_column=column, **settings),
            Engine(workers=workers),
            told or Told(),
        )

    return run


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """All rows of a tagging, in order."""
    rows: list[dict[str, Any]] = []
    for path in sorted((folder / "data").iterdir()):
        if path.suffix == ".parquet":
            rows += pq.read_table(path).to_pylist()
        else:
            rows += [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    return rows


def read_errors(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "errors.jsonl").read_text().splitlines()]


@pytest.fixture
def rows_of(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    return lambda out="out": read_rows(tmp_path / out)


@pytest.fixture
def errors_of(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    return lambda out="out": read_errors(tmp_path / out)
