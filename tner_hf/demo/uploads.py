"""Files that people upload: read strictly, in memory, as data and nothing else.

    .txt                     one text a line
    .jsonl, .ndjson          one object a line, with "text", or "tokens" (a list of words)
    .csv                     a header with a column "text"; or a single column
    .conll, .iob, .bio, …    one token a line, tags ignored, a blank line after each sentence

Every fault is a `Problem` with its line; nothing is dropped or guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tner_hf.errors import DataError, Problem, SettingError
from tner_hf.formats.csv_texts import read_text_table
from tner_hf.formats.iob import IobFile, scan_iob
from tner_hf.formats.json_rows import HALF
from tner_hf.formats.options import ReadOptions

#: File endings to the format that they stand for.
FORMATS = {
    ".txt": "txt",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".csv": "csv",
    ".conll": "conll", ".iob": "conll", ".iob2": "conll", ".bio": "conll", ".tsv": "conll",
}  # fmt: skip

#: Texts or sentences of one file.
MOST_ROWS = 50_000

#: What a name keeps: its last part, without control characters.
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]*$")


@dataclass(frozen=True)
class Row:
    """One text or one tokenised sentence of a file, where it begins, and its other columns."""

    line: int
    text: str = ""
    words: tuple[str, ...] | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """What a file holds."""

    name: str
    format: str
    rows: tuple[Row, ...]
    note: str = ""


def read_upload(name: str, content: str, file_format: str = "", *, most: int = MOST_ROWS) -> Upload:
    """The texts or sentences of a file.

    Args:
        name: of the file; its ending tells the format. It is never used as a path.
        content: of the file.
        file_format: `txt`, `jsonl`, `csv` or `conll`, where the name does not tell it.
        most: texts or sentences that it may hold.

    Raises:
        SettingError: a format that is not known, or too many rows.
        DataError: content that is not of the format, with every line.

    Examples:
        >>> read_upload("a.jsonl", '{"text": "Ada left."}').rows[0].text
        'Ada left.'
    """
    shown = clean_name(name)
    suffix = Path(shown).suffix.lower()
    chosen = file_format or FORMATS.get(suffix, "")
    if chosen not in _READERS:
        raise SettingError(
            f"{shown}: files ending in {suffix or 'nothing'} are not read here; accepted: "
            f"{', '.join(FORMATS)}"
        )
    refuse_binary(shown, content)
    rows = tuple(_READERS[chosen](shown, content.removeprefix("\ufeff")))
    if not rows:
        raise DataError(f"{shown} holds no text")
    if len(rows) > most:
        raise SettingError(f"{shown} holds {len(rows):,} texts; this demo takes {most:,} at a time")
    return Upload(shown, chosen, rows, _note(chosen, rows))


def clean_name(name: str) -> str:
    """The name of a file as it may be shown.

    >>> clean_name("../../etc/passwd"), clean_name("")
    ('passwd', 'upload')
    """
    found = _NAME.search(str(name))
    return (found[0] if found else "")[:120].strip() or "upload"


def refuse_binary(name: str, content: str) -> None:
    """Refuse what is no text."""
    if "\x00" in content:
        raise DataError(f"{name} is no text file: it holds NUL bytes; save it as UTF-8 text")


def read_gold(name: str, content: str) -> IobFile:
    """The sentences and IOB2 tags of a CoNLL or IOB file, whatever its scheme.

    Raises:
        DataError: with every problem of the file by line.
    """
    shown = clean_name(name) if name else "this text"
    refuse_binary(shown, content)
    scanned = _scan(content)
    if scanned.errors:
        problems = [Problem(shown, p.line, p.message, p.severity) for p in scanned.errors]
        raise DataError(f"{shown} cannot be read as IOB:", problems)
    if not scanned.sentences:
        raise DataError(
            f"{shown} holds no sentence; accepted: a line for each token, such as `Ada B-person`, "
            "and a blank line after each sentence"
        )
    return scanned


def _scan(content: str) -> IobFile:
    """The project's reader takes files: this one exists for as long as it reads."""
    with TemporaryDirectory(prefix="tner-hf-demo-") as folder:
        path = Path(folder) / "upload"
        path.write_text(content, encoding="utf-8", errors="surrogatepass", newline="")
        return scan_iob(path, ReadOptions())


