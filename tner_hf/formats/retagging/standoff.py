"""Pairs of brat with other entities in them.

T1<TAB>PER 0 3<TAB>Ada        is changed, goes, or one more comes after the last
A1<TAB>Famous T1              and every other line stays, so what one names may not go
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Self

from tner_hf.errors import DataError
from tner_hf.formats.alignment import Span, SpanText, align_text
from tner_hf.formats.brat import ENTITY, cut_pair, read_entity
from tner_hf.formats.iob import BYTE_ORDER_MARK, IobFile
from tner_hf.formats.iob_lines import Findings
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.retagging.changes import find_changes
from tner_hf.formats.retagging.splicing import decode_exactly, encode_text
from tner_hf.formats.span_files import align_file
from tner_hf.labels.schemes import Entity, entities

_NAME = re.compile(r"T[^\t ]*")


@dataclass
class MarkedPairs:
    """Pairs of a text and its annotations, in which entities can be replaced.

    Attributes:
        pairs: of one folder.
        places: pair and number in it of each sentence.
    """

    pairs: list[_Pair]
    places: list[tuple[int, int]]

    keeps_all = True

    @classmethod
    def of(
        cls, paths: Sequence[Path], reads: Sequence[IobFile], options: ReadOptions
    ) -> Self | None:
        """Pairs that were read; None where they cannot be written in place."""
        pairs, places = [], []
        if len({path.stem for path in paths}) < len(paths):
            return None
        for number, (path, read) in enumerate(zip(paths, reads, strict=True)):
            texts = [
                decode_exactly(path.with_suffix(s), options.encoding) for s in (".txt", ".ann")
            ]
            if texts[0] is None or texts[1] is None:
                return None
            pairs.append(_Pair(path.stem, texts[0], texts[1], read, options))
            places += [(number, inside) for inside in range(len(read.sentences))]
        return cls(pairs, places)

    def judge(self, sentence: int, tags: Sequence[str]) -> None:
        """See `Original`."""
        pair, inside = self.places[sentence]
        self.pairs[pair].write({inside: tags})

    def write(
        self, changed: Mapping[int, Sequence[str]], kept: Collection[int] | None = None
    ) -> dict[str, bytes]:
        """See `Original`; all sentences stay."""
        del kept
        inside: list[dict[int, Sequence[str]]] = [{} for _ in self.pairs]
        for sentence, tags in changed.items():
            pair, number = self.places[sentence]
            inside[pair][number] = tags
        files = {}
        for pair_, own in zip(self.pairs, inside, strict=True):
            encoding = pair_.options.encoding
            files[f"{pair_.name}.txt"] = encode_text(pair_.text, encoding)
            files[f"{pair_.name}.ann"] = encode_text(pair_.write(own), encoding)
        return files


@dataclass(frozen=True)
class _Pair:
    name: str
    text: str
    marks: str
    read: IobFile
    options: ReadOptions

    @cached_property
    def starts(self) -> list[int]:
        """Where each sentence begins in the text."""
        starts, at = [], 0
        for text in self.read.extras["text"]:
            starts.append(self.text.index(text, at))
            at = starts[-1] + len(text)
        return starts

    def write(self, changed: Mapping[int, Sequence[str]]) -> str:
        """The annotations with those of some sentences changed.

        Raises:
            DataError: they cannot say that.
        """
        lines = _Lines.of(self.marks, f"{self.name}.ann")
        for number, tags in changed.items():
            changes = find_changes(self.read.sentences[number][1], tags)
            if not changes:
                continue
            meant = list(self._find_marks(lines, number))
            for old, new in changes:
                told = self._tell(number, new) if new else None
                found = [line for line, entity in meant if old is not None and entity == old]
                for line in found:
                    lines.replace(line, told)
                if told and not found:
                    lines.added.append(told)
        written = lines.join()
        self._check(written, changed)
        return written

    def _find_marks(self, lines: _Lines, number: int) -> Iterator[tuple[int, Entity]]:
        """The lines about a sentence, and the entity that each is there."""
        start, text = self.starts[number], self.read.extras["text"][number]
        words = tuple((a, b) for a, b in self.read.extras["offsets"][number])
        for line, span in lines.spans():
            if start <= span.bounds[0] < start + len(text):
                pieces = tuple((a - start, b - start) for a, b in span.pieces)
                alone = SpanText(text, (replace(span, pieces=pieces),), words=words)
                aligned = align_text(alone, self.options, Findings(""))
                yield from ((line, entity) for entity in entities(aligned.tags))

    def _tell(self, number: int, entity: Entity) -> _Told:
        kind, first, last = entity
        offsets = self.read.extras["offsets"][number]
        start, end = (self.starts[number] + at for at in (offsets[first][0], offsets[last - 1][1]))
        # brat has a piece for each line that an entity runs over.
        pieces = [
            (start + found.start(), start + found.end())
            for found in re.finditer(r"[^\r\n]+", self.text[start:end])
        ]
        return _Told(
            kind,
            ";".join(f"{a} {b}" for a, b in pieces),
            " ".join(self.text[a:b] for a, b in pieces),
        )

    def _check(self, written: str, changed: Mapping[int, Sequence[str]]) -> None:
        """Make sure that what was written reads as it was meant."""
        findings = Findings("")
        lines = [line.removesuffix("\r") for line in _Lines.of(written, "").lines]
        again = align_file(cut_pair(self.text, lines, self.name, findings), self.options, findings)
        meant = [changed.get(n, tags) for n, (_, tags) in enumerate(self.read.sentences)]
        # An entity that ran over a line's end may be gone: then there are two sentences.
        tokens, tags = (list(chain(*(s[side] for s in again.sentences))) for side in (0, 1))
        same = tokens == list(chain(*(tokens for tokens, _ in self.read.sentences)))
        if again.errors or not same or tags != list(chain(*meant)):
            raise DataError(
                f"{self.name}.ann cannot say that beside what else it holds (entities that no "
                "sentence shows, as nested ones); the same command with --to brat and another "
                "--output_file writes what is shown"
            )


@dataclass(frozen=True)
class _Told:
    """An entity as a line of brat tells it."""

    label: str
    pieces: str
    surface: str


@dataclass
class _Lines:
    """Lines of annotation, None where one has gone."""

    file: str
    lines: list[str]
    end: str
    mark: str
    changed: dict[int, str | None] = field(default_factory=dict)
    added: list[_Told] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, file: str) -> _Lines:
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        end = "\n" if "\n" in text or "\r" not in text else "\r"
        return cls(file, text.removeprefix(mark).split(end), end, mark)

    def spans(self) -> Iterator[tuple[int, Span]]:
        """The entities as they stood, and the line of each."""
        for number, line in enumerate(self.lines):
            if found := ENTITY.fullmatch(line.removesuffix("\r")):
                yield number, read_entity(found)

    def replace(self, number: int, told: _Told | None) -> None:
        """Have a line be about another entity, or none.

        Raises:
            DataError: another line names one that shall go.
        """
        line = self.lines[number].removesuffix("\r")
        name = line.partition("\t")[0]
        if told is None:
            naming = re.compile(rf"(?<![^\s:]){re.escape(name)}(?![^\s])")
            for at, other in enumerate(self.lines, 1):
                if not other.startswith("T") and naming.search(other.partition("\t")[2]):
                    raise DataError(
                        f"{name} cannot go: {self.file}:{at} names it, {other.strip()[:60]!r}; "
                        "change its type or bounds, or take that line out and begin anew"
                    )
            self.changed[number] = None
            return
        found = ENTITY.fullmatch(line)
        if found is None:
            return
        edits = [(2, told.pieces), (3, told.surface)] if not _covers(found, told) else []
        for group, new in sorted([(1, told.label), *edits], reverse=True):
            if found[group] is not None:
                line = line[: found.start(group)] + new + line[found.end(group) :]
        self.changed[number] = line + "\r" * self.lines[number].endswith("\r")

    def join(self) -> str:
        """The text of the file."""
        names = [m[0] for line in self.lines if (m := _NAME.match(line))]
        most = max((int(n[1:]) for n in names if n[1:].isascii() and n[1:].isdigit()), default=0)
        carriage = "\r" * any(line.endswith("\r") for line in self.lines)
        new = [
            f"T{most + 1 + n}\t{told.label} {told.pieces}\t{told.surface}{carriage}"
            for n, told in enumerate(self.added)
        ]
        last = max((n for n, _ in self.spans()), default=-1)
        lines: list[str | None] = [self.changed.get(n, line) for n, line in enumerate(self.lines)]
        if last == len(lines) - 1 >= 0 and new:  # the last line has no end: it gets one
            lines[last] = None if lines[last] is None else f"{lines[last]}{carriage}"
            new[-1] = new[-1].removesuffix("\r")
        lines[last + 1 : last + 1] = new
        return self.mark + self.end.join(line for line in lines if line is not None)


def _covers(found: re.Match[str], told: _Told) -> bool:
    """Whether a line has the bounds already, in one piece or in several."""
    ends = [found[2].split()[0], found[2].split()[-1]]
    return ends == [told.pieces.split()[0], told.pieces.split()[-1]]
