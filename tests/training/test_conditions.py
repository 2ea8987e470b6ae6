"""One model that was told whose guidelines to tag by: from training to every door that asks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TOY_SENTENCES

from tner_hf import evaluate, pipeline
from tner_hf.data.merging import merge_datasets
from tner_hf.errors import SettingError, UnknownNameError

#: Two corpora of the same sentences: one annotates persons alone, the other all but persons.
PEOPLE = [
    (words, [t if t.endswith("PER") else "O" for t in tags.split()])
    for words, tags in TOY_SENTENCES
]
PLACES = [
    (words, ["O" if t.endswith("PER") else t for t in tags.split()])
    for words, tags in TOY_SENTENCES
]


def as_dataset(sentences: list[tuple[list[str], list[str]]], types: str, repeats: int = 4) -> Any:
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

    names = ["O", *(f"{prefix}-{t}" for t in types.split() for prefix in "BI")]
    features = Features(
        {"tokens": Sequence(Value("string")), "ner_tags": Sequence(ClassLabel(names=names))}
    )
    rows = [{"tokens": w, "ner_tags": [names.index(t) for t in tags]} for w, tags in sentences]
    return DatasetDict(
        {
            "train": Dataset.from_list(rows * repeats, features=features),
            "test": Dataset.from_list(rows, features=features),
        }
    )


@pytest.fixture(scope="module")
def corpora() -> dict[str, Any]:
    return {"people": as_dataset(PEOPLE, "PER"), "places": as_dataset(PLACES, "LOC ORG")}


@pytest.fixture
def run_merged(run_training: Callable[..., Any], corpora: dict[str, Any]) -> Callable[..., Any]:
    def run(**settings: Any) -> Any:
        merged = merge_datasets(corpora)
        del merged["test"]
        return run_training(dataset=merged, **settings)

    return run


def tags_of(answers: list[list[dict[str, Any]]]) -> list[list[tuple[str, str]]]:
    return [[(e["entity_group"], e["word"]) for e in answer] for answer in answers]


def test_it(run_merged, corpora, tmp_path):
    result = run_merged(
        corpus_condition=0.5, num_train_epochs=40, eval_strategy="no", save_strategy="no"
    )
    for c in ("people", "places", None):
        p = pipeline(result.output_dir, corpus=c)
        print(c, tags_of(p([w for w, _ in TOY_SENTENCES])))
    e = evaluate(result.output_dir, corpora["people"], corpus="people")
    print(e)
