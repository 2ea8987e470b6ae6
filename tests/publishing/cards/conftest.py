"""What the card tests share: the folder of a run that never took place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tner_hf.config import CheckpointSettings
from tner_hf.lab.evaluation import score_split
from tner_hf.labels import LabelSpace
from tner_hf.predictions import PredictedSplit

SPACE = LabelSpace(("corporation", "work_of_art", "group", "location", "person", "product"))
SETTINGS = CheckpointSettings(corpora=("wnut2017",), label_map="unified-1")
RUN = {
    "versions": {
        "tner_hf": "0.1.0",
        "transformers": "5.23.0",
        "torch": "2.13.0",
        "python": "3.11.7",
    },
    "model": {"model_name_or_path": "org/encoder", "max_length": None, "lowercase": False},
    "model_is_folder": False,
    "data": {"dataset_name": ["wnut2017"], "source": "wnut2017", "partial_labels": True},
    "training": {
        "output_dir": "/home/ada/secret-project/out",
        "hub_token": "<HUB_TOKEN>",
        "num_train_epochs": 3.0,
        "max_steps": -1,
        "learning_rate": 3e-5,
        "warmup_steps": 0.1,
        "bf16": True,
        "fp16": False,
        "tf32": None,
        "seed": 7,
    },
}
TRAINED = {
    "train_runtime": 362.3,
    "train_loss": 0.25,
    "epoch": 3.0,
    "global_step": 84,
    "alignment": {
        "sentences": 3394,
        "tokens": 62730,
        "truncated_sentences": 2,
        "truncated_tokens": 31,
        "unencodable_tokens": 5,
    },
}


def score_noise(
    *, dataset: str = "wnut2017", split: str = "test", types: tuple[str, ...] = SPACE.types,
    **provenance: Any,
) -> dict[str, Any]:  # fmt: skip
    """What `tner-hf evaluate` writes, of forty sentences of noise, about half of it right."""
    generator = np.random.default_rng(0)
    names = LabelSpace(types).names
    gold = generator.integers(0, len(names), 200)
    random = generator.integers(0, len(SPACE.names), 200)
    same = np.array([SPACE.names.index(n) if n in SPACE.names else 0 for n in names])[gold]
    answer = PredictedSplit(
        sentences=[["word"] * 5] * 40,
        gold=gold,
        predicted=np.where(generator.random(200) < 0.5, same, random),
        offsets=np.arange(0, 201, 5),
        corpus_names=names,
        own_names=SPACE.names,
        provenance={
            "model": "/home/ada/secret-project/out",
            "dataset": dataset,
            "split": split,
            "fingerprint": "0123456789abcdef",
            "sentences": 40,
            "tokens": 200,
            "windowed_sentences": 0,
            "unencodable_tokens": 0,
            "label_map": "unified-1",
            "lowercase": False,
            "settings": SETTINGS.to_dict(),
            **provenance,
        },
    )
    return score_split(answer).to_dict()


@pytest.fixture(scope="session")
def evaluated() -> Callable[..., dict[str, Any]]:
    """`evaluated(dataset=…, types=…)`: the output of an evaluation."""
    return score_noise


@pytest.fixture(scope="session")
def scored() -> dict[str, Any]:
    """The output of an evaluation on the types of the model."""
    return score_noise()


@pytest.fixture
def run() -> dict[str, Any]:
    """A `run.json` to change."""
    return copy.deepcopy(RUN)


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """`make_folder(scores=…, run=None)`: a checkpoint with these JSON files; None leaves one out.

    Without weights, for a card reads none.
    """

    def make(name: str = "wnut-tagger", **files: Any) -> Path:
        folder = tmp_path / "secret-project" / name
        folder.mkdir(parents=True)
        config = {
            "architectures": ["BertForTokenClassification"],
            "id2label": {str(i): tag for i, tag in SPACE.id2label.items()},
            "tner_hf": SETTINGS.to_dict(),
        }
        contents = {"config": config, "run": RUN, "train_results": TRAINED, **files}
        for stem, content in contents.items():
            if content is not None:
                (folder / f"{stem}.json").write_text(json.dumps(content), encoding="utf-8")
        return folder

    return make
