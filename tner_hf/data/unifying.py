"""Native types to unified ones over a whole dataset, and what became of each."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from tner_hf.data.columns import canonicalise, labels_of
from tner_hf.data.record import read_record, write_record
from tner_hf.labels import UNIFIED, LabelMap, LabelSpace, UnificationReport
from tner_hf.labels.maps import find_unused

logger = logging.getLogger(__name__)


def unify_dataset(dataset: Any, label_map: LabelMap = UNIFIED) -> Any:
    """The dataset with its types mapped; a type that the map does not know is kept word for word.

    What was mapped and kept is logged and stays in the dataset: see `unification_report`. It is a
    DatasetDict or IterableDatasetDict in canonical form.
    """
    record = read_record(dataset)
    if len(record.annotated) == 1:
        label_map = label_map.for_corpus(next(iter(record.annotated)))
    mapped, report = label_map.map_types(labels_of(dataset).types)
    out = canonicalise(dataset, map_type=label_map.map_type, space=LabelSpace.of(mapped))
    annotated = {
        corpus: label_map.map_types(types)[0] for corpus, types in record.annotated.items()
    }
    unified = replace(record, annotated=annotated, unification=report, label_map=label_map.version)
    write_record(out, unified)
    _log_report(" + ".join(annotated) or "dataset", report)
    return out


def warn_unused(dataset: Any, label_map: LabelMap) -> None:
    """Log the lines of a user's map that did nothing to a dataset: most likely misspelt."""
    if not label_map.origins:
        return
    report = unification_report(dataset)
    types = {*report.mapped, *report.kept, *labels_of(dataset).types}
    for line in find_unused(label_map, sorted(types)):
        logger.warning("%s", line)


def unification_report(dataset: Any) -> UnificationReport:
    """What became of each native type of a dataset; an empty report where types are native."""
    return read_record(dataset).unification or UnificationReport()


def annotated_types(dataset: Any) -> dict[str, tuple[str, ...]]:
    """Corpus to the types that it annotates.

    In a merged dataset the column `corpus` names the corpus of each row. A type that is missing
    from that corpus's list was never looked for there: `O` is no evidence against it, and training
    must not count it as one. A dataset without a record has one entry, under the empty name.
    """
    return dict(read_record(dataset).annotated) or {"": labels_of(dataset).types}


def _log_report(name: str, report: UnificationReport) -> None:
    for line in report.lines():
        logger.info("%s: %s", name, line)
    for kept, near in report.near.items():
        logger.warning(
            "%s: type %r is kept as it is; it nearly matches the unified %r. "
            "If they are the same: label_map={%r: %r}",
            name,
            kept,
            near,
            kept,
            near,
        )
