"""Entities out of word predictions, by the very rule that scores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tner_hf.inference.pipelines.inputs import Words
from tner_hf.inference.tagging import Tagged
from tner_hf.metrics.calibration import mean_over_spans
from tner_hf.metrics.spans import TagTable, find_spans


class WordEntity(NamedTuple):
    """A typed entity over words [start, end) of one sentence.

    Attributes:
        type: e.g. `person`.
        start: its first word.
        end: one past its last word.
        score: the mean probability of its words' labels, over those that the model saw; None where
            probabilities were not asked for.
    """

    type: str
    start: int
    end: int
    score: float | None = None


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
    values, scores = tagged.probabilities, [None] * len(spans)
    if values is not None:
        scores = mean_over_spans(values, spans.start, spans.end)[0].tolist()
    for (sentence, start, end, kind), score in zip(spans.within(offsets), scores, strict=True):
        found[sentence].append(WordEntity(table.types[kind], start, end, score))
    return found


def show_entity(entity: WordEntity, words: Words) -> dict[str, Any]:
    """An entity in the keys of the stock pipeline, `word` being the exact slice of the text.

    Where words were given, also which they are.
    """
    start, end = words.spans[entity.start][0], words.spans[entity.end - 1][1]
    shown: dict[str, Any] = {
        "entity_group": entity.type,
        "score": entity.score,
        "word": words.text[start:end],
        "start": start,
        "end": end,
    }
    if words.given:
        shown["start_word"], shown["end_word"] = entity.start, entity.end
        shown["words"] = words.words[entity.start : entity.end]
    return shown


def show_word(
    index: int,
    tag: str,
    words: Words,
    probability: float,
    *,
    labels: Sequence[tuple[str, float]] | None = None,
) -> dict[str, Any]:
    """One word in the keys that the strategy `none` has for a sub-token.

    Its likeliest labels follow, the best first, where there are any.
    """
    start, end = words.spans[index]
    shown: dict[str, Any] = {
        "entity": tag,
        "score": probability,
        "index": index,
        "word": words.text[start:end],
        "start": start,
        "end": end,
    }
    if labels is not None:
        shown["labels"] = [{"label": label, "score": score} for label, score in labels]
    return shown
