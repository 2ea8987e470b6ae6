"""Changes that text goes through in the wild, with gold kept exact: case, typos, OCR, and more.

A change of words leaves every tag where it is. One that takes words away or puts others in their
place carries the entities along. The same seed gives the same text.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tner_hf.errors import UnknownNameError
from tner_hf.labels.schemes import Entity, Scheme, encode_entities, entities

#: The share of words that typing or scanning gets wrong.
ERROR_RATE = 0.1

#: Letters of a word that can be mistyped; in shorter ones an error makes another word.
_SHORTEST = 4

#: Neighbours on a keyboard.
_KEYS = {
    key: "".join(
        row[i]
        for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
        if key in row
        for i in (row.index(key) - 1, row.index(key) + 1)
        if 0 <= i < len(row)
    )
    for key in "qwertyuiopasdfghjklzxcvbnm"
}

#: What scanners take for each other.
_LOOKALIKES = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("l", "1"), ("1", "l"), ("I", "l"),
    ("O", "0"), ("0", "O"), ("o", "0"), ("e", "c"), ("c", "e"), ("S", "5"), ("5", "S"),
    ("B", "8"), ("8", "B"), ("g", "9"), ("h", "b"), ("u", "ii"), ("t", "f"),
)  # fmt: skip


class Sentence(NamedTuple):
    """Words with a tag each, in IOB2."""

    words: list[str]
    tags: list[str]


@dataclass(frozen=True)
class Changed:
    """Sentences after a change.

    Attributes:
        sentences: as they are now.
        origins: the number of the first sentence that each was made of; those up to the next
            one's are in it. *Shape:* [n_sentences], rising.
    """

    sentences: list[Sentence]
    origins: list[int]


def change_sentences(
    sentences: Sequence[Sentence],
    change: str,
    *,
    seed: int = 0,
    documents: Sequence[Hashable] | None = None,
) -> Changed:
    """Sentences after one of `CHANGES`; only those of one document are joined.

    Raises:
        UnknownNameError: there is no such change.

    >>> ada = Sentence(["Ada", "saw", "Rome", "."], ["B-PER", "O", "B-LOC", "O"])
    >>> change_sentences([ada], "upper").sentences[0].words
    ['ADA', 'SAW', 'ROME', '.']
    >>> change_sentences([ada], "no_punctuation").sentences[0]
    Sentence(words=['Ada', 'saw', 'Rome'], tags=['B-PER', 'O', 'B-LOC'])
    """
    if change not in CHANGES:
        raise UnknownNameError("change", change, CHANGES)
    draw = random.Random(f"{change} {seed}")  # noqa: S311 — no secret
    if change == "joined":
        return _join(sentences, documents)
    if change == "entities_swapped":
        return Changed(_swap(sentences, draw), list(range(len(sentences))))
    if change == "no_punctuation":
        made = [_drop_punctuation(sentence) for sentence in sentences]
    else:
        spell = _SPELLINGS[change]
        made = [
            Sentence([spell(word, draw) for word in sentence.words], list(sentence.tags))
            for sentence in sentences
        ]
    return Changed(made, list(range(len(sentences))))


def _mistype(word: str, draw: random.Random) -> str:
    """Two letters swapped, one left out, doubled, or replaced by its neighbour on the keyboard."""
    letters = [i for i, letter in enumerate(word) if letter.isalpha()]
    if len(letters) < _SHORTEST or draw.random() >= ERROR_RATE:
        return word
    at = draw.choice(letters[1:-1])  # the first and the last are seldom wrong
    kind = draw.choice(("swap", "drop", "double", "replace"))
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    near = _KEYS.get(word[at].lower(), word[at])
    other = draw.choice(near)
    return word[:at] + (other.upper() if word[at].isupper() else other) + word[at + 1 :]


def _misread(word: str, draw: random.Random) -> str:
    """One look-alike in place of a letter or two."""
    places = [
        (at, seen, read)
        for seen, read in _LOOKALIKES
        for at in range(len(word))
        if word.startswith(seen, at)
    ]
    if not places or draw.random() >= ERROR_RATE:
        return word
    at, seen, read = draw.choice(places)
    return word[:at] + read + word[at + len(seen) :]


def _drop_punctuation(sentence: Sentence) -> Sentence:
    """Without words of punctuation outside of entities; one of nothing else stays as it is."""
    kept = [
        tag != "O" or not all(unicodedata.category(c).startswith("P") for c in word) or not word
        for word, tag in zip(*sentence, strict=True)
    ]
    if not any(kept) or all(kept):
        return sentence
    place = [sum(kept[:i]) for i in range(len(kept) + 1)]
    found = [(kind, place[start], place[end]) for kind, start, end in entities(sentence.tags)]
    words = [word for word, stays in zip(sentence.words, kept, strict=True) if stays]
    return Sentence(words, encode_entities(found, len(words), Scheme.IOB2))


def _swap(sentences: Sequence[Sentence], draw: random.Random) -> list[Sentence]:
    """Each entity replaced by another of its type, drawn from those of the same sentences.

    Agarwal et al. (2021), "Interpretability Analysis for Named Entity Recognition to Understand
    System Predictions and How They Can Improve": what a model knows of names, and what of contexts.
    """
    known: dict[str, dict[tuple[str, ...], None]] = {}
    for words, tags in sentences:
        for kind, start, end in entities(tags):
            known.setdefault(kind, {})[tuple(words[start:end])] = None
    names = {kind: list(each) for kind, each in known.items()}
    made = []
    for words, tags in sentences:
        out: list[str] = []
        found: list[Entity] = []
        at = 0
        for kind, start, end in entities(tags):
            out += words[at:start]
            others = names[kind]
            other = draw.choice(others)
            if len(others) > 1:
                while other == tuple(words[start:end]):
                    other = draw.choice(others)
            found.append((kind, len(out), len(out) + len(other)))
            out += other
            at = end
        out += words[at:]
        made.append(Sentence(out, encode_entities(found, len(out), Scheme.IOB2)))
    return made


def _join(sentences: Sequence[Sentence], documents: Sequence[Hashable] | None) -> Changed:
    """Each sentence with the next, two by two, within a document."""
    made: list[Sentence] = []
    origins: list[int] = []
    at = 0
    while at < len(sentences):
        size = 2 if at + 1 < len(sentences) else 1
        if size == 2 and documents is not None and documents[at] != documents[at + 1]:
            size = 1
        words: list[str] = []
        found: list[Entity] = []
        for each in sentences[at : at + size]:
            begin = len(words)
            found += [(k, begin + start, begin + end) for k, start, end in entities(each.tags)]
            words += each.words
        made.append(Sentence(words, encode_entities(found, len(words), Scheme.IOB2)))
        origins.append(at)
        at += size
    return Changed(made, origins)


#: Changes of one word at a time.
_SPELLINGS: Mapping[str, Callable[[str, random.Random], str]] = {
    "lower": lambda word, _: word.lower(),
    "upper": lambda word, _: word.upper(),
    "typos": _mistype,
    "ocr": _misread,
}

#: Every change, with what it does.
CHANGES: Mapping[str, str] = {
    "lower": "lower case",
    "upper": "upper case",
    "typos": f"one typing error in {ERROR_RATE:.0%} of longer words",
    "ocr": f"one misread letter in {ERROR_RATE:.0%} of words",
    "no_punctuation": "words of punctuation left out",
    "entities_swapped": "each entity replaced by another of its type",
    "joined": "sentences joined two by two",
}
