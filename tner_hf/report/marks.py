"""A sentence with its entities marked in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tner_hf.report.kit.colours import HUES, colour_of
from tner_hf.report.markup import Content, Html, join, tag


def render_sentence(tokens: Sequence[str], entities: Iterable[tuple[str, int, int]]) -> Html:
    """The words, and around those of an entity a mark with its type.

    Args:
        tokens: the words.
        entities: type, first word and the word after the last; in order, none over another.

    >>> render_sentence(["Ada", "slept"], [("PER", 0, 1)])
    '<mark class="entity hue-0 line-0">Ada<span class="type">PER</span></mark> slept'
    """
    parts: list[Content] = []
    done = 0
    for entity_type, start, end in entities:
        parts += tokens[done:start]
        line, hue = divmod(colour_of(entity_type), len(HUES))
        name = tag("span", entity_type, class_="type")
        words = " ".join(tokens[start:end])
        parts.append(tag("mark", words, name, class_=f"entity hue-{hue} line-{line}"))
        done = end
    parts += tokens[done:]
    return join(parts, " ")
