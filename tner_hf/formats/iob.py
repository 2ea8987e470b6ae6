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
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError, Problem
from tner_hf.formats.iob_layout import Layout, find_layers, has_index, look_closer
from tner_hf.formats.iob_lines import (
    BLANKS,
    DOCUMENT_START,
    LINES_LOOKED_AT,
    Columns,
    Findings,
    Sentence,
    Severity,
    find_columns,
    find_tag_columns,
    parse_lines,
    read_lines,
    show_lines,
    starts_document,
)
from tner_hf.formats.json_rows import HALF
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.spelling import find_spelling
from tner_hf.labels import OUTSIDE
from tner_hf.labels.schemes import (
    UNREADABLE,
    Breach,
    Scheme,
    choose_scheme,
    convert_sentences,
    count_pairs,
    find_breaches,
    find_fault,
    parse_scheme,
)

BYTE_ORDER_MARK = "\ufeff"
_AGAINST, _STRAY_I, _STRAY_B = (
    "tags against their scheme", "a stray I- start", "a B- that parts nothing",
)  # fmt: skip
#: Causes of errors that `fix_file` mends.
_MENDED = frozenset({_AGAINST, _STRAY_I, _STRAY_B})
_SPELLED = "tags in another spelling"
#: Columns among which tags are looked for; a line with more is no line of a corpus.
_MOST_COLUMNS = 1000
#: A quoted cell: a quote inside is written twice.
_QUOTED = re.compile(r'"(?:[^"]*"")+[^"]*"')


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
        extras: further columns, a value for each sentence: `doc_id`, `text`, `offsets`.
        causes: severity and cause to how many problems there are, those not listed included.
    """

    path: str
    sentences: list[Sentence]
    scheme: Scheme
    problems: tuple[Problem, ...] = ()
    first_lines: list[int] = field(default_factory=list, repr=False)
    delimiter: str = "\t"
    columns: int = 0
    extras: Mapping[str, list[Any]] = field(default_factory=dict, repr=False)
    causes: Mapping[tuple[Severity, str], int] = field(default_factory=dict, repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")


def read_iob(path: str | os.PathLike[str], **options: Any) -> IobFile:
    """The sentences of a file in IOB2, touching entities kept apart and no token changed.

    Options are those of `ReadOptions`.

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
    mended = all(problem.cause in _MENDED for problem in errors)
    copy = "; `tner-hf datasets check FILE --fix COPY` writes a copy that can" if mended else ""
    return DataError(f"{path} cannot be read{copy}:", errors)


def scan_iob(path: str | os.PathLike[str], options: ReadOptions) -> IobFile:
    """All that can be read of a file, and everything that is wrong with it, errors included."""
    findings = Findings(os.fspath(path))
    lines = read_lines(Path(path), options.encoding, findings)
    lines = _remove_marks(lines, findings)
    read = findings.copy()
    columns = find_columns(lines, options)
    plain = Layout(lines, columns)
    sentences, first_lines = parse_lines(
        lines, columns, findings, empty_tokens=options.empty_tokens
    )
    doubtful = findings.count["error"] > read.count["error"] or has_index(lines, columns, options)
    if doubtful and columns.width <= _MOST_COLUMNS:
        closer = read.copy()
        layout = look_closer(lines, options, closer)
        if layout.reads_alike(plain):
            layout = plain
    else:
        layout = plain
    if layout is not plain:
        again, again_lines = parse_lines(
            layout.lines, layout.columns, closer, layout.spelling.meant,
            options.empty_tokens, layout.skipped,
        )  # fmt: skip
        better = closer.count["error"] < findings.count["error"]
        if better or layout.columns.index is not None:
            plain, findings, sentences, first_lines = layout, closer, again, again_lines
    lines, columns = plain.lines, plain.columns
    _note_spelling(plain, findings)
    _suggest_columns(lines, columns, sentences, findings)
    _suggest_options(lines, columns, sentences, options, findings)
    _note_quotes(sentences, first_lines, findings)
    find_layers(lines, columns, options, findings)
    documents = _name_documents(plain, first_lines)
    return settle_tags(
        findings, sentences, first_lines, options,
        delimiter=columns.delimiter, columns=columns.width if sentences else 0,
        extras={"doc_id": documents} if documents else {}, line_of=plain.find_line(first_lines),
    )  # fmt: skip


