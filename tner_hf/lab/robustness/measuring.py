"""Test sets after changes of their text, and what each costs, paired with the clean text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tner_hf.data.changed_rows import change_rows
from tner_hf.data.changes import Changed
from tner_hf.errors import DataError
from tner_hf.lab.robustness.result import ChangedScore
from tner_hf.metrics.intervals import IntervalOptions
from tner_hf.metrics.resampling import count_sides
from tner_hf.metrics.significance import compare_runs
from tner_hf.predictions import GoldSplit, PredictedSplit


def change_test_set(test_set: GoldSplit, change: str, *, seed: int = 0) -> GoldSplit:
    """A test set after a change, called `NAME~CHANGE`.

    Raises:
        UnknownNameError: there is no such change.
    """
    return replace(
        test_set,
        name=f"{test_set.name}~{change}",
        source=f"{test_set.source}~{change}",
        data=change_rows(test_set.data, change, seed=seed)[0],
    )


def measure_change(
    test_set: GoldSplit,
    change: str,
    clean: PredictedSplit,
    changed: PredictedSplit,
    how: IntervalOptions,
) -> ChangedScore:
    """What a change costs one model.

    Args:
        test_set: before the change.
        change: one of `CHANGES`.
        clean: what the model said about the test set.
        changed: what it said about `change_test_set` of the same seed.
        how: bootstrap and randomisation go; its seed is that of the change, too.
    """
    _, done = change_rows(test_set.data, change, seed=how.seed)
    groups = _pair_up(done, len(test_set), test_set.documents)
    space, gold, predicted = clean.join()
    _, new_gold, new_predicted = changed.join()
    counted = count_sides(
        [(gold, predicted, clean.offsets), (new_gold, new_predicted, changed.offsets)],
        names=space.names,
    )
    sides = [[each.by_document(g)] for each, g in zip(counted, groups, strict=True)]
    found = compare_runs(*sides, n_resamples=how.n_resamples, level=how.level, seed=how.seed)
    one = found.differences["type_aware"]["default"]["micro"]["f1"]
    return ChangedScore(
        change=change,
        words_changed=_share_changed(test_set, done),
        clean=one.first,
        changed=one.second,
        difference=one.difference,
        low=one.low,
        high=one.high,
        p=one.p,
        unit="documents" if _has_documents(test_set.documents) else "sentences",
    )


def _pair_up(
    done: Changed, n_sentences: int, documents: NDArray[np.int32] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The unit of each sentence before, and of each after; paired ones have one number."""
    origins = np.array(done.origins, dtype=np.int32)
    if len(origins) < 2:
        raise DataError(
            f"robustness on {n_sentences} sentences: there is nothing to draw from; two pairs of "
            "sentences are the least"
        )
    if documents is not None and _has_documents(documents):
        return documents, documents[origins]
    before = np.searchsorted(origins, np.arange(n_sentences), side="right") - 1
    return before.astype(np.int32), np.arange(len(origins), dtype=np.int32)


def _has_documents(documents: NDArray[np.int32] | None) -> bool:
    """Whether there are two to draw from."""
    return documents is not None and len(np.unique(documents)) > 1


def _share_changed(test_set: GoldSplit, done: Changed) -> float:
    """The share of words that differ, those of a sentence of another length all of them."""
    before: Sequence[Sequence[str]] = test_set.sentences
    ends = [*done.origins[1:], len(before)]
    total = differ = 0
    for each, begin, end in zip(done.sentences, done.origins, ends, strict=True):
        words = [word for sentence in before[begin:end] for word in sentence]
        total += len(words)
        if len(words) == len(each.words):
            differ += sum(a != b for a, b in zip(words, each.words, strict=True))
        else:
            differ += _count_edits(words, each.words)
    return differ / max(1, total)


def _count_edits(before: Sequence[str], after: Sequence[str]) -> int:
    """Words of the text before that are not in the text after, in order."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return len(before) - sum(block.size for block in matcher.get_matching_blocks())
