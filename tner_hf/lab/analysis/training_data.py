"""The entities that a model has seen in training, by their surface form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.data.corpora import corpus_names
from tner_hf.errors import DataError, TnerError
from tner_hf.labels.maps import LabelMapLike
from tner_hf.metrics.breakdowns import Surfaces, collect_surfaces
from tner_hf.predictions import GoldSplit, PredictedSplit, PredictOptions
from tner_hf.runs import Run


@dataclass(frozen=True)
class Training:
    """Training data as far as it matters here.

    Attributes:
        name: what it is, for readers.
        surfaces: surface form to the types that it was annotated with.
        lowercase: whether surface forms were lower-cased, as the model reads them.
    """

    name: str
    surfaces: Surfaces
    lowercase: bool = False


def read_training(
    source: Any,
    *,
    name: str,
    lowercase: bool = False,
    native: bool = False,
    label_map: LabelMapLike | None = None,
    **loading: Any,
) -> Training:
    """The entities of a training split, in the words and types that the model was scored by.

    `source` and `loading` are what `load_dataset` takes.
    """
    options = PredictOptions(split="train", native=native, label_map=label_map, loading=loading)
    data = GoldSplit.load(source, options=options)
    sentences = lower_sentences(data.sentences) if lowercase else data.sentences
    offsets = np.concatenate(([0], np.cumsum([len(s) for s in sentences]))).astype(np.intp)
    surfaces = collect_surfaces(sentences, data.gold, names=data.labels.names, offsets=offsets)
    return Training(name, surfaces, lowercase)


def recorded_training(answer: PredictedSplit, checkpoint: str | Path | None) -> tuple[Any, str]:
    """What a checkpoint says it was trained on, as `read_training` takes it, and its name.

    Args:
        answer: of the checkpoint.
        checkpoint: the folder with its `run.json`, which knows files of its user's own.

    Raises:
        DataError: it does not say, or the files are not what they were; says what to give.
    """
    recorded = list(answer.provenance.get("settings", {}).get("corpora", []))
    name = " + ".join(recorded)
    unknown = [c for c in recorded if c.partition("/")[0] not in corpus_names()]
    if recorded and not unknown:
        return recorded[0] if len(recorded) == 1 else recorded, name
    run = None if checkpoint is None else Run.of_checkpoint(checkpoint)
    why = f"was trained on {name}" if recorded else "does not say what it was trained on"
    if run is not None and run.data.get("source"):
        try:
            return _load_split(run), name
        except TnerError as error:
            why += f", which cannot be read again ({error})"
    raise DataError(
        f"{answer.provenance['model']} {why}; name its training data with --train_dataset or "
        "--train_file to score seen and unseen entities apart"
    )


def _load_split(run: Run) -> Any:
    """The sentences that a run was trained on.

    Raises:
        DataError: they are not what they were.
    """
    from tner_hf.training import DataArguments
    from tner_hf.training.describing import describe_split
    from tner_hf.training.splits import load_splits

    known = {field.name for field in fields(DataArguments)}
    data_args = DataArguments(**{name: run.data[name] for name in known & set(run.data)})
    splits = load_splits(run.data["source"], data_args, seed=int(run.training["seed"]))
    then = run.splits.get("train")
    if then and describe_split(splits["train"]).fingerprint != then.fingerprint:
        raise DataError("its files have changed since")
    return splits["train"]


def lower_sentences(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """All words in lower case."""
    return [[word.lower() for word in sentence] for sentence in sentences]
