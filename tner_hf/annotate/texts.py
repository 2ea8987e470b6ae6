"""What is annotated: the sentences of a file in any format that is read, tagged already or not."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tner_hf.config import WordSplitter
from tner_hf.data.convert import read_sentences
from tner_hf.data.label_files import label_file_near, read_label2id
from tner_hf.data.loading import load_dataset
from tner_hf.data.own_files import list_paths, log_warnings
from tner_hf.demo.uploads import FORMATS, Row, read_upload
from tner_hf.errors import DataError
from tner_hf.files import system_errors
from tner_hf.formats.brat import is_brat
from tner_hf.formats.containers import is_readable, read_bytes, unpacked_name
from tner_hf.formats.csv_texts import find_text_column, read_first_line
from tner_hf.formats.iob import IobFile, unreadable
from tner_hf.formats.json_rows import HALF, read_json_values
from tner_hf.formats.options import TAG_COLUMNS, ReadOptions
from tner_hf.formats.retagging.columns import TaggedLines
from tner_hf.formats.retagging.original import Original, open_original
from tner_hf.formats.retagging.rows import TaggedRows
from tner_hf.formats.table import (
    JSON_SUFFIXES,
    PROSE,
    ROW_FORMATS,
    find_format,
    is_prose,
    scan_file,
)
from tner_hf.formats.writing import Sentence
from tner_hf.labels import OUTSIDE
from tner_hf.words import word_spans

#: Keys under which a row of JSON has tags or spans.
_TAGGED = frozenset({
    *TAG_COLUMNS, "label", "labels", "entities", "ents", "spans", "annotations", "completions",
    "answer",
})  # fmt: skip

#: Suffixes of a file with one word a line, where it has no tags.
_WORDS = frozenset(suffix for suffix, form in FORMATS.items() if form == "conll")


@dataclass(frozen=True)
class Texts:
    """A file to annotate.

    Attributes:
        path: as it was given.
        files: that it is made of.
        sentences: all of them, those without tokens included.
        form: the format that it is in, `text` where it has no tags.
        original: what it was read from, where tags can be replaced in place.
        reading: options of `ReadOptions` that it was read with.
        stamps: size and time of each file when it was read.
    """

    path: Path
    files: tuple[Path, ...]
    sentences: list[Sentence]
    form: str
    original: Original | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    stamps: Mapping[Path, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def is_tagged(self) -> bool:
        """Whether it has entities of its own: then nobody's work on it may get lost."""
        return any(tag != OUTSIDE for one in self.sentences for tag in one.tags)

    @cached_property
    def fingerprint(self) -> str:
        """Tells whether a journal is about these sentences, read in this way."""
        digest = hashlib.sha256()
        for one in self.sentences:
            told = [one.tokens, one.tags, one.id, one.document, one.text, one.offsets]
            digest.update(json.dumps(told).encode() + b"\n")
        if self.original is not None:
            written = self.original.write({})
            for data in written.values() if isinstance(written, Mapping) else [written]:
                digest.update(data)
        return digest.hexdigest()[:32]

    def check_unchanged(self) -> None:
        """Make sure that the files are still those that were read.

        Raises:
            DataError: one has changed since.
        """
        for path, stamp in self.stamps.items():
            if _stamp(path) != stamp:
                raise DataError(
                    f"{path} has changed since it was read; put it back as it was to go on, or "
                    "start anew with another output"
                )

    def read_back(self, path: Path) -> list[Sentence]:
        """The sentences of a file that was written in the form of this one.

        Raises:
            DataError: it cannot be read.
        """
        given = {**self.reading, "format": self.form}
        if self.form in ROW_FORMATS:
            label2id = {"label2id": names} if (names := _find_ids(self.files[0], given)) else {}
            rows = load_dataset({"train": [path]}, split="train", **{**given, **label2id})
            return read_sentences(rows)
        read = scan_file(path, ReadOptions.of(given))
        if read.errors:
            raise unreadable(read.path, read.problems)
        return list(_list_sentences(read, 0))


def read_texts(path: Path, reading: Mapping[str, Any], splitter: WordSplitter) -> Texts:
    """The sentences of a file, of a folder of brat, or of a member of an archive.

    Args:
        path: of it.
        reading: options of `ReadOptions` that were given; `format` may be `text`, too.
        splitter: how running text becomes words.

    Raises:
        DataError: it cannot be read, or holds no sentence.
    """
    options = ReadOptions.of(reading)
    files = find_files(path)
    stamps = {file: _stamp(file) for file in _with_pairs(files) if file.is_file()}
    form, sentences, original = _read(files, reading, options, splitter)
    if not any(one.tokens for one in sentences):
        raise DataError(f"{path} holds no word; there is nothing to annotate")
    return Texts(path, files, sentences, form, original, reading, stamps)


def find_files(path: Path) -> tuple[Path, ...]:
    """The files that a path stands for.

    Raises:
        DataError: there are none.
    """
    files = tuple(list_paths(path))
    for file in files:
        if not is_readable(file):
            what = "a folder without files of brat" if file.is_dir() else "no such file or folder"
            raise DataError(f"{path}: {what}; accepted is a file, or a folder of brat's pairs")
    return files


