"""Repair an IOB file: a copy in IOB2 and plain UTF-8, with a log of every change.

What cannot be repaired without a guess (a missing column, an unknown prefix, an undecodable byte)
stays an error, and then no file is written.
"""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tner_hf.files import write_file
from tner_hf.formats.iob import BYTE_ORDER_MARK, unreadable
from tner_hf.formats.iob_lines import (
    BLANKS,
    Columns,
    Findings,
    Sentence,
    find_columns,
    parse_lines,
    read_lines,
)
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.schemes import (
    Scheme,
    choose_scheme,
    count_pairs,
    encode_entities,
    entities,
    find_breaches,
)
from tner_hf.plain import Stored


@dataclass(frozen=True)
class Change:
    """One thing that differs in the repaired copy; line 0 means the whole file."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}" if self.line else self.what


@dataclass(frozen=True)
class FixLog(Stored):
    """The repaired copy of a file, and what differs; nothing if the file was good."""

    path: str
    output: str
    changes: tuple[Change, ...]


def fix_file(path: str | os.PathLike[str], output: str | os.PathLike[str], **given: Any) -> FixLog:
    """Write a copy of a file in IOB2, UTF-8 and LF, all tokens and other columns as they are.

    Tags of any scheme, of several schemes at once, and unlawful ones are read by the conlleval
    rule. The copy is written whole or not at all; `output` may be the file itself. What else is
    given are `ReadOptions`.

    Raises:
        DataError: what only a person can mend, each place as `path:line`.
    """
    options = ReadOptions(**given)
    findings = Findings(os.fspath(path))
    lines = read_lines(Path(path), options.encoding, findings)
    columns = find_columns(lines, options)
    sentences, first_lines = parse_lines(lines, columns, findings)
    if findings.count["error"]:
        raise unreadable(findings.path, findings.listed())
    text, changes = _fix_tags(lines, columns, sentences, first_lines)
    changes = [*_compare_bytes(Path(path).read_bytes(), options.encoding, text), *changes]
    write_file(Path(output), text)
    return FixLog(findings.path, os.fspath(output), tuple(changes))


def _fix_tags(
    lines: list[str], columns: Columns, sentences: list[Sentence], first_lines: list[int]
) -> tuple[str, list[Change]]:
    """The text of the repaired file, and the changes to its tags."""
    tag_lists = [tags for _, tags in sentences]
    pairs = count_pairs(tag_lists)
    scheme = choose_scheme(pairs)
    fixed = [line if line.strip(BLANKS) else "" for line in lines]
    rewritten = 0
    new_tags = []
    for first, tags in zip(first_lines, tag_lists, strict=True):
        new_tags.append(encode_entities(entities(tags), len(tags), Scheme.IOB2))
        for position, (old, new) in enumerate(zip(tags, new_tags[-1], strict=True)):
            if old != new:
                rewritten += 1
                at = first + position - 1
                fixed[at] = _replace_tag(lines[at], columns, new)
    changes = [
        Change(
            first_lines[breach.sentence] + breach.token,
            f"{breach.what}; now {new_tags[breach.sentence][breach.token]!r}",
        )
        for breach in find_breaches(tag_lists, scheme, pairs)
    ]
    if scheme is not Scheme.IOB2:
        changes.insert(
            0, Change(0, f"{scheme} became IOB2: {rewritten} tag{'s' * (rewritten != 1)} rewritten")
        )
    if emptied := sum(line != new and not new for line, new in zip(lines, fixed, strict=True)):
        changes.insert(
            0, Change(0, f"spaces and TABs removed from {emptied} blank line{'s' * (emptied != 1)}")
        )
    end = "\n" if fixed[-1] else ""
    return "\n".join(fixed) + end, changes


def _replace_tag(line: str, columns: Columns, tag: str) -> str:
    fields = columns.split(line)
    fields[columns.tag] = tag
    return columns.delimiter.join(fields)


def _compare_bytes(data: bytes, encoding: str, text: str) -> list[Change]:
    """The changes to how the text is stored."""
    old = data.decode(encoding)
    changes = []
    if old.startswith(BYTE_ORDER_MARK) or data.startswith(codecs.BOM_UTF8):
        changes.append(Change(0, "byte-order mark removed"))
    if "\r\n" in old or ("\r" in old and "\n" not in old):
        changes.append(Change(0, "line ends became LF"))
    if old.removeprefix(BYTE_ORDER_MARK).encode("utf-8") != data.removeprefix(codecs.BOM_UTF8):
        changes.append(Change(0, f"{encoding} became utf-8"))
    if text and not old.endswith(("\n", "\r")):
        changes.append(Change(0, "line end added after the last line"))
    return changes
