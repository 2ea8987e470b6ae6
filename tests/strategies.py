"""Hypothesis strategies that tests share: files, rows, tags, sentences, windows, offsets."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tner_hf.formats.options import ReadOptions

TYPES = ("PER", "LOC", "creative-work")

#: Characters that some format or other gives a meaning.
odd_characters = st.sampled_from("ab\"',;#|\\{[ é東😀\u200b\u2028\u00a0-")

# Tag sequences


@st.composite
def iob2_sentences(draw: st.DrawFn) -> list[str]:
    """Lawful IOB2 tags, entities of one type touching often."""
    tags: list[str] = []
    for kind in draw(st.lists(st.sampled_from(["O", *TYPES]), max_size=8)):
        length = draw(st.integers(1, 3))
        tags += ["O"] if kind == "O" else [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]
    return tags


any_tags = st.lists(
    st.sampled_from(["O", *(f"{prefix}-{name}" for prefix in "BIES" for name in TYPES)]),
    max_size=12,
)

# IOB files

_CELL = st.text(
    st.sampled_from("ab:\"' \u00a0\u2028\x1c\x85\ufeff\\,#\r"), min_size=1, max_size=3
) | st.sampled_from(["-DOCSTART-", "-DOCSTART-s", "x-DOCSTART-"])
_TAGS = {
    "IOB2": ["O", "B-x", "I-x", "B-y-z"],
    "IOB1": ["O", "I-x", "I-x", "I-y", "B-x"],
    "BIOES": ["O", "S-x", "B-x", "E-x", "S-y"],
}
_LINE = st.sampled_from(
    ["", "", "", "\t", " ", "\u00a0", "a", "a\tO\tb", "\tO", "a\tB-", "a\t", "a\tO "]
)


@st.composite
def iob_files(draw: st.DrawFn) -> tuple[str, ReadOptions]:
    """The text of a file of columns, here and there at fault, and how it is read."""
    tags = draw(st.sampled_from(list(_TAGS.values())))
    delimiter, middle = draw(st.sampled_from([("\t", []), (" ", ["X", "-"]), ("\t", ["", "p q"])]))
    cells = st.tuples(_CELL, *([st.sampled_from(middle)] * bool(middle)), st.sampled_from(tags))
    lines = draw(st.lists(cells.map(delimiter.join) | _LINE, max_size=10))
    layout = ReadOptions(scheme=draw(st.sampled_from([None, None, "IOB2"])))
    return "\n".join(lines) + "\n" * draw(st.integers(0, 2)), layout


# JSON rows, and texts with offsets

_NUMBERS = st.integers() | st.integers(2**62, 2**70) | st.floats() | st.booleans() | st.none()
_TEXTS = st.text(odd_characters | st.sampled_from("\ud800\udfff\x00\n"), max_size=4)
_VALUES = st.recursive(
    _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=6,
)
_TAG_CELLS = st.sampled_from(["O", "B-x", "I-x", "S-x", "x", ""]) | st.integers(-1, 3) | _VALUES
_OFFSETS = st.integers(-1, 6) | st.integers(2**31 - 1, 2**70) | _VALUES


@st.composite
def json_rows(draw: st.DrawFn) -> str:
    """Rows of words and tags, or texts with spans, a line each; here and there at fault."""

    def row() -> dict[str, Any]:
        if draw(st.booleans()):
            tokens = draw(st.lists(_TEXTS | _VALUES, max_size=3))
            tags = draw(st.lists(_TAG_CELLS, max_size=3))
            found: dict[str, Any] = {"tokens": tokens, "ner_tags": tags}
            return found | draw(st.dictionaries(st.sampled_from(["id", "doc_id", "text"]), _VALUES))
        spans = st.lists(st.tuples(_OFFSETS, _OFFSETS, _TEXTS | _VALUES), max_size=3)
        key = draw(st.sampled_from(["entities", "label", "labels", "spans"]))
        return {"text": draw(_TEXTS | _VALUES), key: draw(spans)}

    rows = [row() for _ in range(draw(st.integers(1, 3)))]
    return "\n".join(map(json.dumps, rows)) + "\n"


# Sentences, for alignment and windows

words = st.sampled_from(["Ada", "London", "xyz", ".", "unheard", "Q", "\u200b", "a" * 40, ""])
sentences = st.lists(st.lists(words, max_size=25), max_size=6)
#: Lengths of words in sub-tokens, the room of a window, and what two windows share.
windows = {
    "lengths": st.lists(st.integers(1, 6), min_size=2, max_size=40),
    "room": st.integers(6, 20),
    "overlap": st.integers(0, 10),
}
