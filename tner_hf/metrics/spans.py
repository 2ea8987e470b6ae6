"""Entities of many tagged sentences at once: flat label ids in, span arrays out.

seqeval's default mode is conlleval's: an entity may begin with `I-`, and a change of type begins
a new one. Its strict mode (IOB2) counts an entity only if it begins with `B-`. Within IOB2 tags
the boundaries are the same in both modes, so the strict entities are exactly those default ones
whose first tag is a `B-`, and one pass finds both.

What happens between two neighbouring tokens depends on their prefixes and on whether the type
changes. So the rules are evaluated once for each such case. With few labels they are then laid out
for each pair of labels, and a corpus costs one table look-up for each token; with many that table
would grow with the square of their number, and each token is looked up by its prefix and type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError

Mode = Literal["default", "strict"]
Variant = Literal["type_aware", "type_ignored"]
MODES: tuple[Mode, ...] = ("default", "strict")
VARIANTS: tuple[Variant, ...] = ("type_aware", "type_ignored")

#: Any array of label ids; numpy's own integer types are all accepted.
Labels = NDArray[np.integer[Any]]
Positions = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: `O`, or one of seqeval's prefixes, alone or before a hyphen and a type. `L` and `U` alone are no
#: tags to seqeval either: it warns, and lets them begin in an earlier sentence.
_TAG = re.compile(r"O|[BIES](-.*)?|[LU]-.+", re.DOTALL)
#: The type that seqeval gives to a tag that has none.
_NO_TYPE = "_"
#: What a label that is no tag looks like in the tables; using it is an error.
_NO_PREFIX = "?"

#: What a tag may begin with, `O` first; a label's prefix is known by its place here.
_PREFIXES = "OBIESLU" + _NO_PREFIX
#: Cells of a table over all pairs of labels: 255 labels, which still fit the processor's cache.
_MOST_PAIRS = 1 << 16

# Bits of the transition table, each for the gap between two neighbouring tokens.
_START = {"type_aware": np.uint8(1), "type_ignored": np.uint8(4)}
_END = {"type_aware": np.uint8(2), "type_ignored": np.uint8(8)}
_STARTS, _ENDS = np.uint8(1 | 4), np.uint8(2 | 8)
_BEGINS = np.uint8(16)  # the second label is a `B-`
_BROKEN = np.uint8(32)  # the second label is no tag, or not one that the mode accepts


@dataclass(frozen=True)
class Spans:
    """Entities in order of their end, as half-open token ranges `[start, end)` of the flat array.

    Attributes:
        start: *Shape:* [n_entities].
        end: *Shape:* [n_entities]; no two entities share one.
        kind: index of the type in `TagTable.types`; zeros where types are ignored.
            *Shape:* [n_entities].
        begins: whether the first tag is a `B-`, which is what strict mode asks for.
            *Shape:* [n_entities].
    """

    start: Positions
    end: Positions
    kind: Positions
    begins: Mask

    def __len__(self) -> int:
        return len(self.start)

    def select(self, kept: Mask) -> Spans:
        """The entities at which `kept` is true."""
        rows = np.flatnonzero(kept)  # several times as fast as indexing by the mask
        return Spans(
            self.start.take(rows),
            self.end.take(rows),
            self.kind.take(rows),
            self.begins.take(rows),
        )

    def within(self, offsets: Positions) -> Iterator[tuple[int, int, int, int]]:
        """The sentence of each entity, its first token there, the one after its last, its kind."""
        sentence = sentence_of(self.end - 1, offsets)
        base = offsets[sentence]
        columns = sentence, self.start - base, self.end - base, self.kind
        return zip(*(column.tolist() for column in columns), strict=True)


@dataclass(frozen=True)
class TagTable:
    """The tags that label ids stand for, and what each pair of neighbours means.

    Attributes:
        names: the tag of each label id, in any order and with or without `O`.
        mode: how types are read from tags. The modes differ only on types with a hyphen at an
            end (`B-x-` is of type `x-` by default and `x` in strict mode).
    """

    names: tuple[str, ...]
    mode: Mode = "default"

    @cached_property
    def prefixes(self) -> Positions:
        """The place of each label's prefix in `_PREFIXES`, and a last 0 (`O`) for the gap between
        sentences. *Shape:* [n_labels + 1].
        """
        place = {letter: i for i, letter in enumerate(_PREFIXES)}
        letters = (name[0] if _TAG.fullmatch(name) else _NO_PREFIX for name in self.names)
        return np.array([*map(place.__getitem__, letters), 0], dtype=np.intp)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Types in code point order, the order in which seqeval averages them."""
        return tuple(sorted({self._type_of(name) for name in self.names} | {_NO_TYPE}))

    @cached_property
    def kinds(self) -> Positions:
        """The index of each label's type in `types`. *Shape:* [n_labels + 1]."""
        index = {name: i for i, name in enumerate(self.types)}
        found = [index[self._type_of(name)] for name in self.names]
        return np.array([*found, index[_NO_TYPE]], dtype=np.intp)

    @cached_property
    def transitions(self) -> NDArray[np.uint8] | None:
        """Which spans start or end between a label and the next; None for too many labels.

        *Shape:* [(n_labels + 1)²].
        """
        if len(self.prefixes) ** 2 > _MOST_PAIRS:
            return None
        changed = self.kinds[:, None] != self.kinds[None, :]
        before, now = self.prefixes[:, None], self.prefixes[None, :]
        bits: NDArray[np.uint8] = _rule_table(self.mode)[before, now, changed.astype(np.intp)]
        return bits.ravel()

    def look_up(
        self, before: Positions, now: Positions, out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Which spans start or end between labels and the next ones. *Shape:* as `before`."""
        if self.transitions is not None:
            pairs = before * len(self.prefixes)
            pairs += now
            # "clip" spares a copy; the ids are known to be in range.
            return self.transitions.take(pairs, out=out, mode="clip")
        cases = self.prefixes.take(before) * len(_PREFIXES)
        cases += self.prefixes.take(now)
        cases *= 2
        cases += self.kinds.take(before) != self.kinds.take(now)
        return _rule_table(self.mode).ravel().take(cases, out=out, mode="clip")

    @cached_property
    def has_unpaired_rules(self) -> bool:
        """Whether conlleval's rules may end a span twice or not at all: with `L-` and `U-` only."""
        return bool(np.isin(self.prefixes, [_PREFIXES.index(letter) for letter in "LU"]).any())

    @property
    def reads_types_as_strict(self) -> bool:
        """Whether strict mode finds the same types in these tags."""
        strict = TagTable(self.names, "strict")
        return [self._type_of(n) for n in self.names] == [strict._type_of(n) for n in self.names]

    def _type_of(self, name: str) -> str:
        if name == "O":
            return _NO_TYPE
        rest = name[1:]
        found = rest.strip("-") if self.mode == "strict" else rest.partition("-")[2]
        return found or _NO_TYPE


@cache
def _rule_table(mode: Mode) -> NDArray[np.uint8]:
    """Conlleval's rules: bits for two prefixes, and whether the type changes between them.

    *Shape:* [n_prefixes, n_prefixes, 2], the earlier prefix first.
    """
    bits = np.zeros((len(_PREFIXES), len(_PREFIXES), 2), dtype=np.uint8)
    accepted = "OBI" if mode == "strict" else "OBIESLU"
    for place in np.ndindex(bits.shape):
        before, now, changed = _PREFIXES[place[0]], _PREFIXES[place[1]], bool(place[2])
        cases = {"type_aware": changed, "type_ignored": (before == "O") != (now == "O")}
        for variant in VARIANTS:
            starts, ends = _apply_rules(before, now, changed=cases[variant])
            bits[place] |= starts * _START[variant] | ends * _END[variant]
        bits[place] |= (now == "B") * _BEGINS | (now not in accepted) * _BROKEN
    return bits


def _apply_rules(before: str, now: str, *, changed: bool) -> tuple[bool, bool]:
    """Conlleval's rules: does a span start between two prefixes, does one end there?"""
    starts = now in "BS" or (changed and now != "O") or (before in "ESO" and now in "IE")
    ends = before in "ES" or (changed and before != "O") or (before in "BI" and now in "BSO")
    return starts, ends


def find_spans(
    labels: Labels, offsets: Positions, table: TagTable, *, first_sentence: int = 0
) -> dict[Variant, Spans]:
    """The entities of all sentences, with their types and with types ignored.

    With types ignored each `B-x` counts as `B-entity` and each `I-x` as `I-entity`, so that
    `B-person I-location` is one entity.

    Args:
        labels: label ids of all tokens. *Shape:* [n_tokens].
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        table: the tags behind the ids.
        first_sentence: the number of sentences before these, for messages.

    Raises:
        DataError: an id has no name, or its name is no tag that the mode accepts.

    Examples:
        >>> table = TagTable(("O", "B-person", "I-person"))
        >>> spans = find_spans(np.array([1, 2, 0, 2]), np.array([0, 4]), table)["type_aware"]
        >>> spans.start.tolist(), spans.end.tolist(), spans.begins.tolist()
        ([0, 3], [2, 4], [True, False])
    """
    _check_ids(labels, offsets, table.names, first_sentence)
    ids: Positions = labels.astype(np.intp, copy=False)  # narrow ones cannot hold a pair's number
    bits = _find_events(ids, offsets, table)
    places = np.flatnonzero(bits != 0)  # a mask is ten times as fast as numbers here
    bits = bits.take(places)
    if (bits & _BROKEN).any():
        broken = int(places[(bits & _BROKEN) != 0][0])
        _refuse_tag(ids, offsets, table, broken, first_sentence)
    spans: dict[Variant, Spans] = {}
    for variant in VARIANTS:
        starts = (bits & _START[variant]) != 0
        start = np.compress(starts, places)
        begins = (np.compress(starts, bits) & _BEGINS) != 0
        end = np.compress((bits & _END[variant]) != 0, places)
        if table.has_unpaired_rules:
            last = np.searchsorted(start, end, side="left") - 1
            start, begins = start.take(last), begins.take(last)
        if variant == "type_aware":
            kind = table.kinds.take(ids.take(end - 1))
        else:
            kind = np.zeros(len(end), dtype=np.intp)
        spans[variant] = Spans(start, end, kind, begins)
    return spans


def _find_events(labels: Positions, offsets: Positions, table: TagTable) -> NDArray[np.uint8]:
    """Bits for the gap before each token and after the last. *Shape:* [n_tokens + 1]."""
    edge = len(table.names)
    bits = np.zeros(len(labels) + 1, dtype=np.uint8)
    if not len(labels):
        return bits
    table.look_up(labels[:-1], labels[1:], out=bits[1:-1])
    # Between two sentences one span may end and another start, as if an O stood there.
    before = np.where(offsets > 0, labels.take(offsets - 1, mode="wrap"), edge)
    now = np.where(offsets < len(labels), labels.take(offsets, mode="clip"), edge)
    gap = np.full(len(offsets), edge)
    bits[offsets] = (table.look_up(before, gap) & _ENDS) | (table.look_up(gap, now) & ~_ENDS)
    return bits


def match_spans(gold: Spans, predicted: Spans, n_tokens: int) -> tuple[Positions, Positions]:
    """The pairs with equal start, end and type, as indices into either side.

    *Shape:* [n_pairs] each.
    """
    at_end = np.full(n_tokens + 1, -1, dtype=np.int32)
    at_end[predicted.end] = np.arange(len(predicted))
    found = at_end.take(gold.end)
    left = np.flatnonzero(found >= 0)
    right = found.take(left).astype(np.intp)
    equal = predicted.start.take(right) == gold.start.take(left)
    equal &= predicted.kind.take(right) == gold.kind.take(left)
    return np.compress(equal, left), np.compress(equal, right)


def sentence_of(places: Positions, offsets: Positions) -> Positions:
    """The index of the sentence that each token position lies in. *Shape:* as `places`."""
    return np.searchsorted(offsets, places, side="right") - 1


def _check_ids(
    labels: Labels, offsets: Positions, names: Sequence[str], first_sentence: int
) -> None:
    if not len(labels) or (labels.min() >= 0 and labels.max() < len(names)):
        return
    place = int(np.flatnonzero((labels < 0) | (labels >= len(names)))[0])
    raise DataError(
        f"label id {labels[place]} {_describe_place(place, offsets, first_sentence)} has no name: "
        f"names has {len(names)} tags, so ids 0 to {len(names) - 1} are accepted. Were the ids "
        "made with another label space? Decode each side with the names of its own."
    )


def _refuse_tag(
    labels: Labels, offsets: Positions, table: TagTable, place: int, first_sentence: int
) -> None:
    tag = table.names[int(labels[place])]
    where = _describe_place(place, offsets, first_sentence)
    if not _TAG.fullmatch(tag):
        raise DataError(
            f"{tag!r} {where} is no NER tag; accepted: 'O', or a prefix (B, I, E, S, L, U), a "
            "hyphen and a type, such as 'B-person'."
        )
    raise DataError(
        f"{tag!r} {where} is no IOB2 tag, so strict mode cannot score it; accepted prefixes: O, B, "
        "I. Convert the tags with tner_hf.labels.schemes.to_iob2, or score with modes=('default',)."
    )


def _describe_place(place: int, offsets: Positions, first_sentence: int) -> str:
    sentence = int(sentence_of(np.array([place]), offsets)[0])
    token = place - int(offsets[sentence]) + 1
    return f"at token {token} of sentence {first_sentence + sentence + 1}"
