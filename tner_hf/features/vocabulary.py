"""The words of many sentences as numbers of distinct words, so that each is tokenised only once.

A corpus of half a million words has some twenty thousand different ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError


@dataclass(frozen=True)
class NumberedWords:
    """Sentences whose words are numbers.

    Attributes:
        distinct: the words, each once.
        numbers: the place in `distinct` of each word, shape [n_tokens].
        offsets: where each sentence begins in `numbers`, shape [n_sentences + 1].
    """

    distinct: list[str]
    numbers: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def apart(self) -> NumberedWords:
        """The same sentences, every word with a number of its own."""
        words = [self.distinct[number] for number in self.numbers.tolist()]
        return NumberedWords(words, np.arange(len(words), dtype=np.int32), self.offsets)


def number_words(sentences: Sequence[Sequence[str]]) -> NumberedWords:
    """Number the words of lists of words.

    Raises:
        DataError: a sentence is no list of words, or a word is no string.

    >>> number_words([["a", "b"], ["b"]]).numbers.tolist()
    [0, 1, 1]
    """
    if not set(map(type, sentences)) <= {list, tuple}:
        sentences = [_as_words(sentence, index) for index, sentence in enumerate(sentences)]
    flat = list(chain.from_iterable(sentences))
    try:
        index = {word: number for number, word in enumerate(dict.fromkeys(flat))}
        sound = all(isinstance(word, str) for word in index)
    except TypeError:  # a list among the words has no hash
        sound = False
    if not sound:
        raise _wrong_word(sentences)
    numbers = np.fromiter(map(index.__getitem__, flat), dtype=np.int32, count=len(flat))
    return NumberedWords(list(index), numbers, to_offsets(list(map(len, sentences))))


def number_column(column: Any) -> NumberedWords:
    """Number the words of a `pyarrow.ChunkedArray` of lists, without a Python object for each.

    Raises:
        DataError: a sentence or a word is missing, or no string.
    """
    import pyarrow as pa

    lists = column.combine_chunks()
    kinds = pa.types.is_string, pa.types.is_large_string
    plain = isinstance(lists, pa.ListArray | pa.LargeListArray) and not lists.null_count
    words = lists.flatten() if plain else None
    if words is None or words.null_count or not any(is_kind(words.type) for is_kind in kinds):
        return number_words(column.to_pylist())  # which says what is wrong, and where
    coded = words.dictionary_encode()
    offsets = lists.offsets.to_numpy().astype(np.int64)
    return NumberedWords(
        coded.dictionary.to_pylist(), coded.indices.to_numpy(), offsets - offsets[0]
    )


def to_offsets(lengths: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Where each of some neighbours begins, and the end of the last.

    >>> to_offsets([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    out = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=out[1:])
    return out


def _as_words(sentence: Sequence[str], index: int) -> Sequence[str]:
    if isinstance(sentence, str):
        raise DataError(
            f"sentence {index} is the text {sentence[:40]!r}; a list of words is needed, "
            'e.g. ["Ada", "lived", "in", "London"]'
        )
    return list(sentence)


def _wrong_word(sentences: Sequence[Sequence[Any]]) -> DataError:
    index, word = next(
        (index, word)
        for index, sentence in enumerate(sentences)
        for word in sentence
        if not isinstance(word, str)
    )
    return DataError(
        f"a token of sentence {index} is {word!r} ({type(word).__name__}); tokens are strings"
    )
