"""Files that loaded before there was a table of formats give the same rows, token for token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tner_hf.data import load_dataset

RECORDED = json.loads(Path(__file__).with_name("loaded_before.json").read_text(encoding="utf-8"))

#: An index was read as words then, in silence: the one reading that was wrong.
INDEXED = "conllu10.txt"


@pytest.mark.parametrize("case", RECORDED, ids=[case["name"] for case in RECORDED])
def test_the_rows_are_the_same(tmp_path: Path, case: dict[str, Any]) -> None:
    for name, text in case["files"].items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))  # the bytes, one a character
    source = tmp_path / "data"
    if not case.get("folder"):
        source /= next(iter(case["files"]))
    loaded: Any = load_dataset(source, cache_dir=tmp_path / "cache", **case["options"])
    found = {
        split: [[row["id"], row["tokens"], _name(rows, row["ner_tags"])] for row in rows]
        for split, rows in loaded.items()
    }
    expected = case["rows"]
    if case["name"] == INDEXED:
        expected = {"train": [["0", ["Ada", "x"], ["B-PER", "O"]]]}
    assert found == expected


def _name(rows: Any, labels: list[int]) -> list[str]:
    names = rows.features["ner_tags"].feature.names
    return [names[label] for label in labels]