def _read(
    files: Sequence[Path], reading: Mapping[str, Any], options: ReadOptions, splitter: WordSplitter
) -> tuple[str, list[Sentence], Original | None]:
    first = files[0]
    if (kind := _find_untagged(first, options)) and len(files) == 1:
        return PROSE, list(_read_untagged(first, kind, options, splitter)), None
    form = find_format(first, options)
    if form in ROW_FORMATS:
        rows = load_dataset({"train": list(files)}, split="train", **reading)
        sentences = read_sentences(rows)
        return form, sentences, _open_rows(files, form, sentences, options)
    sentences = []
    reads = []
    for file in files:
        read = scan_file(file, options)
        if len(files) == 1 and options.format is None and is_prose(file, read):
            return PROSE, list(_read_untagged(file, "txt", options, splitter)), None
        if read.errors:
            raise unreadable(read.path, read.problems)
        log_warnings(read.problems)
        sentences += _list_sentences(read, len(sentences))
        reads.append(read)
    if form == "columns" and is_brat(first) and not reads[0].columns:
        form = "brat"
    original = open_original(files, form, reads, options)
    return "columns" if isinstance(original, TaggedLines) else form, sentences, original


def _open_rows(
    files: Sequence[Path], form: str, sentences: Sequence[Sentence], options: ReadOptions
) -> Original | None:
    if form != "rows" or len(files) > 1:
        return None
    plain = [(list(one.tokens), list(one.tags)) for one in sentences]
    label2id = _find_ids(files[0], {"label2id": options.label2id})
    return TaggedRows.of(files[0], plain, options, label2id)


def _find_ids(path: Path, reading: Mapping[str, Any]) -> dict[str, int] | None:
    """What integer tags mean, by an option or a file beside them."""
    given = reading.get("label2id") or label_file_near([path])
    return read_label2id(given) if given else None


def _list_sentences(read: IobFile, before: int) -> Iterator[Sentence]:
    none: list[Any] = [None] * len(read.sentences)
    columns = [read.extras.get(name, none) for name in ("id", "doc_id", "text", "offsets")]
    for number, ((tokens, tags), told, *more) in enumerate(
        zip(read.sentences, *columns, strict=True)
    ):
        yield Sentence(tokens, tags, str(before + number) if told is None else told, *more)


def _find_untagged(path: Path, options: ReadOptions) -> str | None:
    """What kind of file without tags this is, by its name and content; None where it is none."""
    if options.format == PROSE:
        return "txt"
    suffix = unpacked_name(path).suffix.lower()
    if options.format is not None or is_brat(path):
        return None
    if suffix in JSON_SUFFIXES:
        return "jsonl" if _is_plain_json(path, options) else None
    if suffix != ".csv" and suffix not in _WORDS:
        return None
    first = read_first_line(path, options)
    if suffix in _WORDS:
        return "conll" if len(first.split()) == 1 else None
    return "csv" if find_text_column(first) else None


def _is_plain_json(path: Path, options: ReadOptions) -> bool:
    known = _TAGGED | {options.named_column("tag_column") or ""}
    try:
        rows = read_json_values(path, options.encoding)
    except DataError:
        return False
    return bool(rows) and all(isinstance(row, dict) and not known & set(row) for _, row in rows)


def _read_untagged(
    path: Path, kind: str, options: ReadOptions, splitter: WordSplitter
) -> Iterator[Sentence]:
    content = _decode(path, options)
    if kind == "jsonl":  # one list of objects as well
        values = read_json_values(path, options.encoding)
        content = "\n".join(json.dumps(value) for _, value in values)
    rows = read_upload(path.name, content, kind, most=sys.maxsize).rows
    for number, row in enumerate(rows):
        one = _make_sentence(number, row, splitter)
        if any(HALF.search(part) for part in (one.text or "", *one.tokens)):
            raise DataError(f"{path}:{row.line}: half a character of UTF-16 in the text")
        yield one


def _make_sentence(number: int, row: Row, splitter: WordSplitter) -> Sentence:
    told, document = row.extra.get("id", number), row.extra.get("doc_id")
    named = (str(told), None if document is None else str(document))
    if row.words is not None:
        return Sentence(row.words, [OUTSIDE] * len(row.words), *named)
    places = word_spans(row.text, splitter)
    tokens = [row.text[start:end] for start, end in places]
    return Sentence(tokens, [OUTSIDE] * len(tokens), *named, row.text, places)


def _decode(path: Path, options: ReadOptions) -> str:
    with system_errors(path, "read"):
        data = read_bytes(path)
    try:
        return data.decode(options.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: byte {error.start} is not {options.encoding}; save it as utf-8, or name its "
            "encoding (--encoding)"
        ) from error


def _with_pairs(files: Sequence[Path]) -> list[Path]:
    return [*files, *(file.with_suffix(".txt") for file in files if file.suffix == ".ann")]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        told = os.stat(path)  # noqa: PTH116 - of what a link leads to, as it was read
    except OSError:
        return -1, -1
    return told.st_size, told.st_mtime_ns
