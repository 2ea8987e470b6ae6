"""Gold, predicted and correct entities by type: the counts that every score is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import SettingError
from tner_hf.metrics.spans import (
    MODES,
    VARIANTS,
    Labels,
    Mode,
    Positions,
    Spans,
    TagTable,
    Variant,
    find_spans,
    match_spans,
    sentence_of,
)

#: The only type left when types are ignored.
COLLAPSED_TYPE = "entity"

#: Tokens counted at a time: all that is derived from them then stays in the processor's cache.
CHUNK = 1 << 16


@dataclass(frozen=True)
class Counts:
    """Entities counted by type.

    Attributes:
        types: types that occur in gold or prediction, in code point order.
        correct: *Shape:* [n_types].
        predicted: *Shape:* [n_types].
        gold: *Shape:* [n_types].
    """

    types: tuple[str, ...]
    correct: NDArray[np.int64]
    predicted: NDArray[np.int64]
    gold: NDArray[np.int64]


@dataclass(frozen=True)
class Entries:
    """One entry for each entity that counts, sentence after sentence within a chunk of tokens.

    Attributes:
        types: types that occur in gold or prediction, in code point order.
        sentences: the sentence that it stands in. *Shape:* [n_entries].
        sides: 0 for a correct entity, 1 for a predicted and 2 for a gold one. *Shape:* [n_entries].
        kinds: the index of its type. *Shape:* [n_entries].
    """

    types: tuple[str, ...]
    sentences: NDArray[np.int32]
    sides: NDArray[np.int32]
    kinds: NDArray[np.int32]


class Chunk(NamedTuple):
    """Some whole sentences, laid end to end.

    Attributes:
        gold: *Shape:* [n_tokens].
        predicted: *Shape:* [n_tokens].
        offsets: *Shape:* [n_sentences + 1].
        first_sentence: the number of sentences in earlier chunks.
    """

    gold: Labels
    predicted: Labels
    offsets: Positions
    first_sentence: int


def count_entities(
    gold: Labels,
    predicted: Labels,
    *,
    names: Sequence[str],
    offsets: Positions,
    modes: Sequence[Mode] = MODES,
) -> dict[Variant, dict[Mode, Counts]]:
    """Entities of all types, for all variants and modes; arguments as for `score_flat`."""
    _check_flat(gold, predicted, offsets)
    cut = partial(_cut_flat, gold, predicted, offsets)
    return count_chunks(cut, names=names, modes=modes)


def list_entities(
    gold: Labels, predicted: Labels, *, names: Sequence[str], offsets: Positions
) -> dict[Variant, dict[Mode, Entries]]:
    """What `count_entities` counts, one by one with its sentence; arguments as there."""
    _check_flat(gold, predicted, offsets)
    out: dict[Variant, dict[Mode, Entries]] = {variant: {} for variant in VARIANTS}
    for group, table in _tables_for(tuple(names), MODES):
        parts: dict[Variant, list[NDArray[np.int32]]] = {variant: [] for variant in VARIANTS}
        for chunk in _cut_flat(gold, predicted, offsets):
            for variant, found in _list_chunk(chunk, table).items():
                parts[variant].append(found)
        for variant in VARIANTS:
            types = table.types if variant == "type_aware" else (COLLAPSED_TYPE,)
            listed = np.concatenate(parts[variant], axis=1)
            for mode in group:
                # The last row tells whether an entity begins with `B-`; strict asks for it.
                kept = listed[:, listed[3] > 0] if mode == "strict" else listed
                out[variant][mode] = _keep_listed(kept, types)
    return out


def count_chunks(
    cut: Callable[[], Iterable[Chunk]],
    *,
    names: Sequence[str],
    modes: Sequence[Mode] = MODES,
) -> dict[Variant, dict[Mode, Counts]]:
    """As `count_entities`, over chunks of about `CHUNK` tokens.

    `cut` gives all chunks, one or more, each time it is called.
    """
    out: dict[Variant, dict[Mode, Counts]] = {variant: {} for variant in VARIANTS}
    for group, table in _tables_for(tuple(names), modes):
        cells = _add_chunks(cut(), table)
        for variant in VARIANTS:
            types = table.types if variant == "type_aware" else (COLLAPSED_TYPE,)
            for mode in group:
                # The last axis tells whether an entity begins with `B-`; strict asks for it.
                rows = cells[variant][..., 1] if mode == "strict" else cells[variant].sum(axis=-1)
                out[variant][mode] = _keep_present(rows, types)
    return out


def divide_counts(
    correct: NDArray[Any], predicted: NDArray[Any], gold: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Precision, recall and F1, elementwise; 0 where nothing was predicted, or nothing is gold.

    *Shape:* any, the same for all. The order of operations is seqeval's.
    """
    precision = correct / np.where(predicted == 0, 1, predicted)
    recall = correct / np.where(gold == 0, 1, gold)
    total = precision + recall
    f1 = 2.0 * precision * recall / np.where(total == 0, 1.0, total)
    return precision, recall, f1


