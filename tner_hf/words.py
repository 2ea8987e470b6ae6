"""Running text to words: where each word starts and ends, in characters of the text.

A word is what a corpus would call a token. The splitter that a checkpoint was made for travels in
its settings, so a text is cut at inference the way its training corpus was:

- `unicode` cuts punctuation off words and keeps together what corpora keep together (URLs,
  @users, #tags, `0.5`, `U.S.`, `O'Neill`, `Herrich-Schäffer`); scripts that are written without
  spaces become one word a character, as in WikiAnn.
- `whitespace` believes the text: it is tokenised already.
- `characters` makes every visible character a word (corpora of characters, whatever the script).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from tner_hf.config import WordSplitter
from tner_hf.errors import UnknownNameError

if TYPE_CHECKING:
    import regex

#: A corpus whose tokens are hardly longer than this is one of characters, not of words.
_CHARACTERS = 1.1

_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー々〇"
#: A character of a word: letters, marks (vowel signs, points), digits, `_`, and the soft hyphen
#: and zero-width (non-)joiner, which belong to the word that they stand in.
_W = rf"[\p{{L}}\p{{M}}\p{{N}}\p{{Pc}}\u00AD\u200C\u200D--[{_SPACELESS}]]"
#: Never part of a word: spaces, controls, zero-width separators, lone surrogates.
_NOT = r"\s\p{Cc}\p{Cf}\p{Cs}"
#: What may follow a symbol: variation selectors, keycaps, skin tones.
_X = r"[\p{M}\U0001F3FB-\U0001F3FF]"
_CLITIC = rf"['’](?i:s|re|ve|ll|d|m)(?!{_W})"

# One rule a line; the first that matches wins.
_UNICODE_RULES = rf"""
    (?:https?://|www\.)[^\s<>"]*[^\s<>"'.,;:!?)\]}}…]      # URL, without the comma after it
  | {_W}[\w.+-]*+@{_W}+(?:[.-]{_W}+)+                      # e-mail address
  | [@\#]{_W}+                                             # @user, #tag
  | &(?:[a-z]+|\#[0-9]+);                                  # HTML entity left in the text
  | (?:\p{{L}}\.)+\p{{L}}(?!{_W})\.?                       # U.S., U.S.A, F.C
  | (?!I)\p{{Lu}}\.(?=\s+{_W})                             # an initial: J. Doe
  | (?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Gen|Col|Capt|Lt|Sgt|Rev|Sen|Rep|Gov|Mt|Inc|Corp|Co|Ltd
      |Bros|vs|Vol|Jan|Feb|Aug|Sept?|Oct|Nov|Dec)\.(?!{_W})   # abbreviations beside names
  | (?<={_W}){_CLITIC}                                     # Ada's, they'll
  | {_W}++(?:(?:[-‐‑&·]                                    # ex-boss, R&D, col·lecció
                |(?!{_CLITIC})['’]                         # O'Neill, don't
                |(?<=\d)[.,:/–](?=\d)                      # 0.5, 1,000, 10:30, 2012–13
                |\.(?=[a-z0-9])                            # example.com
             ){_W}++)*
  | [{_SPACELESS}]\p{{M}}*                                 # 東, ก็
  | \p{{RI}}{{2}}                                          # a flag: two regional indicators
  | ([^{_NOT}])(?:\1)*{_X}*(?:\u200D[^{_NOT}]{_X}*)*       # ..., !!!, an emoji of several people
"""


def word_spans(text: str, splitter: WordSplitter = "unicode") -> list[tuple[int, int]]:
    """Start and end of each word of a text, in characters, in reading order.

    Whatever is no word (spaces, control characters, zero-width separators) lies between the spans.

    >>> text = "Ada's ex-boss @acme (U.S.) paid 0.5%..."
    >>> [text[start:end] for start, end in word_spans(text)]
    ['Ada', "'s", 'ex-boss', '@acme', '(', 'U.S.', ')', 'paid', '0.5', '%', '...']
    >>> word_spans("a b.", "whitespace")
    [(0, 1), (2, 4)]
    >>> word_spans("東 京", "characters")
    [(0, 1), (2, 3)]
    """
    if splitter == "unicode":
        return [match.span() for match in _unicode_pattern().finditer(text)]
    if splitter == "whitespace":
        return [match.span() for match in re.finditer(r"\S+", text)]
    if splitter == "characters":
        return [match.span() for match in re.finditer(r"\S", text)]
    raise UnknownNameError("word splitter", splitter, get_args(WordSplitter))


def are_characters(words: Sequence[str]) -> bool:
    """Whether the tokens of a corpus are characters, as in WikiAnn's Japanese, and no words.

    >>> are_characters(["東", "京", "へ"]), are_characters(["to", "東", "京"])
    (True, False)
    """
    return sum(map(len, words)) <= _CHARACTERS * len(words)


def word_joiner(splitter: WordSplitter) -> str:
    """What stands between words when they are joined into a text: nothing between characters."""
    return "" if splitter == "characters" else " "


def lay_out(words: Sequence[str], joiner: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of words that are joined, and the start and end of each in it.

    >>> lay_out(["To", "London", "."], " ")
    ('To London .', [(0, 2), (3, 9), (10, 11)])
    """
    spans, at = [], 0
    for word in words:
        spans.append((at, at + len(word)))
        at += len(word) + len(joiner)
    return joiner.join(words), spans


@functools.cache
def _unicode_pattern() -> regex.Pattern[str]:
    import regex  # the standard `re` knows no \p{…}, and its \w drops the vowel signs of Hindi

    return regex.compile(_UNICODE_RULES, regex.VERBOSE | regex.VERSION1)
