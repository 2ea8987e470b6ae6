"""Toy corpora that annotate some types each, and a small model of several of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conftest import TOY_SENTENCES

from tner_hf.data.merging import merge_datasets
from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments, train
from tner_hf.training.result import TrainResult


def keep(*types: str) -> Any:
    """The toy sentences in a corpus that annotates these types alone."""
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

    names = ["O", *(f"{prefix}-{t}" for t in types for prefix in "BI")]
    features = Features(
        {"tokens": Sequence(Value("string")), "ner_tags": Sequence(ClassLabel(names=names))}
    )
    rows = [
        {"tokens": words, "ner_tags": [names.index(t) if t in names else 0 for t in tags.split()]}
        for words, tags in TOY_SENTENCES
    ]
    splits = {"train": rows * 4, "test": rows}
    return DatasetDict({s: Dataset.from_list(r, features=features) for s, r in splits.items()})


def train_merged(folder: Path, encoder: Path, corpora: dict[str, Any], **data: Any) -> TrainResult:
    merged = merge_datasets(corpora)
    del merged["test"]
    head, epochs = data.pop("head", "linear"), data.pop("epochs", 40)
    saving = {"save_strategy": "steps" if "save_steps" in data else "no"}
    saving["save_steps"] = data.pop("save_steps", 1)
    return train(
        ModelArguments(str(encoder), head=head),
        DataArguments(**data),
        NERTrainingArguments(
            str(folder),
            per_device_train_batch_size=8,
            num_train_epochs=epochs,
            learning_rate=1e-2,
            eval_strategy="no",
            disable_tqdm=True,
            **saving,
        ),
        dataset=merged,
    )
