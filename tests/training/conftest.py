"""What the training tests share: a toy dataset in memory, and a trainer over a tiny model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TAGS = "O B-PER I-PER B-LOC I-LOC B-ORG I-ORG"


@pytest.fixture
def run_training(
    toy_files: dict[str, str], tiny_encoder: Path, tmp_path: Path
) -> Callable[..., Any]:
    """`train` on the toy files: `run_training(output_dir=…, setting=…)`."""

    def run(output_dir: str = "out", dataset: Any = None, **settings: Any) -> Any:
        from tner_hf.training import (
            DataArguments,
            ModelArguments,
            NERTrainingArguments,
            train,
        )

        def mine(kind: Any) -> dict[str, Any]:
            names = kind.__dataclass_fields__
            return {name: settings[name] for name in settings if name in names}

        return train(
            ModelArguments(**{"model_name_or_path": str(tiny_encoder), **mine(ModelArguments)}),
            DataArguments(**mine(DataArguments)),
            NERTrainingArguments(
                str(tmp_path / output_dir),
                **{
                    "per_device_train_batch_size": 4,
                    "num_train_epochs": 2,
                    "learning_rate": 1e-2,
                    "disable_tqdm": True,
                    **mine(NERTrainingArguments),
                },
            ),
            dataset=toy_files if dataset is None else dataset,
        )

    return run
