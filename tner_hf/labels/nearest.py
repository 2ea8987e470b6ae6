"""The known name that a name is most like, for questions such as "did you mean …?"."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

#: Characters are counted in so many bins; two that share one make a name a candidate at most.
_BINS = 64
#: Longer names are no slips of the pen, and comparing them would take minutes.
_LONGEST = 200


class KnownNames:
    """Names that others are compared with, whatever the case.

    difflib takes a millisecond for a few names. What two names may be alike at most follows from
    how often each character occurs in them, so that hardly any name is left for it to look at.

    Args:
        names: the known names in lower case, each with what it stands for.
        cutoff: the least similarity of difflib that counts, from 0 to 1.
    """

    def __init__(self, names: Mapping[str, str], cutoff: float) -> None:
        self._meant = names
        self._names = [name for name in names if len(name) <= _LONGEST]
        self._cutoff = cutoff

    def find_nearest(self, name: str) -> str | None:
        """What the known name stands for that is most like this one, or None.

        >>> KnownNames({"person": "PER", "location": "LOC"}, 0.8).find_nearest("Persons")
        'PER'
        """
        name = name.lower()
        if not self._names or len(name) > _LONGEST:
            return None
        shared = np.minimum(self._counts, _count_letters(name)).sum(axis=1)
        likely = np.flatnonzero(2 * shared >= self._cutoff * (self._lengths + len(name)))
        if not len(likely):
            return None
        candidates = [self._names[i] for i in likely.tolist()]
        hits = difflib.get_close_matches(name, candidates, n=1, cutoff=self._cutoff)
        return self._meant[hits[0]] if hits else None

    @cached_property
    def _counts(self) -> NDArray[np.int16]:
        return np.stack([_count_letters(name) for name in self._names])

    @cached_property
    def _lengths(self) -> NDArray[np.int64]:
        return np.array([len(name) for name in self._names], dtype=np.int64)


def _count_letters(name: str) -> NDArray[np.int16]:
    bins = [ord(letter) % _BINS for letter in name]
    return np.bincount(np.array(bins, dtype=np.intp), minlength=_BINS).astype(np.int16)
