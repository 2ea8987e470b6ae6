"""`run_matrix`: every model once over every test set, and all scores from what it said there.

Predictions are stored as soon as they are made, each with the fingerprints of the model's files and
of the test set. So a killed run goes on where it was, a new model or corpus costs only its own row
or column, and what changed is computed again. Of adapters over one base the base is loaded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf._version import list_versions
from tner_hf.errors import SettingError
from tner_hf.files import check_writable
from tner_hf.lab.matrix.against import compare_in_domain
from tner_hf.lab.matrix.describing import TestSet, describe_model, describe_set, load_test_sets
from tner_hf.lab.matrix.result import Matrix, Pair
from tner_hf.lab.robustness.measuring import measure_change
from tner_hf.metrics.intervals import IntervalOptions, check_level
from tner_hf.models import Bases
from tner_hf.predictions import PredictedSplit, PredictionStore, PredictOptions, Tagger
from tner_hf.predictions.foreign import ForeignSystem, is_foreign
from tner_hf.predictions.maps import choose_map
from tner_hf.predictions.names import name_datasets, name_models
from tner_hf.predictions.predicting import open_system
from tner_hf.runs.groups import expand_groups

#: A model and a test set, by their names.
Place = tuple[str, str]


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
    robustness: bool = False,
    seed: int = 0,
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
        robustness: beside each test set also it after each of `tner_hf.data.changes.CHANGES`, as
            columns `NAME~CHANGE`, which no mean counts.
        seed: of the changes, and of the intervals of what they cost.
        **options: the fields of `PredictOptions`: `split`, `native`, `label_map`, `max_length`,
            `overlap`, `batch_tokens`, `device`, `progress`, `corpus`; all others are handed on to
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
    sets = load_test_sets(sources, how, seed=seed if robustness else None)
    bases = Bases(source for source in checkpoints.values() if not is_foreign(source))
    systems = [
        open_system(source, how, name=name, bases=bases) for name, source in checkpoints.items()
    ]
    given = trained_on or {}
    rows = tuple(describe_model(system, given.get(system.name), sets) for system in systems)
    answers = _ask(
        systems, sets, None if folder is None else PredictionStore(folder / "predictions")
    )
    pairs: dict[Place, Pair] = {}
    kept: dict[Place, PredictedSplit] = {}
    for place, test_set, answer, clean in answers:
        pairs[place] = Pair.of(answer, confidence=confidence)
        if test_set.change is not None:
            how_sure = IntervalOptions(seed=seed)
            cost = measure_change(test_set.clean, test_set.change, clean, answer, how_sure)
            pairs[place] = replace(pairs[place], cost=cost)
        if on_pair is not None:
            on_pair(*place, answer)
        if compare:
            kept[place] = answer
    matrix = Matrix(
        rows=rows,
        columns=tuple(map(describe_set, sets)),
        pairs=pairs,
        label_map=None if how.applied_map is None else how.applied_map.version,
        facts={
            "lowercase": lowercase,
            **({} if how.corpus is None else {"corpus": how.corpus}),
            "overlap": how.overlap,
            "max_test_samples": max_test_samples,
            **({"robustness_seed": seed} if robustness else {}),
            "versions": list_versions("datasets", "torch", "transformers"),
            **({"groups": groups} if groups else {}),
        },
    )
    if compare:
        matrix = compare_in_domain(matrix, kept)
    if folder is not None:
        matrix.save(folder / "matrix.json")
    return matrix


def _ask(
    systems: Sequence[Tagger | ForeignSystem],
    sets: Sequence[TestSet],
    store: PredictionStore | None,
) -> Iterator[tuple[Place, TestSet, PredictedSplit, PredictedSplit]]:
    """What each system says on each test set, and beside it what it said on the unchanged one."""
    asked = {system.name: _find_answered(system, sets) for system in systems}
    # Files before models: that one does not fit should not cost an hour of tagging.
    for system in sorted(systems, key=lambda system: isinstance(system, Tagger)):
        of_system = asked[system.name]
        said: dict[str, PredictedSplit] = {}
        answers = system.tag([one.data for one in of_system], store)
        for one, answer in zip(of_system, answers, strict=True):
            if one.change is None:
                said = {one.data.name: answer}
            if one.clean.name in said:
                yield (system.name, one.data.name), one, answer, said[one.clean.name]


def _find_answered(system: Tagger | ForeignSystem, sets: Sequence[TestSet]) -> list[TestSet]:
    """The test sets that a system is asked about; files answer for text as it is, if no other."""
    if isinstance(system, Tagger):
        return list(sets)
    plain = [one for one in sets if one.change is None] if system.path.is_file() else sets
    found = {data.name for data in system.answered([one.data for one in plain])}
    return [one for one in plain if one.data.name in found]
