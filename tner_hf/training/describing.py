"""What a run is, for `run.json`: its settings, and the content of what they name."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import TrainingArguments

from tner_hf._version import __version__
from tner_hf.data import labels_of
from tner_hf.data.conversion import number_documents
from tner_hf.data.fingerprints import (
    fingerprint_documents,
    fingerprint_sentences,
    fingerprint_words,
)
from tner_hf.labels.maps import as_label_map
from tner_hf.models import fingerprint_model, load_config, locate_checkpoint
from tner_hf.predictions.names import name_models
from tner_hf.runs import Run, SplitFacts
from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
from tner_hf.training.class_weights import read_class_weights


def describe_run(
    model_args: ModelArguments,
    data_args: DataArguments,
    args: NERTrainingArguments,
    *,
    source: Any,
    splits: Mapping[str, Any],
) -> Run:
    """The run of settings as they were asked for, before they were adapted to the splits.

    Raises:
        CheckpointError: there is no such model.
    """
    name, revision = model_args.model_name_or_path, model_args.revision
    config = load_config(name, revision=revision)
    return Run(
        model=asdict(model_args),
        data={
            **asdict(data_args),
            "source": describe_source(source),
            "class_weights": read_class_weights(data_args.class_weights),  # not where they lie
            "teachers": describe_teachers(data_args.teachers),
        },
        training=describe_settings(args),
        versions=list_versions(),
        # Whether its name is one of the Hub's, or only of this machine's.
        model_is_folder=Path(name).expanduser().exists(),
        weights=_fingerprint(name, config),
        splits={
            split: describe_split(rows, documents=model_args.context == "document")
            for split, rows in splits.items()
        },
        label_map=None if data_args.native else as_label_map(data_args.label_map).version,
    ).normalised()


def describe_teachers(given: Sequence[str] | None) -> list[str] | None:
    """Each teacher as `name@content`, without where it lies; None for none."""
    if not given:
        return None
    named = name_models(given, private=True).items()
    return [f"{name}@{_fingerprint(each, load_config(each))}" for name, each in named]


def _fingerprint(name: str, config: Any) -> str:
    """A model by content: a hash of its files, or its commit on the Hub."""
    return fingerprint_model(locate_checkpoint(name), getattr(config, "_commit_hash", None))


def describe_settings(args: TrainingArguments) -> dict[str, Any]:
    """The fields of `TrainingArguments` as JSON, without tokens, and the number of processes."""
    stored: dict[str, Any] = args.to_dict()  # type: ignore[no-untyped-call]
    if isinstance(workers := stored.get("accelerator_config"), dict):
        workers.pop("non_blocking", None)  # speed alone, and set where there is an accelerator
    if isinstance(path := stored.get("deepspeed"), str) and Path(path).is_file():
        stored["deepspeed"] = json.loads(Path(path).read_text(encoding="utf-8"))
    stored["processes"] = args.world_size
    return stored


def describe_split(rows: Any, *, documents: bool = False) -> SplitFacts:
    """A split by content, which documents are part of where sentences are read within theirs."""
    space = labels_of(rows)
    numbers = number_documents(rows) if documents else None
    return SplitFacts(
        len(rows),
        space.types,
        fingerprint_sentences(rows, space.names),
        fingerprint_words(rows),
        None if numbers is None else fingerprint_documents(numbers),
    )


def describe_source(source: Any) -> Any:
    """A source as it can be loaded again from anywhere; None for data that was loaded already."""
    if isinstance(source, Mapping):
        named = {str(split): describe_source(each) for split, each in source.items()}
        return None if None in named.values() else named
    if isinstance(source, list | tuple):
        listed = [describe_source(each) for each in source]
        return None if None in listed else listed
    if not isinstance(source, str | Path):
        return None
    path = Path(source).expanduser()
    return str(path.absolute()) if path.exists() else str(source)


def list_versions() -> dict[str, str]:
    """The versions of what a training depends on."""
    return {
        "tner_hf": __version__,
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
