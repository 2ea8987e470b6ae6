"""Tables as spreadsheets write them: quotes, commas in cells, a word in each row.

    Sentence #,Word,POS,Tag
    Sentence: 1,Oslo,NNP,B-geo
    ,",",",",O

Sentences end where a column says so, or at an empty row; a row may also hold a whole sentence and
the list of its tags.
"""

from __future__ import annotations

import ast
import codecs
import csv
import io
import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tner_hf.formats.containers import read_bytes, unpacked_name
from tner_hf.formats.csv_files import SENTENCE_COLUMNS, restore
from tner_hf.formats.csv_texts import DELIMITERS
from tner_hf.formats.iob import IobFile, settle_spelled, settle_tags
from tner_hf.formats.iob_layout import OTHER_NAMES, TAG_NAMES, TOKEN_NAMES
from tner_hf.formats.iob_lines import Findings, Sentence, read_lines
from tner_hf.formats.json_rows import HALF
from tner_hf.formats.options import ReadOptions
from tner_hf.labels.schemes import UNREADABLE, find_fault

_SENTENCE_NAMES = frozenset({
    "sentence #", "sentence", "sentence_id", "sent_id", "sentence id", "sentence_idx", "sent",
    "sentid", "sentence number",
})  # fmt: skip
_DOCUMENT_NAMES = frozenset({"doc", "doc_id", "document", "document_id"})
#: Letters of western languages and what typesetting adds, as cp1252 has them. Other letters of
#: cp1252 are left out: they are what words of other code pages turn into.
_WESTERN = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿ“”‘’–—…€«»¿¡\xa0]*")
_RUN = re.compile(r"[À-ÿ]{3,}")

Record = tuple[int, list[str]]


@dataclass(frozen=True)
class _Places:
    """Where a row has its word, its tag, and what tells sentences and documents apart."""

    width: int
    token: int
    tag: int
    sentence: int | None = None
    document: int | None = None


def scan_csv(path: Path, options: ReadOptions) -> IobFile:
    """A table with a word, or a sentence, in each row."""
    findings = Findings(os.fspath(path))
    records = _read_records(path, options, findings)
    content = [record for record in records if any(cell.strip() for cell in record[1])]
    if not content:
        return settle_tags(findings, [], [], options)
    places, header = _find_places(content, options, findings)
    if places is None:
        return settle_tags(findings, [], [], options)
    if header:
        records = [record for record in records if record[0] != content[0][0]]
        if tuple(content[0][1][: len(SENTENCE_COLUMNS)]) == SENTENCE_COLUMNS:
            records = _restore(records, findings)
    if _is_sentence_a_row(records, places):
        sentences, lines = _read_sentences(records, places, findings)
        documents: list[str] = []
    else:
        sentences, lines, documents = _read_words(records, places, options, findings)
    return settle_spelled(
        findings, sentences, lines, options, delimiter=",", columns=places.width,
        extras={"doc_id": documents} if documents else {},
    )  # fmt: skip


def _restore(records: list[Record], findings: Findings) -> list[Record]:
    """Rows as they were before they were defused for spreadsheets."""
    restored = [(line, [restore(cell) for cell in row]) for line, row in records]
    changed = [old[0] for old, new in zip(records, restored, strict=True) if old != new]
    if changed:
        what = (
            "apostrophes that keep spreadsheets from running cells were left out of "
            f"{len(changed)} rows"
        )
        findings.add(changed[0], what, "warning", cause="a cell that was defused")
    return restored


def _read_records(path: Path, options: ReadOptions, findings: Findings) -> list[Record]:
    """Line and cells of each row."""
    text = decode_table(path, options, findings)
    delimiter = options.delimiter or find_delimiter(text, path)
    records = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        findings.add(line, f"no row of a table: {error}", cause="a row with broken quotes")
    return records


