"""Which label map the two sides of a test go through, where several could be meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf.config import CheckpointSettings
from tner_hf.data.sources import identify
from tner_hf.labels import LabelMap
from tner_hf.labels.maps import choose_label_map
from tner_hf.models import load_config, recorded_label_map
from tner_hf.predictions.foreign import is_foreign
from tner_hf.predictions.options import PredictOptions


def choose_map(
    checkpoints: Iterable[Any],
    datasets: Iterable[Any],
    options: PredictOptions,
    *,
    revision: str | None = None,
    token: str | bool | None = None,
) -> PredictOptions:
    """The options with the label map that they name, or with the one of these checkpoints.

    Where no map was asked for it is the shipped one that all were trained with, else the newest.
    What they will be tested on is named before a checkpoint is asked for: a misspelt corpus should
    not cost a download.
    """
    for dataset in datasets:
        identify(dataset)
    if options.native or options.label_map is not None:
        return options
    recorded = []
    for checkpoint in checkpoints:
        if is_foreign(checkpoint):
            continue
        if isinstance(checkpoint, str | Path):
            config: Any = load_config(checkpoint, revision=revision, token=token)
        else:
            config = getattr(getattr(checkpoint, "model", checkpoint), "config", None)
        recorded.append(config and recorded_label_map(config))
    return replace(options, label_map=choose_label_map(None, recorded))


def own_map(trained: CheckpointSettings, label_map: LabelMap | None) -> LabelMap | None:
    """What a model's types go through where a test set's go through `label_map`.

    Those of one corpus can mean what others do not.
    """
    corpora = trained.corpora
    if label_map is None or trained.label_map is not None or len(corpora) != 1:
        return label_map
    return label_map.for_corpus(corpora[0])
