"""Long sentences that are the same but for a word: templates, and text that was edited."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tner_hf.data.lens.parts import normalise

#: With fewer words, one more or less makes another sentence.
FEWEST_WORDS = 10

#: A sentence is the sum of its words' numbers, each times a power of this; odd, so that it has an
#: inverse modulo 2 ** 64.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)

Hashes = NDArray[np.uint64]
Rows = NDArray[np.intp]


def find_near(
    reference: Sequence[Sequence[str]], judged: Sequence[Sequence[str]]
) -> dict[int, int]:
    """Sentences that become the same when at most one word is left out of each.

    Words are normalised. What two sentences share is a hash of 64 bits, so that one in 2 ** 30
    sentences or so is found by chance.

    Returns:
        The place of each judged one that is found, and that of the first of the reference that it
        is near to.

    >>> words = "one two three four five six seven eight nine ten".split()
    >>> find_near([words[:-1], words], [["one"], [*words[:4], "and", *words[4:]]])
    {1: 1}
    """
    known, rows = _hash_sentences(reference)
    own, own_rows = _hash_sentences(judged)
    if not len(known) or not len(own):
        return {}
    order = np.argsort(known, kind="stable")
    place = np.minimum(np.searchsorted(known[order], own), len(known) - 1)
    twins = order[place]
    found = known[twins] == own
    near: dict[int, int] = {}
    for row, twin in zip(own_rows[found].tolist(), rows[twins[found]].tolist(), strict=True):
        near[row] = min(twin, near.get(row, twin))
    return near


def _hash_sentences(sentences: Sequence[Sequence[str]]) -> tuple[Hashes, Rows]:
    """A hash of each long sentence, and of each with one word left out; and whose they are."""
    long = [row for row, words in enumerate(sentences) if len(words) >= FEWEST_WORDS]
    words = {word for row in long for word in sentences[row]}
    numbers = {word: hash(normalise([word])) & (1 << 64) - 1 for word in words}
    hashes = [_hash_numbers([numbers[word] for word in sentences[row]]) for row in long]
    rows = np.repeat(np.array(long, np.intp), [len(each) for each in hashes])
    return np.concatenate([*hashes, np.zeros(0, np.uint64)]), rows


def _hash_numbers(numbers: Sequence[int]) -> Hashes:
    """The hash of a sentence, then those without its first, second … word. *Shape:* [n_words + 1].

    >>> whole, *without = _hash_numbers([3, 4, 5]).tolist()
    >>> without == [_hash_numbers(pair).tolist()[0] for pair in ([4, 5], [3, 5], [3, 4])]
    True
    """
    powers = np.full(len(numbers), _BASE, np.uint64)
    powers[:1] = 1
    terms = np.array(numbers, np.uint64) * np.cumprod(powers, dtype=np.uint64)
    sums = np.cumsum(terms, dtype=np.uint64)
    before, whole = sums - terms, sums[-1:]
    return np.concatenate([whole, before + (whole - sums) * np.uint64(_INVERSE)])
