"""Inference features: every word of every sentence in exactly one window.

A sentence that fits is one row, the very row that `tokenizer(words, is_split_into_words=True)`
gives. A longer one is covered by windows cut between words that share some sub-tokens; each word is
answered for by the window in which it has most context on its poorer side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.config import DEFAULT_OVERLAP
from tner_hf.errors import SettingError
from tner_hf.features.context import widen_rows
from tner_hf.features.encoding import (
    EncodedWords,
    encode_words,
    find_special_ids,
    wrap_rows,
)
from tner_hf.labels import OUTSIDE
from tner_hf.metrics import IGNORED

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Windows:
    """Rows for a model, longest first, and the way from a row's predictions back to words.

    Attributes:
        input_ids: the rows one after the other, special sub-tokens included.
        row_offsets: where each row begins, shape [n_rows + 1].
        word_rows: the row that answers for each word, -1 for a word without sub-tokens,
            shape [n_tokens].
        word_positions: the word's first sub-token in that row, shape [n_tokens].
        offsets: where each sentence begins among all words, shape [n_sentences + 1].
        windowed_sentences: how many sentences needed more than one row.
        pad_id: the sub-token id that fills a batch.
    """

    input_ids: NDArray[np.int32]
    row_offsets: NDArray[np.int64]
    word_rows: NDArray[np.int32]
    word_positions: NDArray[np.int32]
    offsets: NDArray[np.int64]
    windowed_sentences: int = 0
    pad_id: int = 0

    def __len__(self) -> int:
        return len(self.row_offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The sub-tokens of each row, never increasing, shape [n_rows]."""
        return np.diff(self.row_offsets)

    @property
    def unencodable_tokens(self) -> int:
        """Words without sub-tokens; `scatter` infers their tags from the next word."""
        return int((self.word_rows < 0).sum())

    def batches(self, max_subtokens: int) -> Iterator[tuple[int, int]]:
        """Row ranges whose padded size stays within `max_subtokens` (or is a single row)."""
        begin = 0
        while begin < len(self):
            longest = int(self.row_offsets[begin + 1] - self.row_offsets[begin])
            end = min(len(self), begin + max(1, max_subtokens // longest))
            yield begin, end
            begin = end

    def batch(self, begin: int, end: int) -> dict[str, NDArray[np.int64]]:
        """`input_ids` and `attention_mask` of rows [begin, end), padded, shape [rows, longest].

        There are no `token_type_ids`: all are zero, and every model takes that for granted.
        """
        lengths = self.lengths[begin:end]
        mask = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
        ids = np.full(mask.shape, self.pad_id, dtype=np.int64)
        ids[mask] = self.input_ids[self.row_offsets[begin] : self.row_offsets[end]]
        return {"input_ids": ids, "attention_mask": mask.astype(np.int64)}

    def gather(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of values of the shape [n_rows, length] that at each word's first sub-token.

        Returns:
            Shape [n_tokens], in the order of the sentences; -1 for words without sub-tokens.
        """
        longest = int(self.lengths.max(initial=0))
        if values.ndim != 2 or values.shape[0] != len(self) or values.shape[1] < longest:
            raise SettingError(
                f"values have the shape {values.shape}; accepted: [{len(self)} rows, at least "
                f"{longest} positions], one row for each window in order"
            )
        out = np.full(len(self.word_rows), -1, dtype=np.int64)
        known = self.word_rows >= 0
        out[known] = values[self.word_rows[known], self.word_positions[known]]
        return out

    def scatter(
        self, predictions: NDArray[np.integer[Any]], names: Sequence[str]
    ) -> NDArray[np.int64]:
        """One label id for each word, from one for each sub-token.

        Args:
            predictions: label ids, shape [n_rows, length].
            names: the tag of each id; they decide what a word without sub-tokens gets.

        Returns:
            Shape [n_tokens], in the order of the sentences.
        """
        return fill_gaps(self.gather(predictions.astype(np.int64, copy=False)), self.offsets, names)

    def row_labels(self, labels: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Gold labels beside `input_ids`: each in one row, at its word's first sub-token.

        All other positions hold -100, so a Trainer's loss counts every word once.

        Args:
            labels: the gold label id of each word, shape [n_tokens].
        """
        if len(labels) != len(self.word_rows):
            raise SettingError(
                f"{len(labels)} labels were given for {len(self.word_rows)} tokens; "
                "each token needs one"
            )
        out = np.full(len(self.input_ids), IGNORED, dtype=np.int64)
        known, places = self.word_places()
        out[places] = labels[known]
        return out

    def word_places(self) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which words have sub-tokens, and where in `input_ids` each of those is answered for."""
        known = self.word_rows >= 0
        return known, self.row_offsets[self.word_rows[known]] + self.word_positions[known]


def encode_windows(
    sentences: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int,
    overlap: int = DEFAULT_OVERLAP,
    lowercase: bool = False,
    documents: NDArray[np.integer[Any]] | None = None,
) -> Windows:
    """Windows over sentences such that every word with a sub-token is in exactly one.

    Args:
        sentences: lists of words.
        tokenizer: a fast one, best from `load_tokenizer`.
        max_length: longest row in sub-tokens, special ones included.
        overlap: sub-tokens that neighbouring windows of one sentence share, where words allow;
            the last window reaches back as far as it has room. At most half a window is used.
        lowercase: lower-case words first.
        documents: the document of each sentence, for rows that hold the text around a sentence as
            well (`widen_rows`), which no word is answered for by; None for sentences alone.

    Raises:
        SettingError: `max_length` or `overlap` cannot be used.
    """
    before, after = find_special_ids(tokenizer)
    room = max_length - len(before) - len(after)
    if room < 1 or overlap < 0:
        raise SettingError(
            f"max_length={max_length}, overlap={overlap}; accepted: max_length of at least "
            f"{len(before) + len(after) + 1} for this tokenizer, overlap of at least 0"
        )
    encoded = encode_words(sentences, tokenizer, lowercase=lowercase)
    begins, lengths, owners, windowed = _cut(encoded, room, min(overlap, room // 2))
    if documents is not None:
        begins, lengths = widen_rows(
            encoded,
            begins,
            lengths,
            sentences=np.searchsorted(encoded.starts, begins, side="right") - 1,
            documents=documents,
            room=room,
        )

    order = np.argsort(-lengths, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    rows, row_offsets = wrap_rows(
        encoded.ids, begins[order], lengths[order], before=before, after=after
    )
    first = np.flatnonzero(encoded.is_first)
    words = encoded.global_words()[first]
    word_rows = np.full(int(encoded.offsets[-1]), -1, dtype=np.int32)
    word_rows[words] = rank[owners]
    word_positions = np.zeros_like(word_rows)
    word_positions[words] = first - begins[owners] + len(before)
    return Windows(
        input_ids=rows,
        row_offsets=row_offsets,
        word_rows=word_rows,
        word_positions=word_positions,
        offsets=encoded.offsets,
        windowed_sentences=windowed,
        pad_id=tokenizer.pad_token_id or 0,
    )


def fill_gaps(
    label_ids: NDArray[np.int64], offsets: NDArray[np.int64], names: Sequence[str]
) -> NDArray[np.int64]:
    """Label ids in which each -1 took the next known word's `I-x`, or else `O`.

    A word without sub-tokens inside an entity must not split it.

    Args:
        label_ids: shape [n_tokens], -1 where unknown.
        offsets: where each sentence begins, shape [n_sentences + 1].
        names: the tag of each id.
    """
    gaps = np.flatnonzero(label_ids < 0)
    if not gaps.size:
        return label_ids
    outside = names.index(OUTSIDE)
    inside = np.array([name.startswith("I-") for name in names])
    # The next known word at or after each position, one past the end where there is none.
    count = len(label_ids)
    following = np.where(label_ids >= 0, np.arange(count), count)
    following = np.minimum.accumulate(following[::-1])[::-1][gaps]
    ends = offsets[np.searchsorted(offsets, gaps, side="right")]
    candidates = label_ids[np.minimum(following, count - 1)]
    takes = (following < ends) & inside[candidates]
    out = label_ids.copy()
    out[gaps] = np.where(takes, candidates, outside)
    return out


def plan_windows(
    bounds: NDArray[np.int64], room: int, overlap: int
) -> tuple[list[tuple[int, int]], list[int]]:
    """Word ranges that cover one long sentence, and where one hands over to the next.

    Args:
        bounds: the first sub-token of each word and the sentence's end, shape [n_words + 1].
        room: sub-tokens that fit into a window; a single longer word is a window of its own, cut.
        overlap: sub-tokens that neighbours share at most; the last one may share more.

    Returns:
        Ranges [begin, end) of words, and for each but the last the word at which the next window
        takes over.

    Examples:
        >>> plan_windows(np.arange(11), room=6, overlap=2)
        ([(0, 6), (4, 10)], [5])
    """
    count = len(bounds) - 1
    spans: list[tuple[int, int]] = []
    begin = 0
    while True:
        end = int(np.searchsorted(bounds, bounds[begin] + room, side="right")) - 1
        end = max(end, begin + 1)
        if end >= count:
            full = int(np.searchsorted(bounds, bounds[-1] - room))
            spans.append((min(begin, full), count))
            break
        spans.append((begin, end))
        # The next window shares at most `overlap`, and must hold at least one word more.
        earliest = max(bounds[end] - overlap, bounds[end + 1] - room)
        begin = min(int(np.searchsorted(bounds, earliest)), end)
    handovers = []
    for (_, end), (begin, _) in pairwise(spans):
        shared = np.arange(begin, end)
        to_the_right = bounds[end] - bounds[shared + 1]
        to_the_left = bounds[shared] - bounds[begin]
        handovers.append(begin + int((to_the_right >= to_the_left).sum()))
    return spans, handovers


def _cut(
    encoded: EncodedWords, room: int, overlap: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int]:
    """Rows as slices of the sub-tokens, and the row of each encodable word.

    Returns:
        Begins and lengths (shape [n_rows]), the owner of each first sub-token in order, and the
        number of sentences that took more than one row.
    """
    starts, full = encoded.starts[:-1], np.diff(encoded.starts)
    firsts = np.flatnonzero(encoded.is_first)
    # Words of each sentence that have sub-tokens: a range of `firsts`.
    ranges = np.searchsorted(firsts, encoded.starts)
    short = (full > 0) & (full <= room)
    begins, lengths = [starts[short]], [full[short]]
    owners = np.repeat(np.cumsum(short) - 1, np.diff(ranges))
    rows = int(short.sum())
    long = np.flatnonzero(full > room)
    for sentence in long.tolist():
        low, high = ranges[sentence], ranges[sentence + 1]
        bounds = np.append(firsts[low:high], encoded.starts[sentence + 1])
        spans, handovers = plan_windows(bounds, room, overlap)
        sizes = [min(int(bounds[end] - bounds[begin]), room) for begin, end in spans]
        begins.append(bounds[[begin for begin, _ in spans]])
        lengths.append(np.asarray(sizes, dtype=np.int64))
        parts = np.diff([0, *handovers, high - low])
        owners[low:high] = np.repeat(np.arange(rows, rows + len(spans)), parts)
        rows += len(spans)
    return np.concatenate(begins), np.concatenate(lengths), owners, len(long)
