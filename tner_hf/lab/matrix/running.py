"""`run_matrix`: every model once over every test set, and all scores from what it said there.

Predictions are stored as soon as they are made, each with the fingerprints of the model's files and
of the test set. So a killed run goes on where it was, a new model or corpus costs only its own row
or column, and what changed is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.files import check_writable
from tner_hf.lab.matrix.against import compare_in_domain
from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.metrics.intervals import check_level
from tner_hf.predictions import (
    GoldSplit,
    PredictedSplit,
    PredictionStore,
    PredictOptions,
    Tagger,
)
from tner_hf.predictions.foreign import ForeignSystem, is_foreign
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
from tner_hf.runs.seeds import expand_groups


def run_matrix(
    models: Mapping[str, Any] | Sequence[Any],
    datasets: Mapping[str, Any] | Sequence[Any],
    *,
    output_dir: str | Path | None = None,
    trained_on: Mapping[str, Sequence[str]] | None = None,
    lowercase: bool = False,
    max_test_samples: int | None = None,
    confidence: float | None = None,
    compare: bool = False,
    on_pair: Callable[[str, str, PredictedSplit], None] | None = None,
    **options: Any,
) -> Matrix:
    """The scores of every model on every test set.

    Args:
        models: checkpoint folders, Hub ids or `NAME=CHECKPOINT`; or a mapping of name to those.
            Another system's predictions are a file, or a folder with a file for each dataset. The
            folder of a group of seeds is a row for each of its runs.
        datasets: corpora (`"wikiann/ja"`), files, folders or Hub ids, or `NAME=SOURCE`; or a
            mapping of name to anything that `load_dataset` takes.
        output_dir: where predictions and `matrix.json` are stored, and found again; None keeps
            everything in memory.
        trained_on: model name to its corpora or to names of test sets that are in its domain,
            where the checkpoint itself does not say; its own files are known in any case.
        lowercase: lower-case the words of every test set; otherwise each model does what it was
            trained with.
        max_test_samples: score the first so many sentences of each test set.
        confidence: level of confidence intervals in every cell, e.g. 0.95; None for none.
        compare: test each model against the one trained on the test set's corpus.
        on_pair: called with the names of each model and test set and what the model said there.
        **options: the fields of `PredictOptions`: `split`, `native`, `label_map`, `max_length`,
            `overlap`, `batch_tokens`, `device`, `progress`; all others are handed on to
            `load_dataset`, such as `data_dir` and `cache_dir`.

    Raises:
        SettingError: nothing to do, two models or datasets of one name, or no level.
        CheckpointError: a checkpoint is no token classifier.
        DataError, SourceError, UnknownNameError: a test set cannot be had, or a file of predictions
            has other sentences.
    """
    if confidence is not None:
        check_level(confidence)
    how = PredictOptions.of(
        {**options, "lowercase": lowercase or None, "max_samples": max_test_samples}
    )
    (checkpoints, groups), sources = expand_groups(name_models(models)), name_datasets(datasets)
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
    systems = [
        ForeignSystem(source, how, name=name)
        if is_foreign(source)
        else Tagger(source, how, name=name)
        for name, source in checkpoints.items()
    ]
    given = trained_on or {}
    rows = [
        _describe_model(system, given.get(system.name), sets, columns, list(sources.values()))
        for system in systems
    ]
    answered = {
        system.name: system.answered(sets) if isinstance(system, ForeignSystem) else sets
        for system in systems
    }
    # Files before models: that one does not fit should not cost an hour of tagging.
    systems.sort(key=lambda system: isinstance(system, Tagger))
    store = None if folder is None else stored_predictions(folder)
    pairs: dict[tuple[str, str], Pair] = {}
    answers: dict[tuple[str, str], PredictedSplit] = {}
    for system in systems:
        known = answered[system.name]
        for test_set, answer in zip(known, system.tag(known, store), strict=True):
            place = system.name, test_set.name
            pairs[place] = Pair.of(answer, confidence=confidence)
            if on_pair is not None:
                on_pair(*place, answer)
            if compare:
                answers[place] = answer
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
            **({"groups": groups} if groups else {}),
        },
    )
    if compare:
        matrix = compare_in_domain(matrix, answers)
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
    system: Tagger | ForeignSystem,
    trained_on: Sequence[str] | None,
    test_sets: Sequence[GoldSplit],
    columns: Sequence[Column],
    sources: Sequence[Any],
) -> Row:
    """A row: its configuration read and its files identified, its weights not loaded.

    Args:
        system: a checkpoint, or files of predictions.
        trained_on: its corpora; None for what the checkpoint says.
        test_sets: of the columns.
        columns: in the same order.
        sources: what the test sets were loaded from.
    """
    if isinstance(system, Tagger):
        known = system.trained.corpora if trained_on is None else trained_on
        folder = Path(system.checkpoint).expanduser()
        run = Run.read(folder) if folder.is_dir() else None
        own: dict[str, Any] = {
            "max_length": system.settings.max_length,
            "lowercase": system.settings.lowercase,
        }
    else:
        known, run, own = trained_on or (), None, {"foreign": trained_on is None}
    domains = tuple(dict.fromkeys(map(domain_of, known)))
    in_domain = [
        column.name
        for column, test_set, source in zip(columns, test_sets, sources, strict=True)
        # A name says something where many know it, or where the caller gave it.
        if knows_corpus(domains, source)
        or (trained_on is not None and column.name in domains)
        or (run is not None and run.has_seen(test_set.words, list_places(source)))
    ]
    return Row(
        name=system.name,
        checkpoint=drop_places(system.checkpoint),
        fingerprint=system.fingerprint,
        trained_on=domains,
        in_domain=tuple(in_domain),
        **own,
    )
