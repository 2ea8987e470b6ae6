"""A sentence a line, its words with what belongs to each: `Ada|NNP|I-PER sang|VBD|O`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tner_hf.formats.iob import IobFile, settle_spelled
from tner_hf.formats.iob_lines import BLANKS, LINES_LOOKED_AT, Findings, Sentence, read_lines
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.spelling import find_spelling
from tner_hf.labels.schemes import UNREADABLE, find_fault

BAR = "|"


def is_piped(lines: Sequence[str]) -> bool:
    """Whether the first lines are words with bars, a tag last, several words in some line."""
    rows = [line.split() for line in lines[:LINES_LOOKED_AT] if line.strip(BLANKS)]
    words = [word for row in rows for word in row]
    widths = Counter(word.count(BAR) for word in words)
    if not words or max(map(len, rows)) < 2 or len(widths) != 1 or 0 in widths:
        return False
    tags = Counter(word.rpartition(BAR)[2] for word in words)
    spelling = find_spelling(tags)
    return not any(find_fault(spelling.meant.get(tag, tag)) for tag in tags)


def scan_piped(path: Path, options: ReadOptions) -> IobFile:
    """Every word of a line: the token first, the tag last."""
    findings = Findings(os.fspath(path))
    delimiter = options.delimiter or BAR
    sentences: list[Sentence] = []
    lines: list[list[int]] = []
    for number, line in enumerate(read_lines(path, options.encoding, findings), 1):
        tokens, tags = [], []
        for word in line.split():
            fields = word.split(delimiter)
            places = options.places(len(fields))
            if places is None or not fields[places[0]]:
                what = f"no word with a tag: {word!r}; accepted is WORD{delimiter}…{delimiter}TAG"
                findings.add(number, what, cause="a word without a tag")
                continue
            tokens.append(fields[places[0]])
            tags.append(fields[places[1]])
            if tags[-1] == UNREADABLE:
                findings.add(number, str(find_fault("")), cause="a tag that cannot be read")
        if tokens:
            sentences.append((tokens, tags))
            lines.append([number] * len(tokens))
    return settle_spelled(findings, sentences, lines, options, delimiter=delimiter)
