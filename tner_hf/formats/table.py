"""The table of formats, and which of them a file is in.

An explicit `format` is held to. Otherwise a file that is plain columns is read as such, whatever
else it resembles; only what is none is looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tner_hf.errors import DataError, UnknownNameError
from tner_hf.formats.brat import is_brat, scan_brat
from tner_hf.formats.containers import open_stream, unpacked_name
from tner_hf.formats.csv_rows import has_header, scan_csv
from tner_hf.formats.iob import IobFile, scan_iob
from tner_hf.formats.iob_lines import Findings, read_lines
from tner_hf.formats.json_rows import read_json_values
from tner_hf.formats.json_spans import find_shape, read_python_rows, scan_json_spans
from tner_hf.formats.options import TAG_COLUMNS, TOKEN_COLUMNS, ReadOptions
from tner_hf.formats.piped import is_piped, scan_piped
from tner_hf.formats.pubtator import is_pubtator, scan_pubtator

JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
PARQUET_SUFFIXES = frozenset({".parquet"})
CSV_SUFFIXES = frozenset({".csv"})
BRAT_SUFFIXES = frozenset({".ann"})
IOB_SUFFIXES = frozenset({
    ".txt", ".conll", ".conllu", ".iob", ".iob1", ".iob2", ".bio", ".bioes", ".bmes", ".tsv",
})  # fmt: skip
#: Of a file in this format every line is a text, whatever it looks like.
PROSE = "text"
_PROSE_SUFFIXES = frozenset({"", ".txt", ".text", ".md"})
#: Formats whose rows hold words and tags already; datasets of them keep their columns' names.
ROW_FORMATS = frozenset({"rows", "parquet"})
#: Bytes of a file that tell whether it may be JSON or Parquet, and how these begin.
_HEAD = 1 << 12
_PARQUET = re.compile(rb"PAR1[\0-\x1f]")
_OBJECT = re.compile(r"\{\s*\"|\[\s*[\[{]")


@dataclass(frozen=True)
class Format:
    """A format that files may be in: how it looks, and a public source for an example."""

    name: str
    title: str
    looks: str
    example: str
    suffixes: tuple[str, ...]


FORMATS = (
    Format("columns", "a token a line, columns by TAB or spaces, a blank line after each sentence",
           "Ada NNP B-PER", "CoNLL-2003, WNUT 2017, GermEval 2014, Universal NER",
           tuple(sorted(IOB_SUFFIXES))),
    Format("piped", "a sentence a line, word|…|tag", "Ada|NNP|I-PER sang|VBD|O",
           "WikiNER, the C&C tools", (".txt",)),
    Format("csv", "a table of a spreadsheet: a word, or a sentence, a row", 'Sentence: 1,",",",",O',
           "the GMB corpus on Kaggle (ner_dataset.csv)", (".csv",)),
    Format("rows", "JSON with words and tags", '{"tokens": ["Ada"], "ner_tags": ["B-PER"]}',
           "T-NER's datasets on the Hub", tuple(sorted(JSON_SUFFIXES))),
    Format("parquet", "Parquet with words and tags", "tokens, ner_tags",
           "most NER datasets on the Hub", (".parquet",)),
    Format("spans", "JSON with a text and its entities",
           '{"text": "Ada", "entities": [{"start": 0, "end": 3, "label": "PER"}]}',
           "Stockmark's Wikipedia corpus (ja), spaCy's Doc.to_json", (".jsonl", ".json")),
    Format("doccano", "doccano's JSON lines, both shapes",
           '{"text": "Ada", "label": [[0, 3, "PER"]]}', "doccano", (".jsonl",)),
    Format("labelstudio", "Label Studio's JSON and JSON-MIN",
           '[{"data": {"text": …}, "annotations": [{"result": […]}]}]', "Label Studio", (".json",)),
    Format("prodigy", "Prodigy's JSON lines", '{"text": …, "tokens": […], "spans": […]}', "Prodigy",
           (".jsonl",)),
    Format("spacy", "spaCy's training tuples, in JSON or Python",
           '[["Ada", {"entities": [[0, 3, "PER"]]}]]', "spaCy 2's TRAIN_DATA",
           (".json", ".py", ".txt")),
    Format("brat", "brat's standoff, a pair of .txt and .ann", "T1\\tPER 0 3\\tAda",
           "BioNLP shared tasks, i2b2-like corpora", (".ann",)),
    Format("pubtator", "PubTator: title, abstract, mentions", "123|t|Aspirin works.",
           "BC5CDR, NCBI disease", (".txt",)),
)  # fmt: skip

_NAMES = tuple(entry.name for entry in FORMATS)
_SPANS = ("spans", "doccano", "labelstudio", "prodigy", "spacy")

_SCANNERS: dict[str, Callable[[Path, ReadOptions], IobFile]] = {
    "columns": scan_iob,
    "piped": scan_piped,
    "csv": scan_csv,
    "brat": scan_brat,
    "pubtator": scan_pubtator,
}


def find_format(path: Path, options: ReadOptions) -> str:
    """The format that was asked for, or that a file's name and first content tell.

    What is neither JSON nor Parquet by name or content is `columns` here; `scan_file` looks closer.

    Raises:
        UnknownNameError: there is no such format.
        DataError: it is JSON of no known shape.
    """
    if options.format is not None:
        if options.format not in _NAMES:
            raise UnknownNameError("format", options.format, _NAMES)
        return options.format
    suffix = unpacked_name(path).suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        return "parquet"
    if suffix in BRAT_SUFFIXES and is_brat(path):
        return "brat"
    if suffix in JSON_SUFFIXES:
        # Rows of words and tags, as they always were, unless the first is a text with spans.
        return _tell_json(path, options) or "rows"
    if suffix in CSV_SUFFIXES:
        return "csv"
    return _look_inside(path, options) or "columns"


def scan_file(path: Path, options: ReadOptions) -> IobFile:
    """All that can be read of a file in any format but those of rows, and what is wrong with it."""
    name = find_format(path, options)
    if name in _SPANS:
        return scan_json_spans(path, options, name)
    if name in ROW_FORMATS:  # rows by content, which callers read as such: as lines they are none
        return scan_iob(path, options)
    if options.format is not None or name not in {"columns", "csv"}:
        return _SCANNERS[name](path, options)
    plain = scan_iob(path, options)
    if name == "csv":
        quoted = any('"' in token for tokens, _ in plain.sentences for token in tokens)
        return (
            plain if not (plain.errors or quoted) and plain.sentences else scan_csv(path, options)
        )
    return plain if not plain.errors else _scan_other(path, options) or plain


def is_prose(path: Path, scanned: IobFile) -> bool:
    """Whether a file is text rather than data: at most half of its words have a tag."""
    tags = [tag for _, sentence in scanned.sentences for tag in sentence]
    return is_prose_name(path) and 2 * sum(map(bool, tags)) <= len(tags)


def is_prose_name(path: Path) -> bool:
    """Whether a file of this name, packed or not, may be prose."""
    return unpacked_name(path).suffix.lower() in _PROSE_SUFFIXES


def _scan_other(path: Path, options: ReadOptions) -> IobFile | None:
    """A file without the suffix of its format, if it is one; what is no columns gets here."""
    if is_brat(path):
        return scan_brat(path, options)
    lines = read_lines(path, options.encoding, Findings(""))
    if is_pubtator(lines):
        return scan_pubtator(path, options)
    if is_piped(lines):
        return scan_piped(path, options)
    first = next((line.strip() for line in lines if line.strip()), "")
    if has_header(first):
        return scan_csv(path, options)
    if first[:1] in {"{", "["} or "=" in first:
        with suppress(DataError):
            return _scan_marked(path, options)
    return None


def _scan_marked(path: Path, options: ReadOptions) -> IobFile | None:
    try:
        rows = read_json_values(path, options.encoding)
    except DataError:
        rows = read_python_rows(path, options.encoding)
    shape = find_shape(rows[0][1]) if rows else None
    return scan_json_spans(path, options, shape) if shape else None


def _look_inside(path: Path, options: ReadOptions) -> str | None:
    """The format of JSON or Parquet whose file is not called so; None for anything else."""
    try:
        with open_stream(path) as file:
            head = file.read(_HEAD)
    except (OSError, DataError):
        return None  # whoever reads it says what is wrong
    if _PARQUET.match(head):
        return "parquet"
    try:
        start = head.decode(options.encoding, "ignore").lstrip("\ufeff \t\r\n")
    except (LookupError, ValueError):
        return None
    return _tell_json(path, options) if _OBJECT.match(start) else None


def _tell_json(path: Path, options: ReadOptions) -> str | None:
    """The format that the first value of a file of JSON tells; whoever reads it says its faults."""
    try:
        rows = read_json_values(path, options.encoding)
    except DataError:
        return None
    first = rows[0][1] if rows else None
    if isinstance(first, dict):
        lists = {
            key for key, value in first.items()
            if isinstance(value, list) and all(isinstance(each, str | int) for each in value)
        }  # fmt: skip
        words = lists & {options.token_column, *TOKEN_COLUMNS}
        if words and lists & {options.tag_column, *TAG_COLUMNS}:
            return "rows"
    return find_shape(first)
