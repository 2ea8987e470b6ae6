"""Labels of checkpoints that are not quite tags, and the one way to read them.

A label that stands for no word (`X`, `[CLS]`, `<pad>` …) is read as `O`. The others are tags as
they are, or all of them spelled in one other way: with another separator (`B_person`), with the
prefix behind (`person-B`), in lower case (`b-person`), with `M` for the middle of an entity. Names
of plain types (`PER`) stay, and are read as `I-PER` where they are decoded. Labels that can be
read in two ways, or in none, are refused: a score of guessed tags would be no score.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from tner_hf.errors import DataError
from tner_hf.labels.schemes import find_fault
from tner_hf.labels.tags import OUTSIDE

#: Labels of special sub-tokens, which no word of a text ever is.
_NO_WORD = frozenset(
    {"X", "PAD", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "<s>", "</s>", "<pad>", "<unk>",
     "<mask>"}
)  # fmt: skip

_SEPARATORS = "-_:./ "
_PREFIXES = "BIESLUM"


def read_tags(names: Sequence[str]) -> tuple[str, ...]:
    """The tag that each label of a checkpoint stands for.

    Raises:
        DataError: there is no reading of them, or more than one.

    >>> read_tags(["O", "B_person", "I_person", "[CLS]"])
    ('O', 'B-person', 'I-person', 'O')
    >>> read_tags(["o", "b-creative-work", "i-creative-work"])
    ('O', 'B-creative-work', 'I-creative-work')
    """
    plain = [name for name in names if name not in _NO_WORD and name != OUTSIDE]
    if all(find_fault(name) is None for name in plain):
        return tuple(OUTSIDE if name in _NO_WORD else name for name in names)
    readings = {tuple(reading) for reading in _read_all(names)}
    if len(readings) > 1:
        ways = " or ".join(_sample([each for each in r if each != OUTSIDE]) for r in readings)
        raise DataError(f"can be read in several ways ({ways})")
    if readings:
        return _without_doubles(readings.pop())
    odd = [name for name in plain if find_fault(name) and not _is_plain_type(name)]
    if odd:
        raise DataError(f"are no tags, nor all spelled in one other way ({_sample(odd)})")
    return tuple(OUTSIDE if name in _NO_WORD else name for name in names)


def _read_all(names: Sequence[str]) -> Iterator[list[str]]:
    """The tags by each way of spelling that all names follow."""
    for separator, behind, lower in product(_SEPARATORS, (False, True), (False, True)):
        reading = [_read(name, separator, behind=behind, lower=lower) for name in names]
        if None not in reading:
            yield [tag for tag in reading if tag is not None]


def _read(name: str, separator: str, *, behind: bool, lower: bool) -> str | None:
    if name in _NO_WORD or name == (OUTSIDE.lower() if lower else OUTSIDE):
        return OUTSIDE
    first, _, second = name.rpartition(separator) if behind else name.partition(separator)
    prefix, entity_type = (second, first) if behind else (first, second)
    if len(prefix) != 1 or prefix not in (_PREFIXES.lower() if lower else _PREFIXES):
        return None
    prefix = prefix.upper().replace("M", "I")
    tag = f"{prefix}-{entity_type}"
    return None if find_fault(tag) else tag


def _is_plain_type(name: str) -> bool:
    """Whether a name can only be that of a type."""
    spelled = re.fullmatch(rf"(?i)[{_PREFIXES}]|[{_PREFIXES}][{_SEPARATORS}].*", name)
    behind = re.fullmatch(rf"(?i).*[{_SEPARATORS}][{_PREFIXES}]", name)
    unnamed = re.fullmatch(r"LABEL_\d+", name)
    return bool(name.strip() == name and name) and not (spelled or behind or unnamed)


def _without_doubles(tags: tuple[str, ...]) -> tuple[str, ...]:
    twice = [tag for tag, count in Counter(tags).items() if count > 1 and tag != OUTSIDE]
    if twice:
        raise DataError(f"give {_sample(twice)} more than once")
    return tags


def _sample(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
