"""Confidence intervals of a stored matrix, from the predictions that lie beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tner_hf.errors import DataError
from tner_hf.lab.evaluation.intervals import bound_protocols
from tner_hf.lab.matrix.result import Matrix, Pair, Row
from tner_hf.labels import LabelMap
from tner_hf.labels.maps import LabelMapLike, as_label_map
from tner_hf.labels.shipped import SHIPPED
from tner_hf.metrics.intervals import IntervalOptions
from tner_hf.predictions.store import PredictionStore, load_arrays


def add_intervals(
    matrix: Matrix,
    output_dir: str | Path,
    *,
    confidence: float = 0.95,
    label_map: LabelMapLike | None = None,
) -> Matrix:
    """A matrix with a confidence interval for every score; no model and no corpus is needed.

    Args:
        matrix: as it was stored.
        output_dir: what `run_matrix` was given; its `predictions` are read.
        confidence: level of the intervals.
        label_map: that of the matrix, where it is none of the shipped ones.

    Raises:
        DataError: predictions are missing, or do not give the scores of the matrix: they are of
            another model, test set or label map.
        SettingError: no confidence level.
    """
    version = matrix.label_map
    how = IntervalOptions(confidence)
    given = as_label_map(label_map or version) if label_map or version in SHIPPED else None
    store = PredictionStore(Path(output_dir) / "predictions")

    def bound(place: tuple[str, str], pair: Pair) -> Pair:
        row, column = matrix.row(place[0]), matrix.column(place[1])
        path = store.path(row.name, column.name, lowercase=row.lowercase)
        stored = load_arrays(path)
        for each in _list_maps(given, row):
            said = replace(stored, label_map=each)
            if said.score()["protocols"] == pair.protocols:
                return replace(pair, intervals=bound_protocols(said, how))
        raise DataError(
            f"{path} does not give the scores of {row.name} on {column.name} with the label map "
            f"{given and given.version!r}; the matrix was made with {version!r}. Give that map as "
            "label_map=, or run `tner-hf matrix` again with --confidence"
        )

    return replace(
        matrix, pairs={place: bound(place, pair) for place, pair in matrix.pairs.items()}
    )


def _list_maps(given: LabelMap | None, row: Row) -> list[LabelMap | None]:
    """What the types of a model may have gone through, see `predictions.maps.own_map`."""
    if given is None or len(row.trained_on) != 1:
        return [given]
    return [given, given.for_corpus(row.trained_on[0])]
