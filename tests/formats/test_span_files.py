"""Texts with spans: cut and aligned as the slow and obvious way does, in time of their size."""

from __future__ import annotations

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from tner_hf.data import load_dataset
from tner_hf.formats.alignment import Span, SpanText, align_text
from tner_hf.formats.iob_lines import Findings
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.span_files import cut_text

TEXT = "ab c\nde  fg\n\nh i"
BOUNDS = st.tuples(st.integers(0, 20), st.integers(0, 20))


def cut_slowly(text: str, bounds: list[tuple[int, int]], cuts: list[int]) -> list[list[int]]:
    """Which spans are in each part that has any."""
    kept = [cut for cut in cuts if not any(a < cut < b for a, b in bounds)]
    edges = zip([0, *(cut + 1 for cut in kept)], [*kept, 10**9], strict=True)
    parts = [[n for n, b in enumerate(bounds) if start <= b[0] <= end] for start, end in edges]
    return [part for part in parts if part]


@given(st.lists(BOUNDS, max_size=6), st.sets(st.integers(0, len(TEXT) - 1), max_size=6))
@settings(deadline=None)
def test_a_text_is_cut_where_no_span_crosses(bounds, cuts) -> None:
    spans = tuple(Span(f"{n}", (b,)) for n, b in enumerate(bounds))
    parts = cut_text(SpanText(TEXT, spans), cuts)
    found = [[int(span.label) for span in part.spans] for part in parts if part.spans]
    assert found == cut_slowly(TEXT, bounds, sorted(cuts))
    for part in parts:
        for span in part.spans:
            start = bounds[int(span.label)][0] - span.bounds[0]
            assert TEXT[start : start + len(part.text)] == part.text


@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(1, 4)), min_size=1, max_size=8),
    st.lists(BOUNDS, max_size=5),
)
@settings(deadline=None)
def test_words_in_any_order_have_the_spans_that_touch_them(words, bounds) -> None:
    own = tuple((a, a + n) for a, n in words)
    spans = tuple(Span("x", (b,)) for b in bounds if b[0] < b[1] <= 19)[:1]
    text = SpanText("a" * 19, spans, words=own)
    tags = align_text(text, ReadOptions(), Findings("")).tags
    for span in spans:
        start, end = span.bounds
        touched = [n for n, (a, b) in enumerate(own) if a < end and b > start]
        inside = range(touched[0], touched[-1] + 1) if touched else ()
        assert [n for n, tag in enumerate(tags) if tag != "O"] == [*inside]


def test_blanks_at_the_ends_of_a_span_cut_no_word() -> None:
    """Also where another word ends at the first blank, or begins at the last one."""
    findings = Findings("")
    text = SpanText(
        "Ada, Grace , Eve",
        (Span("PER", ((4, 11),)),),
        words=((0, 3), (3, 4), (5, 10), (11, 12), (13, 16)),
    )
    assert align_text(text, ReadOptions(), findings).tags == ["O", "O", "B-PER", "O", "O"]
    assert not findings.count


def test_one_long_text_with_many_spans_takes_time_of_its_size() -> None:
    """Twenty thousand spans, first in lines and then in one: minutes where each looks at all."""
    count = 20_000
    for between in ("\n", " "):
        text = between.join(["Ada sang"] * count)
        spans = tuple(Span("x", ((9 * n, 9 * n + 3),), "Ada", n + 1) for n in range(count))
        begun = time.process_time()
        parts = cut_text(SpanText(text, spans), [n for n, c in enumerate(text) if c == "\n"])
        aligned = [align_text(part, ReadOptions(), Findings("")) for part in parts]
        assert time.process_time() - begun < 10
        assert sum(tag == "B-x" for one in aligned for tag in one.tags) == count


def test_other_names_of_the_same_fields(tmp_path) -> None:
    """Stockmark's `span`, spaCy's `ents` with its own words, a pipeline's `entity_group`."""
    rows = [
        {
            "text": "星野商店は東京に",
            "entities": [{"name": "東京", "span": [5, 7], "type": "地名"}],
        },
        {
            "text": "U.K. won",
            "ents": [{"start": 0, "end": 4, "label": "GPE"}],
            "tokens": [{"id": 0, "start": 0, "end": 4}, {"id": 1, "start": 5, "end": 8}],
        },
        {
            "text": "Ada sang",
            "entities": [
                {"entity_group": "PER", "score": 0.9, "word": "Ada", "start": 0, "end": 3}
            ],
        },
    ]
    found = []
    for number, row in enumerate(rows):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps([row]), encoding="utf-8")
        read = load_dataset({"train": path}, split="train")
        names = read.features["ner_tags"].feature.names
        found.append(
            [(w, names[t]) for w, t in zip(read[0]["tokens"], read[0]["ner_tags"], strict=True)]
        )
    assert found[1] == [("U.K.", "B-GPE"), ("won", "O")]
    assert found[2] == [("Ada", "B-PER"), ("sang", "O")]
    assert [word for word, tag in found[0] if tag != "O"] == ["東", "京"]
