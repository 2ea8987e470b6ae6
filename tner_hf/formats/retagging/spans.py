"""A file of JSON texts with other spans in it.

    {"text": "Ada sang", "id":7, "entities": [ {"start": 0, "end": 3, "label": "LOC", "by": "x"} ]}

A span keeps whatever else it holds where its type or its bounds change; a new one is written as
others of the file are. What a row then says is read again before it is taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from tner_hf.errors import DataError
from tner_hf.formats.alignment import AlignedText, SpanText, align_text, count_characters
from tner_hf.formats.iob import IobFile
from tner_hf.formats.iob_lines import Findings
from tner_hf.formats.json_spans import (
    ENDS,
    LABELS,
    STARTS,
    SURFACES,
    list_done,
    read_element,
    read_text,
)
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.changes import find_changes
from tner_hf.formats.retagging.json_text import find_elements, find_members, find_rows
from tner_hf.formats.retagging.rows import write_value
from tner_hf.formats.retagging.splicing import Bounds, TextParts, decode_exactly, splice
from tner_hf.formats.writing import count_utf16
from tner_hf.labels.schemes import Entity, entities

#: Shape to a span as it is written where the file has none.
SPAN_SHAPES: Mapping[str, str] = {
    "spans": '{"start": 0, "end": 0, "label": ""}',
    "doccano": '[0, 0, ""]',
    "labelstudio": '{"from_name": "label", "to_name": "text", "type": "labels", '
                   '"value": {"start": 0, "end": 0, "text": "", "labels": [""]}}',
    "prodigy": '{"start": 0, "end": 0, "token_start": 0, "token_end": 0, "label": ""}',
    "spacy": '[0, 0, ""]',
}  # fmt: skip
#: Where rows of a shape have their spans, the first of these that there is.
_LISTS_OF: Mapping[str, tuple[str, ...]] = {
    "spans": ("entities", "ents"),
    "doccano": ("label", "labels", "entities"),
    "labelstudio": ("label", "labels", "entities"),
    "prodigy": ("spans",),
    "spacy": ("entities",),
}
_MINIMAL = '{"start": 0, "end": 0, "text": "", "labels": [""]}'
#: Of prodigy: the first and the last token of a span.
_TOKENS = ("token_start", "token_end")
#: What a new span takes over from another one: all of it is about that place or about the form.
_COPIED = {
    *STARTS, *ENDS, *LABELS, *SURFACES, *_TOKENS, "span", "from_name", "to_name", "value",
}  # fmt: skip


@dataclass
class MarkedRows(TextParts):
    """The rows of a file of JSON, in which spans can be replaced.

    `lines` are those of the rows, as their reader counts.
    """

    shape: str
    lines: list[int]
    options: ReadOptions

    @classmethod
    def of(cls, path: Path, shape: str, read: IobFile, options: ReadOptions) -> Self | None:
        """The rows of a file that was read; None where its spans cannot be replaced in place."""
        text = decode_exactly(path, options.encoding)
        try:
            found = find_rows(text) if text else []
        except (ValueError, RecursionError, IndexError):
            return None
        at = {line: number for number, (line, _) in enumerate(found)}
        if (
            text is None
            or not found
            or len(at) < len(found)
            or not at.keys() >= {*read.first_lines}
        ):
            return None
        places = [at[line] for line in read.first_lines]
        rows = [place for _, place in found]
        return cls(text, options.encoding, rows, places, shape, list(at), options)

    def _write_part(self, sentence: int, tags: Sequence[str]) -> str:
        number = self.places[sentence]
        row, line = self._row(number), self.lines[number]
        read = read_text(self.shape, json.loads(row), line)
        if read is None:
            raise _refusal(line)
        text = count_characters(read, Findings(""))
        aligned = align_text(text, self.options, Findings(""))
        changes = find_changes(aligned.tags, tags)
        if not changes:
            return row
        for as_utf16 in (True, False) if self.shape == "labelstudio" else (False, True):
            new = self._mark(row, text, aligned, changes, as_utf16=as_utf16)
            again = read_text(self.shape, json.loads(new), line) if new else None
            if again and align_text(again, self.options, Findings("")).tags == list(tags):
                return new or ""
        raise _refusal(line)

    def _mark(
        self, row: str, text: SpanText, aligned: AlignedText,
        changes: Sequence[tuple[Entity | None, Entity | None]], *, as_utf16: bool,
    ) -> str | None:  # fmt: skip
        """A row with its changes; None where a span that changes is not alone in its element."""
        if (found := _find_list(row, self.shape)) is None:
            return None
        row, spans, full = found
        marks = list(_list_marks(row, spans, text, aligned, self.options, full=full))
        after: dict[int, str | None] = {}
        added: list[tuple[int, str]] = []
        for old, new in changes:
            told = _tell(new, text, aligned, as_utf16=as_utf16) if new else None
            meant = [n for n, mark in enumerate(marks) if old in mark.entities]
            if any(len(marks[n].entities) > 1 for n in meant):
                return None
            for n in meant:
                after[n] = None if told is None else _rewrite(marks[n].literal, told, self.text)
            if told is not None and not meant:
                added.append((told.start, _rewrite(self._template, told, self.text)))
        return splice(row, [(spans, _write_list(row, spans, marks, after, added))])

    def _row(self, number: int) -> str:
        start, end = self.parts[number]
        return self.text[start:end]

    @cached_property
    def _template(self) -> str:
        """A span as this file writes them, without what belongs to that one alone."""
        for number in self.places:
            if (found := _find_list(self._row(number), self.shape)) is None:
                continue
            row, place, full = found
            for start, end in find_elements(row, place[0]):
                value = json.loads(row[start:end])
                if not read_element(value, full=full):
                    continue
                if isinstance(value, dict):
                    value = {name: told for name, told in value.items() if name in _COPIED}
                compact = '": ' not in row[start:end] and ", " not in row[start:end]
                how = {"separators": (",", ":")} if compact else {}
                return write_value(value, self.text, **how)
        minimal = self.shape == "labelstudio" and '"data"' not in self._row(self.places[0])
        return _MINIMAL if minimal else SPAN_SHAPES[self.shape]


@dataclass(frozen=True)
class _Mark:
    """An element of a list of spans: where it is, and the entities that it stands for."""

    place: Bounds
    literal: str
    start: int | None
    entities: list[Entity | None]


@dataclass(frozen=True)
class _Told:
    """An entity as spans tell it: bounds in the text, in the file's units, and in tokens."""

    label: str
    surface: str
    start: int
    end: int
    tokens: tuple[int, int]


