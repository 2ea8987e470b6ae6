"""What a tag is made of."""

from __future__ import annotations

OUTSIDE = "O"


def split_tag(tag: str) -> tuple[str, str]:
    """Prefix and type of a tag, split at the first hyphen (`creative-work` keeps its own).

    >>> split_tag("B-creative-work")
    ('B', 'creative-work')
    >>> split_tag("O")
    ('O', '')
    """
    prefix, _, entity_type = tag.partition("-")
    return prefix, entity_type