def settle_tags(
    findings: Findings,
    sentences: list[Sentence],
    first_lines: list[int],
    options: ReadOptions,
    *,
    delimiter: str = "\t",
    columns: int = 0,
    extras: Mapping[str, list[Any]] | None = None,
    line_of: Callable[[int, int], int] | None = None,
) -> IobFile:
    """The file with its tags in IOB2, whatever scheme they are in, and their breaches noted.

    Arguments are fields of `IobFile`; `line_of` gives the line of a sentence's token, where it does
    not follow from that of the first.
    """
    pairs = count_pairs(tags for _, tags in sentences)
    if not all(tag.isascii() for pair in pairs for tag in pair if tag):
        _refuse_halves(sentences, first_lines, findings)
    scheme = parse_scheme(options.scheme) if options.scheme else choose_scheme(pairs)
    lawful = True
    for breach in find_breaches([tags for _, tags in sentences], scheme, pairs):
        lawful = False
        severity: Severity = "warning" if breach.stray and not options.strict else "error"
        at = first_lines[breach.sentence] + breach.token
        if line_of is not None:
            at = line_of(breach.sentence, breach.token)
        explain = partial(_explain, breach, scheme, options)
        findings.add(at, explain, severity, cause=_cause(breach, scheme))
    if not findings.count["error"] and not (lawful and scheme is Scheme.IOB2):
        written = convert_sentences((tags for _, tags in sentences), scheme)
        sentences = [(s[0], tags) for s, tags in zip(sentences, written, strict=True)]
    return IobFile(
        findings.path, sentences, scheme, findings.listed(), first_lines, delimiter, columns,
        extras or {}, findings.causes,
    )  # fmt: skip


def settle_spelled(
    findings: Findings, sentences: list[Sentence], lines: list[list[int]], options: ReadOptions,
    **more: Any,
) -> IobFile:  # fmt: skip
    """As `settle_tags`, of tags in any spelling; `lines` has the line of each token."""
    spelling = find_spelling(Counter(tag for _, tags in sentences for tag in tags), options.scheme)
    for note, raw in spelling.notes:
        tagged = zip(
            (tag for _, tags in sentences for tag in tags), chain.from_iterable(lines), strict=True
        )
        found = list(dict.fromkeys(line for tag, line in tagged if tag in raw))
        what = f"{note} ({show_lines(found)})"
        findings.add(found[0], what, "warning", cause=_SPELLED)
    checked: list[Sentence] = []
    for (tokens, tags), numbers in zip(sentences, lines, strict=True):
        meant = [spelling.meant.get(tag, tag) for tag in tags]
        for at, tag in enumerate(meant):
            if tag != UNREADABLE and (fault := find_fault(tag)):
                findings.add(numbers[at], fault, cause="a tag that cannot be read")
                meant[at] = UNREADABLE
        checked.append((tokens, meant))
    return settle_tags(
        findings, checked, [numbers[0] for numbers in lines], options,
        line_of=lambda sentence, token: lines[sentence][max(token, 0)], **more,
    )  # fmt: skip


def _refuse_halves(sentences: list[Sentence], first_lines: list[int], findings: Findings) -> None:
    """Note tags with half a character, which JSON and lists in tables can spell."""
    for (_, tags), line in zip(sentences, first_lines, strict=True):
        for tag in tags:
            if not tag.isascii() and HALF.search(tag):
                what = f"tag {tag!r:.80} holds half a character of UTF-16"
                findings.add(line, what, cause="a tag that cannot be read")


def _remove_marks(lines: list[str], findings: Findings) -> list[str]:
    """Without the byte-order marks that files leave behind when they are put together.

    A token that is nothing but the character, or holds it elsewhere, keeps it.
    """
    marked = [
        number
        for number, line in enumerate(lines)
        if line.startswith(BYTE_ORDER_MARK)
        and number > 0
        and not lines[number - 1].strip(BLANKS)
        and line[1:2].strip(BLANKS)
    ]
    if not marked:
        return lines
    cleaned = list(lines)
    for number in marked:
        cleaned[number] = lines[number][1:]
        what = "a byte-order mark before the first token of a sentence was removed"
        findings.add(number + 1, what, "warning", cause="a byte-order mark inside the file")
    return cleaned