def decode_table(path: Path, options: ReadOptions, findings: Findings) -> str:
    """The text of a file; that of a western spreadsheet may be cp1252, which is said."""
    try:
        data = read_bytes(path)
    except OSError as error:
        findings.add(0, f"cannot be opened: {error.strerror or error}")
        return ""
    try:
        return data.decode(options.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        western = "" if utf16 else data.decode("cp1252", errors="replace")
        fits = bool(_WESTERN.fullmatch(western)) and not _RUN.search(western)
        if options.encoding == ReadOptions().encoding and fits:
            line = data.count(b"\n", 0, error.start) + 1
            start = re.split(r"[\s,;|\"]", western[: error.start])[-1]
            word = start + re.split(r"[\s,;|\"]", western[error.start :], maxsplit=1)[0]
            what = (
                f"byte 0x{data[error.start]:02x} is not utf-8; read as cp1252, the latin-1 of "
                f"spreadsheets: {word!r}; encoding= names another"
            )
            findings.add(line, what, "warning", cause="read as cp1252")
            return western
        read_lines(path, options.encoding, findings)  # names every line
        return data.decode(options.encoding, errors="replace")


def find_delimiter(text: str, path: Path) -> str:
    """What gives most rows of one width; a comma where nothing does."""
    sample = text[: 1 << 18]
    best, most = "\t" if unpacked_name(path).suffix == ".tsv" else ",", 0
    for delimiter in DELIMITERS:
        try:
            cells = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            rows = [row for row in cells if any(row)]
        except csv.Error:
            continue
        widths = Counter(map(len, rows))
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if width > 1 and count > most:
            best, most = delimiter, count
    return best


def has_header(line: str) -> bool:
    """Whether a line names columns of words and tags, as the first one of a table does.

    >>> has_header("sentence,token,tag"), has_header("In London, of all places,")
    (True, False)
    """
    try:
        cells = next(csv.reader([line], delimiter=max(",;", key=line.count)), [])
    except csv.Error:
        return False  # a carriage return in the middle, or a cell without end
    names = {cell.strip().casefold() for cell in cells}
    return len(cells) > 1 and _names_both(names)


def _names_both(names: Collection[str]) -> bool:
    """Whether words and tags each have a column of a usual name."""
    return not TAG_NAMES.isdisjoint(names) and not (TOKEN_NAMES | _SENTENCE_NAMES).isdisjoint(names)


def _find_places(
    content: Sequence[Record], options: ReadOptions, findings: Findings
) -> tuple[_Places | None, bool]:
    line, first = content[0]
    names = [cell.strip().casefold() for cell in first]
    width = Counter(len(row) for _, row in content).most_common(1)[0][0]
    known = TOKEN_NAMES | TAG_NAMES | OTHER_NAMES | _SENTENCE_NAMES
    named = [
        given for given in (options.token_column, options.tag_column) if isinstance(given, str)
    ]
    header = options.header
    if header is None:
        header = (
            bool(named)
            or _names_both(names)
            or (bool(set(names)) and all(name in known for name in names))
        )
    if not header:
        at = options.places(width)
        if at is None:
            findings.add(
                line, f"{width} columns are too few for token and tag", cause="missing column"
            )
            return None, False
        return _Places(width, *at), False
    sentence = _only(names, _SENTENCE_NAMES - {"sentence"}) if "sentence" in names else None
    sentence = _only(names, _SENTENCE_NAMES) if sentence is None else sentence
    token = _choose(names, options.token_column, TOKEN_NAMES)
    if token is None and "sentence" in names and options.token_column is None:
        token = names.index("sentence")
        sentence = _only(names, _SENTENCE_NAMES - {"sentence"})
    tag = _choose(names, options.tag_column, TAG_NAMES)
    if token is None or tag is None:
        lack, option = ("words", "token_column") if token is None else ("tags", "tag_column")
        findings.add(
            line,
            f"which column holds the {lack}? The header has {', '.join(map(repr, first))}; name it "
            f"with {option}=",
            cause="a header that does not tell",
        )
        return None, True
    findings.add(line, f"header read: {first}", "warning", cause="a header was skipped")
    return _Places(len(names), token, tag, sentence, _only(names, _DOCUMENT_NAMES)), True


def _choose(names: Sequence[str], given: int | str | None, usual: frozenset[str]) -> int | None:
    if isinstance(given, int):
        place = given if given >= 0 else len(names) + given
        return place if 0 <= place < len(names) else None
    if given is not None:
        return names.index(given.casefold()) if given.casefold() in names else None
    return _only(names, usual)


def _only(names: Sequence[str], wanted: frozenset[str]) -> int | None:
    found = [at for at, name in enumerate(names) if name in wanted]
    return found[0] if len(found) == 1 else None


def _is_sentence_a_row(records: Sequence[Record], places: _Places) -> bool:
    rows = [row for _, row in records if len(row) == places.width][:1000]
    tags = [row[places.tag].strip() for row in rows if row[places.tag].strip()]
    lists = [tag for tag in tags if tag.startswith("[") or len(tag.split()) > 1]
    return (
        bool(tags)
        and bool(lists)
        and all(
            tag.startswith("[") or all(find_fault(t) is None for t in tag.split()) for tag in tags
        )
    )


def _read_sentences(
    records: Sequence[Record], places: _Places, findings: Findings
) -> tuple[list[Sentence], list[list[int]]]:
    sentences: list[Sentence] = []
    lines: list[list[int]] = []
    for line, row in records:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != places.width:
            _note_width(line, row, places, findings)
            continue
        tokens, tags = (split_cell(row[at]) for at in (places.token, places.tag))
        if broken := [token for token in tokens if not token.isascii() and HALF.search(token)]:
            what = f"word {broken[0]!r:.80} holds half a character of UTF-16"
            findings.add(line, what, cause="a word that is no text")
            continue
        if len(tokens) != len(tags):
            what = f"{len(tokens)} words but {len(tags)} tags; every word needs one tag"
            findings.add(line, what, cause="words and tags of different number")
            continue
        if tokens:
            sentences.append((tokens, tags))
            lines.append([line] * len(tokens))
    return sentences, lines


def split_cell(cell: str) -> list[str]:
    """The words of a cell: a list as Python or JSON writes it, or parted by spaces."""
    if cell.strip().startswith("["):
        try:
            read = ast.literal_eval(cell.strip())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return cell.split()
        if isinstance(read, list) and all(isinstance(one, str) for one in read):
            return read
    return cell.split()


def _read_words(
    records: Sequence[Record], places: _Places, options: ReadOptions, findings: Findings
) -> tuple[list[Sentence], list[list[int]], list[str]]:
    """Sentences, the line of each word, and the document of each sentence, if there are any."""
    sentences: list[Sentence] = []
    lines: list[list[int]] = []
    documents: list[str] = []
    last: str | None = None
    fresh = True
    for line, row in records:
        if not any(cell.strip() for cell in row):
            fresh = True
            continue
        if len(row) != places.width:
            _note_width(line, row, places, findings)
            continue
        if places.sentence is not None and (called := row[places.sentence].strip()):
            fresh = fresh or called != last
            last = called
        token, tag = row[places.token], row[places.tag].strip()
        if not token.strip() and not token:
            if options.empty_tokens == "error":
                what = f"empty token in {row}; empty_tokens='keep' or 'drop' goes on"
                findings.add(line, what, cause="empty token")
                continue
            if options.empty_tokens == "drop":
                continue
        if fresh:
            sentences.append(([], []))
            lines.append([])
            if places.document is not None:
                documents.append(row[places.document].strip() or (documents[-1:] or [""])[0])
            fresh = False
        if not tag:
            findings.add(line, f"the tag of {token!r} is empty", cause="a tag that cannot be read")
        sentences[-1][0].append(token)
        sentences[-1][1].append(tag or UNREADABLE)
        lines[-1].append(line)
    return sentences, lines, documents


def _note_width(line: int, row: Sequence[str], places: _Places, findings: Findings) -> None:
    lack = "missing column" if len(row) < places.width else "too many columns"
    what = f"{lack}: {len(row)} in {list(row)[:8]}; {places.width} columns are accepted"
    findings.add(line, what, cause=lack)
