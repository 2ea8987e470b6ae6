"""Rows of words and tags in JSON files, each fault with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tner_hf.errors import DataError, Problem
from tner_hf.files import parse_json
from tner_hf.formats.containers import read_bytes
from tner_hf.formats.options import TAG_COLUMNS, TOKEN_COLUMNS, ReadOptions

if TYPE_CHECKING:
    from datasets import Dataset


#: Half of a character beyond U+FFFF, as UTF-16 has it: no text, and nothing can write it.
HALF = re.compile("[\ud800-\udfff]")
#: What is wrong with a number that 64 bits with a sign cannot hold.
TOO_LARGE = "tag {:.40} is too large for an id"

_SPACE = re.compile(r"\s*")
_scan = json.JSONDecoder().raw_decode

#: Text, and what opens and closes lists and objects.
_PARTS = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[][{}]')

#: Columns that are carried along, and what their values must be.
_CARRIED: Mapping[str, Callable[[Any], bool]] = {
    "doc_id": lambda value: isinstance(value, str) and not HALF.search(value),
    "text": lambda value: isinstance(value, str) and not HALF.search(value),
    "offsets": lambda value: (
        isinstance(value, list)
        and all(isinstance(pair, list) and len(pair) == 2 for pair in value)
        and all(type(end) is int and 0 <= end < 2**31 for pair in value for end in pair)
    ),
}


def read_json(paths: Sequence[Path], options: ReadOptions) -> Dataset:
    """The rows of JSON files: columns id, tokens and ner_tags, tags as text or as ids."""
    from datasets import Dataset, Features, List, Value

    token_names = _candidates(options.named_column("token_column"), TOKEN_COLUMNS)
    tag_names = _candidates(options.named_column("tag_column"), TAG_COLUMNS)
    tokens: list[list[str]] = []
    tags: list[list[Any]] = []
    ids: list[str] = []
    more: dict[str, list[Any]] = {name: [] for name in _CARRIED}
    kinds: set[type] = set()
    for path in paths:
        for line, row in read_json_values(path, options.encoding):
            if not isinstance(row, dict):
                what = f"{str(row)[:40]!r} is no object with words and tags"
                raise DataError(f"{path}:{line}: {what}")
            words = _cell(row, token_names, path, line, "words", "token_column")
            labels = _cell(row, tag_names, path, line, "tags", "tag_column")
            _check_json_row(words, labels, kinds, path, line)
            tokens.append(words)
            tags.append(labels)
            ids.append(_read_id(row, len(ids), path, line))
            for name, values in more.items():
                values.append(row.get(name))
    tag = Value("int64") if int in kinds else Value("string")
    features = {
        "id": Value("string"),
        TOKEN_COLUMNS[0]: List(Value("string")),
        TAG_COLUMNS[0]: List(tag),
    }
    columns = dict(zip(features, (ids, tokens, tags), strict=True))
    carried = {name for name in _CARRIED if any(_CARRIED[name](v) for v in more[name])}
    carried -= set() if {"text", "offsets"} <= carried else {"text", "offsets"}
    for name in sorted(carried):
        columns[name] = [value if _CARRIED[name](value) else None for value in more[name]]
        features[name] = List(List(Value("int32"))) if name == "offsets" else Value("string")
    return Dataset.from_dict(columns, Features(features))


def _read_id(row: dict[str, Any], number: int, path: Path, line: int) -> str:
    told = str(row.get("id", number))
    if HALF.search(told):
        raise bad_row(path, line, f"the id {told!r:.80} holds half a character of UTF-16")
    return told


def bad_row(path: Path, row: int, what: str) -> DataError:
    """The error of a row that cannot be read."""
    return DataError("a row cannot be read", [Problem(str(path), row, what)])


def _candidates(given: str | None, usual: Sequence[str]) -> Sequence[str]:
    return (given,) if given else usual


def decode_json(path: Path, encoding: str) -> str:
    """The text of a file.

    Raises:
        DataError: it cannot be had.
    """
    try:
        return read_bytes(path).decode(encoding.replace("utf-8", "utf-8-sig"))
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: byte {error.start} is not {encoding}") from error


def read_json_values(path: Path, encoding: str) -> list[tuple[int, Any]]:
    """Line and value of each row: one list, or one value after another, a line each or printed.

    Raises:
        DataError: the file is not JSON.
    """
    text = decode_json(path, encoding)
    if text.lstrip().startswith("["):
        values = _read_list(path, text)
        if values is not None:
            return values
    return _read_json_lines(path, text)


def _read_list(path: Path, text: str) -> list[tuple[int, Any]] | None:
    """The elements of a file that is one list; None where several stand in it, a line each."""
    try:
        rows = parse_json(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None
        raise DataError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    if len(rows) == 2 and isinstance(rows[0], str) and isinstance(rows[1], dict):
        return [(1, rows)]  # one text and its entities, as spaCy has them
    return list(enumerate(rows, start=1))


def _read_json_lines(path: Path, text: str) -> list[tuple[int, Any]]:
    numbered: list[tuple[int, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            numbered += [(number, parse_json(line))] if line.strip() else []
        except json.JSONDecodeError as error:
            if not numbered and (printed := _read_printed(text)):
                return printed
            raise DataError(
                f"{path}:{number}: not JSON: {error.msg}. Accepted: one object a line, or one "
                f"list of objects"
            ) from None
    return numbered


def find_deep_line(path: Path, most: int) -> int:
    """The line on which a file of JSON is nested deeper than `most`; 0 where it is nowhere."""
    data = read_bytes(path)
    depth = 0
    for line in data.split(b"\n"):  # quick, and right unless text holds brackets
        opened = line.count(b"[") + line.count(b"{")
        if depth + opened > most:
            break
        depth = max(0, depth + opened - line.count(b"]") - line.count(b"}"))
    else:
        return 0
    depth = 0
    for found in _PARTS.finditer(data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found[0], 0)
        if depth > most:
            return data.count(b"\n", 0, found.start()) + 1
    return 0


def scan_values(text: str, at: int = 0) -> Iterator[tuple[int, Any, tuple[int, int]]]:
    """Line, value and place of each value in a text, one after another however many lines each has.

    Raises:
        ValueError, RecursionError: what is next is no JSON.
    """
    line = 1
    while at < len(text):
        start = cast("re.Match[str]", _SPACE.match(text, at)).end()
        line += text.count("\n", at, start)
        if start == len(text):
            return
        value, at = _scan(text, start)
        yield line, value, (start, at)
        line += text.count("\n", start, at)


def _read_printed(text: str) -> list[tuple[int, Any]]:
    """Objects that run over several lines; none where one is no JSON."""
    try:
        return [(line, value) for line, value, _ in scan_values(text)]
    except (ValueError, RecursionError):
        return []


def _cell(
    row: dict[str, Any], names: Sequence[str], path: Path, line: int, what: str, option: str
) -> list[Any]:
    for name in names:
        if isinstance(row.get(name), list):
            return cast("list[Any]", row[name])
    raise DataError(
        f"{path}:{line}: no list of {what} called {' or '.join(map(repr, names))}; "
        f"the object has {', '.join(map(repr, row)) or 'nothing'}. Name it with {option}=…"
    )


def _check_json_row(
    words: list[Any], tags: list[Any], kinds: set[type], path: Path, line: int
) -> None:
    fail = partial(bad_row, path, line)
    if wrong := [w for w in words if not isinstance(w, str)]:
        raise fail(f"word {wrong[0]!r:.80} is no text")
    for what, cells in (("word", words), ("tag", [tag for tag in tags if isinstance(tag, str)])):
        if broken := [cell for cell in cells if not cell.isascii() and HALF.search(cell)]:
            raise fail(f"{what} {broken[0]!r:.80} holds half a character of UTF-16")
    if large := [tag for tag in tags if type(tag) is int and not -(2**63) <= tag < 2**63]:
        raise fail(TOO_LARGE.format(str(large[0])))
    if len(words) != len(tags):
        raise fail(f"{len(words)} words but {len(tags)} tags; every word needs one tag")
    kinds |= {type(tag) for tag in tags}
    if kinds - {int, str}:
        odd = next((t for t in tags if type(t) not in {int, str}), None)
        raise fail(f"tag {odd!r:.80} is no text or id")
    if len(kinds) > 1:
        raise fail("tags are text in some places and ids in others; accepted is one or the other")
