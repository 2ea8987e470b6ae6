"""The dictionary that T-NER's `model.predict` gives, with places in characters added."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.errors import DataError
from tner_hf.inference.pipelines.entities import WordEntity, find_entities
from tner_hf.inference.pipelines.inputs import Words
from tner_hf.labels.schemes import entities, find_fault

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.ner import NERPipeline


def predict(
    pipeline: NERPipeline,
    inputs: Sequence[str] | Sequence[Sequence[str]],
    *,
    labels: Sequence[Sequence[str]] | None = None,
    batch_tokens: int | None = None,
) -> dict[str, list[Any]]:
    """Tags, probabilities and entities of each input, in the layout of T-NER.

    A text is split into words by the checkpoint's word splitter (T-NER split at single spaces).
    Entities follow the conlleval rule, as the scores do: an `I-x` after `O`, or after another
    type, starts an entity (T-NER dropped it).

    Args:
        pipeline: from `tner_hf.pipeline`.
        inputs: texts, or sentences as lists of words.
        labels: the gold tags of each word, for comparison.
        batch_tokens: sub-tokens of one forward pass, padding included.

    Returns:
        One list for each key, in the order of the inputs. `input`: words. `prediction`: a tag for
        each word. `probability`: of that tag. `entity_prediction`: for each entity its `type`,
        `entity` (words), `position` (their indices), `probability` (of each), `start` and `end`
        (characters of the text, or of the words joined). With `labels` also `label` and
        `entity_label`.

    Raises:
        DataError: labels that are no tags, or not one for each word.
    """
    options = pipeline.options.changed({"batch_tokens": batch_tokens})
    sentences = [pipeline.read(item, i, options) for i, item in enumerate(inputs)]
    tagged = pipeline.tag(sentences, options)
    everything = np.asarray(tagged.probabilities, dtype=np.float64)
    probabilities = [everything[a:b].tolist() for a, b in pairwise(tagged.offsets)]
    answer: dict[str, list[Any]] = {
        "prediction": list(tagged.tags()),
        "probability": probabilities,
        "input": [sentence.words for sentence in sentences],
        "entity_prediction": [
            [_describe(entity, sentence, scores) for entity in found]
            for sentence, scores, found in zip(
                sentences, probabilities, find_entities(tagged), strict=True
            )
        ],
    }
    if labels is not None:
        _check_labels(labels, sentences)
        answer["label"] = [list(tags) for tags in labels]
        answer["entity_label"] = [
            [_describe(WordEntity(*entity), sentence, None) for entity in entities(tags)]
            for sentence, tags in zip(sentences, labels, strict=True)
        ]
    return answer


def _describe(
    entity: WordEntity, words: Words, probabilities: Sequence[float] | None
) -> dict[str, Any]:
    position = range(entity.start, entity.end)
    return {
        "type": entity.type,
        "entity": words.words[entity.start : entity.end],
        "position": list(position),
        # T-NER gives a list of None for gold entities.
        "probability": [None if probabilities is None else probabilities[i] for i in position],
        "start": words.spans[entity.start][0],
        "end": words.spans[entity.end - 1][1],
    }


def _check_labels(labels: Sequence[Sequence[str]], sentences: Sequence[Words]) -> None:
    if len(labels) != len(sentences):
        raise DataError(f"{len(labels)} lists of labels for {len(sentences)} inputs; one for each")
    for i, (tags, sentence) in enumerate(zip(labels, sentences, strict=True)):
        if len(tags) != len(sentence.spans):
            raise DataError(
                f"input {i} has {len(sentence.spans)} words and {len(tags)} labels; one for each "
                f"word: {sentence.words}"
            )
        for tag in tags:
            if not isinstance(tag, str):
                raise DataError(
                    f"a label of input {i} is {tag!r}; labels are tags such as 'B-person'. An id "
                    "means nothing without its label space: look it up in the dataset's ClassLabel"
                )
            if fault := find_fault(tag):
                raise DataError(f"input {i}: {fault}")
