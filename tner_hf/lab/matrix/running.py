"""`run_matrix`: every model once over every test set, and all scores from what it said there.

Predictions are stored as soon as they are made, each with the fingerprints of the model's files and
of the test set. So a killed run goes on where it was, a new model or corpus costs only its own row
or column, and what changed is computed again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.config import DEFAULT_OVERLAP
from tner_hf.data import labels_of
from tner_hf.errors import SettingError
from tner_hf.inference.runtimes import load_tagger, place_tagger
from tner_hf.inference.tagging import tag_sentences
from tner_hf.lab.evaluation.running import flat_labels, list_versions
from tner_hf.lab.matrix.opening import OpenModel, OpenSet, open_dataset, open_model
from tner_hf.lab.matrix.predictions import Origin, Predictions, file_name, find_predictions
from tner_hf.lab.matrix.result import Matrix, Pair
from tner_hf.lab.matrix.sources import name_datasets, name_models
from tner_hf.labels.maps import LabelMapLike, choose_label_map
from tner_hf.models import load_tokenizer

logger = logging.getLogger(__name__)


def run_matrix(
    models: Mapping[str, Any] | Sequence[Any],
    datasets: Mapping[str, Any] | Sequence[Any],
    *,
    output_dir: str | Path | None = None,
    split: str = "test",
    native: bool = False,
    label_map: LabelMapLike | None = None,
    lowercase: bool = False,
    trained_on: Mapping[str, Sequence[str]] | None = None,
    max_test_samples: int | None = None,
    max_length: int | None = None,
    overlap: int = DEFAULT_OVERLAP,
    batch_tokens: int | None = None,
    device: Any = None,
    progress: bool | None = None,
    **loading: Any,
) -> Matrix:
    """The scores of every model on every test set.

    Args:
        models: checkpoint folders, Hub ids or `NAME=CHECKPOINT`; or a mapping of name to those.
        datasets: corpora (`"wikiann/ja"`), files, folders or Hub ids, or `NAME=SOURCE`; or a
            mapping of name to anything that `load_dataset` takes.
        output_dir: where predictions and `matrix.json` are stored, and found again; None keeps
            everything in memory.
        split: the split that is scored.
        native: keep the types of both sides as they are instead of mapping them.
        label_map: native type to unified type, for both sides: a YAML file, a dictionary or a
            LabelMap; None for the shipped one that all models were trained with, or the newest.
        lowercase: lower-case the words of every test set; otherwise each model does what it was
            trained with.
        trained_on: model name to its corpora, where the checkpoint itself does not say.
        max_test_samples: score the first so many sentences of each test set.
        max_length: longest window in sub-tokens; None for the checkpoint's own.
        overlap: sub-tokens that the windows of a long sentence share.
        batch_tokens: sub-tokens of a batch, padding included.
        device: where to run; None for what accelerate would choose.
        progress: show a bar; None shows it for long work on a terminal.
        **loading: further arguments of `load_dataset`, such as `data_dir` and `cache_dir`.

    Raises:
        SettingError: nothing to do, or two models or datasets of one name.
        CheckpointError: a checkpoint is no token classifier.
        DataError, SourceError, UnknownNameError: a test set cannot be had.
    """
    if native and label_map is not None:
        raise SettingError("native=True keeps types, label_map maps them; choose one")
    named = name_models(models), name_datasets(datasets)
    for kind, found in zip(("models", "datasets"), named, strict=True):
        if not found:
            raise SettingError(f"a matrix needs {kind}; none were given")
    # All data and all configurations first: a misspelt name should not cost an hour of tagging.
    given = trained_on or {}
    rows = [
        open_model(
            name,
            checkpoint,
            lowercase=lowercase,
            max_length=max_length,
            trained_on=given.get(name),
        )
        for name, checkpoint in named[0].items()
    ]
    applied = None
    if not native:
        applied = choose_label_map(label_map, [model.label_map for model in rows])
    sets = [
        open_dataset(
            name,
            source,
            split=split,
            native=native,
            label_map=applied,
            max_samples=max_test_samples,
            loading=loading,
        )
        for name, source in named[1].items()
    ]
    tagger = _Tagger(
        None if output_dir is None else Path(output_dir) / "predictions",
        overlap=overlap,
        batch_tokens=batch_tokens,
        device=device,
        progress=progress,
    )
    pairs: dict[tuple[str, str], Pair] = {}
    for model in rows:
        for test_set, predictions in tagger.tag(model, sets):
            pairs[model.row.name, test_set.column.name] = predictions.score(applied)
    matrix = Matrix(
        rows=tuple(model.row for model in rows),
        columns=tuple(test_set.column for test_set in sets),
        pairs=pairs,
        label_map=None if applied is None else applied.version,
        facts=_describe_run(overlap, lowercase, max_test_samples),
    )
    if output_dir is not None:
        matrix.save(Path(output_dir) / "matrix.json")
    return matrix


class _Tagger:
    """Tags what is not stored, loading a model only if there is something to tag.

    Args:
        folder: where predictions are stored; None stores nothing.
        overlap: sub-tokens that the windows of a long sentence share.
        options: arguments of `tag_sentences`, and `device`.
    """

    def __init__(self, folder: Path | None, *, overlap: int, device: Any, **options: Any) -> None:
        self.folder = folder
        self.overlap = overlap
        self.device = device
        self.options = options

    def tag(self, model: OpenModel, sets: Sequence[OpenSet]) -> list[tuple[OpenSet, Predictions]]:
        """The predictions of one model on all test sets, in their order."""
        loaded: tuple[Any, Any] | None = None
        done = []
        for test_set in sets:
            origin = Origin(
                model=model.row.fingerprint,
                dataset=test_set.column.fingerprint,
                lowercase=model.settings.lowercase,
                max_length=model.settings.max_length,
                overlap=self.overlap,
            )
            path = self._path(model, test_set)
            stored = None if path is None else find_predictions(path, origin)
            place = f"{model.row.name} on {test_set.column.name}"
            if stored is not None:
                logger.info("%s: stored", place)
                done.append((test_set, stored))
                continue
            loaded = loaded or self._load(model)
            made = self._predict(loaded, model, test_set, origin)
            if path is not None:
                made.save(path)
            logger.info("%s: %s sentences, %.1f s", place, f"{len(made):,}", made.seconds)
            done.append((test_set, made))
        return done

    def _path(self, model: OpenModel, test_set: OpenSet) -> Path | None:
        if self.folder is None:
            return None
        # Of their own, so that cased and lower-cased runs do not replace each other's.
        ending = ".lower.npz" if model.settings.lowercase else ".npz"
        return self.folder / file_name(model.row.name) / (file_name(test_set.column.name) + ending)

    def _load(self, model: OpenModel) -> tuple[Any, Any]:
        loaded = load_tagger(model.row.checkpoint, device=self.device)
        place_tagger(loaded, self.device)
        return loaded, load_tokenizer(model.row.checkpoint)

    def _predict(
        self, loaded: tuple[Any, Any], model: OpenModel, test_set: OpenSet, origin: Origin
    ) -> Predictions:
        begin = time.perf_counter()
        tagged = tag_sentences(
            *loaded,
            test_set.data["tokens"][:],
            settings=model.settings,
            overlap=self.overlap,
            **self.options,
        )
        return Predictions(
            origin=origin,
            predicted=tagged.ids,
            gold=flat_labels(test_set.data).astype(np.int16),
            offsets=tagged.offsets,
            model_names=tagged.names,
            corpus_names=labels_of(test_set.data).names,
            windowed_sentences=tagged.windowed_sentences,
            unencodable_tokens=tagged.unencodable_tokens,
            seconds=round(time.perf_counter() - begin, 3),
        )


def _describe_run(overlap: int, lowercase: bool, most: int | None) -> dict[str, Any]:
    return {
        "lowercase": lowercase,
        "overlap": overlap,
        "max_test_samples": most,
        "versions": list_versions(),
    }
