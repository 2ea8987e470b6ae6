"""Load, tag, and set beside the gold labels: what every score starts from.

Every gold token gets a prediction: long sentences are windowed, nothing is cut. Both sides are
mapped to the unified types (a model's `PER` is a corpus's `person`), each decoded by its own names.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf._version import __version__
from tner_hf.config import DEFAULT_OVERLAP, CheckpointSettings
from tner_hf.data import labels_of, load_dataset, unification_report
from tner_hf.data.fingerprints import fingerprint_sentences
from tner_hf.errors import CheckpointError, DataError, SettingError
from tner_hf.inference.runtimes import OnnxTagger, load_tagger, place_tagger
from tner_hf.inference.tagging import Tagged, tag_sentences
from tner_hf.lab.evaluation.predictions import PredictedSplit
from tner_hf.labels import UNIFIED, LabelMap, LabelSpace, UnificationReport, split_tag
from tner_hf.labels.maps import LabelMapLike, as_label_map, choose_label_map
from tner_hf.models import load_config, load_tokenizer, read_settings, recorded_label_map

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def predict_split(
    checkpoint: str | Path | PreTrainedModel | Any,
    dataset: Any,
    config: str | None = None,
    *,
    split: str = "test",
    native: bool = False,
    label_map: LabelMapLike | None = None,
    lowercase: bool | None = None,
    max_length: int | None = None,
    overlap: int = DEFAULT_OVERLAP,
    batch_tokens: int | None = None,
    tokenizer: PreTrainedTokenizerBase | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    device: Any = None,
    progress: bool | None = None,
    **loading: Any,
) -> PredictedSplit:
    """What a model says about one split, beside what is true; arguments as for `evaluate`."""
    if native and label_map is not None:
        raise SettingError("native=True keeps types, label_map maps them; choose one")
    label_map = choose_map([checkpoint], label_map, native=native, revision=revision, token=token)
    # The data first: an unknown corpus should not cost the loading of a model.
    data = load_split(dataset, config, split, native=native, label_map=label_map, **loading)
    model, tokenizer = _load_tagger(
        checkpoint, tokenizer, revision=revision, token=token, device=device
    )
    if isinstance(checkpoint, str | Path) or device is not None:
        place_tagger(model, device)
    settings = _override(read_settings(model.config), lowercase=lowercase, max_length=max_length)

    begin = time.perf_counter()
    sentences = data["tokens"][:]
    tagged = tag_sentences(
        model,
        tokenizer,
        sentences,
        settings=settings,
        overlap=overlap,
        batch_tokens=batch_tokens,
        progress=progress,
    )
    own_map = label_map
    if settings.label_map is None and len(settings.corpora) == 1:
        own_map = label_map.for_corpus(settings.corpora[0])
    model_names, model_report = map_names(tagged.names, None if native else own_map)
    provenance = {
        "model": _name_checkpoint(checkpoint, model),
        "dataset": _name_dataset(dataset, config),
        "split": split,
        "fingerprint": fingerprint_sentences(data, labels_of(data).names),
        **_count_up(tagged),
        "label_map": None if native else label_map.version,
        "unification": {
            "model": model_report.to_dict(),
            "dataset": unification_report(data).to_dict(),
        },
        "max_length": settings.max_length,
        "overlap": overlap,
        "lowercase": settings.lowercase,
        "settings": read_settings(model.config).to_dict(),
        "seconds": round(time.perf_counter() - begin, 3),
        "versions": list_versions(),
    }
    return PredictedSplit(
        sentences=sentences,
        gold=flat_labels(data),
        predicted=tagged.ids,
        offsets=tagged.offsets,
        corpus_names=labels_of(data).names,
        model_names=model_names,
        provenance=provenance,
    )


def choose_map(
    checkpoints: Iterable[Any],
    given: LabelMapLike | None,
    *,
    native: bool = False,
    revision: str | None = None,
    token: str | bool | None = None,
) -> LabelMap:
    """The map that was asked for, or else the shipped one that all checkpoints were trained with.

    Args:
        checkpoints: folders, Hub ids, or models that are loaded already.
        given: what was asked for.
        native: whether types stay as they are, so that no checkpoint is asked.
        revision: branch, tag or commit of the checkpoints.
        token: Hub token for private or gated checkpoints.
    """
    if native or given is not None:
        return as_label_map(given)
    recorded = []
    for checkpoint in checkpoints:
        if isinstance(checkpoint, str | Path):
            config: Any = load_config(checkpoint, revision=revision, token=token)
        else:
            config = getattr(getattr(checkpoint, "model", checkpoint), "config", None)
        recorded.append(config and recorded_label_map(config))
    return choose_label_map(None, recorded)


def _count_up(tagged: Tagged) -> dict[str, int]:
    return {
        "sentences": len(tagged),
        "tokens": len(tagged.ids),
        "windowed_sentences": tagged.windowed_sentences,
        "unencodable_tokens": tagged.unencodable_tokens,
    }


def load_split(
    dataset: Any,
    config: str | None,
    split: str,
    *,
    native: bool,
    label_map: LabelMap,
    **loading: Any,
) -> Dataset:
    """One split of anything that `evaluate` takes, its types mapped unless they stay native.

    Raises:
        DataError: the split is empty, or cannot be read.
    """
    from datasets import Dataset

    source = dataset
    is_file = isinstance(dataset, str | Path) and Path(dataset).expanduser().is_file()
    if isinstance(dataset, Dataset) or is_file:
        source = {split: dataset}  # a lone file or dataset is the one to be scored
    mapping: dict[str, Any] = {} if native else {"unify": True}
    if not native and label_map is not UNIFIED:
        mapping["label_map"] = label_map
    loaded: Any = load_dataset(source, config, split=split, native=native, **mapping, **loading)
    if not len(loaded):
        raise DataError(
            f"split {split!r} of {_name_dataset(dataset, config)} has no sentences; there is "
            "nothing to score"
        )
    data: Dataset = loaded.with_format(None)
    return data


def _load_tagger(
    checkpoint: Any,
    tokenizer: PreTrainedTokenizerBase | None,
    *,
    revision: str | None,
    token: str | bool | None,
    device: Any,
) -> tuple[PreTrainedModel | OnnxTagger, PreTrainedTokenizerBase]:
    from transformers import PreTrainedModel

    if isinstance(checkpoint, str | Path):
        loaded = load_tagger(checkpoint, revision=revision, token=token, device=device)
        return loaded, tokenizer or load_tokenizer(checkpoint, revision=revision, token=token)
    # A pipeline or a Trainer holds its model; only theirs know the tokenizer that belongs to it.
    model = checkpoint
    if not isinstance(checkpoint, PreTrainedModel | OnnxTagger):
        model = getattr(checkpoint, "model", None)
    tokenizer = (
        tokenizer
        or getattr(checkpoint, "tokenizer", None)
        or getattr(checkpoint, "processing_class", None)
    )
    if model is None or tokenizer is None:
        raise CheckpointError(
            f"a {type(checkpoint).__name__} was given without its tokenizer; accepted: a folder, a "
            "Hub id, a pipeline, or evaluate(model, dataset, tokenizer=tokenizer)"
        )
    return model, tokenizer


def _override(settings: CheckpointSettings, **given: Any) -> CheckpointSettings:
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


def flat_labels(dataset: Dataset) -> NDArray[np.int64]:
    """The gold label of every token, shape [n_tokens], without a Python object for each."""
    column = dataset.with_format("arrow")[:]["ner_tags"].combine_chunks()
    labels: NDArray[np.int64] = column.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    return labels


def map_names(
    names: tuple[str, ...], label_map: LabelMap | None
) -> tuple[tuple[str, ...], UnificationReport]:
    """The tags of a model with their types mapped, and what became of each type.

    The first T-NER wrote the unified types with spaces (`cell type`); they are the same types.
    """
    if label_map is None:
        return names, UnificationReport()
    types = LabelSpace.from_names(names).types
    spelled = {t: u for t in types if (u := t.replace(" ", "_")) != t and u in label_map.targets}
    _, report = label_map.map_types([t for t in types if t not in spelled])
    report = replace(report, mapped={**report.mapped, **spelled})
    parts = [split_tag(name) for name in names]
    now = [f"{prefix}-{spelled.get(t, t)}" if t else prefix for prefix, t in parts]
    return tuple(label_map.map_tag(name) for name in now), report


def _name_checkpoint(checkpoint: Any, model: PreTrainedModel | OnnxTagger) -> str:
    if isinstance(checkpoint, str | Path):
        return str(checkpoint)
    return str(model.name_or_path) or type(model).__name__


def _name_dataset(dataset: Any, config: str | None) -> str:
    if isinstance(dataset, Mapping):
        files = [value for value in dataset.values() if isinstance(value, str | Path)]
        return ", ".join(map(str, files)) or "dataset"
    if isinstance(dataset, list | tuple):
        return " + ".join(_name_dataset(part, None) for part in dataset)
    if isinstance(dataset, str | Path):
        return f"{dataset}/{config}" if config else str(dataset)
    info = getattr(dataset, "info", None)
    return str(getattr(info, "dataset_name", None) or "dataset")


def list_versions() -> dict[str, str]:
    """The versions of the libraries that a prediction depends on."""
    import datasets
    import torch
    import transformers

    return {
        "tner_hf": __version__,
        "datasets": str(datasets.__version__),
        "torch": str(torch.__version__),
        "transformers": str(transformers.__version__),
    }
