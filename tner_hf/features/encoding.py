"""Words to sub-tokens in one call per chunk, as flat integer arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError, SettingError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

#: The label that torch's cross-entropy leaves out.
IGNORED_LABEL = -100

#: Sentences per call of the tokenizer; its results take some 200 bytes per sub-token until they
#: are packed into arrays, so this bounds the memory.
CHUNK = 4096


@dataclass(frozen=True)
class EncodedWords:
    """The sub-tokens of many sentences, without special ones, one after the other.

    Attributes:
        ids: sub-token ids, shape [n_subtokens].
        words: the word in its sentence that each belongs to, shape [n_subtokens].
        starts: where each sentence begins in `ids`, shape [n_sentences + 1].
        offsets: where each sentence begins among all words, shape [n_sentences + 1].
    """

    ids: NDArray[np.int32]
    words: NDArray[np.int32]
    starts: NDArray[np.int64]
    offsets: NDArray[np.int64]

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Whether a sub-token is the first of its word, shape [n_subtokens]."""
        first = np.ones(len(self.ids), dtype=np.bool_)
        first[1:] = self.words[1:] != self.words[:-1]
        first[self.starts[:-1][np.diff(self.starts) > 0]] = True
        return first

    def global_words(self) -> NDArray[np.int64]:
        """The word among all words that each sub-token belongs to, shape [n_subtokens]."""
        of_sentence = np.repeat(self.offsets[:-1], np.diff(self.starts))
        return of_sentence + self.words.astype(np.int64)


def encode_words(
    sentences: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    lowercase: bool = False,
) -> EncodedWords:
    """The sub-tokens of every word, exactly those of `tokenizer(words, is_split_into_words=True)`.

    Raises:
        SettingError: the tokenizer does not know which word a sub-token came from.
        DataError: a sentence is no list of words.
    """
    backend = _backend(tokenizer)
    ids: list[NDArray[np.int32]] = []
    words: list[NDArray[np.int32]] = []
    lengths: list[int] = []
    sizes: list[int] = []
    for begin in range(0, len(sentences), CHUNK):
        chunk = [_as_words(s, begin + i) for i, s in enumerate(sentences[begin : begin + CHUNK])]
        if lowercase:
            chunk = [[word.lower() for word in sentence] for sentence in chunk]
        encodings = _encode_batch(backend, chunk)
        chunk_ids = [encoding.ids for encoding in encodings]
        count = sum(map(len, chunk_ids))
        ids.append(np.fromiter(chain.from_iterable(chunk_ids), dtype=np.int32, count=count))
        word_ids = chain.from_iterable(encoding.word_ids for encoding in encodings)
        words.append(np.fromiter(word_ids, dtype=np.int32, count=count))
        lengths.extend(map(len, chunk_ids))
        sizes.extend(map(len, chunk))
    nothing = [np.zeros(0, dtype=np.int32)]
    return EncodedWords(
        ids=np.concatenate(ids or nothing),
        words=np.concatenate(words or nothing),
        starts=_offsets(lengths),
        offsets=_offsets(sizes),
    )


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
    offsets = _offsets(full)
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


def _offsets(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    out = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=out[1:])
    return out


def _backend(tokenizer: PreTrainedTokenizerBase) -> Any:
    if not getattr(tokenizer, "is_fast", False):
        raise SettingError(
            f"{type(tokenizer).__name__} is not backed by the tokenizers library, so it does not "
            "know which word a sub-token came from; load it with AutoTokenizer from a checkpoint "
            "that has a tokenizer.json"
        )
    return tokenizer.backend_tokenizer


def _encode_batch(backend: Any, chunk: list[list[str]], *, special: bool = False) -> list[Any]:
    # A tokenizer.json may carry truncation and padding (sentence-transformers' do); transformers
    # sets both again at each of its own calls, so nothing needs to be put back.
    backend.no_truncation()
    backend.no_padding()
    try:
        # Not encode_batch_fast: it leaves out the word ids as well as the offsets.
        encodings: list[Any] = backend.encode_batch(
            chunk, is_pretokenized=True, add_special_tokens=special
        )
    except TypeError:
        for i, sentence in enumerate(chunk):
            for word in sentence:
                if not isinstance(word, str):
                    raise DataError(
                        f"a token of sentence {i} is {word!r} ({type(word).__name__}); "
                        "tokens are strings"
                    ) from None
        raise
    return encodings


def _as_words(sentence: Sequence[str], index: int) -> list[str]:
    if isinstance(sentence, str):
        raise DataError(
            f"sentence {index} is the text {sentence[:40]!r}; a list of words is needed, "
            'e.g. ["Ada", "lived", "in", "London"]'
        )
    return list(sentence)