def _refusal(line: int) -> DataError:
    return DataError(
        f"row {line} of the file cannot say that beside what else it holds (spans that no sentence "
        "shows, or several annotations); the same command with --to spans and another "
        "--output_file writes what is shown"
    )


def _find_list(row: str, shape: str) -> tuple[str, Bounds, bool] | None:
    """Where a row's list of spans is, and whether its elements are results of Label Studio.

    The row has an empty list where it had none. None where there are several lists.
    """
    at, full, names = 0, False, _LISTS_OF[shape]
    if shape == "spacy":
        at = find_elements(row, 0)[1][0]
    members = find_members(row, at)
    if shape == "labelstudio" and not ("text" in members and row[members["text"][0]] == '"'):
        each = find_elements(row, _first(members, ("annotations", "completions"))[0])
        done = list_done([json.loads(row[start:end]) for start, end in each])
        if len(done) != 1:
            return None
        members, names, full = find_members(row, each[done[0]][0]), ("result",), True
    if any(name in members for name in names):
        return row, _first(members, names), full
    head = row[:-1].rstrip()
    row = f"{head}, {json.dumps(names[0])}: []{row[len(head) :]}"
    return row, find_members(row, at)[names[0]], full


def _first(members: Mapping[str, Bounds], names: Sequence[str]) -> Bounds:
    return next(members[name] for name in names if name in members)


