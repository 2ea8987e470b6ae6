"""What a pipeline may be given, told apart once: running texts, or lists of words.

"Ada lived in London."                      one text
["Ada lived.", "Rome burned."]              texts
[["Ada", "lived"], ["Rome", "burned"]]      sentences, as lists of words
["Ada", "lived"], is_split_into_words=True  one sentence
a generator, a Dataset, any other iterable  a stream of texts or of sentences
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tner_hf.config import WordSplitter
from tner_hf.errors import SettingError
from tner_hf.words import lay_out, word_joiner, word_spans

_ACCEPTED = (
    "accepted: a text, a list of texts, a list of sentences (each a list of words), one list of "
    "words with is_split_into_words=True, or a generator or Dataset of texts or sentences"
)


@dataclass(frozen=True)
class Words:
    """One input as words, each with its place in the text.

    Attributes:
        text: the text; of a list of words, the words joined.
        spans: first and one past the last character of each word.
        given: whether the words were given, and not found in a text.
    """

    text: str
    spans: Sequence[tuple[int, int]]
    given: bool

    @property
    def words(self) -> list[str]:
        return [self.text[start:end] for start, end in self.spans]


def split_text(text: str, splitter: WordSplitter) -> Words:
    """A running text, cut into words.

    >>> split_text("To London.", "unicode").words
    ['To', 'London', '.']
    """
    return Words(text, word_spans(text, splitter), given=False)


def join_words(words: Sequence[str], joiner: str) -> Words:
    """A list of words, laid out as a text."""
    return Words(*lay_out(words, joiner), given=True)


def read_input(
    item: object, index: int, *, splitter: WordSplitter, delimiter: str | None, words_only: bool
) -> Words:
    """One text or one list of words.

    Raises:
        SettingError: it is neither.
    """
    if isinstance(item, str) and not words_only:
        return split_text(item, splitter)
    if isinstance(item, Sequence) and not isinstance(item, str):
        if all(isinstance(word, str) for word in item):
            return join_words(item, word_joiner(splitter) if delimiter is None else delimiter)
        wrong = next(word for word in item if not isinstance(word, str))
        raise SettingError(
            f"input {index} holds {wrong!r} ({type(wrong).__name__}) among its words; {_ACCEPTED}"
        )
    hint = ""
    if isinstance(item, Mapping):
        hint = (
            "; of a dataset pass one column, e.g. dataset['tokens'] or KeyDataset(dataset, 'text')"
        )
    elif isinstance(item, str):
        hint = "; with is_split_into_words=True each input is a list of words, not a text"
    raise SettingError(f"input {index} is {item!r:.80} ({type(item).__name__}){hint}; {_ACCEPTED}")


def list_inputs(inputs: object, *, words_only: bool) -> Sequence[object] | Iterator[object]:
    """The inputs one by one: a list if all are there, an iterator if they come as a stream.

    Raises:
        SettingError: this is no input.
    """
    if isinstance(inputs, str) and not words_only:
        return [inputs]
    if isinstance(inputs, list | tuple):
        one_sentence = words_only and inputs and all(isinstance(word, str) for word in inputs)
        return [inputs] if one_sentence else inputs
    if not isinstance(inputs, str | bytes | Mapping):
        if isinstance(inputs, Iterable):
            return iter(inputs)
        if hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__"):
            return (inputs[i] for i in range(len(inputs)))  # a map-style torch Dataset
    raise SettingError(f"{inputs!r:.80} ({type(inputs).__name__}) is no input; {_ACCEPTED}")


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of `size`, the last one shorter.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
