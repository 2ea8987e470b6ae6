"""Scripts that a tokenizer cannot read: a model of English on Japanese, say.

The tokenizer alone tells: words of such a script become unknown sub-tokens, or fall into letters
and bytes, and its vocabulary has hardly more of that script than the letters. A language in a
script that the model knows is not told apart.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tner_hf.features.encoding import encode_words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

#: Words that are looked at, spread over the text.
_MOST_WORDS = 2000

#: A script is named from this share of the letters on.
_LEAST_SHARE = 0.1

#: Fewer letters may be an odd name: that they are spelt says nothing.
_LEAST_SPELT = 8

#: A smaller vocabulary spells every language.
_SMALL_VOCABULARY = 5000

#: Sub-tokens of a script that a vocabulary has if the language was among its texts. That of English
#: BERT has 8 of more than one letter for Cyrillic, and 488 for Han.
_LEARNED, _LEARNED_OF_SEVERAL_LETTERS = 1000, 300

#: One language is written in all of them, and may be cut into single characters.
_JAPANESE = frozenset({"Han", "Hiragana", "Katakana"})

_RENAMED = {"Cjk": "Han", "Ideographic": "Han", "Katakana-Hiragana": "Katakana"}


def explain_strange_scripts(
    words: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, name: str, lowercase: bool = False
) -> str | None:
    """What to tell a reader about words that a model's tokenizer cannot read; None if it can."""
    step = -(-len(words) // _MOST_WORDS) or 1
    written = [word for word in words[::step] if any(map(str.isalpha, word))]
    letters, unknown, spelt = _count_letters(written, tokenizer, lowercase=lowercase)
    total = letters.total()
    common = [s for s, number in letters.most_common() if number >= _LEAST_SHARE * total]
    if found := [s for s in common if unknown[s] >= letters[s] / 2]:
        share = sum(unknown[s] for s in found) / total
        said = "stand in words that its tokenizer does not know"
    else:
        unread = unknown + spelt
        doubtful = [
            s for s in common
            if unread[s] >= letters[s] / 2
            and sum(unread[other] for other in _written_with(s)) >= _LEAST_SPELT
        ]  # fmt: skip
        found = [s for s in doubtful if not _has_learned(s, tokenizer)]
        share = sum(unread[s] for s in found) / max(total, 1)
        said = "are unknown to its tokenizer or fall into single letters or bytes"
    if not found:
        return None
    return (
        f"{name} can hardly know this language: {share:.0%} of the letters "
        f"({', '.join(found)}) {said}. What it finds there is a guess."
    )


def _count_letters(
    words: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, lowercase: bool
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Letters of each script: all, those of unknown words, and those of spelt ones."""
    encoded = encode_words([words], tokenizer, lowercase=lowercase)
    is_unknown = encoded.ids == (-1 if (n := tokenizer.unk_token_id) is None else n)
    letters, unknown, spelt = Counter[str](), Counter[str](), Counter[str]()
    end = 0
    for word, count in zip(words, encoded.counts.tolist(), strict=True):
        begin, end = end, end + count
        own = Counter(script_of(character) for character in word if character.isalpha())
        letters += own
        if is_unknown[begin:end].any():
            unknown += own
        elif count >= len(word):
            spelt += own
    return letters, unknown, spelt


def _has_learned(script: str, tokenizer: PreTrainedTokenizerBase) -> bool:
    if len(tokenizer) < _SMALL_VOCABULARY:
        return True
    if tokenizer not in _vocabularies:
        _vocabularies[tokenizer] = _count_vocabulary(tokenizer)
    single, several = _vocabularies[tokenizer]
    return any(
        single[s] + several[s] >= _LEARNED or several[s] >= _LEARNED_OF_SEVERAL_LETTERS
        for s in _written_with(script)
    )


def _written_with(script: str) -> frozenset[str]:
    return _JAPANESE if script in _JAPANESE else frozenset({script})


_vocabularies: WeakKeyDictionary[PreTrainedTokenizerBase, tuple[Counter[str], Counter[str]]] = (
    WeakKeyDictionary()
)


def _count_vocabulary(
    tokenizer: PreTrainedTokenizerBase,
) -> tuple[Counter[str], Counter[str]]:
    """The sub-tokens of each script: of one letter, and of several."""
    single, several = Counter[str](), Counter[str]()
    for piece in tokenizer.get_vocab():
        # Those of bytes are written in other letters than they stand for.
        text = piece if piece.isascii() else tokenizer.convert_tokens_to_string([piece])
        scripts = [script_of(character) for character in text if character.isalpha()]
        if scripts:
            (single if len(scripts) == 1 else several)[scripts[0]] += 1
    return single, several


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """The script of a letter, by the first word of its name in Unicode.

    >>> script_of("a"), script_of("Ж"), script_of("東"), script_of("ｶ")
    ('Latin', 'Cyrillic', 'Han', 'Katakana')
    """
    plain = unicodedata.normalize("NFKC", letter)[:1]
    name = unicodedata.name(plain, "unknown").split()[0].title()
    return _RENAMED.get(name, name)
