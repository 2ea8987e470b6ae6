"""A closer look at lines of columns: comments, a header, an index, where the tags are.

`iob.scan_iob` takes it where the plain reading finds faults, or numbers for words. What is found is
said; what could be read in two ways stays a fault, and an option decides it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tner_hf.formats.iob_lines import (
    BLANKS,
    DOCUMENT_START,
    LINES_LOOKED_AT,
    Columns,
    Findings,
    find_columns,
)
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.spelling import Spelling, find_spelling
from tner_hf.labels import OUTSIDE
from tner_hf.labels.schemes import find_fault, starts_entity

#: What a comment begins with: `# …`, `##…`, `#key =`, and the marks of documents.
_COMMENT = re.compile(r"#(?:[ \t#]|[\w:.-]+[ \t]*=|DOCSTART|begin |end |newdoc)")
#: Where a document starts, and what it is called.
_DOCUMENT = re.compile(
    r"#\s*(?:newdoc(?:\s+id)?\s*=?|begin document|DOCSTART:?|##MEDLINE:?)\s*(.*)"
)
#: A tag that was meant to be one, however it is spelled.
_ATTEMPT = re.compile(r"[BIESLUMO](?:[-_./:|].*)?", re.IGNORECASE)
#: Names of columns in header lines.
TOKEN_NAMES = frozenset({
    "token", "tokens", "word", "words", "form", "text", "surface", "term", "tok",
})  # fmt: skip
TAG_NAMES = frozenset({
    "tag", "tags", "label", "labels", "ner", "ne", "ner_tag", "ner_tags", "ner-tag", "iob", "bio",
    "entity", "entities", "iob_tag", "bio_tag", "netag", "ne_tag", "target", "tag_ner",
})  # fmt: skip
OTHER_NAMES = frozenset({
    "pos", "pos_tag", "upos", "xpos", "chunk", "lemma", "id", "index", "idx", "sentence", "sent",
    "sentence #", "sentence_id", "sent_id", "sentence id", "doc", "doc_id", "document", "feats",
    "head", "deprel", "deps", "misc", "offset", "start", "end", "#", "no", "number", "parse",
})  # fmt: skip
#: Types of the chunks of CoNLL-2000: a column of them is no second layer of entities.
_CHUNKS = frozenset({
    "NP", "VP", "PP", "ADVP", "SBAR", "ADJP", "PRT", "CONJP", "INTJ", "LST", "UCP",
})  # fmt: skip
_MISC = re.compile(r"(?:^|\|)(?:NER|NE)=([^|]*)", re.IGNORECASE)
#: A number that counts tokens, as it is written.
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are to be read.

    Attributes:
        lines: the lines, comments and header made blank.
        spelling: what tags in another spelling are.
        documents: the lines on which documents start, and what they are called.
        skipped: lines, from 0, that stand for several words in one (`1-2` in CoNLL-U) or for none.
    """

    lines: list[str]
    columns: Columns
    spelling: Spelling = field(default_factory=Spelling)
    documents: Mapping[int, str] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()

    def reads_alike(self, other: Layout) -> bool:
        """Whether lines are read the same way."""
        plain = not self.spelling.meant and not self.skipped
        return plain and self.columns == other.columns and self.lines == other.lines

    def find_line(self, first_lines: Sequence[int]) -> Callable[[int, int], int] | None:
        """The line of each sentence's tokens where some are skipped; else None."""
        if not self.skipped:
            return None
        numbers = [n + 1 for n in range(len(self.lines)) if n not in self.skipped]
        return lambda sentence, token: numbers[
            bisect_left(numbers, first_lines[sentence]) + max(token, 0)
        ]


def look_closer(lines: Sequence[str], options: ReadOptions, findings: Findings) -> Layout:
    """How lines are to be read that are no plain columns of tokens and tags."""
    likely = list(_find_comments(lines))
    masked = _blank(lines, likely)
    header = _find_header(masked, options)
    if header is not None:
        masked = _blank(masked, [header])
    columns = find_columns(masked, options)
    columns = _find_index(masked, columns, options, findings)
    if header is not None:
        columns = _read_header(lines[header], header + 1, columns, options, findings)
    columns, tags = _find_tags(masked, columns, options, findings)
    kept = [number for number in likely if _is_token(lines[number], columns, tags)]
    for number in kept:
        masked[number] = lines[number]
    documents = {
        number + 1: found[1].strip().strip("();")
        for number in set(likely).difference(kept)
        if (found := _DOCUMENT.match(lines[number]))
    }
    counts = Counter(tags)
    spelling = _read_misc(counts) if _is_misc(counts) else find_spelling(counts, options.scheme)
    return Layout(masked, columns, spelling, documents, _find_extras(masked, columns))


