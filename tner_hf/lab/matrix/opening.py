"""Rows and columns before anything is run: configurations, data, and what identifies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import CheckpointSettings
from tner_hf.data import labels_of
from tner_hf.data.fingerprints import fingerprint_sentences
from tner_hf.lab.evaluation.running import flat_labels, load_split
from tner_hf.lab.matrix.result import Column, Row
from tner_hf.lab.matrix.sources import domain_of
from tner_hf.labels.maps import LabelMapLike, as_label_map
from tner_hf.models import (
    fingerprint_model,
    load_config,
    longest_input,
    read_settings,
    recorded_label_map,
)

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class OpenModel:
    """A row that has not been loaded yet.

    Attributes:
        row: what the result says of it.
        settings: how it tags.
        label_map: version of the map that it was trained with; None for native types.
    """

    row: Row
    settings: CheckpointSettings
    label_map: str | None


@dataclass(frozen=True)
class OpenSet:
    """A column with its data, memory-mapped."""

    column: Column
    data: Dataset


def open_dataset(
    name: str,
    source: Any,
    *,
    split: str,
    native: bool,
    label_map: LabelMapLike | None,
    max_samples: int | None,
    loading: Mapping[str, Any],
) -> OpenSet:
    """A column: its data loaded, cut to `max_samples` sentences, and identified."""
    data = load_split(
        source, None, split, native=native, label_map=as_label_map(label_map), **loading
    )
    if max_samples is not None and max_samples < len(data):
        data = data.select(range(max_samples))
    column = Column(
        name=name,
        source=domain_of(source) if isinstance(source, str) else str(_path_of(source) or name),
        split=split,
        fingerprint=fingerprint_sentences(data, labels_of(data).names),
        sentences=len(data),
        tokens=len(flat_labels(data)),
        types=labels_of(data).types,
    )
    return OpenSet(column, data)


def open_model(
    name: str,
    checkpoint: str,
    *,
    lowercase: bool,
    max_length: int | None,
    trained_on: Sequence[str] | None,
) -> OpenModel:
    """A row: its configuration read and its files identified, its weights not loaded.

    Args:
        name: what it is called.
        checkpoint: folder or Hub id.
        lowercase: lower-case words even if it was trained without.
        max_length: longest window in sub-tokens; None for the checkpoint's own.
        trained_on: its corpora; None for what the checkpoint says.
    """
    config = load_config(checkpoint)
    settings = read_settings(config)
    limits = [max_length or settings.max_length, longest_input(config) or settings.max_length]
    settings = replace(settings, max_length=min(limits), lowercase=lowercase or settings.lowercase)
    known = settings.corpora if trained_on is None else trained_on
    row = Row(
        name=name,
        checkpoint=checkpoint,
        fingerprint=fingerprint_model(checkpoint, getattr(config, "_commit_hash", None)),
        trained_on=tuple(dict.fromkeys(domain_of(corpus) for corpus in known)),
        max_length=settings.max_length,
        lowercase=settings.lowercase,
    )
    return OpenModel(row, settings, recorded_label_map(config))


def _path_of(source: Any) -> Any:
    """The one file of `{split: file}`."""
    values = list(source.values()) if isinstance(source, Mapping) else [source]
    return values[0] if len(values) == 1 and isinstance(values[0], str | Path) else None
