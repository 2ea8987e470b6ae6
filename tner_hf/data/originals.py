"""Whether a corpus that was built is the one that its authors published."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from tner_hf.data.columns import labels_of
from tner_hf.data.conversion import BATCH
from tner_hf.data.corpora import Corpus, Counts, own_errors
from tner_hf.errors import SourceError

logger = logging.getLogger(__name__)


def judge_original(facts: Corpus, builder: Any, built: Any, *, strict: bool) -> None:
    """Say where raw files, or what was built of them, are not as the loading script declares.

    Splits that stream are not counted.

    Raises:
        SourceError: something differs, and `strict` is set.
    """
    with own_errors():
        found = list(_find_differences(facts, builder, built))
    if not found:
        return
    advice = "Scores on it are not comparable; bring a copy of the original"
    what = f"{facts.title} is not as its authors published it: {'; '.join(found)}. {advice}"
    if strict:
        raise SourceError(f"{what}, or load without strict (--strict)")
    logger.warning("%s (strict, or --strict, refuses it)", what)


def count_rows(rows: Any) -> Counts:
    """The size of one split in canonical form."""
    per_label = np.zeros(len(labels_of(rows)), dtype=np.int64)
    for batch in rows.select_columns(["ner_tags"]).with_format("arrow").iter(BATCH):
        labels = batch["ner_tags"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        per_label += np.bincount(labels, minlength=len(per_label))
    # B- labels are the odd ones.
    return Counts(rows.num_rows, int(per_label.sum()), int(per_label[1::2].sum()))


def _find_differences(facts: Corpus, builder: Any, built: Any) -> Iterator[str]:
    from datasets import Dataset

    for where in builder.find_changed():
        yield f"{where} has another checksum"
    declared = facts.counts.get(str(builder.config.name), {})
    for split, rows in built.items():
        counted = count_rows(rows) if isinstance(rows, Dataset) else None
        wanted = declared.get(split)
        if counted and wanted and counted != wanted:
            yield f"split {split!r} has {_show(counted)}, not {_show(wanted)}"


def _show(counts: Counts) -> str:
    return (
        f"{counts.sentences:,} sentences with {counts.tokens:,} tokens and "
        f"{counts.entities:,} entities"
    )
