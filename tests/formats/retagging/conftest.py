"""Sentences, other tags for them, and JSON as many hands write it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tner_hf.labels.schemes import Scheme, encode_entities

Sentence = tuple[list[str], list[str]]

words = st.text(st.characters(categories=["L", "N", "S", "So", "Mn"]), min_size=1, max_size=4)


@st.composite
def tags_of(draw: Any, length: int) -> list[str]:
    """Tags in IOB2, touching entities among them."""
    found, at = [], 0
    while at < length:
        size = draw(st.integers(1, 3))
        kind = draw(st.sampled_from(["O", "PER", "LOC", "作品"]))
        found += [] if kind == "O" else [(kind, at, min(at + size, length))]
        at += size
    return encode_entities(found, length, Scheme.IOB2)


@st.composite
def edits(draw: Any) -> tuple[list[Sentence], dict[int, list[str]]]:
    """Sentences, and other tags for some of them."""
    tokens = draw(st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=5))
    sentences = [(one, draw(tags_of(len(one)))) for one in tokens]
    chosen = draw(st.sets(st.integers(0, len(sentences) - 1)))
    return sentences, {n: draw(tags_of(len(sentences[n][0]))) for n in sorted(chosen)}


def scribble(value: Any, hand: random.Random, *, lines: bool = True) -> str:
    """A value as JSON with blanks, escapes and spellings of numbers of somebody's own."""
    blanks = ["", "", " ", "  ", "\t", *([] if lines else ["\n", "\r\n "])]

    def gap() -> str:
        return hand.choice(blanks)

    if isinstance(value, str):
        return '"' + "".join(_escape(c, hand) for c in value) + '"'
    if isinstance(value, dict):
        inside = [
            f"{gap()}{scribble(k, hand)}{gap()}:{gap()}{scribble(v, hand, lines=lines)}{gap()}"
            for k, v in value.items()
        ]
        return "{" + (",".join(inside) or gap()) + "}"
    if isinstance(value, list):
        inside = [f"{gap()}{scribble(each, hand, lines=lines)}{gap()}" for each in value]
        return "[" + (",".join(inside) or gap()) + "]"
    return hand.choice(["1e5", "1.50", "-0", "10E+2"]) if value is None else json.dumps(value)


def _escape(character: str, hand: random.Random) -> str:
    if character in '"\\' or hand.random() < 0.3:
        units = character.encode("utf-16-be").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return character


def write_rows(
    rows: Sequence[dict[str, Any]], key: str, hand: random.Random, *, lines: bool
) -> tuple[str, list[tuple[str, str, str]]]:
    """A file of rows, and of each what stands before, in and after the value of a key."""
    parts = []
    for row in rows:
        more = [("x", [None, {"ner_tags": ["no"], "text": "no"}]), ("é", "\u2028"), ("n", None)]
        members = [*row.items(), *hand.sample(more, hand.randint(0, 3))]
        hand.shuffle(members)
        told = [f"{scribble(k, hand)}: {scribble(v, hand, lines=lines)}" for k, v in members]
        at = [name for name, _ in members].index(key)
        value = scribble(row[key], hand, lines=lines)
        told[at] = scribble(key, hand) + ":"
        head = "{" + " , ".join(told[: at + 1])
        parts.append((head, value, "".join(f",{each}" for each in told[at + 1 :]) + " }"))
    written = ["".join(part) for part in parts]
    if lines:
        end = hand.choice(["\n", "\r\n", "\n \n", "\n\n"])
        return hand.choice(["", "\ufeff", "\n"]) + end.join(written) + hand.choice(["", end]), parts
    return hand.choice(["", " \r\n"]) + "[ " + " ,\n".join(written) + "\n]" + hand.choice(
        ["", "\n"]
    ), parts


def find_values(
    before: str, after: str, parts: Sequence[tuple[str, str, str]], changed: Sequence[int]
) -> dict[int, str]:
    """The values that were changed; everything around them is as it was.

    Raises:
        AssertionError: it is not.
    """
    pattern, at = "", 0
    for number, (head, value, tail) in enumerate(parts):
        start = before.index(head + value + tail, at)
        pattern += re.escape(before[at:start] + head)
        pattern += r"(\[.*?\])" if number in changed else re.escape(value)
        pattern += re.escape(tail)
        at = start + len(head + value + tail)
    found = re.fullmatch(pattern + re.escape(before[at:]), after, re.DOTALL)
    assert found is not None
    return dict(zip(sorted(changed), found.groups(), strict=True))
