"""What every format of spans shares: from texts with spans to a file of tokens and tags."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from typing import Any

from tner_hf.formats.alignment import Bounds, Span, SpanText, align_text
from tner_hf.formats.iob import IobFile, settle_tags
from tner_hf.formats.iob_lines import Findings, Sentence
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.schemes import Scheme, find_fault


def align_file(texts: Iterable[SpanText], options: ReadOptions, findings: Findings) -> IobFile:
    """A file of texts as tokens and tags; `text`, `offsets` and what is named stay as columns."""
    sentences: list[Sentence] = []
    first_lines: list[int] = []
    kept: list[SpanText] = []
    offsets: list[list[list[int]]] = []
    for text in texts:
        typed: list[Span] = []
        for span in text.spans:
            if not span.label.strip():
                findings.add(span.line or text.line, "a span without a type", cause="no type")
            elif find_fault(f"B-{span.label}"):
                told = f"type {span.label!r} holds a control character, a line end or outer blanks"
                findings.add(span.line or text.line, told, cause="odd type")
            else:
                typed.append(span)
        if findings.count["error"] and not text.text:
            continue
        aligned = align_text(replace(text, spans=tuple(typed)), options, findings)
        if not aligned.tokens:
            findings.add(text.line, "a text without words is left out", "warning", cause="no words")
            continue
        sentences.append((aligned.tokens, aligned.tags))
        first_lines.append(text.line)
        kept.append(text)
        offsets.append(aligned.offsets)
    extras: dict[str, list[Any]] = {"text": [text.text for text in kept], "offsets": offsets}
    if any(text.id is not None for text in kept):
        extras["id"] = [str(n) if text.id is None else text.id for n, text in enumerate(kept)]
    if any(text.document is not None for text in kept):
        extras["doc_id"] = [text.document or "" for text in kept]
    written = ReadOptions(scheme=Scheme.IOB2)
    return settle_tags(
        findings, sentences, first_lines, written, extras=extras,
        line_of=lambda sentence, _: first_lines[sentence],
    )  # fmt: skip


def cut_text(text: SpanText, cuts: Iterable[int]) -> list[SpanText]:
    """A text in parts, cut where no span crosses; spans keep their place in their part.

    The character at a cut belongs to neither part.
    """
    at = _uncrossed(sorted(cuts), [span.bounds for span in text.spans])
    starts = [0, *(cut + 1 for cut in at)]
    inside: list[list[Span]] = [[] for _ in starts]
    for span in text.spans:  # what is outside is told at the end
        inside[bisect_right(starts, max(span.bounds[0], 0)) - 1].append(span)
    parts = []
    line = text.line
    for start, end, own in zip(starts, [*at, len(text.text)], inside, strict=True):
        moved = tuple(
            Span(s.label, tuple((a - start, b - start) for a, b in s.pieces), s.surface, s.line)
            for s in own
        )
        if text.text[start:end].strip() or moved:
            part = text.text[start:end]
            parts.append(SpanText(part, moved, line, id=None, document=text.document))
        line += text.text.count("\n", start, end + 1)
    return parts


def _uncrossed(cuts: list[int], bounds: Iterable[Bounds]) -> list[int]:
    """The cuts, in order, that lie inside of no bounds; in time that both make together."""
    changes = [0] * (len(cuts) + 1)  # by how many more bounds a cut is crossed than the one before
    for start, end in bounds:
        first, last = bisect_right(cuts, start), bisect_left(cuts, end)
        if first < last:
            changes[first] += 1
            changes[last] -= 1
    return [cut for cut, crossed in zip(cuts, accumulate(changes), strict=False) if not crossed]
