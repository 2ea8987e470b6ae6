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
from itertools import chain, islice
from pathlib import Path
from typing import Self

from tner_hf.errors import DataError
from tner_hf.formats.containers import read_bytes
from tner_hf.formats.iob import BYTE_ORDER_MARK, IobFile
from tner_hf.formats.iob_lines import BLANKS, DOCUMENT_START, Columns
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.spelling import find_spelling
from tner_hf.labels import OUTSIDE, split_tag
from tner_hf.labels.schemes import Scheme, convert_sentences, find_fault, from_iob2, to_iob2

_FIELDS = re.compile(r"[^ \t]+")


class TaggedLines:
    """The lines of a file of columns, in which tags can be replaced.

    Args:
        lines: of the file, without the ends that part them.
        end: what parts them.
        encoding: of the file.
        delimiter: what parts columns; `" "` is any run of spaces and TABs.
        tag: the column of tags.
        scheme: that they are in.
        meant: raw tag to the tag that it is, where the file spells tags its own way.
        places: the lines of each sentence's tokens, from 0.
    """

    def __init__(
        self, lines: list[str], end: str, encoding: str, *, delimiter: str, tag: int,
        scheme: Scheme, meant: Mapping[str, str], places: list[range],
    ) -> None:  # fmt: skip
        self.lines, self.end, self.encoding = lines, end, encoding
        self.delimiter, self.tag, self.scheme, self.meant = delimiter, tag, scheme, meant
        self.places = places
        self._raw = {tag: raw for raw, tag in meant.items()}

    @classmethod
    def of(cls, path: Path, read: IobFile, options: ReadOptions) -> Self | None:
        """The lines of a file that was read; None where its tags cannot be replaced in place."""
        data, encoding = read_bytes(path), options.encoding
        text = data.decode(encoding)
        if text.encode(encoding) != data or not read.columns:
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
            raw = [tag.strip(BLANKS) for tag in columns[number]]
            meant = find_spelling(Counter(raw)).meant
            if _reads_as([meant.get(tag, tag) for tag in raw], read):
                # Where nothing touches IOB1 looks like IO, and says all that IO says.
                is_io = read.scheme is Scheme.IO and not meant and options.scheme is None
                return cls(
                    lines, end, encoding, delimiter=read.delimiter, tag=number,
                    scheme=Scheme.IOB1 if is_io else read.scheme, meant=meant, places=places,
                )  # fmt: skip
        return None

    def write(
        self, changed: Mapping[int, Sequence[str]], kept: Collection[int] | None = None
    ) -> bytes:
        """The file with other tags.

        Args:
            changed: sentence to its tags in IOB2.
            kept: sentences to write, with what stands before them; all where None.

        Raises:
            DataError: tags that the file's scheme cannot say.
        """
        lines = list(self.lines)
        for sentence, tags in changed.items():
            for at, tag in zip(self.places[sentence], self.spell(sentence, tags), strict=True):
                lines[at] = self._replace(lines[at], tag)
        if kept is not None:
            lines = list(self._choose(lines, kept))
        return self.end.join(lines).encode(self.encoding)

    def spell(self, sentence: int, tags: Sequence[str]) -> list[str]:
        """A sentence's tags in IOB2 as the file writes them; those that stay, as they stand.

        Raises:
            DataError: the file's scheme cannot say them.
        """
        raw = [self._read_tag(self.lines[at]) for at in self.places[sentence]]
        old = [self.meant.get(tag, tag) for tag in raw]
        before = from_iob2(to_iob2(old, self.scheme), self.scheme)
        after = from_iob2(tags, self.scheme)
        new = [o if b == a else a for o, b, a in zip(old, before, after, strict=True)]
        if to_iob2(new, self.scheme) != list(tags):  # what stands there means another thing now
            new = after
        if to_iob2(new, self.scheme) != list(tags):
            raise DataError(
                f"tags in {self.scheme}, as this file has them, cannot part two touching entities "
                "of one type; leave a word between them, or write another format (--to iob2)"
            )
        parting = " \t" if self.delimiter == " " else self.delimiter
        for tag in set(new) - set(old):
            if any(part in tag for part in parting):
                raise DataError(
                    f"the type of {tag!r} cannot stand in the columns of this file, which are "
                    f"parted by it; choose a type without, or another format (--to jsonl)"
                )
        return [r if o == n else self._spell(n) for r, o, n in zip(raw, old, new, strict=True)]

    def _spell(self, tag: str) -> str:
        if tag in self._raw or tag == OUTSIDE:
            return self._raw.get(tag, tag)
        prefix, entity_type = split_tag(tag)
        for known, raw in self._raw.items():  # a new type, as others of its prefix are spelt
            if split_tag(known)[0] == prefix and raw.endswith(split_tag(known)[1]):
                return raw.removesuffix(split_tag(known)[1]) + entity_type
        return tag

    def _read_tag(self, line: str) -> str:
        start, end = _bounds(line, self.delimiter)[self.tag]
        return line[start:end].strip(BLANKS)

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


def _reads_as(tags: list[str], read: IobFile) -> bool:
    """Whether these are the tags that were read, those of all sentences in a row."""
    if any(map(find_fault, set(tags))):
        return False
    own = iter(tags)
    parted = (list(islice(own, len(tokens))) for tokens, _ in read.sentences)
    try:
        written = convert_sentences(parted, read.scheme)
        return all(new == old for new, (_, old) in zip(written, read.sentences, strict=True))
    except DataError:
        return False