def _note_spelling(layout: Layout, findings: Findings) -> None:
    """Say what was recognised in the spelling of tags, with the first lines that have it."""
    for note, raw in layout.spelling.notes:
        at = layout.columns.tag
        found = [
            number
            for number, fields in enumerate(map(layout.columns.split, layout.lines), 1)
            if len(fields) == layout.columns.width and fields[at].strip(BLANKS) in raw
        ]
        if found:
            what = f"{note} ({show_lines(found)})"
            findings.add(found[0], what, "warning", cause=_SPELLED)


def _name_documents(layout: Layout, first_lines: list[int]) -> list[str] | None:
    """The document of each sentence, where the file says where documents start."""
    marks = dict(layout.documents)
    for number, line in enumerate(layout.lines, 1):
        if line.startswith(DOCUMENT_START) or (
            DOCUMENT_START in line
            and starts_document(line, layout.columns.split(line), layout.columns)
        ):
            marks[number] = ""
    if not marks:
        return None
    starts = sorted(marks)
    names = [marks[line] or str(number) for number, line in enumerate(starts)]
    places = (bisect_right(starts, line) - 1 for line in first_lines)
    return [names[place] if place >= 0 else "" for place in places]


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


def _suggest_options(
    lines: list[str],
    columns: Columns,
    sentences: list[Sentence],
    options: ReadOptions,
    findings: Findings,
) -> None:
    """Where a file has faults that an option would make sense of, name it."""
    if not (findings.count["error"] and sentences):
        return
    content = [(n, line) for n, line in enumerate(lines, 1) if line.strip(BLANKS)]
    faulty = {problem.line for problem in findings.listed() if problem.severity == "error"}
    first = columns.split(content[0][1])
    named = len(first) == columns.width > 1 and "-" not in first[columns.tag]
    if options.header is None and faulty == {content[0][0]} and named and len(content) > 1:
        findings.add(0, "if the first line names the columns, header=True (--header) skips it")
    if all(line.count("|") for _, line in content[:LINES_LOOKED_AT]) and options.delimiter is None:
        what = "bars part something: delimiter='|' reads columns, format='piped' a sentence a line"
        findings.add(0, what)
    rows = [row for row in map(columns.split, lines) if len(row) == columns.width]
    tags = Counter(row[columns.tag].strip(BLANKS) for row in rows)
    bare = len(content) > 1 and OUTSIDE not in tags and find_spelling(tags, Scheme.IO).meant
    if options.scheme is None and bare:
        findings.add(0, "if these are types without prefix, scheme='IO' reads them")


def _note_quotes(sentences: list[Sentence], first_lines: list[int], findings: Findings) -> None:
    """Say where a token looks as spreadsheets write quotes; it stays as it is."""
    quoted = [
        first + at
        for first, (tokens, _) in zip(first_lines, sentences, strict=True)
        for at, token in enumerate(tokens)
        if token[:1] == '"' and _QUOTED.fullmatch(token)
    ]
    if quoted:
        where = show_lines(quoted)
        what = f"quotes as a spreadsheet writes them ({where}); format='csv' reads them"
        findings.add(quoted[0], what, "warning", cause="quotes of a spreadsheet")


def _cause(breach: Breach, scheme: Scheme) -> str:
    if breach.stray:
        return _STRAY_I if scheme is Scheme.IOB2 else _STRAY_B
    return _AGAINST


def _explain(breach: Breach, scheme: Scheme, options: ReadOptions) -> str:
    if breach.stray:
        prefix = "I" if scheme is Scheme.IOB2 else "B"
        reads = "read as B-" if scheme is Scheme.IOB2 else "read as the start of an entity"
        how = "an error under strict" if options.strict else f"{reads} by the conlleval rule"
        return f"stray {prefix}- start: {breach.what}; {how}"
    if options.scheme:
        return f"not {scheme} as asked for: {breach.what}"
    both = "; scheme IOB2 reads both" if scheme is Scheme.IOB1 else ""
    return f"contradicting schemes: {breach.what}; most of the file is {scheme}{both}"
