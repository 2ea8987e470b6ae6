"""Precision, recall and F1 over entities, equal to seqeval's to the last digit, hundreds of times
as fast: type-aware and type-ignored, default and strict, micro, macro and per type, in one pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tner_hf.errors import DataError, SettingError
from tner_hf.metrics.counts import (
    CHUNK,
    Chunk,
    Counts,
    count_chunks,
    count_entities,
    divide_counts,
)
from tner_hf.metrics.spans import MODES, Labels, Mode, Positions, Variant

#: The label of a position that is not scored: padding, special tokens, later sub-tokens.
IGNORED = -100


class Score(TypedDict):
    """Fractions of 1, and the number of gold entities behind them."""

    precision: float
    recall: float
    f1: float
    support: int


class ModeScores(TypedDict):
    """All averages of one mode; macro weighs each type of gold or prediction alike."""

    micro: Score
    macro: Score
    per_type: dict[str, Score]


Scores = dict[Variant, dict[Mode, ModeScores]]


def score(
    references: Sequence[Sequence[str]],
    predictions: Sequence[Sequence[str]],
    *,
    modes: Sequence[Mode] = MODES,
) -> Scores:
    """Scores of predicted tags against gold tags.

    Args:
        references: gold tags, sentence by sentence.
        predictions: predicted tags, of the same lengths.
        modes: seqeval's `default` and `strict`; leave strict out for tags other than IOB2.

    Raises:
        DataError: the two sides differ in length, or something is no tag.

    Examples:
        >>> scores = score([["B-person", "I-person", "O"]], [["B-person", "I-place", "O"]])
        >>> scores["type_aware"]["default"]["micro"]
        {'precision': 0.0, 'recall': 0.0, 'f1': 0.0, 'support': 1}
        >>> scores["type_ignored"]["default"]["micro"]
        {'precision': 1.0, 'recall': 1.0, 'f1': 1.0, 'support': 1}
    """
    offsets = _check_sentences(references, predictions)
    ids: dict[str, int] = {}
    sides = []
    for side in (references, predictions):
        for tag in dict.fromkeys(chain.from_iterable(side)):
            ids.setdefault(tag, len(ids))
        tags = map(ids.__getitem__, chain.from_iterable(side))
        sides.append(np.fromiter(tags, dtype=np.intp, count=int(offsets[-1])))
    return score_flat(*sides, names=tuple(ids), offsets=offsets, modes=modes)


def score_labels(
    label_ids: ArrayLike,
    predicted_ids: ArrayLike,
    names: Sequence[str],
    *,
    sentence_ids: ArrayLike | None = None,
    modes: Sequence[Mode] = MODES,
) -> Scores:
    """Scores of padded label ids, as a `Trainer` collects them.

    Args:
        label_ids: gold label ids, -100 where nothing is scored. *Shape:* [n_rows, width].
        predicted_ids: predicted label ids; read only where gold is scored. *Shape:* the same.
        names: the tag of each id, for both sides.
        sentence_ids: one id for each row, if a sentence may be cut into rows: neighbouring rows
            with the same id are its consecutive pieces. *Shape:* [n_rows].
        modes: seqeval's `default` and `strict`; leave strict out for tags other than IOB2.

    Raises:
        SettingError: shapes that do not fit together.
        DataError: an id without a name, or a name that is no tag.

    Examples:
        >>> names = ["O", "B-person", "I-person"]
        >>> scores = score_labels([[-100, 1, 2, -100]], [[0, 1, 2, 0]], names)
        >>> scores["type_aware"]["strict"]["micro"]["f1"]
        1.0
    """
    gold, predicted = np.asarray(label_ids), np.asarray(predicted_ids)
    _check_padded(gold, predicted)
    last = np.arange(len(gold))
    if sentence_ids is not None:
        last = _last_rows(np.asarray(sentence_ids), len(gold))
    cut = partial(_cut_padded, gold, predicted, last + 1)
    return scores_from(count_chunks(cut, names=names, modes=modes))


def score_flat(
    gold: Labels,
    predicted: Labels,
    *,
    names: Sequence[str],
    offsets: Positions,
    modes: Sequence[Mode] = MODES,
) -> Scores:
    """Scores of label ids that are laid end to end.

    Args:
        gold: gold label ids. *Shape:* [n_tokens].
        predicted: predicted label ids. *Shape:* [n_tokens].
        names: the tag of each id, for both sides.
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        modes: which of seqeval's modes to score.
    """
    return scores_from(count_entities(gold, predicted, names=names, offsets=offsets, modes=modes))


def scores_from(counts: Mapping[Variant, Mapping[Mode, Counts]]) -> Scores:
    """The scores behind counts over everything."""
    return {
        variant: {mode: _average(c) for mode, c in by_mode.items()}
        for variant, by_mode in counts.items()
    }


def _average(counts: Counts) -> ModeScores:
    per_type = divide_counts(counts.correct, counts.predicted, counts.gold)
    total = (np.atleast_1d(c.sum()) for c in (counts.correct, counts.predicted, counts.gold))
    micro = divide_counts(*total)
    support = int(counts.gold.sum())
    # np.average sums in numpy's pairwise order, as seqeval does: the last digit depends on it.
    macro = [float(np.average(values)) if counts.types else 0.0 for values in per_type]
    return {
        "micro": _as_score([float(values[0]) for values in micro], support),
        "macro": _as_score(macro, support),
        "per_type": {
            name: _as_score([float(values[i]) for values in per_type], int(counts.gold[i]))
            for i, name in enumerate(counts.types)
        },
    }


def _as_score(values: Sequence[float], support: int) -> Score:
    precision, recall, f1 = values
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


def _check_sentences(
    references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]
) -> Positions:
    """Offsets of the sentences, once both sides are known to be of one shape."""
    for name, side in (("references", references), ("predictions", predictions)):
        flat = next((i for i, tags in enumerate(side) if isinstance(tags, str)), None)
        if flat is not None:
            raise DataError(
                f"{name}[{flat}] is the tag {side[flat]!r}, not a sentence; expected a list of "
                f"tags for each sentence: score([['O', 'B-person']], [['O', 'O']])."
            )
    if len(references) != len(predictions):
        raise DataError(
            f"{len(references)} sentences in references, {len(predictions)} in predictions; "
            "each sentence needs both."
        )
    lengths = np.fromiter(map(len, references), dtype=np.intp, count=len(references))
    others = np.fromiter(map(len, predictions), dtype=np.intp, count=len(predictions))
    if (unequal := np.flatnonzero(lengths != others)).size:
        first = int(unequal[0])
        raise DataError(
            f"sentence {first + 1} has {lengths[first]} gold tags and {others[first]} predicted "
            f"ones ({unequal.size} such sentences in all); each token needs both. Were long "
            "sentences cut off?"
        )
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.intp, copy=False)


def _check_padded(gold: NDArray[Any], predicted: NDArray[Any]) -> None:
    for name, ids in (("label_ids", gold), ("predicted_ids", predicted)):
        if ids.ndim != 2:
            raise SettingError(
                f"{name} has shape {ids.shape}; expected [n_rows, width], padded with {IGNORED}. "
                "Turn logits into ids first: predicted_ids=logits.argmax(-1)."
            )
        if ids.size and not np.issubdtype(ids.dtype, np.integer):
            raise SettingError(f"{name} holds {ids.dtype}; expected integer label ids.")
    if gold.shape != predicted.shape:
        raise SettingError(
            f"label_ids has shape {gold.shape}, predicted_ids {predicted.shape}; both must agree."
        )


def _cut_padded(gold: Labels, predicted: Labels, row_ends: Positions) -> Iterator[Chunk]:
    """Chunks of whole sentences without what is ignored.

    *Shape:* gold and predicted [n_rows, width]; row_ends [n_sentences], the row after each one's
    last.
    """
    n_rows, width = gold.shape
    bounds = np.concatenate(([0], row_ends))
    wanted = np.arange(0, n_rows, max(1, CHUNK // max(1, width)))
    cuts = np.unique(np.append(np.searchsorted(bounds, wanted), len(row_ends)))
    for first, last in pairwise(cuts.tolist()):
        rows = slice(bounds[first], bounds[last])
        kept = gold[rows] != IGNORED
        counts = np.concatenate(([0], np.cumsum(np.count_nonzero(kept, axis=1))))
        offsets = counts[bounds[first : last + 1] - bounds[first]]
        yield Chunk(gold[rows][kept], predicted[rows][kept], offsets, first)
    if not n_rows:
        yield Chunk(gold.ravel(), predicted.ravel(), np.zeros(1, dtype=np.intp), 0)


def _last_rows(sentence_ids: NDArray[Any], n_rows: int) -> Positions:
    """Indices of the rows that end a sentence. *Shape:* [n_sentences]."""
    if sentence_ids.shape != (n_rows,):
        raise SettingError(
            f"sentence_ids has shape {sentence_ids.shape}; expected one id for each of the "
            f"{n_rows} rows."
        )
    last = np.flatnonzero(np.append(sentence_ids[1:] != sentence_ids[:-1], True))
    found, counts = np.unique(sentence_ids[last], return_counts=True)
    if (counts > 1).any():
        raise DataError(
            f"the rows of sentence {found[counts > 1][0]} are not next to each other; put the "
            "pieces of a sentence in order, one after the other."
        )
    return last
