"""Whether a score of 0.9 is right nine times in ten: reliability, temperature, thresholds.

A temperature divides a model's logits before the softmax (Guo et al. 2017, "On Calibration of
Modern Neural Networks"): one number, which leaves the likeliest label the likeliest. It is fitted
by the negative log-likelihood of gold labels that the model was not trained on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError, SettingError
from tner_hf.metrics.spans import Positions, Spans, TagTable, find_spans, match_spans
from tner_hf.plain import Stored

#: Bins of equal width, as most of the literature has them.
N_BINS = 15

#: Temperatures beyond these say that there is nothing to calibrate.
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0

#: Halvings of an interval of inverse temperatures: to the last digit of a double.
_HALVINGS = 60

#: Rows of logits that are looked at together, so that memory does not grow with their number.
_ROWS = 4096

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


class Bin(NamedTuple):
    """Answers of like score.

    Attributes:
        low: scores above this, 0 included in the first.
        high: up to this.
        answers: how many there are.
        score: their mean score; 0 without any.
        correct: the share of them that is right; 0 without any.
    """

    low: float
    high: float
    answers: int
    score: float
    correct: float


@dataclass(frozen=True)
class Reliability:
    """How far scores are from the share of answers that is right.

    Attributes:
        count: answers.
        ece: expected calibration error: the mean over answers of the distance between mean score
            and share right in their bin; a fraction of 1.
        bins: of equal width, empty ones too.
    """

    count: int
    ece: float
    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, scores: Floats, correct: Mask) -> Reliability:
        """The reliability of some answers.

        Args:
            scores: from 0 to 1, shape [n].
            correct: whether each answer is right, shape [n].

        >>> Reliability.of(np.array([0.9, 0.9]), np.array([True, False])).ece
        0.4
        """
        scores = scores.astype(np.float64)  # so that edges are where they are said to be
        place = np.clip(np.ceil(scores * N_BINS).astype(np.intp) - 1, 0, N_BINS - 1)
        counts = np.bincount(place, minlength=N_BINS)
        filled = np.maximum(counts, 1)
        means = np.bincount(place, scores, minlength=N_BINS) / filled
        shares = np.bincount(place, correct.astype(np.float64), minlength=N_BINS) / filled
        ece = float(np.sum(np.abs(means - shares) * counts) / max(1, len(scores)))
        edges = np.linspace(0, 1, N_BINS + 1).tolist()
        rows = zip(edges, edges[1:], counts.tolist(), means.tolist(), shares.tolist(), strict=False)
        return cls(len(scores), ece, tuple(Bin(*row) for row in rows))

    def draw(self, width: int = 40) -> list[str]:
        """The reliability diagram as lines of text, without empty bins.

        A bar is the share that is right, `|` stands where the mean score is.
        """
        lines = ["      score   mean   right  answers"]
        for one in self.bins:
            if not one.answers:
                continue
            filled, mark = round(width * one.correct), min(width - 1, round(width * one.score))
            bar = ["█" if i < filled else "·" for i in range(width)]
            bar[mark] = "|"
            lines.append(
                f"{one.low:.2f}–{one.high:.2f}  {100 * one.score:5.1f}  {100 * one.correct:6.1f}  "
                f"{one.answers:7,}  {''.join(bar)}"
            )
        return lines


@dataclass(frozen=True)
class Calibration(Stored):
    """The reliability of a model's scores on a test set.

    Types that one side does not know are left out, as in the protocol `shared`: whether such an
    answer is right nobody can say.

    Attributes:
        temperature: what the scores were calibrated with; None where they were not.
        entities: of predicted entities, whose score is the mean over their words; right if the
            same entity is in gold.
        words: of all words, `O` included, by the score of their label.
    """

    temperature: float | None
    entities: Reliability
    words: Reliability

    @property
    def noun(self) -> str:
        """What the number may be called: it is a confidence once it was calibrated."""
        return "score" if self.temperature is None else "confidence"

    def describe(self) -> str:
        """One line for a reader."""
        how = "not calibrated" if self.temperature is None else f"temperature {self.temperature:g}"
        return (
            f"{self.noun} ({how}): expected calibration error {100 * self.entities.ece:.1f} % over "
            f"{self.entities.count:,} predicted entities, {100 * self.words.ece:.1f} % over "
            f"{self.words.count:,} words"
        )


def measure_calibration(
    gold: Positions,
    predicted: Positions,
    scores: Floats,
    *,
    offsets: Positions,
    names: tuple[str, ...],
    temperature: float | None,
) -> Calibration:
    """The reliability of scores, over entities and over words.

    Labels, `offsets` and `names` as for `score_flat`; `scores` are those of the predicted labels,
    shape [n_tokens], and words of score 0 are left out.
    """
    table = TagTable(names)
    found, right = _judge_entities(gold, predicted, offsets, table)
    means, seen = mean_over_spans(scores, found.start, found.end)
    words = scores > 0
    return Calibration(
        temperature,
        Reliability.of(means[seen], right[seen]),
        Reliability.of(scores[words], (gold == predicted)[words]),
    )


def mean_over_spans(
    values: Floats, starts: Positions, ends: Positions
) -> tuple[NDArray[np.float64], Mask]:
    """The mean of each span's values that are not 0, and whether it has any; shape [n_spans].

    Args:
        values: shape [n_tokens].
        starts: in order, shape [n_spans].
        ends: each at or before the next start, shape [n_spans].
    """
    if not len(starts):
        return np.zeros(0), np.zeros(0, np.bool_)
    # Neighbouring entries of `bounds` are spans and the gaps between them, in turns.
    bounds = np.stack([starts, ends], axis=1).ravel()
    padded = np.append(values, values.dtype.type(0))  # a span may end with the values
    known = (padded != 0).astype(np.int64)
    sums, counts = (np.add.reduceat(each, bounds)[::2] for each in (padded, known))
    return sums / np.maximum(counts, 1), counts > 0


def _judge_entities(
    gold: Positions, predicted: Positions, offsets: Positions, table: TagTable
) -> tuple[Spans, Mask]:
    """Predicted entities, and whether each is in gold."""
    true, found = (find_spans(side, offsets, table)["type_aware"] for side in (gold, predicted))
    _, matched = match_spans(true, found, len(gold))
    right = np.zeros(len(found), dtype=np.bool_)
    right[matched] = True
    return found, right


@dataclass(frozen=True)
class Threshold:
    """The lowest score from which on predicted entities are precise enough.

    Entities of this score and more are kept; precision and recall, fractions of 1, are theirs, and
    with `full_` those of all predicted entities.
    """

    score: float
    precision: float
    recall: float
    full_precision: float
    full_recall: float
    kept: int
    predicted: int


def find_threshold(
    scores: Floats, correct: Mask, *, n_gold: int, min_precision: float
) -> Threshold:
    """The threshold that keeps most entities at a precision.

    Args:
        scores: of predicted entities, shape [n].
        correct: whether each is right, shape [n].
        n_gold: gold entities.
        min_precision: a fraction of 1.

    Raises:
        SettingError: the precision is no fraction.
        DataError: no threshold reaches it.

    >>> found = find_threshold(
    ...     np.array([0.9, 0.8, 0.7]), np.array([True, True, False]), n_gold=4, min_precision=0.9
    ... )
    >>> found.score, found.precision, found.recall, found.full_recall
    (0.8, 1.0, 0.5, 0.5)
    """
    if not 0 < min_precision <= 1:
        raise SettingError(f"min_precision={min_precision:g}; accepted: above 0, and up to 1")
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(correct[order])
    precision = right / np.arange(1, len(order) + 1)
    # Entities of one score stay or go together.
    ranked = scores[order]
    last = np.append(ranked[1:] != ranked[:-1], True)[: len(order)]
    enough = np.flatnonzero(last & (precision >= min_precision))
    if not len(enough):
        best = float(precision[last].max()) if len(order) else 0.0
        raise DataError(
            f"no threshold gives a precision of {min_precision:g} on these {len(order):,} "
            f"predicted entities; the most that one gives is {best:.3f}"
        )
    at = int(enough[-1])
    return Threshold(
        score=float(ranked[at]),
        precision=float(precision[at]),
        recall=float(right[at] / max(1, n_gold)),
        full_precision=float(precision[-1]),
        full_recall=float(right[-1] / max(1, n_gold)),
        kept=at + 1,
        predicted=len(order),
    )


def rank_entities(
    gold: Positions,
    predicted: Positions,
    scores: Floats,
    *,
    offsets: Positions,
    names: tuple[str, ...],
) -> tuple[NDArray[np.float64], Mask, int]:
    """Score of each predicted entity, whether it is right, and how many entities gold has.

    Args: as for `measure_calibration`; an entity that the model did not see has the score 0.
    """
    table = TagTable(names)
    found, right = _judge_entities(gold, predicted, offsets, table)
    means, _ = mean_over_spans(scores, found.start, found.end)
    return means, right, len(find_spans(gold, offsets, table)["type_aware"])


def softmax(logits: Floats, temperature: float | None = None) -> NDArray[np.float32]:
    """Logits as probabilities, in the shape that they have.

    >>> softmax(np.array([[0.0, 0.0]]), 2.0).tolist()
    [[0.5, 0.5]]
    """
    spread = logits - logits.max(-1, keepdims=True)
    if temperature is not None:
        spread /= temperature
    np.exp(spread, out=spread)
    spread /= spread.sum(-1, keepdims=True)
    scores: NDArray[np.float32] = spread.astype(np.float32, copy=False)
    return scores


def fit_temperature(logits: Floats, targets: Positions) -> float:
    """The temperature of the least negative log-likelihood.

    The likelihood is concave in the inverse temperature, so its slope has one zero at most, which
    is found by halving. Where it has none, the nearer of `LOWEST_TEMPERATURE` and
    `HIGHEST_TEMPERATURE` it is.

    Args:
        logits: shape [n, n_labels].
        targets: the true label of each, shape [n].

    Raises:
        DataError: there is nothing to fit it to, or the model gives no numbers.
    """
    check_scores(logits, targets)
    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _slope(logits, targets, middle) > 0:  # sharper is likelier
            low = middle
        else:
            high = middle
    return 2 / (low + high)


def check_scores(logits: Floats, targets: Positions) -> None:
    """See to it that there is something to fit a temperature to; arguments of `fit_temperature`.

    Raises:
        DataError: there is nothing, or the model gives no numbers.
    """
    if not len(targets):
        raise DataError("no word has a gold label that the model knows; nothing can be calibrated")
    if not np.isfinite(logits).all():
        raise DataError("the model gives logits that are no numbers; nothing can be calibrated")


def search_temperature(loss: Callable[[float], float]) -> float:
    """The temperature of the least loss, for marginals of a CRF, which have no simple slope.

    Their loss may have several valleys, of which this finds one; in the logarithm of the
    temperature, between the same limits.
    """
    from scipy.optimize import minimize_scalar

    limits = (LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
    found = minimize_scalar(
        lambda log: loss(math.exp(log)),
        bounds=tuple(map(math.log, limits)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return min((math.exp(found.x), *limits), key=loss)


def _slope(logits: Floats, targets: Positions, inverse: float) -> float:
    """The derivative of the log-likelihood by the inverse temperature."""
    total = 0.0
    for begin in range(0, len(targets), _ROWS):
        part = logits[begin : begin + _ROWS].astype(np.float64)
        part -= part.max(-1, keepdims=True)
        weights = np.exp(inverse * part)
        expected = (weights * part).sum(-1) / weights.sum(-1)
        true = part[np.arange(len(part)), targets[begin : begin + _ROWS]]
        total += float((true - expected).sum())
    return total


def mean_loss(logits: Floats, targets: Positions, temperature: float | None = None) -> float:
    """The mean negative log-likelihood in nats.

    >>> round(mean_loss(np.zeros((3, 2)), np.array([0, 1, 1])), 4)
    0.6931
    """
    total = 0.0
    for begin in range(0, len(targets), _ROWS):
        part = logits[begin : begin + _ROWS].astype(np.float64) / (temperature or 1)
        part -= part.max(-1, keepdims=True)
        true = part[np.arange(len(part)), targets[begin : begin + _ROWS]]
        total += float((np.log(np.exp(part).sum(-1)) - true).sum())
    return total / max(1, len(targets))
