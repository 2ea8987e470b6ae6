"""Entities out of word predictions, by the very rule that scores them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.metrics.spans import TagTable, find_spans, sentence_of
from tner_hf.pipelines.inputs import Words
from tner_hf.tagging import Tagged


@dataclass(frozen=True)
class WordEntity:
    """A typed entity over words [start, end) of one sentence."""

    type: str
    start: int
    end: int


def find_entities(tagged: Tagged) -> list[list[WordEntity]]:
    """The entities of each sentence by the conlleval rule, as the scores count them.

    >>> ids, offsets = np.array([2, 2, 0, 1, 1]), np.array([0, 3, 5])
    >>> found = find_entities(Tagged(ids, offsets, ("O", "B-x", "I-x")))
    >>> [[(e.type, e.start, e.end) for e in sentence] for sentence in found]
    [[('x', 0, 2)], [('x', 0, 1), ('x', 1, 2)]]
    """
    found: list[list[WordEntity]] = [[] for _ in range(len(tagged))]
    if not len(tagged.ids):
        return found
    table = TagTable(tagged.names)
    offsets = tagged.offsets.astype(np.intp)
    spans = find_spans(tagged.ids.astype(np.intp), offsets, table)["type_aware"]
    sentences = sentence_of(spans.start, offsets)
    base = offsets[sentences]
    rows = zip(
        sentences.tolist(),
        spans.kind.tolist(),
        (spans.start - base).tolist(),
        (spans.end - base).tolist(),
        strict=True,
    )
    for sentence, kind, start, end in rows:
        found[sentence].append(WordEntity(table.types[kind], start, end))
    return found


def show_entity(
    entity: WordEntity, words: Words, probabilities: NDArray[np.float32]
) -> dict[str, Any]:
    """An entity in the keys of the stock pipeline, `word` being the exact slice of the text.

    Where words were given, also which they are.

    Args:
        entity: what was found.
        words: the sentence.
        probabilities: that of each word's label, 0 for a word that the model did not see,
            shape [n_words]. The score is the mean over those that it saw.
    """
    start, end = words.spans[entity.start][0], words.spans[entity.end - 1][1]
    own = probabilities[entity.start : entity.end]
    shown: dict[str, Any] = {
        "entity_group": entity.type,
        "score": float(own.sum() / np.count_nonzero(own)),
        "word": words.text[start:end],
        "start": start,
        "end": end,
    }
    if words.given:
        shown["start_word"], shown["end_word"] = entity.start, entity.end
        shown["words"] = words.words[entity.start : entity.end]
    return shown


def show_word(index: int, tag: str, words: Words, probability: float) -> dict[str, Any]:
    """One word in the keys that the strategy `none` has for a sub-token."""
    start, end = words.spans[index]
    return {
        "entity": tag,
        "score": probability,
        "index": index,
        "word": words.text[start:end],
        "start": start,
        "end": end,
    }
