"""`run_matrix`: every model once over every test set, and all scores from what it said there.

Predictions are stored as soon as they are made, each with the fingerprints of the model's files and
of the test set. So a killed run goes on where it was, a new model or corpus costs only its own row
or column, and what changed is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.files import check_writable
from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.predictions import GoldSplit, PredictionStore, PredictOptions, Tagger
from tner_hf.predictions.maps import choose_map
from tner_hf.predictions.names import (
    domain_of,
    drop_places,
    knows_corpus,
    list_places,
    name_datasets,
    name_models,
)
from tner_hf.predictions.tagger import list_versions
from tner_hf.runs import Run


def run_matrix(
    models: Mapping[str, Any] | Sequence[Any],
    datasets: Mapping[str, Any] | Sequence[Any],
    *,
    output_dir: str | Path | None = None,
    trained_on: Mapping[str, Sequence[str]] | None = None,
    lowercase: bool = False,
    max_test_samples: int | None = None,
    **options: Any,
) -> Matrix:
    """The scores of every model on every test set.

    Args:
        models: checkpoint folders, Hub ids or `NAME=CHECKPOINT`; or a mapping of name to those.
        datasets: corpora (`"wikiann/ja"`), files, folders or Hub ids, or `NAME=SOURCE`; or a
            mapping of name to anything that `load_dataset` takes.
        output_dir: where predictions and `matrix.json` are stored, and found again; None keeps
            everything in memory.
        trained_on: model name to its corpora or to names of test sets that are in its domain,
            where the checkpoint itself does not say; its own files are known in any case.
        lowercase: lower-case the words of every test set; otherwise each model does what it was
            trained with.
        max_test_samples: score the first so many sentences of each test set.
        **options: the fields of `PredictOptions`: `split`, `native`, `label_map`, `max_length`,
            `overlap`, `batch_tokens`, `device`, `progress`; all others are handed on to
            `load_dataset`, such as `data_dir` and `cache_dir`.

    Raises:
        SettingError: nothing to do, or two models or datasets of one name.
        CheckpointError: a checkpoint is no token classifier.
        DataError, SourceError, UnknownNameError: a test set cannot be had.
    """
    how = PredictOptions.of(
        {**options, "lowercase": lowercase or None, "max_samples": max_test_samples}
    )
    checkpoints, sources = name_models(models), name_datasets(datasets)
    for kind, found in (("models", checkpoints), ("datasets", sources)):
        if not found:
            raise SettingError(f"a matrix needs {kind}; none were given")
    folder = None if output_dir is None else Path(output_dir)
    if folder is not None:
        check_writable(folder)
    how = choose_map(checkpoints.values(), sources.values(), how)
    # All data and all configurations first: a misspelt name should not cost an hour of tagging.
    sets = [GoldSplit.load(source, options=how, name=name) for name, source in sources.items()]
    columns = [_describe_set(one) for one in sets]
    taggers = [Tagger(source, how, name=name) for name, source in checkpoints.items()]
    given = trained_on or {}
    rows = [
        _describe_model(tagger, given.get(tagger.name), sets, columns, list(sources.values()))
        for tagger in taggers
    ]
    store = None if folder is None else stored_predictions(folder)
    pairs = {
        (tagger.name, test_set.name): Pair.of(answer)
        for tagger in taggers
        for test_set, answer in zip(sets, tagger.tag(sets, store), strict=True)
    }
    matrix = Matrix(
        rows=tuple(rows),
        columns=tuple(columns),
        pairs=pairs,
        label_map=None if how.applied_map is None else how.applied_map.version,
        facts={
            "lowercase": lowercase,
            "overlap": how.overlap,
            "max_test_samples": max_test_samples,
            "versions": list_versions(),
        },
    )
    if folder is not None:
        matrix.save(folder / "matrix.json")
    return matrix


def stored_predictions(output_dir: Path) -> PredictionStore:
    """Where `run_matrix` keeps what the models said."""
    return PredictionStore(output_dir / "predictions")


def _describe_set(test_set: GoldSplit) -> Column:
    """A column: its data identified and counted."""
    return Column(
        name=test_set.name,
        source=domain_of(test_set.source),
        split=test_set.split,
        fingerprint=test_set.fingerprint,
        sentences=len(test_set),
        tokens=len(test_set.gold),
        types=test_set.labels.types,
    )


def _describe_model(
    tagger: Tagger,
    trained_on: Sequence[str] | None,
    test_sets: Sequence[GoldSplit],
    columns: Sequence[Column],
    sources: Sequence[Any],
) -> Row:
    """A row: its configuration read and its files identified, its weights not loaded.

    Args:
        tagger: the checkpoint.
        trained_on: its corpora; None for what the checkpoint says.
        test_sets: of the columns.
        columns: in the same order.
        sources: what the test sets were loaded from.
    """
    known = tagger.trained.corpora if trained_on is None else trained_on
    domains = tuple(dict.fromkeys(map(domain_of, known)))
    run = Run.read(folder) if (folder := Path(tagger.checkpoint).expanduser()).is_dir() else None
    own = [
        column.name
        for column, test_set, source in zip(columns, test_sets, sources, strict=True)
        # A name says something where many know it, or where the caller gave it.
        if knows_corpus(domains, source)
        or (trained_on is not None and column.name in domains)
        or (run is not None and run.has_seen(test_set.words, list_places(source), test_set.split))
    ]
    return Row(
        name=tagger.name,
        checkpoint=drop_places(tagger.checkpoint),
        fingerprint=tagger.fingerprint,
        trained_on=domains,
        max_length=tagger.settings.max_length,
        lowercase=tagger.settings.lowercase,
        in_domain=tuple(own),
    )
