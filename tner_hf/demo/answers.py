"""The entities that models find in a text: exactly those of their pipelines, with progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from tner_hf.demo.settings import DemoSettings
from tner_hf.demo.shelf import Shelf
from tner_hf.demo.work import Work
from tner_hf.errors import SettingError
from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.labels.schemes import find_fault

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tner_hf.inference.pipelines.inputs import Words
    from tner_hf.inference.pipelines.ner import NERPipeline
    from tner_hf.inference.pipelines.options import Options
    from tner_hf.inference.tagging import Tagged

#: Models side by side.
MOST_MODELS = 4

#: Types that are told of each word.
_BEST = 3


def find_entities_in(
    text: str, ner: NERPipeline, work: Work, *, lowercase: bool = False, best: bool = False
) -> dict[str, Any]:
    """The `entities` of a text as `ner(text)` gives them, the `spans` of its words, and so on.

    Lower-casing is for the model's eyes only: entities quote the text as it is.
    """
    from tner_hf.inference.pipelines.entities import find_entities, show_entity
    from tner_hf.models import tag_names

    with work.at_models():
        words = ner.read(text)
        if not words.spans:
            nothing = {"entities": [], "spans": [], "windowed": False}
            return {**nothing, "best": []} if best else nothing
        every = len(tag_names(ner.model.config))
        options = ner.options.changed({"top_k": every}) if best else None
        tagged = tag_words([words], ner, work, options, lowercase=lowercase)
    found: dict[str, Any] = {
        "entities": [show_entity(entity, words) for entity in find_entities(tagged)[0]],
        "spans": [list(span) for span in words.spans],
        "windowed": bool(tagged.windowed_sentences),
    }
    if (top := tagged.top) is not None:
        found["best"] = [_best_types(top.of(i)) for i in range(len(words.spans))]
    return found


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
        [lower_words(each) if lowercase else each for each in texts],
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


def lower_words(words: Words) -> Words:
    """The words in lower case, each character in its place.

    >>> from tner_hf.inference.pipelines.inputs import Words
    >>> lower_words(Words("İZMİR", (), given=False)).text, len("İ".lower())
    ('İzmİr', 2)
    """
    lowered = (low if len(low := c.lower()) == 1 else c for c in words.text)
    return replace(words, text="".join(lowered))


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
