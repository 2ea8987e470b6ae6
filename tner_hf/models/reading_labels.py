"""What the labels of a checkpoint mean where they are no tags as written.

Checkpoints of other makers say `B_person`, `person-B` or `b-person`, and give special sub-tokens
labels of their own. Where there is one reading it is taken, with a warning; otherwise refused, so
that `B_person` is never shown as a type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tner_hf.labels import OUTSIDE

#: Labels of sub-tokens that are no words, in upper case.
_SPECIAL = frozenset({"[CLS]", "[SEP]", "[PAD]", "<PAD>", "<S>", "</S>", "X", "PAD"})

_PREFIX = "[BILUESM]"

#: How a maker wrote tags, a pattern that every label fits, and the tag behind it.
_SPELLINGS: Sequence[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]]] = (
    (
        "an underscore after the prefix",
        re.compile(rf"({_PREFIX})_(.+)"),
        lambda m: f"{m[1]}-{m[2]}",
    ),
    ("the prefix behind the type", re.compile(rf"(.+)[-_]({_PREFIX})"), lambda m: f"{m[2]}-{m[1]}"),
    (
        "a prefix in lower case",
        re.compile(r"([biluesm])[-_](.+)"),
        lambda m: f"{m[1].upper()}-{m[2]}",
    ),
)


def read_labels(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The tags behind the labels of a checkpoint, and what was read into them.

    >>> read_labels(["O", "B_person", "I_person"])
    (('O', 'B-person', 'I-person'), ["an underscore after the prefix: 'B_person' as 'B-person'"])
    >>> read_labels(["O", "person-B", "person-I", "[CLS]"])[0]
    ('O', 'B-person', 'I-person', 'O')
    >>> read_labels(["O", "PER", "LOC"])
    (('O', 'PER', 'LOC'), [])
    """
    special = [name for name in names if name.upper() in _SPECIAL]
    tags = [name for name in names if name != OUTSIDE and name not in special]
    read = dict.fromkeys(special, OUTSIDE)
    said = [f"labels of sub-tokens that are no words, read as O: {', '.join(special)}"] * any(
        special
    )
    if not all(re.fullmatch(rf"{_PREFIX}-.+", tag) for tag in tags):
        for how, pattern, tag_of in _SPELLINGS:
            matches = [pattern.fullmatch(tag) for tag in tags]
            if tags and all(matches):
                read |= {m[0]: tag_of(m) for m in matches if m}
                said.append(f"{how}: {tags[0]!r} as {read[tags[0]]!r}")
                break
    return tuple(read.get(name, name) for name in names), said


def find_unreadable(names: Sequence[str]) -> str | None:
    """A label that looks like a tag in a spelling that not all of them share; None without one.

    >>> find_unreadable(["O", "B-person", "I-person", "B_place"])
    'B_place'
    >>> find_unreadable(["O", "PER", "LOC"]) is None
    True
    """
    others = [name for name in names if not re.fullmatch(rf"O|{_PREFIX}-.+", name)]
    return next((name for name in others if re.fullmatch(r"[BIbi][_-].+|.+[-_][BI]", name)), None)
