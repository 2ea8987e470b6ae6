"""A file of columns with other tags in it, every other byte as it is.

    Ada NNP B-PER        Ada NNP B-PER
    sang VBD B-LOC  ->   sang VBD O

Tags are written in the scheme and the spelling of the file. Where a line has its token and its tag
is found out by comparing with what was read of the file, so that no reader has to tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Self

from tner_hf.errors import DataError
from tner_hf.formats.iob import BYTE_ORDER_MARK, IobFile
from tner_hf.formats.iob_lines import BLANKS, DOCUMENT_START, Columns
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.splicing import decode_exactly, encode_text
from tner_hf.formats.retagging.tags import FileTags, choose_written
from tner_hf.formats.spelling import find_spelling

_FIELDS = re.compile(r"[^ \t]+")


@dataclass
class TaggedLines:
    """The lines of a file of columns, in which tags can be replaced.

    Attributes:
        lines: of the file, without the ends that part them.
        delimiter: what parts columns; `" "` is any run of spaces and TABs.
        tag: the column of tags.
        tags: what stands there.
        places: the lines of each sentence's tokens, from 0.
    """

    lines: list[str]
    end: str
    encoding: str
    delimiter: str
    tag: int
    tags: FileTags
    places: list[range]

    keeps_all = False

    @classmethod
    def of(cls, path: Path, read: IobFile, options: ReadOptions) -> Self | None:
        """The lines of a file that was read; None where its tags cannot be replaced in place."""
        text, encoding = decode_exactly(path, options.encoding), options.encoding
        if text is None or not read.columns:
            return None
        end = "\n" if "\n" in text else "\r"
        lines = text.split(end)
        places = [
            range(first - 1, first - 1 + len(tokens))
            for first, (tokens, _) in zip(read.first_lines, read.sentences, strict=True)
        ]
        if not places or any(place.stop > len(lines) for place in places):
            return None
        split = Columns(read.delimiter, read.columns, 0, -1).split
        rows = [split(lines[at].rstrip("\r")) for place in places for at in place]
        if any(len(row) != read.columns for row in rows):
            return None
        rows[0][0] = rows[0][0].removeprefix(BYTE_ORDER_MARK)
        columns = list(zip(*rows, strict=True))
        if tuple(chain.from_iterable(tokens for tokens, _ in read.sentences)) not in columns:
            return None
        for number in reversed(range(read.columns)):
            cells = iter([tag.strip(BLANKS) for tag in columns[number]])
            raw = [list(islice(cells, len(place))) for place in places]
            meant = find_spelling(Counter(chain.from_iterable(raw))).meant
            scheme = choose_written(read.scheme, options, meant)
            if tags := FileTags.of(raw, meant, read.sentences, scheme):
                return cls(lines, end, encoding, read.delimiter, number, tags, places)
        return None

    def judge(self, sentence: int, tags: Sequence[str]) -> None:
        """See `Original`."""
        encode_text("".join(self.spell(sentence, tags)), self.encoding)

    def write(
        self, changed: Mapping[int, Sequence[str]], kept: Collection[int] | None = None
    ) -> bytes:
        """See `Original`; a sentence is written with what stands before it."""
        lines = list(self.lines)
        for sentence, tags in changed.items():
            for at, tag in zip(self.places[sentence], self.spell(sentence, tags), strict=True):
                lines[at] = self._replace(lines[at], tag)
        if kept is not None:
            lines = list(self._choose(lines, kept))
        return encode_text(self.end.join(lines), self.encoding)

    def spell(self, sentence: int, tags: Sequence[str]) -> list[str]:
        """A sentence's tags in IOB2 as the file writes them; those that stay, as they stand.

        Raises:
            DataError: the file's scheme cannot say them.
        """
        new = self.tags.spell(sentence, tags)
        parting = " \t" if self.delimiter == " " else self.delimiter
        for tag in set(new) - set(self.tags.raw[sentence]):
            if any(part in tag for part in parting):
                raise DataError(
                    f"the type of {tag!r} cannot stand in the columns of this file, which are "
                    f"parted by it; choose a type without, or another format (--to jsonl)"
                )
        return new

    def _replace(self, line: str, tag: str) -> str:
        start, end = _bounds(line, self.delimiter)[self.tag]
        field = line[start:end]
        start += len(field) - len(field.lstrip(BLANKS))
        end -= len(field) - len(field.rstrip(BLANKS))
        return line[:start] + tag + line[end:]

    def _choose(self, lines: list[str], kept: Collection[int]) -> Iterator[str]:
        begin = 0
        for sentence, place in enumerate(self.places):
            stop = min(place.stop + 1, len(lines))  # with the blank line after it
            block = lines[begin:stop]
            yield from block if sentence in kept else (x for x in block if DOCUMENT_START in x)
            begin = stop
        yield from lines[begin:]


def _bounds(line: str, delimiter: str) -> list[tuple[int, int]]:
    """Where the fields of a line are."""
    line = line.rstrip("\r")
    if delimiter == " ":
        return [match.span() for match in _FIELDS.finditer(line)]
    bounds, at = [], 0
    for field in line.split(delimiter):
        bounds.append((at, at + len(field)))
        at += len(field) + len(delimiter)
    return bounds
