"""Rows widened by the text around them: neighbouring sentences of the same document.

As in FLERT (Schweter and Akbik, 2020), a sentence is read with what stands before and after it, as
much as fits into a window, and tagged alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError
from tner_hf.features.encoding import EncodedWords

Ints = NDArray[np.int64]


def widen_rows(
    encoded: EncodedWords,
    begins: Ints,
    lengths: Ints,
    *,
    sentences: Ints,
    documents: NDArray[np.integer],
    room: int,
) -> tuple[Ints, Ints]:
    """Slices of sub-tokens, each with as much of its document as there is room for.

    Both sides get the same, and what one has no use for goes to the other. Whole words are added.

    Args:
        encoded: sentences in the order of their text.
        begins: where each row begins in `encoded.ids`, shape [n_rows].
        lengths: its sub-tokens, at most `room`, shape [n_rows].
        sentences: the sentence that each row is of, shape [n_rows].
        documents: the document of each sentence, shape [n_sentences]; sentences of one document
            stand together, and a number that comes again is another document.
        room: sub-tokens that fit into a row.

    Returns:
        Begins and lengths of the wider rows.

    Raises:
        DataError: there is not one document for each sentence.
    """
    if len(documents) != len(encoded.offsets) - 1:
        raise DataError(
            f"{len(documents)} documents were given for {len(encoded.offsets) - 1} sentences; "
            "each sentence needs one"
        )
    # Where documents begin, as sentences, and which of them each sentence is of.
    opens = np.flatnonzero(np.append(True, documents[1:] != documents[:-1])[: len(documents)])
    own = np.searchsorted(opens, sentences, side="right") - 1
    bounds = encoded.starts[np.append(opens, len(documents))]
    ends, spare = begins + lengths, room - lengths
    before, after = begins - bounds[own], bounds[own + 1] - ends
    left = np.minimum(before, np.maximum(spare // 2, spare - after))
    right = np.minimum(after, spare - left)
    words = encoded.word_starts
    new_begins = words[np.searchsorted(words, begins - left)]
    new_ends = words[np.searchsorted(words, ends + right, side="right") - 1]
    # A word longer than a row was cut, and ends at no word's end.
    new_begins, new_ends = np.minimum(new_begins, begins), np.maximum(new_ends, ends)
    return new_begins, new_ends - new_begins
