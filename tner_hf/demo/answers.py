"""The entities that models find in a text: exactly those of their pipelines, with progress."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tner_hf.demo.settings import DemoSettings
from tner_hf.demo.shelf import Shelf
from tner_hf.demo.work import Work
from tner_hf.errors import SettingError
from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.labels.schemes import find_fault
from tner_hf.report.kit.colours import colours_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tner_hf.inference.pipelines.inputs import Words
    from tner_hf.inference.pipelines.ner import NERPipeline
    from tner_hf.inference.pipelines.options import Options
    from tner_hf.inference.tagging import Tagged

Entity = dict[str, Any]

#: Models side by side.
MOST_MODELS = 4

#: Types that are told of each word.
_BEST = 3


def answer_text(
    text: str,
    models: Sequence[str],
    shelf: Shelf,
    work: Work,
    *,
    lowercase: bool = False,
    best: bool = False,
) -> dict[str, Any]:
    """What each model finds in a text.

    Returns:
        `answers`, one a model with its `entities`, the number of `words`, their `spans`, whether
        they were `windowed`, the `seconds` that it took, and `warnings` for a reader; and the
        colours of all `types`. With `best` also the likeliest types of each word with their
        probabilities, `O` for none; an empty list where the model did not see the word.

    Raises:
        SettingError: the text is too long, or the time was up.
        UnknownNameError: a model that is not on offer.
    """
    check_text(text, shelf.settings)
    answers: list[dict[str, Any]] = []
    for name in check_models(models, shelf):
        ner = shelf.find(name)
        began = time.perf_counter()
        found = find_entities_in(text, ner, work, lowercase=lowercase, best=best)
        spans = found.spans
        seconds = round(time.perf_counter() - began, 4)
        answers.append(
            {
                "model": name,
                "entities": found.entities,
                "words": len(spans),
                "spans": [list(span) for span in spans],
                "windowed": found.windowed,
                "seconds": seconds,
                "warnings": warn_of_scripts(
                    [text[start:end] for start, end in spans], name, ner, work, lowercase=lowercase
                ),
                **({"best": found.best} if best else {}),
            }
        )
    types = (e["entity_group"] for answer in answers for e in answer["entities"])
    return {"answers": answers, "types": colours_of(types)}


class Found(NamedTuple):
    """What a model finds in a text.

    Attributes:
        entities: as `ner(text)` gives them.
        spans: where each word begins and ends.
        windowed: whether the text was longer than a window.
        best: the likeliest types of each word; empty where not asked for.
    """

    entities: list[Entity]
    spans: Sequence[tuple[int, int]]
    windowed: bool
    best: list[list[tuple[str, float]]]


def find_entities_in(
    text: str, ner: NERPipeline, work: Work, *, lowercase: bool = False, best: bool = False
) -> Found:
    """The entities of a text, and, where asked for, the likeliest types of its words.

    Lower-casing is for the model's eyes only: entities quote the text as it is.
    """
    from tner_hf.inference.pipelines.entities import find_entities, show_entity
    from tner_hf.models import tag_names

    with work.at_models():
        words = ner.read(text)
        if not words.spans:
            return Found([], (), False, [])
        every = len(tag_names(ner.model.config))
        options = ner.options.changed({"top_k": every}) if best else None
        tagged = tag_words([words], ner, work, options, lowercase=lowercase)
    entities = [show_entity(entity, words) for entity in find_entities(tagged)[0]]
    top = tagged.top
    likeliest = [_best_types(top.of(i)) for i in range(len(words.spans))] if top else []
    return Found(entities, words.spans, bool(tagged.windowed_sentences), likeliest)


def tag_words(
    texts: Sequence[Words],
    ner: NERPipeline,
    work: Work,
    options: Options | None = None,
    *,
    lowercase: bool = False,
) -> Tagged:
    """What a model says of the words of texts, telling how far it is; the turn is taken already."""
    total = sum(len(each.spans) for each in texts)
    return ner.tag(
        [replace(each, text=lower_case(each.text)) if lowercase else each for each in texts],
        options,
        progress=lambda done, of: work.advance(total * done // max(of, 1), total, "words"),
    )


def _best_types(labels: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The likeliest types of a word: beginning and inside of one are one.

    >>> _best_types([("I-PER", 0.5), ("B-PER", 0.25), ("O", 0.125), ("LOC", 0.0625), ("B-x", 0.0)])
    [('PER', 0.75), ('O', 0.125), ('LOC', 0.0625)]
    """
    sums: dict[str, float] = {}
    for label, score in labels:
        plain = label == OUTSIDE or find_fault(label)  # `PER` without a prefix is a type, too
        name = label if plain else split_tag(label)[1]
        sums[name] = sums.get(name, 0.0) + score
    best = sorted(sums.items(), key=lambda pair: -pair[1])[:_BEST]
    return [(name, round(score, 4)) for name, score in best]


def warn_of_scripts(
    words: Sequence[str], name: str, ner: NERPipeline, work: Work, *, lowercase: bool
) -> list[str]:
    """What a reader should know who has a model read a script that it cannot know."""
    from tner_hf.features.scripts import explain_strange_scripts

    lowered = lowercase or ner.settings.lowercase
    tokenizer = cast("PreTrainedTokenizerFast", ner.tokenizer)
    with work.at_models():  # a tokenizer, too, serves one at a time
        said = explain_strange_scripts(words, tokenizer, name=name, lowercase=lowered)
    return [said] if said else []


def lower_case(text: str) -> str:
    """The text in lower case, each character in its place.

    >>> lower_case("İZMİR"), len("İ".lower())
    ('İzmİr', 2)
    """
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def check_text(text: str, settings: DemoSettings) -> None:
    """Refuse too much of it."""
    if len(text) > settings.max_characters:
        raise SettingError(
            f"the text has {len(text):,} characters; this demo takes {settings.max_characters:,}. "
            "Send it in parts, or as a file with one text a line"
        )


def check_models(models: Sequence[str], shelf: Shelf) -> list[str]:
    """The models to use: those named, or the first on offer."""
    names = list(dict.fromkeys(models)) or shelf.names[:1]
    if len(names) > MOST_MODELS:
        raise SettingError(f"{len(names)} models; accepted: {MOST_MODELS} at a time")
    return names
