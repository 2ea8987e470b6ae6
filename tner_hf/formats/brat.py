"""brat's standoff: `a.txt` with the text, `a.ann` with a line for each annotation.

    T1<TAB>PER 0 3<TAB>Ada
    T2<TAB>LOC 13 17;20 24<TAB>Oslo city

A line of the text is a sentence; where an entity runs over its end, so does the sentence. Only
entities (`T`) are read; relations, events, attributes and notes are left.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from tner_hf.formats.alignment import Span, SpanText
from tner_hf.formats.containers import read_bytes
from tner_hf.formats.iob import IobFile
from tner_hf.formats.iob_lines import Findings, read_lines
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.span_files import align_file, cut_text

#: A line of an entity: its type, its pieces, its text.
ENTITY = re.compile(r"T[^\t]*\t(\S+)[ ]((?:\d{1,9} \d{1,9};)*\d{1,9} \d{1,9})(?:\t(.*))?")
_OTHERS = re.compile(r"[REAMN#*]")


def is_brat(path: Path) -> bool:
    """Whether a file is one of a pair of text and annotations."""
    other = {".ann": ".txt", ".txt": ".ann"}.get(path.suffix)
    return other is not None and path.with_suffix(other).is_file()


def scan_brat(path: Path, options: ReadOptions) -> IobFile:
    """A pair of files, given by either."""
    findings = Findings(os.fspath(path.with_suffix(".ann")))
    lines = read_lines(path.with_suffix(".ann"), options.encoding, findings)
    try:
        text = read_bytes(path.with_suffix(".txt")).decode(options.encoding)
    except OSError as error:
        findings.add(0, f"{path.with_suffix('.txt').name} cannot be opened: {error.strerror}")
        text = ""
    except UnicodeDecodeError as error:
        findings.add(
            0, f"{path.with_suffix('.txt').name}: byte {error.start} is not {options.encoding}"
        )
        text = ""
    return align_file(cut_pair(text, lines, path.stem, findings), options, findings)


def read_entity(found: re.Match[str], line: int = 0) -> Span:
    """The span that a match of `ENTITY` is."""
    pieces = [tuple(map(int, piece.split())) for piece in found[2].split(";")]
    return Span(found[1], tuple((a, b) for a, b in pieces), found[3], line)


def cut_pair(text: str, lines: Sequence[str], document: str, findings: Findings) -> list[SpanText]:
    """The sentences of a text with the spans of its lines of annotation."""
    spans = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or _OTHERS.match(line):
            continue
        if (found := ENTITY.fullmatch(line)) is None:
            what = (
                f"no annotation of brat: {line[:80]!r}; accepted is T1<TAB>TYPE START END<TAB>TEXT"
            )
            findings.add(number, what, cause="a line that is no annotation")
            continue
        spans.append(read_entity(found, number))
    whole = SpanText(text, tuple(spans), 1, document=document)
    ends = [at for at, character in enumerate(text) if character == "\n"]
    return cut_text(whole, ends)
