"""Files of words in any format that data is read from, told apart from prose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError
from tner_hf.formats.csv_texts import TEXT, find_text_column, is_table_name, read_first_line
from tner_hf.formats.iob import IobFile, unreadable
from tner_hf.formats.iob_lines import BLANKS, Findings, find_columns, read_lines
from tner_hf.formats.json_rows import read_json_values
from tner_hf.formats.options import TOKEN_COLUMNS, ReadOptions
from tner_hf.formats.table import PROSE, ROW_FORMATS, find_format, is_prose, scan_file
from tner_hf.labels import OUTSIDE


@dataclass(frozen=True)
class WordsFile:
    """The sentences of a file, to be tagged.

    Attributes:
        sentences: the words of each.
        rows: what else the file says of each, which goes along.
        lines: the file's own lines where it is one of columns, with the lines of each sentence's
            words, from 0, and what parts the columns.
    """

    sentences: list[list[str]]
    rows: list[dict[str, Any]]
    lines: list[str] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    delimiter: str = "\t"

    def objects(self) -> Iterator[dict[str, Any]]:
        """The sentences as rows, with what else the file says of each."""
        for words, row in zip(self.sentences, self.rows, strict=True):
            yield {**row, TOKEN_COLUMNS[0]: words}

    def write(self, answers: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[str]:
        """The file with what was predicted: a further column, or JSON lines.

        Where answers are words with their likeliest labels, those come before the tag.
        """
        tags = [tag_words(len(w), a) for w, a in zip(self.sentences, answers, strict=True)]
        top = [[word["labels"] for word in a if "labels" in word] for a in answers]
        if not self.lines:
            for words, row, labels, predicted in zip(
                self.sentences, self.rows, top, tags, strict=True
            ):
                whole = {**row, "tokens": words, "predicted_tags": predicted}
                if labels:
                    whole["top_labels"] = labels
                yield json.dumps(whole, ensure_ascii=False) + "\n"
            return
        added = {
            line: tag if not labels else f"{show_labels(labels[at])}{self.delimiter}{tag}"
            for places, labels, predicted in zip(self.places, top, tags, strict=True)
            for at, (line, tag) in enumerate(zip(places, predicted, strict=True))
        }
        for number, line in enumerate(self.lines):
            tag = added.get(number)
            if tag is not None or number + 1 < len(self.lines) or line:
                yield (
                    line if tag is None else f"{line.rstrip(BLANKS)}{self.delimiter}{tag}"
                ) + "\n"


def read_words(path: Path, options: ReadOptions) -> WordsFile | None:
    """The sentences of a file of data; None where it is prose, or rows with a text each.

    A file that mostly is columns of words and tags is never taken for prose.

    Raises:
        DataError: it is data, and cannot be read.
    """
    if options.format == PROSE:
        return None
    if (form := find_format(path, options)) in ROW_FORMATS:
        return None if _holds_texts(path, form, options) else _read_rows(path, options)
    if _is_text_table(path, options):
        return None
    scanned = scan_file(path, options)
    if (options.format is None or not scanned.errors) and is_prose(path, scanned):
        return None
    if scanned.errors:
        error = unreadable(scanned.path, scanned.problems)
        if is_table_name(path):
            raise DataError(f"{error}\nTexts of a table are read from its column `text`") from error
        raise error
    return _keep_lines(path, scanned, options)


def tag_words(count: int, entities: Sequence[Mapping[str, Any]]) -> list[str]:
    """The tags in IOB2 of so many words with entities over them, or tagged one by one.

    >>> tag_words(3, [{"entity_group": "PER", "start_word": 0, "end_word": 2}])
    ['B-PER', 'I-PER', 'O']
    >>> tag_words(2, [{"entity": "B-LOC", "index": 1}])
    ['O', 'B-LOC']
    """
    tags = [OUTSIDE] * count
    for entity in entities:
        if "index" in entity:
            tags[entity["index"]] = entity["entity"]
            continue
        start, end = entity["start_word"], entity["end_word"]
        tags[start:end] = [f"I-{entity['entity_group']}"] * (end - start)
        tags[start] = f"B-{entity['entity_group']}"
    return tags


def show_labels(labels: Sequence[Mapping[str, Any]]) -> str:
    """A word's likeliest labels in one field; `-` where there are none. Scores come first, so that
    nothing takes the field for a tag.

    >>> show_labels([{"label": "B-PER", "score": 0.98}, {"label": "O", "score": 0.0123}])
    '0.9800=B-PER|0.0123=O'
    """
    return "|".join(f"{each['score']:.4f}={each['label']}" for each in labels) or "-"


def _holds_texts(path: Path, form: str, options: ReadOptions) -> bool:
    """Whether the rows of a file have a text and no words, by its columns or its first row."""
    names: Iterable[str] = ()
    if form == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        with suppress(pa.ArrowException, OSError):  # whoever reads it says what is wrong
            names = pq.read_schema(path).names
    else:
        with suppress(DataError):
            rows = read_json_values(path, options.encoding)
            names = rows[0][1] if rows and isinstance(rows[0][1], dict) else ()
    words = (options.token_column, *TOKEN_COLUMNS)
    return TEXT in names and not any(name in words for name in names)


def _is_text_table(path: Path, options: ReadOptions) -> bool:
    may_be = options.token_column is None and options.format in (None, "csv")
    return may_be and is_table_name(path) and bool(find_text_column(read_first_line(path, options)))


def _read_rows(path: Path, options: ReadOptions) -> WordsFile:
    from tner_hf.data import load_dataset

    given = {n: v for n, v in vars(options).items() if v != getattr(ReadOptions(), n)}
    try:
        loaded: Any = load_dataset({"test": path}, split="test", **given)
    except DataError as error:
        raise DataError(
            f"{error}\nA file of data needs words and tags; texts are read with --format text"
        ) from error
    names = loaded.features["ner_tags"].feature.names
    rows = [
        {"id": row["id"], "ner_tags": [names[label] for label in row["ner_tags"]]} for row in loaded
    ]
    return WordsFile([row["tokens"] for row in loaded], rows)


def _keep_lines(path: Path, scanned: IobFile, options: ReadOptions) -> WordsFile:
    sentences = [list(tokens) for tokens, _ in scanned.sentences]
    rows = [
        {"ner_tags": list(tags), **{n: column[at] for n, column in scanned.extras.items()}}
        for at, (_, tags) in enumerate(scanned.sentences)
    ]
    lines = read_lines(path, options.encoding, Findings(""))
    places = [
        list(range(first - 1, first - 1 + len(tokens)))
        for first, tokens in zip(scanned.first_lines, sentences, strict=True)
    ]
    plain = not {"text", "offsets"} & set(scanned.extras) and scanned.columns
    in_place = plain and all(
        place < len(lines) and token in lines[place]
        for tokens, at in zip(sentences, places, strict=True)
        for token, place in zip(tokens, at, strict=True)
    )
    if not in_place or path.suffix.lower() == ".csv":
        return WordsFile(sentences, rows)
    delimiter = find_columns(lines, options).delimiter
    return WordsFile(sentences, rows, lines, places, delimiter)
