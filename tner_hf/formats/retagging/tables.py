"""A table with other tags in it.

    Sentence: 1,Oslo,"NNP",B-geo        a word a row, or
    7,"Ada sang","['B-PER', 'O']"       a sentence a row

A cell keeps its quotes, and a list the quotes of its tags.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Self

from tner_hf.formats.csv_files import restore
from tner_hf.formats.csv_rows import find_delimiter, split_cell
from tner_hf.formats.iob import BYTE_ORDER_MARK, IobFile
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.splicing import Bounds, TextParts, decode_exactly, splice
from tner_hf.formats.retagging.tags import FileTags, choose_written
from tner_hf.formats.spelling import find_spelling

_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class _Record:
    """A row of a table: its line, its cells, where they are, and where it ends with its line."""

    line: int
    cells: list[str]
    places: list[Bounds]
    bounds: Bounds


@dataclass
class TaggedTable(TextParts):
    """The rows of a table, in which tags can be replaced.

    Attributes:
        records: the rows of each sentence; one that holds it, or one for each token.
        column: the one of tags.
        tags: what stands there.
        is_rows: whether a sentence is a row.
    """

    delimiter: str
    records: list[list[_Record]]
    column: int
    tags: FileTags
    is_rows: bool

    @classmethod
    def of(cls, path: Path, read: IobFile, options: ReadOptions) -> Self | None:
        """The rows of a table that was read; None where its tags cannot be replaced in place."""
        text = decode_exactly(path, options.encoding)
        if not text or not read.sentences:
            return None
        delimiter = options.delimiter or find_delimiter(text.removeprefix(BYTE_ORDER_MARK), path)
        mark = text.startswith(BYTE_ORDER_MARK)
        records = list(_scan_records(text, int(mark), delimiter))
        plain = csv.reader(io.StringIO(text[mark:], newline=""), delimiter=delimiter)
        try:
            if [record.cells for record in records] != list(plain):
                return None
        except csv.Error:
            return None
        records = [r for r in records if any(cell.strip() for cell in r.cells)]
        at = {record.line: number for number, record in enumerate(records)}
        if not at.keys() >= {*read.first_lines}:
            return None
        firsts = [at[line] for line in read.first_lines]
        words = _find_words(records, firsts, read)
        parted = words or [[records[first]] for first in firsts]
        width = min(len(record.cells) for record in chain(*parted))
        for column in reversed(range(width)):
            found = [_find_tags([r.cells[column] for r in one], words is None) for one in parted]
            raw = [[tag for _, tag in one] for one in found]
            meant = find_spelling(Counter(chain.from_iterable(raw)), options.scheme).meant
            scheme = choose_written(read.scheme, options, meant)
            if tags := FileTags.of(raw, meant, read.sentences, scheme):
                bounds = [(one[0].bounds[0], one[-1].bounds[1]) for one in parted]
                return cls(
                    text, options.encoding, bounds, range(len(bounds)),
                    delimiter, parted, column, tags, words is None,
                )  # fmt: skip
        return None

    def _write_part(self, sentence: int, tags: Sequence[str]) -> str:
        records = self.records[sentence]
        cells = [record.cells[self.column] for record in records]
        places = iter(_find_places(cells, self.is_rows))
        edits: list[list[tuple[Bounds, str]]] = [[] for _ in cells]
        spelt = self.tags.spell(sentence, tags)
        for old, new in zip(self.tags.raw[sentence], spelt, strict=True):
            number, (start, end) = next(places)
            if old != new:
                edits[number].append(((start, end), _like(cells[number][start:end], new)))
        return self._edit(
            sentence,
            [
                (record.places[self.column], self._quote(record, splice(cell, changed)))
                for record, cell, changed in zip(records, cells, edits, strict=True)
                if changed
            ],
        )

    def _quote(self, record: _Record, cell: str) -> str:
        was = self.text[record.places[self.column][0]] == '"'
        if was or {self.delimiter, '"', "\r", "\n"} & set(cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell


def _scan_records(text: str, at: int, delimiter: str) -> Iterator[_Record]:
    """The rows of a table as `csv` reads them, with their places; they end where it would fail."""
    plain = re.compile(f"[^\r\n{re.escape(delimiter)}]*")
    line = 1
    while at < len(text):
        begin, cells, places = at, [], []
        more = not _LINE_END.match(text, at)
        while more:
            found = (_QUOTED if text.startswith('"', at) else plain).match(text, at)
            if found is None:
                return
            cell = found[0]
            cells.append(cell[1:-1].replace('""', '"') if cell.startswith('"') else cell)
            places.append(found.span())
            at = found.end()
            more = text.startswith(delimiter, at)
            at += more
        end = _LINE_END.match(text, at)
        if end is None and at < len(text):
            return
        at = end.end() if end else at
        yield _Record(line, cells, places, (begin, at))
        line += len(_LINE_END.findall(text, begin, at))


def _find_words(
    records: list[_Record], firsts: list[int], read: IobFile
) -> list[list[_Record]] | None:
    """The row of each token of each sentence; None where a sentence is a row."""
    parted = []
    for first, (tokens, _) in zip(firsts, read.sentences, strict=True):
        parted.append(records[first : first + len(tokens)])
    flat = list(chain.from_iterable(parted))
    words = [token for tokens, _ in read.sentences for token in tokens]
    if len(flat) != len(words):
        return None
    for column in range(min(len(record.cells) for record in flat)):
        cells = [record.cells[column] for record in flat]
        if words in (cells, [restore(cell) for cell in cells]):
            return parted
    return None


def _find_places(cells: Sequence[str], is_rows: bool) -> list[tuple[int, Bounds]]:
    """Of each tag the number of its cell, and where it is in it."""
    if not is_rows:
        return [
            (number, (len(cell) - len(cell.lstrip()), len(cell.rstrip())))
            for number, cell in enumerate(cells)
        ]
    pattern = _LITERAL if isinstance(_as_list(cells[0]), list) else _WORD
    return [(0, found.span()) for found in pattern.finditer(cells[0])]


def _find_tags(cells: Sequence[str], is_rows: bool) -> list[tuple[int, str]]:
    """Of each tag the number of its cell, and what stands there."""
    listed = _as_list(cells[0]) if is_rows else None
    found = [(n, cells[n][start:end]) for n, (start, end) in _find_places(cells, is_rows)]
    return found if listed is None else [(0, ast.literal_eval(tag)) for _, tag in found]


def _as_list(cell: str) -> list[str] | None:
    """The list that a cell holds as Python or JSON writes it, if it does."""
    found = split_cell(cell)
    return found if cell.strip().startswith("[") and found != cell.split() else None


def _like(old: str, new: str) -> str:
    """A tag in the quotes of another one."""
    if old[:1] not in {"'", '"'}:
        return new
    return json.dumps(new, ensure_ascii=False) if old[0] == '"' else repr(new)