def has_index(lines: Sequence[str], columns: Columns, options: ReadOptions) -> bool:
    """Whether the column of words holds numbers that count them, from 0 or 1 in each sentence."""
    if options.token_column is not None or columns.width < 3:
        return False
    return _counts_tokens(lines, columns)


def _blank(lines: Sequence[str], numbers: Sequence[int]) -> list[str]:
    blanked = list(lines)
    for number in numbers:
        blanked[number] = ""
    return blanked


def _find_comments(lines: Sequence[str]) -> Iterator[int]:
    """Lines before a sentence that begin as comments do."""
    before = True
    for number, line in enumerate(lines):
        if before and line.startswith("#") and _COMMENT.match(line):
            yield number
        else:
            before = not line.strip(BLANKS)


def _is_token(line: str, columns: Columns, tags: Mapping[str, int]) -> bool:
    """Whether a line that looks like a comment is a token `#` with a tag."""
    fields = columns.split(line)
    if len(fields) != columns.width or (columns.index is not None and fields[columns.index] == "#"):
        return False
    tag = fields[columns.tag].strip(BLANKS)
    return tag in tags or not find_fault(tag) or bool(_ATTEMPT.fullmatch(tag))


def _find_header(lines: Sequence[str], options: ReadOptions) -> int | None:
    """The line that names the columns, if there is one."""
    first = next((n for n, line in enumerate(lines) if line.strip(BLANKS)), None)
    if first is None or options.header is False:
        return None
    if options.header:
        return first
    columns = find_columns(list(lines[first : first + LINES_LOOKED_AT]), options)
    names = [name.strip(BLANKS).strip('"').casefold() for name in columns.split(lines[first])]
    known = TOKEN_NAMES | TAG_NAMES | OTHER_NAMES
    named = bool(TOKEN_NAMES & set(names)) and bool(TAG_NAMES & set(names))
    return first if named and all(name in known for name in names) else None


def _read_header(
    line: str, number: int, columns: Columns, options: ReadOptions, findings: Findings
) -> Columns:
    names = [name.strip(BLANKS).strip('"').casefold() for name in columns.split(line)]
    findings.add(number, f"header skipped: {line!r}", "warning", cause="a header was skipped")
    if len(names) != columns.width:
        return columns
    token = [i for i, name in enumerate(names) if name in TOKEN_NAMES]
    tag = [i for i, name in enumerate(names) if name in TAG_NAMES]
    if options.token_column is None and len(token) == 1:
        columns = replace(columns, token=token[0])
    if options.tag_column is None and len(tag) == 1:
        columns = replace(columns, tag=tag[0])
    return columns


def _find_index(
    lines: Sequence[str], columns: Columns, options: ReadOptions, findings: Findings
) -> Columns:
    if not has_index(lines, columns, options):
        return columns
    first = next(n for n, line in enumerate(lines, 1) if line.strip(BLANKS))
    what = (
        "the first column counts the tokens, so that words are read from the second; "
        "token_column=0 would read the numbers"
    )
    findings.add(first, what, "warning", cause="an index column")
    return replace(columns, index=0, token=1)


def _counts_tokens(lines: Sequence[str], columns: Columns) -> bool:
    expected, base, longest = None, None, 0
    for line in lines:
        if not line.strip(BLANKS):
            expected = None
            continue
        number = columns.split(line)[0]
        if _is_extra(number):
            continue
        if not _INDEX.fullmatch(number):
            return False
        if expected is None:
            if int(number) not in {0, 1} or base not in {None, int(number)}:
                return False
            base = int(number)
        elif int(number) != expected:
            return False
        expected = int(number) + 1
        longest = max(longest, expected - (base or 0))
    return longest > 1


def _is_extra(number: str) -> bool:
    """Whether an index is that of several words in one (`1-2`), or of one that is not there."""
    parts = re.split(r"[-.]", number)
    return len(parts) == 2 and all(part.isascii() and part.isdecimal() for part in parts)


