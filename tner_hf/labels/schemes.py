"""Tag schemes: which one a corpus is in, and IOB2 out of any of them.

    scheme   New York City   Oslo   two touching LOC
    IOB2     B I I           B      B B      every entity starts with B
    IO       I I I           I      I I      touching entities of one type become one
    IOB1     I I I           I      I B      B only parts touching entities of one type
    BIOES    B I E           S      S S      last token E, single token S
    BILOU    B I L           U      U U      last token L, single token U

All five can be judged from two neighbouring tags at a time, with `O` before and after a sentence.
So a corpus is boiled down to its counted pairs of tags, a scheme is a row of a small table, and
the scheme of a corpus is the one that the fewest pairs break.

Entities are read by the conlleval rule: one starts at `B-`, `S-`, `U-`, after `O`, `E-`, `S-`,
`L-`, `U-`, and wherever the type changes. It is defined on any sequence of tags, lawful or not.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tner_hf.errors import DataError, UnknownNameError
from tner_hf.labels import OUTSIDE, split_tag

#: What a type cannot hold: it would end a line of a file, or steer a terminal.
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

#: Stands for a tag that could not be read; every scheme accepts it beside anything.
UNREADABLE = ""

Pair = tuple[str, str]
Entity = tuple[str, int, int]


class Scheme(enum.StrEnum):
    """How tags say where entities start and end. Of two that fit equally, the earlier is meant."""

    IOB2 = "IOB2"
    IO = "IO"
    IOB1 = "IOB1"
    BIOES = "BIOES"
    BILOU = "BILOU"


_OTHER_NAMES = {"BIO": "IOB2", "BIO2": "IOB2", "IOB": "IOB1", "BIO1": "IOB1", "IOBES": "BIOES",
                "BMES": "BIOES",
                "BIOLU": "BILOU", "BILUO": "BILOU"}  # fmt: skip


def parse_scheme(name: str) -> Scheme:
    """The scheme of a name in any case, its other common names included.

    >>> parse_scheme("bio"), parse_scheme("IOBES")
    (<Scheme.IOB2: 'IOB2'>, <Scheme.BIOES: 'BIOES'>)
    """
    known = _OTHER_NAMES.get(name.upper(), name.upper())
    if known not in Scheme.__members__:
        raise UnknownNameError("tag scheme", name, list(Scheme))
    return Scheme(known)


@dataclass(frozen=True)
class _Rules:
    """What one scheme allows.

    Attributes:
        prefixes: every prefix of the scheme.
        opens: prefixes at the first token of an entity.
        parts: those at the first token of an entity that touches one of its own type.
        closes: prefixes at the last token of an entity.
    """

    prefixes: str
    opens: str
    parts: str
    closes: str


_RULES = {
    Scheme.IOB2: _Rules("BI", opens="B", parts="B", closes="BI"),
    Scheme.IO: _Rules("I", opens="I", parts="", closes="I"),
    Scheme.IOB1: _Rules("BI", opens="I", parts="B", closes="BI"),
    Scheme.BIOES: _Rules("BIES", opens="BS", parts="BS", closes="ES"),
    Scheme.BILOU: _Rules("BILU", opens="BU", parts="BU", closes="LU"),
}
_PREFIXES = frozenset("BIESLU")
#: The prefix that starts an entity by the conlleval rule where its scheme would write another.
_STRAYS = {Scheme.IOB2: "I", Scheme.IOB1: "B"}
_STARTING = frozenset("BSU")
_ENDING = frozenset("OESLU")

ACCEPTED = (
    f"accepted: O, or {', '.join(f'{prefix}-' for prefix in 'BIESL')} or U- and a type, as in "
    f"{', '.join(Scheme)}"
)


def are_iob2(tags: Iterable[str]) -> bool:
    """Whether labels can be read as those of IOB2: `B-` and `I-` alone, and not `I-` alone.

    >>> are_iob2(["O", "B-x", "I-x"]), are_iob2(["O", "I-x"]), are_iob2(["O", "B-x", "S-x"])
    (True, False, False)
    """
    prefixes = {split_tag(tag)[0] for tag in tags} - {OUTSIDE}
    return "B" in prefixes and prefixes <= {"B", "I"}


@lru_cache(maxsize=4096)
def find_fault(tag: str) -> str | None:
    """What makes a tag unreadable in every scheme, or None for a good one.

    >>> find_fault("B-creative-work")
    >>> find_fault("PER").partition(";")[0]
    "tag 'PER' has no prefix"
    """
    prefix, entity_type = split_tag(tag)
    breaks = _BREAKING.search(entity_type)
    if tag == OUTSIDE or (
        prefix in _PREFIXES and entity_type and entity_type.strip() == entity_type and not breaks
    ):
        return None
    if not tag:
        what = "the tag is empty"
    elif prefix in _PREFIXES and not entity_type.strip():
        what = f"tag {tag!r} has the prefix {prefix!r} but no type"
    elif prefix in _PREFIXES and breaks:
        what = f"tag {tag!r} has a control character or a line end in its type"
    elif prefix in _PREFIXES:
        what = f"tag {tag!r} has white space around its type"
    elif prefix == OUTSIDE:
        what = f"tag {tag!r} has the prefix 'O', which takes no type"
    elif "-" in tag:
        what = f"tag {tag!r} has the unknown prefix {prefix!r}"
    else:
        what = f"tag {tag!r} has no prefix"
    return f"{what}; {ACCEPTED}"


@lru_cache(maxsize=4096)
def _split(tag: str) -> tuple[str, str]:
    if fault := find_fault(tag):
        raise DataError(fault)
    return split_tag(tag)


def starts_entity(previous: str, tag: str) -> bool:
    """Whether an entity starts at `tag`, by the conlleval rule.

    >>> starts_entity("I-LOC", "I-LOC"), starts_entity("I-LOC", "I-PER")
    (False, True)
    """
    prefix, entity_type = _split(tag)
    if prefix == OUTSIDE:
        return False
    previous_prefix, previous_type = _split(previous)
    return prefix in _STARTING or previous_prefix in _ENDING or previous_type != entity_type


def entities(tags: Sequence[str]) -> list[Entity]:
    """Every entity as `(type, start, end)`, tokens `[start, end)`, by the conlleval rule.

    >>> entities(["I-PER", "I-PER", "O", "B-LOC", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4), ('LOC', 4, 5)]
    """
    found: list[Entity] = []
    previous, start = OUTSIDE, 0
    for position, tag in enumerate([*tags, OUTSIDE]):
        if previous == tag == OUTSIDE:
            continue
        starts = starts_entity(previous, tag)
        if previous != OUTSIDE and (starts or tag == OUTSIDE):
            found.append((_split(previous)[1], start, position))
        if starts:
            start = position
        previous = tag
    return found


def encode_entities(found: Iterable[Entity], length: int, scheme: Scheme) -> list[str]:
    """The tags of entities that do not overlap; IO alone cannot part touching ones of one type.

    >>> encode_entities([("LOC", 0, 3), ("LOC", 3, 4)], 5, Scheme.BIOES)
    ['B-LOC', 'I-LOC', 'E-LOC', 'S-LOC', 'O']
    """
    tags = [OUTSIDE] * length
    for entity_type, start, end in sorted(found, key=lambda entity: entity[1]):
        tags[start:end] = [f"I-{entity_type}"] * (end - start)
        touches = start > 0 and split_tag(tags[start - 1])[1] == entity_type
        if scheme in {Scheme.BIOES, Scheme.BILOU}:
            last, single = ("E", "S") if scheme is Scheme.BIOES else ("L", "U")
            tags[start] = f"B-{entity_type}"
            tags[end - 1] = f"{last if end - start > 1 else single}-{entity_type}"
        elif scheme is Scheme.IOB2 or (scheme is Scheme.IOB1 and touches):
            tags[start] = f"B-{entity_type}"
    return tags


def to_iob2(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """The same entities in IOB2, none merged and none lost.

    A sequence that breaks its scheme is read by the conlleval rule; `find_breaches` finds it.

    Raises:
        DataError: a tag that is malformed, or has a prefix that the scheme lacks.

    >>> to_iob2(["I-LOC", "B-LOC", "O", "I-PER"], Scheme.IOB1)
    ['B-LOC', 'B-LOC', 'O', 'B-PER']
    """
    return next(convert_sentences([tags], scheme))


def from_iob2(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """The same entities in another scheme; IO alone merges touching entities of one type.

    >>> from_iob2(["B-LOC", "I-LOC", "B-LOC"], Scheme.BILOU)
    ['B-LOC', 'L-LOC', 'U-LOC']
    """
    return encode_entities(entities(tags), len(tags), scheme)


def convert_sentences(sentences: Iterable[Sequence[str]], scheme: Scheme) -> Iterator[list[str]]:
    """`to_iob2` of many sentences, fast: each pair of neighbours is worked out once."""
    known: dict[Pair, str] = {}
    for tags in sentences:
        pairs = list(pairwise([OUTSIDE, *tags]))
        for pair in pairs:
            if pair not in known:
                known[pair] = _write_second(*pair, scheme)
        yield [known[pair] for pair in pairs]


def _write_second(previous: str, tag: str, scheme: Scheme) -> str:
    """The second of two neighbouring tags in IOB2."""
    if blamed := _judge_prefix(tag, scheme):
        raise DataError(blamed)
    starts = "B" if starts_entity(previous, tag) else "I"
    return OUTSIDE if tag == OUTSIDE else f"{starts}-{_split(tag)[1]}"


def count_pairs(sentences: Iterable[Sequence[str]]) -> Counter[Pair]:
    """How often each two tags are neighbours, `O` standing before and after each sentence."""
    pairs: Counter[Pair] = Counter()
    for tags in sentences:
        pairs.update(pairwise([OUTSIDE, *tags, OUTSIDE]))
    return pairs


def _accepted(prefixes: str, entity_type: str) -> str:
    return " or ".join(f"{prefix}-{entity_type}" for prefix in prefixes)


def judge_pair(previous: str, tag: str, scheme: Scheme) -> tuple[str | None, str | None]:
    """What is unlawful about `previous` as an end and about `tag` as a start, else None.

    A tag that the scheme does not have is blamed itself, and not also its neighbours.
    """
    if UNREADABLE in (previous, tag):
        tag_only = previous == UNREADABLE and tag != UNREADABLE
        return None, _judge_prefix(tag, scheme) if tag_only else None
    rules = _RULES[scheme]
    if blamed := _judge_prefix(tag, scheme):
        return None, blamed
    if _judge_prefix(previous, scheme):
        return None, None
    (previous_prefix, previous_type), (prefix, entity_type) = _split(previous), _split(tag)
    starts = starts_entity(previous, tag)
    ending = opening = None
    if previous != OUTSIDE and (starts or tag == OUTSIDE) and previous_prefix not in rules.closes:
        accepted = _accepted(rules.closes, previous_type)
        ending = f"tag {previous!r} ends an entity; under {scheme} that is {accepted}"
    allowed = rules.parts if previous_type == entity_type else rules.opens
    if starts and prefix not in allowed:
        accepted = _accepted(allowed, entity_type)
        opening = f"tag {tag!r} starts an entity; under {scheme} that is {accepted}"
    return ending, opening


def _judge_prefix(tag: str, scheme: Scheme) -> str | None:
    prefix = _split(tag)[0]
    known = _RULES[scheme].prefixes
    if prefix == OUTSIDE or prefix in known:
        return None
    return f"tag {tag!r} is not {scheme}, whose prefixes are {', '.join(known)} and plain O"


def choose_scheme(pairs: Mapping[Pair, int]) -> Scheme:
    """The scheme that the fewest pairs break; IOB2 where there are no entities.

    A stray `I-` start in IOB2 counts half, since it can be read in only one way. Of schemes broken
    equally, it is the one that has more of the prefixes.
    """
    shapes: Counter[Pair] = Counter()
    for pair, n in pairs.items():
        shapes[_shape(pair)] += n

    def cost(scheme: Scheme) -> tuple[int, int]:
        broken = {pair: n for pair, n in shapes.items() if any(judge_pair(*pair, scheme))}
        foreign = sum(n for (_, tag), n in broken.items() if _judge_prefix(tag, scheme))
        stray = sum(broken.values()) - foreign if scheme is Scheme.IOB2 else 0
        return 2 * sum(broken.values()) - stray, foreign

    return min(Scheme, key=cost)


def _shape(pair: Pair) -> Pair:
    """All that a scheme asks of two tags: their prefixes, and whether they are of one type."""
    (before, before_type), (now, now_type) = map(split_tag, pair)
    other = "x" if now_type == before_type else "y"
    return f"{before}-x" if before_type else before, f"{now}-{other}" if now_type else now


@dataclass(frozen=True)
class Breach:
    """One tag that breaks the scheme of its corpus.

    Attributes:
        sentence: the index of its sentence.
        token: its index in the sentence.
        what: the tag, what is wrong with it, and what is accepted.
        stray: an `I-` that starts an entity in IOB2, or a `B-` that parts nothing in IOB1: both
            can be read in only one way.
    """

    sentence: int
    token: int
    what: str
    stray: bool


def find_breaches(
    sentences: Sequence[Sequence[str]], scheme: Scheme, pairs: Mapping[Pair, int] | None = None
) -> Iterator[Breach]:
    """Every tag that breaks a scheme, in order; `pairs` spares counting them again."""
    counted = count_pairs(sentences) if pairs is None else pairs
    judged = {pair: judge_pair(*pair, scheme) for pair in counted}
    unlawful = {pair: faults for pair, faults in judged.items() if any(faults)}
    if not unlawful:
        return
    for sentence, tags in enumerate(sentences):
        for token, pair in enumerate(pairwise([OUTSIDE, *tags, OUTSIDE])):
            ending, opening = unlawful.get(pair, (None, None))
            if ending:
                yield Breach(sentence, token - 1, ending, stray=False)
            if opening:
                stray = _STRAYS.get(scheme) == _split(pair[1])[0]
                yield Breach(sentence, token, opening, stray)
