"""PubTator: title and abstract, then a line for each mention.

    123|t|Aspirin works.
    123|a|It helps with asthma.
    123<TAB>0<TAB>7<TAB>Aspirin<TAB>Chemical<TAB>D001241

Offsets run over title, one character, abstract. Each of the two is a row; relations are left.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tner_hf.formats.alignment import Span, SpanText
from tner_hf.formats.iob import IobFile
from tner_hf.formats.iob_lines import Findings, read_lines
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.span_files import align_file, cut_text

_TITLE = re.compile(r"([^|\t]+)\|t\|(.*)")
_ABSTRACT = re.compile(r"([^|\t]+)\|a\|(.*)")
_MENTION = "ID<TAB>START<TAB>END<TAB>TEXT<TAB>TYPE"
_MENTION_FIELDS = 5
_NUMBER = re.compile(r"[0-9]{1,9}")
_RELATION_FIELDS = 4


def is_pubtator(lines: list[str]) -> bool:
    """Whether the first lines with content are a title and an abstract."""
    content = [line for line in lines if line.strip()][:2]
    return len(content) == 2 and bool(_TITLE.match(content[0]) and _ABSTRACT.match(content[1]))


def scan_pubtator(path: Path, options: ReadOptions) -> IobFile:
    """Titles and abstracts of a file, each a row of its document."""
    findings = Findings(os.fspath(path))
    lines = read_lines(path, options.encoding, findings)
    return align_file(_read_parts(lines, findings), options, findings)


def _read_parts(lines: list[str], findings: Findings) -> Iterator[SpanText]:
    for number, block in _list_blocks(lines):
        title, abstract = (
            _TITLE.match(block[0]),
            _ABSTRACT.match(block[1]) if len(block) > 1 else None,
        )
        if title is None or abstract is None or title[1] != abstract[1]:
            what = (
                f"no title and abstract of one document: {block[0][:80]!r}; accepted are ID|t|… "
                f"and ID|a|…"
            )
            findings.add(number, what, cause="a document without title and abstract")
            continue
        spans = []
        for at, line in enumerate(block[2:], number + 2):
            fields = line.split("\t")
            if len(fields) == _RELATION_FIELDS:
                continue
            numbers = all(_NUMBER.fullmatch(field) for field in fields[1:3])
            if len(fields) < _MENTION_FIELDS or fields[0] != title[1] or not numbers:
                what = f"no mention of document {title[1]}: {line[:80]!r}; accepted is {_MENTION}"
                findings.add(at, what, cause="a line that is no mention")
                continue
            bounds = int(fields[1]), int(fields[2])
            spans.append(Span(fields[4].strip(), (bounds,), fields[3], at))
        text = f"{title[2]}\n{abstract[2]}"
        whole = SpanText(text, tuple(spans), number, document=title[1])
        yield from cut_text(whole, [len(title[2])])


def _list_blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines with content, and the line that each begins on; a title begins one, too."""
    block: list[str] = []
    begins = 1
    for number, line in enumerate([*lines, ""], 1):
        if block and (not line.strip() or _TITLE.match(line)):
            yield begins, block
            block = []
        if line.strip():
            begins = begins if block else number
            block.append(line)
