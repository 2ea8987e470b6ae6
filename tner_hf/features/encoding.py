"""Words to sub-tokens, each distinct word once, as flat integer arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import SettingError
from tner_hf.features.vocabulary import NumberedWords, number_words, to_offsets

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

#: Words per row and rows per call of the tokenizer: it works on rows in parallel, and its results
#: take some 200 bytes per sub-token until they are packed into arrays.
ROW = 64
CHUNK = 1024


@dataclass(frozen=True)
class EncodedWords:
    """The sub-tokens of many sentences, without special ones, one after the other.

    Attributes:
        ids: sub-token ids, shape [n_subtokens].
        counts: how many of them each word has, shape [n_tokens].
        offsets: where each sentence begins among all words, shape [n_sentences + 1].
    """

    ids: NDArray[np.int32]
    counts: NDArray[np.int64]
    offsets: NDArray[np.int64]

    @cached_property
    def word_starts(self) -> NDArray[np.int64]:
        """Where each word begins in `ids`, shape [n_tokens + 1]."""
        return to_offsets(self.counts)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each sentence begins in `ids`, shape [n_sentences + 1]."""
        return self.word_starts[self.offsets]

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Whether a sub-token is the first of its word, shape [n_subtokens]."""
        first = np.zeros(len(self.ids), dtype=np.bool_)
        first[self.word_starts[:-1][self.counts > 0]] = True
        return first

    def global_words(self) -> NDArray[np.int64]:
        """The word among all words that each sub-token belongs to, shape [n_subtokens]."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


def encode_words(
    sentences: Sequence[Sequence[str]] | NumberedWords,
    tokenizer: PreTrainedTokenizerBase,
    *,
    lowercase: bool = False,
) -> EncodedWords:
    """The sub-tokens of every word, exactly those of `tokenizer(words, is_split_into_words=True)`.

    The tokenizers library works on each word of a list by itself, so a word has the same sub-tokens
    wherever it stands, and distinct words are all that needs to be tokenised.

    Raises:
        SettingError: the tokenizer does not know which word a sub-token came from.
        DataError: a sentence is no list of words.
    """
    backend = _backend(tokenizer)
    words = sentences if isinstance(sentences, NumberedWords) else number_words(sentences)
    # By BPE dropout, or sampled from a unigram, a word may get other sub-tokens each time.
    if any(getattr(backend.model, name, None) for name in ("dropout", "alpha")):
        words = words.apart()
    distinct = [word.lower() for word in words.distinct] if lowercase else words.distinct
    pieces, piece_counts = _encode_distinct(backend, distinct)
    counts = piece_counts[words.numbers]
    # Each word's pieces are a slice of `pieces`: move it to where the word stands.
    moves = to_offsets(piece_counts)[words.numbers] - (np.cumsum(counts) - counts)
    places = np.repeat(moves, counts)
    places += np.arange(len(places))
    return EncodedWords(pieces[places], counts, words.offsets)


def _encode_distinct(
    backend: Any, words: Sequence[str]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The sub-tokens of words one after the other, and how many each has."""
    ids = [np.zeros(0, dtype=np.int32)]
    counts = [np.zeros(0, dtype=np.int64)]
    for begin in range(0, len(words), ROW * CHUNK):
        chunk = words[begin : begin + ROW * CHUNK]
        rows = [chunk[i : i + ROW] for i in range(0, len(chunk), ROW)]
        encodings = _encode_batch(backend, rows)
        row_ids = [encoding.ids for encoding in encodings]
        sizes = list(map(len, row_ids))
        places = np.fromiter(
            chain.from_iterable(encoding.word_ids for encoding in encodings),
            dtype=np.int64,
            count=sum(sizes),
        )
        places += np.repeat(np.arange(len(rows)) * ROW, sizes)
        ids.append(np.fromiter(chain.from_iterable(row_ids), dtype=np.int32, count=sum(sizes)))
        counts.append(np.bincount(places, minlength=len(chunk)))
    return np.concatenate(ids), np.concatenate(counts)


def find_special_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """The special sub-tokens that the tokenizer puts before and after one sentence.

    Raises:
        SettingError: it does something else to a sentence, so that rows cannot be put together.
    """
    backend = _backend(tokenizer)
    plain, whole = (
        _encode_batch(backend, [["a"]], special=special)[0] for special in (False, True)
    )
    before = next((i for i, word in enumerate(whole.word_ids) if word is not None), 0)
    after = before + len(plain.ids)
    if not plain.ids or list(whole.ids[before:after]) != list(plain.ids):
        raise SettingError(
            f"the tokenizer of {tokenizer.name_or_path!r} makes {whole.tokens} of the word 'a'; "
            "accepted: at least one sub-token, with special ones around it only"
        )
    return list(whole.ids[:before]), list(whole.ids[after:])


def wrap_rows(
    values: NDArray[Any],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    *,
    before: Sequence[int],
    after: Sequence[int],
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Slices of `values`, each between `before` and `after`, in one flat array.

    Args:
        values: shape [n_subtokens].
        starts: where each row begins in `values`, shape [n_rows].
        lengths: how many values each row takes, shape [n_rows].
        before: values put in front of each row.
        after: values put behind each row.

    Returns:
        The rows one after the other, and where each begins (shape [n_rows + 1]).
    """
    full = lengths + len(before) + len(after)
    offsets = to_offsets(full)
    out = np.empty(int(offsets[-1]), dtype=values.dtype)
    for i, value in enumerate(before):
        out[offsets[:-1] + i] = value
    for i, value in enumerate(reversed(after), start=1):
        out[offsets[1:] - i] = value
    total = int(lengths.sum())
    within = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    out[within + np.repeat(offsets[:-1] + len(before), lengths)] = values[
        within + np.repeat(starts, lengths)
    ]
    return out, offsets


def _backend(tokenizer: PreTrainedTokenizerBase) -> Any:
    if not getattr(tokenizer, "is_fast", False):
        raise SettingError(
            f"{type(tokenizer).__name__} is not backed by the tokenizers library, so it does not "
            "know which word a sub-token came from; load it with AutoTokenizer from a checkpoint "
            "that has a tokenizer.json"
        )
    return tokenizer.backend_tokenizer


def _encode_batch(
    backend: Any, rows: Sequence[Sequence[str]], *, special: bool = False
) -> list[Any]:
    # A tokenizer.json may carry truncation and padding (sentence-transformers' do); transformers
    # sets both again at each of its own calls, so nothing needs to be put back.
    backend.no_truncation()
    backend.no_padding()
    # Not encode_batch_fast: it leaves out the word ids as well as the offsets.
    encodings: list[Any] = backend.encode_batch(
        rows, is_pretokenized=True, add_special_tokens=special
    )
    return encodings
