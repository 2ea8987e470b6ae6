"""Each model of a matrix against the one that was trained on the test set's own corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tner_hf.lab.matrix.result import Matrix
from tner_hf.metrics.differences import Comparison
from tner_hf.metrics.resampling import count_systems
from tner_hf.metrics.significance import compare_runs
from tner_hf.predictions import PredictedSplit
from tner_hf.predictions.predicted import join_answers

#: Of randomisation and bootstrap.
_RESAMPLES = 10_000


def compare_in_domain(matrix: Matrix, answers: Mapping[tuple[str, str], PredictedSplit]) -> Matrix:
    """The matrix with a paired test in each pair whose test set has a model of its own.

    In the protocol `full`, where all models are scored on the same gold entities.
    """
    pairs = dict(matrix.pairs)
    for column in matrix.columns:
        own = matrix.in_domain_model(column.name)
        for row in matrix.rows:
            place = row.name, column.name
            if own is not None and row.name != own and place in pairs:
                found = _compare(answers[own, column.name], answers[place])
                pairs[place] = replace(pairs[place], against=own, comparison=found)
    return replace(matrix, pairs=pairs)


def _compare(own: PredictedSplit, other: PredictedSplit) -> Comparison:
    """A paired test of all scores but those of single types: other minus own."""
    names, gold, said, _ = join_answers([own, other], "full")
    first, second = (
        counts.by_document(own.documents)
        for counts in count_systems(gold, said, names=names, offsets=own.offsets)
    )
    found = compare_runs([first], [second], n_resamples=_RESAMPLES)
    overall = {
        variant: {mode: {**block, "per_type": {}} for mode, block in by_mode.items()}
        for variant, by_mode in found.differences.items()
    }
    return replace(found, differences=overall)
