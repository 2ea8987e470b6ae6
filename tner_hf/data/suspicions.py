"""What is lawful in a data file and yet likely a mistake; each function yields warnings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, takewhile

from tner_hf.errors import Problem
from tner_hf.formats.iob import IobFile
from tner_hf.formats.iob_lines import show_lines
from tner_hf.labels import OUTSIDE, UNIFIED, split_tag
from tner_hf.labels.schemes import count_pairs, starts_entity

#: A longer sentence most likely lost its blank lines (641 tokens occur in a published corpus).
LONGEST_SENTENCE = 1000
#: Shorter type names may differ by one letter and mean different things (`DNA`, `RNA`).
SHORTEST_TYPO = 5

#: Longer names are compared without regard to single letters.
_LONGEST_TYPO = 60

#: Types that one message lists, and types alike that are compared with each other.
_MOST_LISTED, _MOST_ALIKE = 30, 30

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNDECODED = re.compile("\ufffd")
_SPACED = re.compile(r"[ \t]")


@dataclass(frozen=True)
class Content:
    """A scanned file and what the checks ask of it again and again.

    Attributes:
        split: the split that it belongs to, None where nobody said.
        entities: how many of each type, most frequent first.
        first_lines: the line on which each type first occurs.
    """

    file: IobFile
    split: str | None
    entities: dict[str, int]
    first_lines: dict[str, int] = field(repr=False)

    @classmethod
    def of(cls, file: IobFile, split: str | None) -> Content:
        tagged = ([tag or OUTSIDE for tag in tags] for _, tags in file.sentences)
        found: Counter[str] = Counter()
        for (previous, tag), count in count_pairs(tagged).items():
            if starts_entity(previous, tag):
                found[split_tag(tag)[1]] += count
        return cls(file, split, dict(found.most_common()), _find_first_lines(file))

    def warn(self, line: int, what: str) -> Problem:
        return Problem(self.file.path, line, what, "warning")


def _find_first_lines(file: IobFile) -> dict[str, int]:
    first: dict[str, int] = {}
    seen = {OUTSIDE, ""}
    for line, (_, tags) in zip(file.first_lines, file.sentences, strict=True):
        new = set(tags) - seen
        for position, tag in enumerate(tags) if new else ():
            if tag in new:
                first.setdefault(split_tag(tag)[1], line + position)
        seen |= new
    return first


def find_emptiness(content: Content) -> Iterator[Problem]:
    """A file without sentences, or without a single entity."""
    if content.file.errors:
        return
    if not content.file.sentences:
        yield content.warn(0, "no sentence in this file")
    elif not content.entities:
        yield content.warn(0, "no entity in this file: every tag is O; is tag_column right?")


def find_long_sentences(content: Content) -> Iterator[Problem]:
    """Sentences that most likely are several."""
    for line, (tokens, _) in zip(content.file.first_lines, content.file.sentences, strict=True):
        if len(tokens) > LONGEST_SENTENCE:
            what = f"sentence of {len(tokens)} tokens; a blank line after each sentence is accepted"
            yield content.warn(line, what)


def find_odd_tokens(content: Content) -> Iterator[Problem]:
    """Control characters, traces of a wrong encoding, and spaces inside tokens."""
    vocabulary: set[str] = set()
    vocabulary.update(*(tokens for tokens, _ in content.file.sentences))
    for pattern, what in (
        (_UNPRINTABLE, "with a control character"),
        (_UNDECODED, "with U+FFFD, which stands for bytes that an earlier program could not read"),
        (_SPACED, "with a space, which other readers take for the end of a column"),
    ):
        odd = {token for token in vocabulary if pattern.search(token)}
        if odd:
            yield _place_tokens(content, odd, what)


def _place_tokens(content: Content, odd: set[str], what: str) -> Problem:
    lines = [
        first + position
        for first, (tokens, _) in zip(content.file.first_lines, content.file.sentences, strict=True)
        if not odd.isdisjoint(tokens)
        for position, token in enumerate(tokens)
        if token in odd
    ]
    count = _count(len(lines), "token")
    return content.warn(lines[0], f"{count} {what}, e.g. {min(odd)!r} ({show_lines(lines)})")


def find_type_named_o(content: Content) -> Iterator[Problem]:
    """Tags like `B-O`, which no one means."""
    for entity_type in content.entities.keys() & {"O", "o"}:
        what = f"an entity type is named {entity_type!r}; a token outside entities is plain O"
        yield content.warn(content.first_lines[entity_type], what)


#: What is asked of each file by itself.
FILE_CHECKS: Sequence[Callable[[Content], Iterator[Problem]]] = (
    find_emptiness, find_long_sentences, find_odd_tokens, find_type_named_o,
)  # fmt: skip


def find_unseen_types(contents: Sequence[Content]) -> Iterator[Problem]:
    """Types of validation or test that no train file has."""
    trained = {name for c in contents if c.split == "train" for name in c.entities}
    if not trained:
        return
    for content in contents:
        unseen = content.entities.keys() - trained if content.split not in {None, "train"} else ()
        for entity_type in sorted(unseen):
            count = _count(content.entities[entity_type], "entity", "entities")
            what = (
                f"type {entity_type!r} ({count}) is in {content.split} but not in train, "
                f"which has {_list_some(trained)}"
            )
            yield content.warn(content.first_lines[entity_type], what)


def _list_some(types: set[str]) -> str:
    some = sorted(types)[:_MOST_LISTED]
    return ", ".join(some) + (f" … ({len(types):,} types)" if len(types) > len(some) else "")


def find_near_types(contents: Sequence[Content]) -> Iterator[Problem]:
    """Types that likely mean one thing, and types that nearly are unified ones."""
    totals: Counter[str] = Counter()
    for content in contents:
        totals.update(content.entities)
    for rarer, other in _find_candidates(totals):
        if why := compare_types(rarer, other):
            counts = f"{totals[rarer]} and {totals[other]} entities"
            what = f"types {rarer!r} and {other!r} {why} ({counts}); are they one?"
            yield _at_first(contents, rarer, what)
    for kept, unified in UNIFIED.map_types(sorted(totals))[1].near.items():
        what = f"type {kept!r} is not among the unified types; nearest is {unified!r}"
        yield _at_first(contents, kept, what)


def _find_candidates(totals: Mapping[str, int]) -> list[tuple[str, str]]:
    """Pairs that `compare_types` may have something to say of, the rarer type first.

    Names meet where they share a key: what is left of them without case and punctuation, without
    any one letter, or their first letters and unified type. So the cost is that of the names, not
    of all pairs.
    """
    ranked = sorted(totals, key=lambda name: (totals[name], name))
    sharing: dict[tuple[str, str], list[int]] = {}
    for rank, name in enumerate(ranked):
        for key in {*_list_keys(name)}:
            sharing.setdefault(key, []).append(rank)
    pairs: set[tuple[int, int]] = set()
    for ranks in sharing.values():
        # Thousands of names that are one are no slips: some pairs show what is the matter.
        pairs.update(combinations(ranks[:_MOST_ALIKE], 2))
    return [(ranked[a], ranked[b]) for a, b in sorted(pairs)]


def _list_keys(name: str) -> Iterator[tuple[str, str]]:
    folded = name.casefold()
    yield "fold", _fold(name)
    yield folded[:3], UNIFIED.map_type(name)
    if SHORTEST_TYPO - 1 <= len(folded) <= _LONGEST_TYPO:
        yield "typo", folded
        for i, letter in enumerate(folded):
            if not letter.isdigit():  # layer1 and layer2 are meant
                yield "typo", folded[:i] + folded[i + 1 :]


def _at_first(contents: Sequence[Content], entity_type: str, what: str) -> Problem:
    content = next(c for c in contents if entity_type in c.entities)
    return content.warn(content.first_lines[entity_type], what)


def compare_types(one: str, other: str) -> str | None:
    """Why two type names may mean the same, or None.

    >>> compare_types("Person", "PERSONS")
    'differ only in case, punctuation or a plural s'
    >>> compare_types("organisation", "organization")
    'differ in one letter'
    >>> compare_types("DNA", "RNA")
    """
    if _fold(one) == _fold(other):
        return "differ only in case, punctuation or a plural s"
    folded = one.casefold(), other.casefold()
    if min(map(len, folded)) >= SHORTEST_TYPO and _one_edit(*folded):
        return "differ in one letter"
    unified = UNIFIED.map_type(one)
    if folded[0][:3] == folded[1][:3] and unified == UNIFIED.map_type(other):
        return f"are both {unified!r} when unified"
    return None


def _fold(name: str) -> str:
    letters = "".join(c for c in name.casefold() if c.isalnum())
    return letters[:-1] if len(letters) > 3 and letters.endswith("s") else letters


def _one_edit(one: str, other: str) -> bool:
    """Whether one letter was added, left out or replaced, or two neighbours swapped."""
    start = _count_common(one, other)
    one, other = one[start:], other[start:]
    end = _count_common(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    if any(c.isdigit() for c in one + other):  # layer1 and layer2 are meant
        return False
    return max(len(one), len(other)) == 1 or (len(one) == 2 and one == other[::-1])


def _count_common(one: str, other: str) -> int:
    """How many first letters two names share."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


#: What is asked of all files together.
JOINT_CHECKS: Sequence[Callable[[Sequence[Content]], Iterator[Problem]]] = (
    find_unseen_types, find_near_types,
)  # fmt: skip