def _list_marks(
    row: str, spans: Bounds, text: SpanText, aligned: AlignedText, options: ReadOptions, *,
    full: bool,
) -> Iterator[_Mark]:  # fmt: skip
    words = tuple((start, end) for start, end in aligned.offsets)
    given = list(text.spans)
    for start, end in find_elements(row, spans[0]):
        literal, own = row[start:end], []
        for _ in read_element(json.loads(literal), full=full):
            alone = replace(text, spans=(given.pop(0),), words=words)
            own.append((alone.spans[0], align_text(alone, options, Findings(""))))
        found = [next(iter(entities(one.tags)), None) for _, one in own]
        yield _Mark((start, end), literal, own[0][0].bounds[0] if own else None, found)


def _tell(entity: Entity, text: SpanText, aligned: AlignedText, *, as_utf16: bool) -> _Told:
    kind, first, last = entity
    start, end = aligned.offsets[first][0], aligned.offsets[last - 1][1]
    surface = text.text[start:end]
    if as_utf16:
        start, end = (count_utf16(text.text[:at]) for at in (start, end))
    return _Told(kind, surface, start, end, (first, last - 1))


def _rewrite(literal: str, told: _Told, text: str) -> str:
    """A span as it stands in the file, about another entity."""
    wanted: dict[Bounds, Any] = {}
    if literal.startswith("["):
        parts = find_elements(literal, 0)
        wanted = dict(zip(parts, (told.start, told.end, told.label), strict=True))
    else:
        members = find_members(literal, 0)
        if "value" in members and literal[members["value"][0]] == "{":
            members |= find_members(literal, members["value"][0])
        if "span" in members:
            bounds = find_elements(literal, members["span"][0])
        else:
            bounds = [_first(members, names) for names in (STARTS, ENDS)]
        # Label Studio's `type` beside a value says that it is a label, not which.
        label = _first(members, [n for n in LABELS if n != "type" or "value" not in members])
        wanted = dict(zip([*bounds, label], (told.start, told.end, told.label), strict=True))
        surface = next((members[name] for name in SURFACES if name in members), None)
        if surface is not None and literal[surface[0]] == '"':
            wanted[surface] = told.surface
        wanted |= {
            members[name]: number
            for name, number in zip(_TOKENS, told.tokens, strict=True)
            if name in members
        }
    edits = []
    for (start, end), value in wanted.items():
        old = json.loads(literal[start:end])
        new = [value] if isinstance(old, list) else value
        if old != new:
            edits.append(((start, end), write_value(new, text)))
    return splice(literal, edits)


def _write_list(
    row: str, spans: Bounds, marks: Sequence[_Mark], after: Mapping[int, str | None],
    added: list[tuple[int, str]],
) -> str:  # fmt: skip
    """A list of spans with some changed, gone and added, each before what begins later."""
    parts: list[tuple[str, str | None]] = []  # an element, and what stood before it
    added = sorted(added)
    for number, mark in enumerate(marks):
        while added and mark.start is not None and added[0][0] < mark.start:
            parts.append((added.pop(0)[1], None))
        literal = after.get(number, mark.literal)
        if literal is not None:
            gap = row[marks[number - 1].place[1] : mark.place[0]] if number else None
            parts.append((literal, gap))
    parts += [(literal, None) for _, literal in added]
    usual = "," if '": ' not in row and ", " not in row else ", "
    if len(marks) > 1:
        usual = row[marks[0].place[1] : marks[1].place[0]]
    head = row[spans[0] + 1 : marks[0].place[0]] if marks else ""
    tail = row[marks[-1].place[1] : spans[1] - 1] if marks else ""
    body = "".join(
        literal if not n else f"{usual if gap is None else gap}{literal}"
        for n, (literal, gap) in enumerate(parts)
    )
    return f"[{head}{body}{tail}]"
