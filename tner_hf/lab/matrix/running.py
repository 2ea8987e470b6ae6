"""`run_matrix`: every model once over every test set, and all scores from what it said there.

Predictions are stored as soon as they are made, each with the fingerprints of the model's files and
of the test set. So a killed run goes on where it was, a new model or corpus costs only its own row
or column, and what changed is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf.data.changes import CHANGES
from tner_hf.errors import SettingError
from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.lab.robustness.measuring import change_test_sets, measure_change
from tner_hf.predictions import GoldSplit, PredictionStore, PredictOptions, Tagger
from tner_hf.predictions.foreign import ForeignSystem, is_foreign
from tner_hf.predictions.maps import choose_map
from tner_hf.predictions.names import domain_of, name_datasets, name_models
from tner_hf.predictions.tagger import list_versions


def run_matrix(
    models: Mapping[str, Any] | Sequence[Any],
    datasets: Mapping[str, Any] | Sequence[Any],
    *,
    output_dir: str | Path | None = None,
    trained_on: Mapping[str, Sequence[str]] | None = None,
    lowercase: bool = False,
    max_test_samples: int | None = None,
    robustness: bool = False,
    seed: int = 0,
    **options: Any,
) -> Matrix:
    """The scores of every model on every test set.

    Args:
        models: checkpoint folders, Hub ids or `NAME=CHECKPOINT`; or a mapping of name to those.
            Another system's predictions are a file, or a folder with a file for each dataset.
        datasets: corpora (`"wikiann/ja"`), files, folders or Hub ids, or `NAME=SOURCE`; or a
            mapping of name to anything that `load_dataset` takes.
        output_dir: where predictions and `matrix.json` are stored, and found again; None keeps
            everything in memory.
        trained_on: model name to its corpora, where the checkpoint itself does not say.
        lowercase: lower-case the words of every test set; otherwise each model does what it was
            trained with.
        max_test_samples: score the first so many sentences of each test set.
        robustness: beside each test set also it after each of `tner_hf.data.changes.CHANGES`, as
            columns `NAME~CHANGE`, which no mean counts.
        seed: of the changes, and of the intervals of what they cost.
        **options: the fields of `PredictOptions`: `split`, `native`, `label_map`, `max_length`,
            `overlap`, `batch_tokens`, `device`, `progress`; all others are handed on to
            `load_dataset`, such as `data_dir` and `cache_dir`.

    Raises:
        SettingError: nothing to do, or two models or datasets of one name.
        CheckpointError: a checkpoint is no token classifier.
        DataError, SourceError, UnknownNameError: a test set cannot be had, or a file of predictions
            has other sentences.
    """
    how = PredictOptions.of(
        {**options, "lowercase": lowercase or None, "max_samples": max_test_samples}
    )
    checkpoints, sources = name_models(models), name_datasets(datasets)
    for kind, found in (("models", checkpoints), ("datasets", sources)):
        if not found:
            raise SettingError(f"a matrix needs {kind}; none were given")
    how = choose_map(checkpoints.values(), sources.values(), how)
    # All data and all configurations first: a misspelt name should not cost an hour of tagging.
    sets = [GoldSplit.load(source, options=how, name=name) for name, source in sources.items()]
    varied: dict[str, tuple[GoldSplit, str]] = {}  # changed test set to the clean one
    if robustness:
        clean, sets = sets, []
        for one in clean:
            changed = change_test_sets(one, seed=seed)
            varied |= {c.name: (one, how) for c, how in zip(changed, CHANGES, strict=True)}
            sets += [one, *changed]
    columns = [
        _describe_set(one, sources[one.name])
        if one.name not in varied
        else replace(
            _describe_set(one, sources[varied[one.name][0].name]), change=varied[one.name][1]
        )
        for one in sets
    ]
    systems = [
        ForeignSystem(source, how, name=name)
        if is_foreign(source)
        else Tagger(source, how, name=name)
        for name, source in checkpoints.items()
    ]
    given = trained_on or {}
    rows = [_describe_model(system, given.get(system.name)) for system in systems]
    answered = {system.name: _find_answered(system, sets, varied) for system in systems}
    # Files before models: that one does not fit should not cost an hour of tagging.
    systems.sort(key=lambda system: isinstance(system, Tagger))
    folder = None if output_dir is None else Path(output_dir)
    store = None if folder is None else stored_predictions(folder)
    pairs: dict[tuple[str, str], Pair] = {}
    for system in systems:
        asked = answered[system.name]
        clean_answer = None
        for test_set, answer in zip(asked, system.tag(asked, store), strict=True):
            pair = Pair.of(answer)
            if test_set.name not in varied:
                clean_answer = answer
            elif clean_answer is not None:
                before, change = varied[test_set.name]
                cost = measure_change(before, change, clean_answer, answer, seed=seed)
                pair = replace(pair, cost=cost)
            pairs[system.name, test_set.name] = pair
    matrix = Matrix(
        rows=tuple(rows),
        columns=tuple(columns),
        pairs=pairs,
        label_map=None if how.applied_map is None else how.applied_map.version,
        facts={
            "lowercase": lowercase,
            "overlap": how.overlap,
            "max_test_samples": max_test_samples,
            **({"robustness_seed": seed} if robustness else {}),
            "versions": list_versions(),
        },
    )
    if folder is not None:
        matrix.save(folder / "matrix.json")
    return matrix


def stored_predictions(output_dir: Path) -> PredictionStore:
    """Where `run_matrix` keeps what the models said."""
    return PredictionStore(output_dir / "predictions")


def _find_answered(
    system: Tagger | ForeignSystem, sets: list[GoldSplit], varied: Mapping[str, Any]
) -> list[GoldSplit]:
    """The test sets that a system is asked about; files answer for text as it is, if no other."""
    if isinstance(system, Tagger):
        return sets
    plain = [one for one in sets if one.name not in varied]
    return system.answered(plain if system.path.is_file() else sets)


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


def _describe_model(system: Tagger | ForeignSystem, trained_on: Sequence[str] | None) -> Row:
    """A row: its configuration read and its files identified, its weights not loaded.

    Args:
        system: a checkpoint, or files of predictions.
        trained_on: its corpora; None for what the checkpoint says.
    """
    if isinstance(system, Tagger):
        known = system.trained.corpora if trained_on is None else trained_on
        own: dict[str, Any] = {
            "max_length": system.settings.max_length,
            "lowercase": system.settings.lowercase,
        }
    else:
        known, own = trained_on or (), {"foreign": trained_on is None}
    return Row(
        name=system.name,
        checkpoint=system.checkpoint,
        fingerprint=system.fingerprint,
        trained_on=tuple(dict.fromkeys(domain_of(corpus) for corpus in known)),
        **own,
    )


def _path_of(source: Any) -> Any:
    """The one file of `{split: file}`."""
    values = list(source.values()) if isinstance(source, Mapping) else [source]
    return values[0] if len(values) == 1 and isinstance(values[0], str | Path) else None
