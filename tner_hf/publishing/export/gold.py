"""The gold data on which an exported model is scored: what is given, or the run's own test set."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError

#: Fields of a run's record that say how its data was read.
_READING = ("data_dir", "token_column", "tag_column", "delimiter", "scheme")


@dataclass(frozen=True)
class Gold:
    """Labelled sentences, as `evaluate` takes them.

    Attributes:
        dataset: what `load_dataset` takes.
        config: configuration of a corpus.
        options: further arguments of `predict_split`.
    """

    dataset: Any
    config: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


def find_gold(checkpoint: str | Path) -> Gold:
    """The test set that the run of a checkpoint names.

    Raises:
        SettingError: there is no record of a run, or it names no test data.
    """
    record = Path(checkpoint) / "run.json"
    run: dict[str, Any] = {}
    if record.is_file():
        run = json.loads(record.read_text(encoding="utf-8"))
    data: dict[str, Any] = run.get("data") or {}
    source = data.get("source") or data.get("dataset_name")
    if isinstance(source, list) and len(source) == 1:
        source = source[0]
    if data.get("test_file"):
        source = {"test": data["test_file"]}
    if not source:
        raise SettingError(
            f"{checkpoint} does not say what it was tested on, so there is nothing to score the "
            "exported model on. Name gold data (--dataset_name or --test_file), or do without "
            "(--no_check)"
        )
    reading = {name: data[name] for name in _READING if data.get(name) is not None}
    return Gold(source, data.get("dataset_config"), reading)
