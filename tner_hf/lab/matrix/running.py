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
from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.predictions import GoldSplit, PredictionStore, PredictOptions, Tagger
from tner_hf.predictions.maps import choose_map
from tner_hf.predictions.names import domain_of, name_datasets, name_models
from tner_hf.predictions.tagger import list_versions
from tner_hf.runs.seeds import expand_groups


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
            The folder of a group of seeds is a row for each of its runs.
        datasets: corpora (`"wikiann/ja"`), files, folders or Hub ids, or `NAME=SOURCE`; or a
            mapping of name to anything that `load_dataset` takes.
        output_dir: where predictions and `matrix.json` are stored, and found again; None keeps
            everything in memory.
        trained_on: model name to its corpora, where the checkpoint itself does not say.
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
    (checkpoints, groups), sources = expand_groups(name_models(models)), name_datasets(datasets)
    for kind, found in (("models", checkpoints), ("datasets", sources)):
        if not found:
            raise SettingError(f"a matrix needs {kind}; none were given")
    how = choose_map(checkpoints.values(), sources.values(), how)
    # All data and all configurations first: a misspelt name should not cost an hour of tagging.
    sets = [GoldSplit.load(source, options=how, name=name) for name, source in sources.items()]
    columns = [_describe_set(one, sources[one.name]) for one in sets]
    taggers = [Tagger(source, how, name=name) for name, source in checkpoints.items()]
    given = trained_on or {}
    rows = [_describe_model(tagger, given.get(tagger.name)) for tagger in taggers]
    folder = None if output_dir is None else Path(output_dir)
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
            **({"groups": groups} if groups else {}),
        },
    )
    if folder is not None:
        matrix.save(folder / "matrix.json")
    return matrix


def stored_predictions(output_dir: Path) -> PredictionStore:
    """Where `run_matrix` keeps what the models said."""
    return PredictionStore(output_dir / "predictions")


def _describe_set(test_set: GoldSplit, source: Any) -> Column:
    """A column: its data identified and counted."""
    return Column(
        name=test_set.name,
        source=domain_of(source)
        if isinstance(source, str)
        else str(_path_of(source) or test_set.name),
        split=test_set.split,
        fingerprint=test_set.fingerprint,
        sentences=len(test_set),
        tokens=len(test_set.gold),
        types=test_set.labels.types,
    )


def _describe_model(tagger: Tagger, trained_on: Sequence[str] | None) -> Row:
    """A row: its configuration read and its files identified, its weights not loaded.

    Args:
        tagger: the checkpoint.
        trained_on: its corpora; None for what the checkpoint says.
    """
    known = tagger.trained.corpora if trained_on is None else trained_on
    return Row(
        name=tagger.name,
        checkpoint=tagger.checkpoint,
        fingerprint=tagger.fingerprint,
        trained_on=tuple(dict.fromkeys(domain_of(corpus) for corpus in known)),
        max_length=tagger.settings.max_length,
        lowercase=tagger.settings.lowercase,
    )


def _path_of(source: Any) -> Any:
    """The one file of `{split: file}`."""
    values = list(source.values()) if isinstance(source, Mapping) else [source]
    return values[0] if len(values) == 1 and isinstance(values[0], str | Path) else None