def _tables_for(
    names: tuple[str, ...], modes: Sequence[Mode]
) -> list[tuple[tuple[Mode, ...], TagTable]]:
    """The modes that share a pass, each group with its table; strict tables refuse more tags."""
    if not modes or (unknown := set(modes) - set(MODES)):
        shown = sorted(unknown) if modes else list(modes)
        raise SettingError(f"modes {shown} cannot be scored; accepted: one or both of {MODES}")
    if "strict" not in modes:
        return [(("default",), TagTable(names))]
    strict = TagTable(names, "strict")
    if "default" not in modes:
        return [(("strict",), strict)]
    if TagTable(names).reads_types_as_strict:
        return [(MODES, strict)]
    return [(("default",), TagTable(names)), (("strict",), strict)]


def _add_chunks(chunks: Iterable[Chunk], table: TagTable) -> dict[Variant, NDArray[np.int64]]:
    """Correct, predicted and gold entities. *Shape:* [3, n_types, begins with B]."""
    cells = {
        variant: np.zeros((3, len(table.types) if variant == "type_aware" else 1, 2), np.int64)
        for variant in VARIANTS
    }
    for gold, predicted, offsets, first in chunks:
        sides = [find_spans(s, offsets, table, first_sentence=first) for s in (gold, predicted)]
        for variant, counted in cells.items():
            pair = sides[0][variant], sides[1][variant]
            for side, (_, kind, begins) in enumerate(_find_sides(*pair, offsets)):
                found = np.bincount(kind * 2 + begins, minlength=counted[side].size)
                counted[side] += found.reshape(-1, 2)
    return cells


def _cut_flat(gold: Labels, predicted: Labels, offsets: Positions) -> Iterator[Chunk]:
    cuts = np.searchsorted(offsets, np.arange(CHUNK, offsets[-1], CHUNK))
    for first, last in pairwise(np.unique([0, *cuts.tolist(), len(offsets) - 1]).tolist()):
        tokens = slice(offsets[first], offsets[last])
        local = offsets[first : last + 1] - offsets[first]
        yield Chunk(gold[tokens], predicted[tokens], local, first)
    if len(offsets) == 1:
        yield Chunk(gold, predicted, offsets, 0)


def _find_sides(
    gold: Spans, predicted: Spans, offsets: Positions
) -> tuple[tuple[Positions, Positions, NDArray[np.bool_]], ...]:
    """Correct, predicted and gold entities: their ends, types, and whether they begin with `B-`."""
    left, right = match_spans(gold, predicted, int(offsets[-1]))
    both_begin = gold.begins.take(left) & predicted.begins.take(right)
    return (
        (gold.end.take(left), gold.kind.take(left), both_begin),
        (predicted.end, predicted.kind, predicted.begins),
        (gold.end, gold.kind, gold.begins),
    )


def _list_chunk(chunk: Chunk, table: TagTable) -> dict[Variant, NDArray[np.int32]]:
    """Sentence, side, type and beginning of each entity. *Shape:* [4, n_entries]."""
    gold, predicted, offsets, first = chunk
    spans = [find_spans(s, offsets, table, first_sentence=first) for s in (gold, predicted)]
    listed: dict[Variant, NDArray[np.int32]] = {}
    for variant in VARIANTS:
        sides = _find_sides(spans[0][variant], spans[1][variant], offsets)
        rows = [
            (first + sentence_of(end - 1, offsets), np.full(len(end), side), kind, begins)
            for side, (end, kind, begins) in enumerate(sides)
        ]
        listed[variant] = np.concatenate([np.array(row, np.int32) for row in rows], axis=1)
    return listed


def _keep_listed(listed: NDArray[np.int32], types: tuple[str, ...]) -> Entries:
    """Entries with the types that occur."""
    present, kinds = np.unique(listed[2], return_inverse=True)
    kept = tuple(types[i] for i in present)
    return Entries(kept, listed[0], listed[1], kinds.astype(np.int32))


def _keep_present(rows: NDArray[np.int64], types: tuple[str, ...]) -> Counts:
    """Counts of the types that occur. *Shape of rows:* [3, n_types]."""
    correct, predicted, gold = rows
    present = np.flatnonzero(predicted + gold)
    kept = tuple(types[i] for i in present)
    return Counts(kept, correct[present], predicted[present], gold[present])


def _check_flat(gold: Labels, predicted: Labels, offsets: Positions) -> None:
    if gold.ndim != 1 or gold.shape != predicted.shape:
        raise SettingError(
            f"gold has shape {gold.shape}, predicted {predicted.shape}; expected [n_tokens] twice."
        )
    ordered = offsets.ndim == 1 and len(offsets) > 0 and bool((np.diff(offsets) >= 0).all())
    if not ordered or offsets[0] != 0 or offsets[-1] != len(gold):
        raise SettingError(
            f"offsets must rise from 0 to the number of tokens ({len(gold)}), with one more entry "
            f"than sentences; got {offsets[:3].tolist()} … {offsets[-1:].tolist()}."
        )
