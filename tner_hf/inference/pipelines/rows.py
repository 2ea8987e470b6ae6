"""Running texts as rows of sub-tokens, the way the stock pipeline makes them, but none cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.features import Windows

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class EncodedTexts:
    """Texts as rows for a model, and their sub-tokens in reading order without special ones.

    A text that fits is one row, a longer one several that overlap.

    Attributes:
        windows: the rows, longest first.
        text: the text of each sub-token, shape [n_subtokens].
        row: its row, numbered in reading order, shape [n_subtokens].
        at: its position in the flat rows, shape [n_subtokens].
        index: its position in its own row, special ones included, shape [n_subtokens].
        start: its first character in the text, shape [n_subtokens].
        end: one past its last character, shape [n_subtokens].
    """

    windows: Windows
    text: Ints
    row: Ints
    at: Ints
    index: Ints
    start: Ints
    end: Ints

    @property
    def ids(self) -> NDArray[np.int32]:
        """Sub-token ids, shape [n_subtokens]."""
        ids: NDArray[np.int32] = self.windows.input_ids[self.at]
        return ids

    @property
    def opens_row(self) -> NDArray[np.bool_]:
        """Whether a sub-token is the first of its row, shape [n_subtokens]."""
        return find_changes(self.row)

    @property
    def windowed_texts(self) -> list[int]:
        """The texts that took more than one row."""
        of_row = self.text[self.opens_row]
        texts: list[int] = np.unique(of_row[1:][of_row[1:] == of_row[:-1]]).tolist()
        return texts


def encode_texts(
    texts: Sequence[str],
    tokenizer: PreTrainedTokenizerFast,
    *,
    max_length: int | None,
    stride: int,
) -> EncodedTexts:
    """Rows of running texts, by the tokenizer as plain transformers loads it.

    A row has up to `max_length` sub-tokens, special ones included; None for no limit. Neighbouring
    rows of a longer text share `stride`.
    """
    # transformers sets both again at each of its own calls, so nothing needs to be put back.
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    if max_length is not None:
        backend.enable_truncation(max_length, stride=stride)
    heads = backend.encode_batch(list(texts))
    rows = [[head, *head.overflowing] for head in heads]
    text_of_row = np.repeat(np.arange(len(rows)), np.array([len(r) for r in rows], dtype=np.int64))
    return _flatten(list(chain.from_iterable(rows)), text_of_row, tokenizer.pad_token_id or 0)


def _flatten(encodings: Sequence[Any], text_of_row: Ints, pad_id: int) -> EncodedTexts:
    """Flat arrays out of `tokenizers.Encoding` objects, one a row."""
    lengths = np.fromiter(map(len, encodings), dtype=np.int64, count=len(encodings))
    total = int(lengths.sum())

    def flat(name: str) -> Ints:
        values = chain.from_iterable(getattr(encoding, name) for encoding in encodings)
        return np.fromiter(values, dtype=np.int64, count=total)

    pairs = chain.from_iterable(chain.from_iterable(e.offsets for e in encodings))
    places = np.fromiter(pairs, dtype=np.int64, count=2 * total).reshape(total, 2)
    order = np.argsort(-lengths, kind="stable")
    row_offsets = np.append(0, np.cumsum(lengths[order]))
    begins = np.empty_like(lengths)  # of each row, once they are sorted
    begins[order] = row_offsets[:-1]
    row = np.repeat(np.arange(len(encodings)), lengths)
    index = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = begins[row] + index
    ids = np.empty(total, dtype=np.int32)
    ids[at] = flat("ids")
    nobody = np.zeros(0, dtype=np.int32)  # no words to answer for
    windows = Windows(ids, row_offsets, nobody, nobody, np.zeros(1, np.int64), pad_id=pad_id)
    kept = np.flatnonzero(flat("special_tokens_mask") == 0)
    return EncodedTexts(
        windows=windows,
        text=text_of_row[row[kept]],
        row=row[kept],
        at=at[kept],
        index=index[kept],
        start=places[kept, 0],
        end=places[kept, 1],
    )


def keep_most_context(encoded: EncodedTexts, *, step: int, stride: int) -> EncodedTexts:
    """Each sub-token of a long text once, from the row in which it stands farther from an edge.

    For the strategy `none`, which the stock pipeline offers only for texts that fit. Indices
    become those of the whole text.

    Args:
        encoded: rows of one or more texts.
        step: sub-tokens from the start of one row of a text to the start of the next.
        stride: sub-tokens that the two share.
    """
    if not encoded.windowed_texts:
        return encoded
    begins, sizes = find_runs(encoded.text)
    number = encoded.row - np.repeat(encoded.row[begins], sizes)  # of the row in its text
    last = np.repeat(number[begins + sizes - 1], sizes)
    begins, sizes = find_runs(encoded.row)
    place = np.arange(len(encoded.row)) - np.repeat(begins, sizes)
    to_end = np.repeat(sizes, sizes) - place - 1
    cut = (number > 0) & (place < stride // 2) | (number < last) & (to_end < stride - stride // 2)
    kept = np.flatnonzero(~cut)
    return EncodedTexts(
        windows=encoded.windows,
        text=encoded.text[kept],
        row=encoded.text[kept],  # from here on each text counts as one row
        at=encoded.at[kept],
        index=(encoded.index + number * step)[kept],
        start=encoded.start[kept],
        end=encoded.end[kept],
    )


def find_changes(values: Ints) -> NDArray[np.bool_]:
    """Whether each value differs from the one before it; the first does.

    >>> find_changes(np.array([4, 4, 7])).tolist()
    [True, False, True]
    """
    changes = np.ones(len(values), dtype=np.bool_)
    changes[1:] = values[1:] != values[:-1]
    return changes


def find_runs(values: Ints) -> tuple[Ints, Ints]:
    """Where runs of equal values begin, and how long they are.

    >>> [a.tolist() for a in find_runs(np.array([4, 4, 7]))]
    [[0, 2], [2, 1]]
    """
    begins = np.flatnonzero(find_changes(values))
    return begins, np.diff(np.append(begins, len(values)))
