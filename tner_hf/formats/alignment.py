"""Spans of characters to words with tags, and a report of every span that does not fit.

    Ada lives in Oslo.      PER 0-3, LOC 13-17
    B-PER O   O  B-LOC O

Words are the file's own, or those of the word splitter. A span that cuts a word is expanded to
whole words, dropped, or an error; of nested spans the outer or the inner one is read. What is done
is said with line and text; nothing is repaired in silence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tner_hf.formats.iob_lines import Findings, Severity
from tner_hf.formats.options import ReadOptions
from tner_hf.labels import OUTSIDE
from tner_hf.words import word_spans

Bounds = tuple[int, int]
_MOST_SHOWN = 60


@dataclass(frozen=True)
class Span:
    """A typed piece of a text.

    Attributes:
        label: its type.
        pieces: start and end of each piece in characters; more than one where it is discontinuous.
        surface: the text that the file says is there, if it does.
        line: where the file has it.
    """

    label: str
    pieces: tuple[Bounds, ...]
    surface: str | None = None
    line: int = 0

    @property
    def bounds(self) -> Bounds:
        return min(start for start, _ in self.pieces), max(end for _, end in self.pieces)


@dataclass(frozen=True)
class SpanText:
    """A text with its spans.

    Attributes:
        text: the text.
        spans: in the order of the file.
        line: where the file has the text.
        words: the file's own words; None where it has none.
        id: what the file calls the text.
        document: the document that it is from.
    """

    text: str
    spans: tuple[Span, ...]
    line: int = 0
    words: tuple[Bounds, ...] | None = None
    id: str | None = None
    document: str | None = None


@dataclass(frozen=True)
class AlignedText:
    """The words of a text, their tags in IOB2, and where each word is."""

    tokens: list[str]
    tags: list[str]
    offsets: list[list[int]]


def align_text(text: SpanText, options: ReadOptions, findings: Findings) -> AlignedText:
    """The words and tags of a text; every span that does not fit is noted."""
    words = text.words or tuple(word_spans(text.text, options.word_splitter))
    text = count_characters(text, findings)
    places = _Places(words)
    fitting = [
        (span, bounds)
        for span in text.spans
        if (bounds := _fit(span, text, places, options, findings)) is not None
    ]
    tags = [OUTSIDE] * len(words)
    for span, (first, last) in _choose_layer(fitting, text, options, findings):
        tags[first:last] = [f"I-{span.label}"] * (last - first)
        tags[first] = f"B-{span.label}"
    tokens = [text.text[start:end] for start, end in words]
    return AlignedText(tokens, tags, [[start, end] for start, end in words])


class _Places:
    """Words by their characters, so that those of a span are found without a look at the others."""

    def __init__(self, words: Sequence[Bounds]) -> None:
        self.words = words
        self._starts, self._ends = ([word[side] for word in words] for side in (0, 1))
        self.starts, self.ends = set(self._starts), set(self._ends)
        self._in_order = all(
            places == sorted(places) for places in (self._starts, self._ends)
        )  # a file's own may be in any

    def inside(self, start: int, end: int) -> Bounds | None:
        """The words that share a character with a span, the first and one past the last."""
        if self._in_order:
            first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
            return (first, last) if first < last else None
        found = [n for n, word in enumerate(self.words) if word[0] < end and word[1] > start]
        return (found[0], found[-1] + 1) if found else None


def _fit(
    span: Span, text: SpanText, places: _Places, options: ReadOptions, findings: Findings
) -> Bounds | None:
    """The words of a span, first and one past the last; None where it is left out."""
    start, end = span.bounds
    line = span.line or text.line
    named = f"span {_show(text.text[max(start, 0) : max(end, 0)])} ({span.label}, {start}-{end})"

    def note(cause: str, what: str, severity: Severity | None = None) -> None:
        usual: Severity = "error" if options.on_misaligned == "error" else "warning"
        findings.add(line, f"{named} {what}", severity or usual, cause=f"a span that {cause}")

    if any(first >= last for first, last in span.pieces):
        note("is empty", "is empty; dropped")
        return None
    if start < 0 or end > len(text.text):
        note("is outside its text", f"is outside its text of {len(text.text)} characters; dropped")
        return None
    if span.surface is not None and not _says(span, text.text):
        what = f"should be {_show(span.surface)} by the file; on_misaligned='drop' leaves it out"
        note("is another text", what, "warning" if options.on_misaligned == "drop" else "error")
        return None
    words = places.words
    while start < end and start not in places.starts and text.text[start].isspace():
        start += 1
    while end > start and end not in places.ends and text.text[end - 1].isspace():
        end -= 1
    if (inside := places.inside(start, end)) is None:
        note("holds no word", "holds no word; dropped")
        return None
    first, last = inside
    whole = _show(text.text[words[first][0] : words[last - 1][1]])
    done = f"expanded to {whole}" if options.on_misaligned == "expand" else "dropped"
    if options.on_misaligned == "error":
        done = "on_misaligned='expand' or 'drop' goes on"
    if len(span.pieces) > 1:
        note("is discontinuous", f"is discontinuous; {done}")
    elif (words[first][0], words[last - 1][1]) != (start, end):
        note("cuts a word", f"cuts a word; {done}")
    else:
        return first, last
    return (first, last) if options.on_misaligned == "expand" else None


def _choose_layer(
    fitting: list[tuple[Span, Bounds]], text: SpanText, options: ReadOptions, findings: Findings
) -> Iterable[tuple[Span, Bounds]]:
    """Spans that do not overlap: of nested ones the layer that was asked for."""
    outer = options.nested == "outer"

    def size(pair: tuple[Span, Bounds]) -> int:
        length = pair[1][1] - pair[1][0]
        return -length if outer else length

    kept: list[tuple[Span, Bounds]] = []
    owner: dict[int, int] = {}  # word to the span that was kept there
    for span, (first, last) in sorted(fitting, key=size):
        over = min((owner[word] for word in range(first, last) if word in owner), default=None)
        if over is None:
            owner.update(dict.fromkeys(range(first, last), len(kept)))
            kept.append((span, (first, last)))
            continue
        other, (begin, stop) = kept[over]
        nested = (begin <= first and last <= stop) or (first <= begin and stop <= last)
        same = (first, last) == (begin, stop)
        if same and span.label == other.label:
            continue
        named = f"span {_show_span(span, text)} overlaps {_show_span(other, text)}"
        if nested and not same:
            what = f"{named}; the {options.nested} one of nested spans is read"
            findings.add(span.line or text.line, what, "warning", cause="nested spans")
        else:
            severity: Severity = "error" if options.on_misaligned == "error" else "warning"
            findings.add(
                span.line or text.line, f"{named}; dropped", severity, cause="a span that overlaps"
            )
    return kept


def count_characters(text: SpanText, findings: Findings) -> SpanText:
    """The text with its bounds in characters where the file counts units of UTF-16, as JavaScript.

    That is so where the file says what each span holds, and only this way of counting fits all.
    """
    named = [span for span in text.spans if span.surface is not None]
    if text.text.isascii() or not named or all(_says(s, text.text, exactly=True) for s in named):
        return text
    places: list[int] = []
    for at, character in enumerate(text.text):
        places += [at] * (1 + (ord(character) > 0xFFFF))
    places.append(len(text.text))
    if any(not 0 <= at < len(places) for s in text.spans for piece in s.pieces for at in piece):
        return text
    moved = tuple(
        replace(span, pieces=tuple((places[a], places[b]) for a, b in span.pieces))
        for span in text.spans
    )
    # Blanks at the ends may differ; of two ways of counting that fit so, one may fit exactly.
    told = [span for span in moved if span.surface is not None]
    if not all(_says(span, text.text, exactly=True) for span in told) and (
        all(_says(span, text.text) for span in named)
        or not all(_says(span, text.text) for span in told)
    ):
        return text
    what = "offsets count units of UTF-16, as JavaScript does; they were turned into characters"
    findings.add(text.line, what, "warning", cause="offsets in units of UTF-16")
    return replace(text, spans=moved)


def _says(span: Span, text: str, *, exactly: bool = False) -> bool:
    """Whether a span holds what the file says that it does, but for blanks."""
    if span.bounds[1] > len(text):
        return span.surface is None
    there = " ".join(text[start:end] for start, end in span.pieces)
    if span.surface is None or there == span.surface:
        return True
    return not exactly and there.split() == span.surface.split()


def _show_span(span: Span, text: SpanText) -> str:
    start, end = span.bounds
    return f"{_show(text.text[start:end])} ({span.label})"


def _show(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…")
