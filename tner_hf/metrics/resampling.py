"""Scores of many resampled test sets at once, from entity counts of each sentence.

A resample repeats some units and leaves others out, so its counts are a weighted sum of the units'
counts, and a thousand resamples are one matrix product. No entity is looked at twice. The units are
documents where they are known, for the sentences of one document are alike; else sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import SettingError
from tner_hf.metrics.counts import Entries, divide_counts, list_entities
from tner_hf.metrics.spans import MODES, VARIANTS, Labels, Mode, Positions, Variant

Metric = Literal["precision", "recall", "f1"]
METRICS: tuple[Metric, ...] = ("precision", "recall", "f1")

#: Weights, or sums, held at a time; 16 MB of them.
_CHUNK = 1 << 21
#: Types of which each gets scores of its own, those with most entities; all count in the averages.
MOST_TYPES = 1000
#: Scores and differences that should be equal may differ in the last digits of their sums.
ROUNDING = 1e-12
#: A matrix product takes this many cells in the time of one entry that is added by itself.
_PER_ENTRY = 30

Matrix = NDArray[np.float64]

#: What is taken as drawn independently.
Unit = Literal["sentences", "documents"]


class Block(NamedTuple):
    """The columns of one variant and mode: correct, predicted, gold, each for all types.

    Attributes:
        variant: with or without types.
        mode: how tags are read.
        types: all that occur, in code point order.
        listed: those with scores of their own, as places in `types`.
    """

    variant: Variant
    mode: Mode
    types: tuple[str, ...]
    listed: tuple[int, ...]

    @property
    def width(self) -> int:
        return 3 * len(self.types)


class ScoreKey(NamedTuple):
    """Which score a column of values is; `type` is empty for the averages."""

    variant: Variant
    mode: Mode
    average: Literal["micro", "macro", "per_type"]
    type: str
    metric: Metric


@dataclass(frozen=True)
class UnitCounts:
    """Entity counts of each unit, for all variants and modes side by side.

    They are kept as one entry for each counted entity, for nearly all counts are zero: the memory
    does not grow with the number of types.

    Attributes:
        blocks: what the columns are, from left to right.
        n_units: the number of rows.
        rows: the unit of each entry, never decreasing. *Shape:* [n_entries].
        columns: the column of each entry. *Shape:* [n_entries].
        unit: what is taken as drawn independently.
    """

    blocks: tuple[Block, ...]
    n_units: int
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    unit: Unit = "sentences"

    def by_document(self, documents: NDArray[np.integer] | None) -> UnitCounts:
        """The counts of whole documents; of the sentences as they are where there are no two.

        Args:
            documents: the document of each sentence, any numbers; None where unknown.
                *Shape:* [n_sentences].

        Raises:
            SettingError: there are not as many as sentences.
        """
        if documents is None:
            return self
        if len(documents) != self.n_units:
            raise SettingError(
                f"documents are given for {len(documents):,} of {self.n_units:,} sentences; each "
                "sentence needs one"
            )
        found, numbers = np.unique(documents, return_inverse=True)
        if len(found) < 2:
            return self
        rows = numbers.astype(np.int32)[self.rows]
        order = np.argsort(rows, kind="stable")
        return UnitCounts(self.blocks, len(found), rows[order], self.columns[order], "documents")

    def without_types(self) -> UnitCounts:
        """The same counts with all types as one, for micro averages alone: many times as fast."""
        merged = [
            3 * number + np.repeat(np.arange(3), len(block.types))
            for number, block in enumerate(self.blocks)
        ]
        columns = np.concatenate(merged).astype(np.int32)[self.columns]
        blocks = tuple(block._replace(types=("",), listed=()) for block in self.blocks)
        return replace(self, blocks=blocks, columns=columns)

    @property
    def n_columns(self) -> int:
        return sum(block.width for block in self.blocks)

    @property
    def sums(self) -> Matrix:
        """The counts of all sentences together. *Shape:* [n_columns]."""
        return np.bincount(self.columns, minlength=self.n_columns).astype(np.float64)

    def multiply(self, drawn: Iterable[Matrix]) -> Iterator[Matrix]:
        """Weighted sums of the counts of all units, never holding more than `_CHUNK` cells of them.

        Args:
            drawn: weights of the units. *Shape:* [some resamples, n_units] each.

        Yields:
            *Shape:* [fewer resamples, n_columns].
        """
        step = max(1, _CHUNK // max(1, self.n_columns))
        pieces = (
            weights[first : first + step]
            for weights in drawn
            for first in range(0, len(weights), step)
        )
        if self.n_units * self.n_columns > _PER_ENTRY * len(self.rows):
            return map(self._multiply_entries, pieces)
        return self._multiply_panels(pieces)

    def _multiply_entries(self, weights: Matrix) -> Matrix:
        """Each entry is added by itself, which is faster where nearly all cells are zero."""
        out = np.empty((len(weights), self.n_columns))
        for sums, row in zip(out, weights, strict=True):
            sums[:] = np.bincount(self.columns, row.take(self.rows), minlength=self.n_columns)
        return out

    def _multiply_panels(self, pieces: Iterable[Matrix]) -> Iterator[Matrix]:
        width = max(1, min(self.n_columns, _CHUNK // max(1, self.n_units)))
        order = np.argsort(self.columns, kind="stable")
        columns = self.columns[order]
        cells = self.rows[order].astype(np.intp) * width + columns % width
        cuts = np.searchsorted(columns, np.arange(0, self.n_columns + width, width))
        panel = np.zeros(self.n_units * width)
        for weights in pieces:
            out = np.empty((len(weights), self.n_columns))
            for first, (begin, end) in zip(
                range(0, self.n_columns, width), pairwise(cuts.tolist()), strict=True
            ):
                np.add.at(panel, cells[begin:end], 1.0)
                products = weights @ panel.reshape(self.n_units, width)
                out[:, first : first + width] = products[:, : self.n_columns - first]
                panel[cells[begin:end]] = 0.0
            yield out

    @property
    def keys(self) -> tuple[ScoreKey, ...]:
        """The scores that `score_sums` gives, in its order."""
        return tuple(key for block in self.blocks for key in _keys_of(block))

    def score(self) -> Matrix:
        """The scores of the units as they are. *Shape:* [n_keys]."""
        return score_sums(self.sums[None], self.blocks).ravel()


def count_sentences(
    gold: Labels, predicted: Labels, *, names: Sequence[str], offsets: Positions
) -> UnitCounts:
    """Entity counts of each sentence; arguments as for `score_flat`."""
    return count_systems(gold, [predicted], names=names, offsets=offsets)[0]


def count_systems(
    gold: Labels, systems: Sequence[Labels], *, names: Sequence[str], offsets: Positions
) -> tuple[UnitCounts, ...]:
    """Entity counts of each sentence for several systems, with the same columns for all.

    Arguments as for `score_flat`; `systems` holds the predicted label ids of each.
    """
    return count_sides([(gold, predicted, offsets) for predicted in systems], names=names)


def count_sides(
    sides: Sequence[tuple[Labels, Labels, Positions]], *, names: Sequence[str]
) -> tuple[UnitCounts, ...]:
    """Entity counts of each sentence for several test sets, with the same columns for all.

    Args:
        sides: gold and predicted label ids, and where sentences begin, of each; as for
            `count_systems`.
        names: the tag of each id, for all sides.
    """
    counted = [
        list_entities(gold, predicted, names=names, offsets=offsets)
        for gold, predicted, offsets in sides
    ]
    blocks = tuple(
        _join_block(variant, mode, [c[variant][mode] for c in counted])
        for variant in VARIANTS
        for mode in MODES
    )
    return tuple(
        _lay_out(c, blocks, len(offsets) - 1)
        for c, (_, _, offsets) in zip(counted, sides, strict=True)
    )


def score_sums(sums: Matrix, blocks: Sequence[Block]) -> Matrix:
    """The scores behind each row of summed counts.

    Macro averages over the types that occur in that row's gold or predictions, as seqeval would
    on the resampled sentences; a type that occurs in neither scores 0.

    Args:
        sums: *Shape:* [n_rows, n_columns].
        blocks: what the columns are.

    Returns:
        *Shape:* [n_rows, n_keys].
    """
    parts = []
    first = 0
    for block in blocks:
        columns = sums[:, first : first + block.width].reshape(len(sums), 3, len(block.types))
        first += block.width
        micro = np.stack(divide_counts(*columns.sum(axis=2).T), axis=1)
        per_type = np.stack(divide_counts(*columns.transpose(1, 0, 2)), axis=2)
        present = (columns[:, 1] + columns[:, 2]) > 0
        macro = per_type.sum(axis=1) / np.maximum(present.sum(axis=1), 1)[:, None]
        parts += [micro, macro, per_type[:, list(block.listed)].reshape(len(sums), -1)]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(sums), 0))


def draw_weights(n_units: int, n_resamples: int, seed: int) -> Iterator[Matrix]:
    """How often each resample takes each unit, a chunk of resamples at a time.

    The draws are those of `numpy.random.default_rng(seed)`, as in `scipy.stats.bootstrap`.

    Yields:
        *Shape:* [some resamples, n_units]; each row sums to `n_units`.
    """
    random = np.random.default_rng(seed)
    for rows in _chunks(n_units, n_resamples):
        weights = np.empty((rows, n_units))
        for row in weights:  # one at a time: the draws of all would take three times the memory
            drawn = random.integers(0, n_units, n_units)
            row[:] = np.bincount(drawn, minlength=n_units)
        yield weights


def draw_swaps(n_units: int, n_resamples: int, seed: int) -> Iterator[Matrix]:
    """Which units each randomisation swaps between two systems: 0 or 1, evenly.

    Yields:
        *Shape:* [some randomisations, n_units].
    """
    random = np.random.default_rng(seed)
    for rows in _chunks(n_units, n_resamples):
        yield random.integers(0, 2, (rows, n_units), dtype=np.int8).astype(np.float64)


def nest_values(keys: Sequence[ScoreKey], values: Sequence[Any]) -> dict[str, Any]:
    """One value for each score, in the layout of `Scores`."""
    nested: dict[str, Any] = {}
    for key, value in zip(keys, values, strict=True):
        block = nested.setdefault(key.variant, {}).setdefault(
            key.mode, {"micro": {}, "macro": {}, "per_type": {}}
        )
        place = block[key.average]
        if key.average == "per_type":
            place = place.setdefault(key.type, {})
        place[key.metric] = value
    return nested


def check_resamples(n_resamples: int) -> None:
    """Refuse a number of resamples that gives no answer."""
    if n_resamples < 1:
        raise SettingError(f"n_resamples={n_resamples} is too few; accepted: 1 or more.")


def _chunks(n_units: int, n_resamples: int) -> Iterator[int]:
    size = max(1, _CHUNK // max(1, n_units))
    for first in range(0, n_resamples, size):
        yield min(size, n_resamples - first)


def _keys_of(block: Block) -> Iterator[ScoreKey]:
    for average in ("micro", "macro"):
        for metric in METRICS:
            yield ScoreKey(block.variant, block.mode, average, "", metric)
    for place in block.listed:
        for metric in METRICS:
            yield ScoreKey(block.variant, block.mode, "per_type", block.types[place], metric)


def _join_block(variant: Variant, mode: Mode, several: Sequence[Entries]) -> Block:
    """One block for several systems."""
    entities: Counter[str] = Counter()
    for entries in several:
        counted = np.bincount(entries.kinds, minlength=len(entries.types)).tolist()
        entities.update(dict(zip(entries.types, counted, strict=True)))
    types = tuple(sorted(entities))
    commonest = sorted(range(len(types)), key=lambda i: (-entities[types[i]], i))[:MOST_TYPES]
    return Block(variant, mode, types, tuple(sorted(commonest)))


def _lay_out(
    counted: Mapping[Variant, Mapping[Mode, Entries]], blocks: tuple[Block, ...], n_sentences: int
) -> UnitCounts:
    rows, columns = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    first = 0
    for block in blocks:
        entries = counted[block.variant][block.mode]
        place = {name: i for i, name in enumerate(block.types)}
        places = np.array([place[name] for name in entries.types], dtype=np.int32)
        rows.append(entries.sentences)
        columns.append(first + entries.sides * len(block.types) + places[entries.kinds])
        first += block.width
    joined = np.concatenate(rows)
    order = np.argsort(joined, kind="stable")
    return UnitCounts(blocks, n_sentences, joined[order], np.concatenate(columns)[order])