def _read_txt(name: str, content: str) -> Iterator[Row]:
    del name
    for number, line in enumerate(_lines(content), start=1):
        if line.strip():
            yield Row(number, text=line)


def _read_jsonl(name: str, content: str) -> Iterator[Row]:
    problems: list[Problem] = []
    for number, line in enumerate(_lines(content), start=1):
        if not line.strip():
            continue
        try:
            stored = json.loads(line)
            if "\\ud" in line.lower() and HALF.search(json.dumps(stored, ensure_ascii=False)):
                raise ValueError("half a character of UTF-16, which is no text")
            yield _read_object(number, stored)
        except (ValueError, RecursionError) as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            problems.append(Problem(name, number, said))
    _raise(name, problems, 'one object a line with "text", or "tokens" as a list of words')


def _read_object(number: int, stored: object) -> Row:
    if not isinstance(stored, dict):
        raise ValueError(f"{str(stored)[:40]!r} is no object")
    text = stored.get("text")
    if isinstance(text, str):
        return Row(number, text=text, extra=_without(stored, "text"))
    for column in ("tokens", "words"):
        words = stored.get(column)
        if isinstance(words, list) and words and all(isinstance(w, str) and w for w in words):
            return Row(number, words=tuple(words), extra=_without(stored, column))
    raise ValueError(f"no text and no list of words; its keys: {', '.join(map(repr, stored))[:80]}")


def _without(stored: Mapping[str, object], column: str) -> dict[str, object]:
    return {name: value for name, value in stored.items() if name != column}


def _read_csv(name: str, content: str) -> Iterator[Row]:
    table = read_text_table(name, content)
    width, at = len(table.names), table.text
    problems = [
        Problem(name, line, f"{len(row)} columns; the first line has {width}")
        for line, row in table.rows
        if len(row) != width
    ]
    _raise(name, problems, f"{width} columns in every line")
    for line, row in table.rows:
        if row[at].strip():
            others = {table.names[i]: cell for i, cell in enumerate(row) if i != at}
            yield Row(line, text=row[at], extra=others)


def _read_conll(name: str, content: str) -> Iterator[Row]:
    lines = _lines(content)
    first = next((line for line in lines if line.strip(" \t")), "")
    if len(first.split()) != 1:
        scanned = read_gold(name, content)
        begins = scanned.first_lines
        for line, (words, _) in zip(begins, scanned.sentences, strict=True):
            yield Row(line, words=tuple(words))
        return
    yield from _read_words(name, lines)


def _read_words(name: str, lines: list[str]) -> Iterator[Row]:
    """One word a line, without tags."""
    words: list[str] = []
    begin = 1
    problems: list[Problem] = []
    for number, line in enumerate([*lines, ""], start=1):
        fields = line.strip(" \t").split()
        if len(fields) > 1:
            problems.append(Problem(name, number, f"{len(fields)} columns; the first line has one"))
        elif fields:
            begin = begin if words else number
            words.append(fields[0])
        elif words:
            yield Row(begin, words=tuple(words))
            words = []
    _raise(name, problems, "the same columns in every line")


def _lines(content: str) -> list[str]:
    return content.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _raise(name: str, problems: list[Problem], accepted: str) -> None:
    if problems:
        raise DataError(f"{name} cannot be read; accepted: {accepted}", problems)


def _note(file_format: str, rows: tuple[Row, ...]) -> str:
    """What a reader may have meant otherwise."""
    tagged = re.compile(r"\S+[ \t]+(\S+[ \t]+)*([BIESLU]-\S+|O)\s*$")
    if file_format == "txt" and all(tagged.match(row.text) for row in rows):
        return (
            "Every line looks like a token with its tag, but the file was read as one text a line. "
            "For CoNLL files choose the format CoNLL."
        )
    return ""


_READERS: dict[str, Callable[[str, str], Iterator[Row]]] = {
    "txt": _read_txt,
    "jsonl": _read_jsonl,
    "csv": _read_csv,
    "conll": _read_conll,
}
