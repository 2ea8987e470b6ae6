"""`compare_systems_on`: tag what has to be tagged, then test every pair on the same sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from tner_hf.errors import DataError, SettingError
from tner_hf.lab.analysis.comparison import (
    ComparisonReport,
    DatasetComparison,
    Headline,
    PairComparison,
    SystemScores,
)
from tner_hf.lab.analysis.systems import System
from tner_hf.metrics import score_flat
from tner_hf.metrics.intervals import IntervalOptions, bound_counts
from tner_hf.metrics.resampling import UnitCounts, count_systems
from tner_hf.metrics.seeds import summarise_seeds
from tner_hf.metrics.significance import compare_runs
from tner_hf.models import Bases
from tner_hf.predictions import GoldSplit, PredictedSplit, PredictOptions, read_predictions
from tner_hf.predictions.foreign import is_foreign
from tner_hf.predictions.maps import choose_map
from tner_hf.predictions.predicted import join_answers
from tner_hf.predictions.predicting import open_system


def compare_systems_on(
    systems: Sequence[System],
    datasets: Mapping[str, Any],
    *,
    split: str = "test",
    headline: Headline | None = None,
    level: float = 0.95,
    n_resamples: int = 10_000,
    seed: int = 0,
    **options: Any,
) -> ComparisonReport:
    """Tests of every pair of systems on every dataset.

    Two single runs are two checkpoints; where a side has several runs, recipes are compared.
    Documents are taken as independent where the sentences name theirs, else sentences.

    Args:
        systems: models or stored predictions, from `read_systems`.
        datasets: name to what `evaluate` takes; may be empty where all systems are files that
            hold the gold tags.
        split: the split to compare on.
        headline: the score that decides; default mode, micro F1, protocol `full` where not given.
        level: of the intervals, between 0 and 1.
        n_resamples: of randomisation and bootstrap.
        seed: of the resampling.
        **options: further fields of `PredictOptions`, and arguments of `load_dataset`.

    Raises:
        SettingError: files of predictions with several datasets, or models with none.
        DataError: two systems were not run on the same sentences.
    """
    headline = headline or Headline()
    how = IntervalOptions(level, n_resamples=n_resamples, seed=seed)
    if not datasets and not all(is_foreign(run) for system in systems for run in system.runs):
        raise SettingError("models need a dataset to be compared on: --dataset_name wnut2017")
    answers = _gather(systems, datasets, PredictOptions.of({**options, "split": split}))
    compared = [
        _compare_on(name, split, systems, said, headline, how) for name, said in answers.items()
    ]
    return ComparisonReport(headline, level, n_resamples, seed, tuple(compared))


def _gather(
    systems: Sequence[System], datasets: Mapping[str, Any], options: PredictOptions
) -> dict[str, dict[str, PredictedSplit]]:
    """Dataset to run to what it said there; each model is loaded once and tags all datasets."""
    runs = list(dict.fromkeys(run for system in systems for run in system.runs))
    if not datasets:  # files hold their sentences and gold tags
        return {runs[0]: {run: read_predictions(run) for run in runs}}
    options = choose_map(runs, datasets.values(), options)
    # The data first: an unknown corpus should not cost the loading of a model.
    sets = [GoldSplit.load(data, options=options, name=name) for name, data in datasets.items()]
    answers: dict[str, dict[str, PredictedSplit]] = {name: {} for name in datasets}
    bases = Bases(run for run in runs if not is_foreign(run))
    for run in runs:
        said = open_system(run, options, bases=bases).tag(sets)
        for on_set, answer in zip(answers.values(), said, strict=True):
            on_set[run] = answer
    return answers


def _compare_on(
    name: str,
    split: str,
    systems: Sequence[System],
    answers: Mapping[str, PredictedSplit],
    headline: Headline,
    how: IntervalOptions,
) -> DatasetComparison:
    first = next(iter(answers.values()))
    check_same(answers)
    joined = join_answers(list(answers.values()), headline.protocol)
    space: Any = {"names": joined.names, "offsets": first.offsets}
    documents = next((a.documents for a in answers.values() if a.documents is not None), None)
    counted = count_systems(joined.gold, joined.runs, **space)
    counts = {run: each.by_document(documents) for run, each in zip(answers, counted, strict=True)}
    scores = {
        run: score_flat(joined.gold, predicted, **space)
        for run, predicted in zip(answers, joined.runs, strict=True)
    }
    described = tuple(
        SystemScores(
            system.name,
            system.runs,
            summarise_seeds([scores[run] for run in system.runs]),
            _bound_one([counts[run] for run in system.runs], how),
        )
        for system in systems
    )
    pairs = tuple(
        PairComparison(
            one.name,
            other.name,
            compare_runs(
                *([counts[run] for run in side.runs] for side in (one, other)),
                n_resamples=how.n_resamples,
                level=how.level,
                seed=how.seed,
            ),
        )
        for one, other in combinations(systems, 2)
    )
    support = next(iter(scores.values()))["type_aware"][headline.mode]["micro"]["support"]
    return DatasetComparison(
        name, split, len(first), support, joined.shared_types, described, pairs
    )


def _bound_one(runs: Sequence[UnitCounts], how: IntervalOptions) -> dict[str, Any] | None:
    """Intervals of a single run; several have their standard deviation instead."""
    if len(runs) > 1:
        return None
    return bound_counts(runs[0], how).bounds


def check_same(answers: Mapping[str, PredictedSplit]) -> None:
    """Refuse runs on different sentences, or on different gold: no paired test can compare them."""
    first = next(iter(answers.values()))
    for run, other in answers.items():
        _check_pair(first, other, run)


def _check_pair(first: PredictedSplit, other: PredictedSplit, run: str) -> None:
    if len(first) != len(other):
        raise DataError(
            f"{run} was run on {len(other)} sentences, the first system on {len(first)}; paired "
            "tests need the same ones"
        )
    for i, (own, others) in enumerate(zip(first.sentences, other.sentences, strict=True), start=1):
        if list(own) != list(others):
            raise DataError(
                f"sentence {i} of {run} begins with {' '.join(others)[:40]!r}, that of the first "
                f"system with {' '.join(own)[:40]!r}; paired tests need the same sentences"
            )
    gold = [np.array(a.corpus_names)[a.gold] for a in (first, other)]
    if (differ := np.flatnonzero(gold[0] != gold[1])).size:
        place = int(differ[0])
        raise DataError(
            f"token {place + 1} of {run} is {gold[1][place]} in gold, for the first system "
            f"{gold[0][place]}; were they evaluated with different label maps?"
        )
