"""IOB and CoNLL files: columns of text, a line for each token, a blank line after each sentence.

    Ada       B-person
    Lovelace  I-person
    wrote     O

`read_iob` gives IOB2, whatever the scheme of the file. No text is changed: columns are parted by
TAB or ASCII spaces, never by other Unicode white space, and a token stays the characters that it
was. Everything wrong with a file is found in one go, each place as a `Problem` with its line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError, Problem
from tner_hf.formats.iob_lines import (
    Columns,
    Findings,
    Sentence,
    find_columns,
    find_tag_columns,
    parse_lines,
    read_lines,
)
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.schemes import (
    Breach,
    Scheme,
    choose_scheme,
    convert_sentences,
    count_pairs,
    find_breaches,
    parse_scheme,
)


@dataclass(frozen=True)
class IobFile:
    """What a file holds.

    Attributes:
        path: the file.
        sentences: tokens and IOB2 tags of each sentence.
        scheme: the scheme that the file is written in.
        problems: what is wrong with it; a file that could be read has warnings only.
        first_lines: the line of each sentence's first token; the others follow directly.
        delimiter: what parts its columns; `" "` is any run of spaces and TABs.
        columns: how many there are, 0 in a file without content.
    """

    path: str
    sentences: list[Sentence]
    scheme: Scheme
    problems: tuple[Problem, ...] = ()
    first_lines: list[int] = field(default_factory=list, repr=False)
    delimiter: str = "\t"
    columns: int = 0

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")


def read_iob(path: str | os.PathLike[str], **options: Any) -> IobFile:
    """The sentences of a file in IOB2, touching entities kept apart and no token changed.

    Args:
        path: the file.
        **options: see `ReadOptions`.

    Raises:
        DataError: with every problem of the file as `path:line`.
        SettingError: an option that cannot be used.
    """
    scanned = scan_iob(path, ReadOptions(**options))
    if scanned.errors:
        raise unreadable(scanned.path, scanned.problems)
    return scanned


def unreadable(path: str, problems: Iterable[Problem]) -> DataError:
    """The error that says what is wrong with a file, its warnings left out."""
    errors = [problem for problem in problems if problem.severity == "error"]
    return DataError(f"{path} cannot be read as an IOB file:", errors)


def scan_iob(path: str | os.PathLike[str], options: ReadOptions) -> IobFile:
    """All that can be read of a file, and everything that is wrong with it, errors included."""
    findings = Findings(os.fspath(path))
    lines = read_lines(Path(path), options.encoding, findings)
    columns = find_columns(lines, options)
    sentences, first_lines = parse_lines(lines, columns, findings)
    _suggest_columns(lines, columns, sentences, findings)
    pairs = count_pairs(tags for _, tags in sentences)
    scheme = parse_scheme(options.scheme) if options.scheme else choose_scheme(pairs)
    lawful = True
    for breach in find_breaches([tags for _, tags in sentences], scheme, pairs):
        lawful = False
        tolerated = breach.stray and not options.strict
        line = first_lines[breach.sentence] + breach.token
        findings.add(line, _explain(breach, scheme, options), "warning" if tolerated else "error")
    if not findings.count["error"] and not (lawful and scheme is Scheme.IOB2):
        written = convert_sentences((tags for _, tags in sentences), scheme)
        sentences = [(s[0], tags) for s, tags in zip(sentences, written, strict=True)]
    return IobFile(
        findings.path, sentences, scheme, findings.listed(), first_lines,
        columns.delimiter, columns.width if sentences else 0,
    )  # fmt: skip


def _suggest_columns(
    lines: list[str], columns: Columns, sentences: list[Sentence], findings: Findings
) -> None:
    """Where most lines are faulty, say which column looks like the tags."""
    if 2 * findings.count["error"] <= sum(len(tags) for _, tags in sentences):
        return
    likely = [column for column in find_tag_columns(lines, columns) if column != columns.tag]
    if likely:
        what = f"most tags cannot be read; tags stand in column {likely[-1]}, counted from 0"
        findings.add(0, f"{what}: set tag_column={likely[-1]} and token_column to fit")


def _explain(breach: Breach, scheme: Scheme, options: ReadOptions) -> str:
    if breach.stray:
        how = "an error under strict" if options.strict else "read as B- by the conlleval rule"
        return f"stray I- start: {breach.what}; {how}"
    if options.scheme:
        return f"not {scheme} as asked for: {breach.what}"
    both = "; scheme IOB2 reads both" if scheme is Scheme.IOB1 else ""
    return f"contradicting schemes: {breach.what}; most of the file is {scheme}{both}"