def _find_extras(lines: Sequence[str], columns: Columns) -> frozenset[int]:
    at = columns.index
    if at is None:
        return frozenset()
    digits = ((n, line) for n, line in enumerate(lines) if line[:1].isdecimal())
    return frozenset(n for n, line in digits if _is_extra(columns.split(line)[at]))


def _find_tags(
    lines: Sequence[str], columns: Columns, options: ReadOptions, findings: Findings
) -> tuple[Columns, Counter[str]]:
    """Where the tags are, and how often each raw one occurs."""
    rows = [row for row in map(columns.split, lines) if len(row) == columns.width]
    values = [Counter(row[at].strip(BLANKS) for row in rows) for at in range(columns.width)]
    for column in values:
        column.pop("", None)
    here = values[columns.tag]
    if options.tag_column is not None or not _mostly_faulty(here) or _is_misc(here):
        return columns, here
    if find_spelling(here, options.scheme).meant:
        return columns, here
    tagged = [
        at
        for at, column in enumerate(values)
        if at not in {columns.token, columns.tag, columns.index}
        and _is_tags(column)
        and not _types_of(column) <= _CHUNKS
    ]
    if len(tagged) != 1 or (columns.token == 0 and columns.width == 2):
        return columns, here
    what = f"the last column holds no tags; they are read from column {tagged[0]}, counted from 0"
    findings.add(0, what, "warning", cause="tags in another column")
    return replace(columns, tag=tagged[0]), values[tagged[0]]


def _mostly_faulty(column: Mapping[str, int]) -> bool:
    faulty = sum(count for tag, count in column.items() if find_fault(tag))
    return 2 * faulty > sum(column.values())


def _is_tags(column: Mapping[str, int]) -> bool:
    return bool(_types_of(column)) and not any(map(find_fault, column))


def _types_of(column: Mapping[str, int]) -> set[str]:
    return {tag.partition("-")[2] for tag in column if tag != OUTSIDE}


def _is_misc(column: Mapping[str, int]) -> bool:
    return any(map(_MISC.search, column)) and all("=" in value or value == "_" for value in column)


def _read_misc(column: Mapping[str, int]) -> Spelling:
    """CoNLL-U keeps tags in its last column: `SpaceAfter=No|NER=B-PER`."""
    found = {value: _MISC.search(value) for value in column}
    tags = {
        value: match[1] if match and match[1] != "_" else OUTSIDE for value, match in found.items()
    }
    spelling = find_spelling(Counter(tags.values()))
    return Spelling({v: spelling.meant.get(tag, tag) for v, tag in tags.items()}, spelling.notes)


def find_tagged(lines: Sequence[str], columns: Columns, options: ReadOptions) -> list[int]:
    """Other columns that hold entities in the first lines; chunks of CoNLL-2000 are none."""
    if options.tag_column is not None or columns.width < 3:
        return []
    sample = [columns.split(line) for line in lines[:LINES_LOOKED_AT]]
    rows = [row for row in sample if len(row) == columns.width and DOCUMENT_START not in row]
    found = []
    for at in sorted(set(range(columns.width)) - {columns.token, columns.tag, columns.index}):
        seen = Counter(row[at].strip(BLANKS) for row in rows)
        seen.pop("", None)
        if _is_tags(seen) and not _types_of(seen) <= _CHUNKS:
            found.append(at)
    return found


def find_layers(
    lines: Sequence[str], columns: Columns, options: ReadOptions, findings: Findings
) -> None:
    """Warn of other columns that hold tags, too, and say how many entities each has."""
    for at in find_tagged(lines, columns, options):
        here, there = (_count_entities(lines, columns, place) for place in (columns.tag, at))
        what = (
            f"column {at} holds tags, too: {there} entities; read is column {columns.tag}, "
            f"which holds {here}; tag_column={at} reads the other"
        )
        findings.add(0, what, "warning", cause="several tag columns")


def _count_entities(lines: Sequence[str], columns: Columns, at: int) -> int:
    total, before = 0, OUTSIDE
    for line in lines:
        row = columns.split(line)
        tag = row[at].strip(BLANKS) if len(row) == columns.width else ""
        tag = OUTSIDE if not tag or find_fault(tag) else tag
        total += starts_entity(before, tag)
        before = tag
    return total
