"""Tags in other spellings: lower-case prefixes, the M of BMES, bare types.

A spelling is recognised over all tags of a file together, and only where it can be read in one way;
otherwise the tags stay the faults that they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.labels.schemes import Scheme, find_fault

_LOWER = re.compile(r"[bieslum]-.+|o")
_MIDDLE = re.compile(r"[Mm]-.+")
#: Types written alone begin with a letter; what looks like a prefix of any kind is no type.
_TYPE = re.compile(r"[^\W\d_][\w./&+-]*")
_PREFIXED = re.compile(r"[BIESLUMOWbieslumow]([-_./:|].*)?|.*[-_./:|][BIESLUM]")
#: More distinct tags than this, each of them rare, are no types but words.
_MANY_TYPES = 30


@dataclass(frozen=True)
class Spelling:
    """What each tag of a file is, in the usual spelling.

    Attributes:
        meant: raw tag to the tag that it is; those that are not here are meant as they stand.
        notes: what was recognised, and the raw tags that it is about.
    """

    meant: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[tuple[str, frozenset[str]], ...] = ()


def find_spelling(counts: Mapping[str, int], scheme: Scheme | str | None = None) -> Spelling:
    """The spelling of a file's tags, given how often each occurs.

    >>> dict(find_spelling({"b-per": 1, "o": 3}).meant)
    {'b-per': 'B-per', 'o': 'O'}
    >>> dict(find_spelling({"B-X": 1, "M-X": 1, "E-X": 1}).meant)
    {'M-X': 'I-X'}
    >>> dict(find_spelling({"PER": 1, "O": 3}).meant)
    {'PER': 'I-PER'}
    >>> find_spelling({"B_PER": 1, "O": 3}).meant
    {}
    """
    tags = [tag for tag in counts if tag]
    if not any(map(find_fault, tags)):
        return Spelling()
    return _find_prefixes(tags) or _find_bare(tags, counts, scheme) or Spelling()


def _find_prefixes(tags: list[str]) -> Spelling | None:
    meant: dict[str, str] = {}
    notes = []
    if lower := [tag for tag in tags if _LOWER.fullmatch(tag)]:
        meant = {tag: tag[0].upper() + tag[1:] for tag in lower}
        notes.append(("lower-case prefixes are read as upper-case ones", frozenset(lower)))
    if middle := [tag for tag in tags if _MIDDLE.fullmatch(tag)]:
        prefixes = {split_tag(meant.get(tag, tag))[0] for tag in tags} - {OUTSIDE}
        if not prefixes <= set("BMES"):
            return None  # M beside I, say: whatever that is, it is not BMES
        meant |= {tag: f"I-{split_tag(tag)[1]}" for tag in middle}
        notes.append(("the scheme is BMES: M- is read as the I- of BIOES", frozenset(middle)))
    if any(find_fault(meant.get(tag, tag)) for tag in tags):
        return None
    return Spelling(meant, tuple(notes))


def _find_bare(
    tags: list[str], counts: Mapping[str, int], scheme: Scheme | str | None
) -> Spelling | None:
    types = [tag for tag in tags if tag != OUTSIDE]
    if scheme not in {None, Scheme.IO} or (OUTSIDE not in tags and scheme is None):
        return None
    if any(not _TYPE.fullmatch(tag) or _PREFIXED.fullmatch(tag) for tag in types):
        return None
    if len(types) > _MANY_TYPES and len(types) * 10 > sum(counts.values()):
        return None
    note = "tags are types without prefix, read as IO: neighbours of one type are one entity"
    return Spelling({tag: f"I-{tag}" for tag in types}, ((note, frozenset(types)),))
