"""A sentence with its entities marked in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tner_hf.report.markup import Content, Html, join, tag


def render_sentence(tokens: Sequence[str], entities: Iterable[tuple[str, int, int]]) -> Html:
    """The words, and around those of an entity a mark with its type.

    Args:
        tokens: the words.
        entities: type, first word and the word after the last; in order, none over another.

    >>> render_sentence(["Ada", "slept"], [("PER", 0, 1)])
    '<mark class="entity">Ada <span class="type">PER</span></mark> slept'
    """
    parts: list[Content] = []
    done = 0
    for entity_type, start, end in entities:
        parts += tokens[done:start]
        words = " ".join(tokens[start:end])
        parts.append(tag("mark", words, " ", tag("span", entity_type, class_="type"),
                         class_="entity"))  # fmt: skip
        done = end
    parts += tokens[done:]
    return join(parts, " ")
