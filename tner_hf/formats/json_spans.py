"""Texts with spans in JSON: one shape a function, and one that tells which it is.

plain         {"text": …, "entities": [{"start": 0, "end": 3, "label": "PER"}]}; "span": [0, 3]
              does for start and end (Stockmark's corpus), "ents" for entities (spaCy's Doc.to_json)
doccano       {"text": …, "label": [[0, 3, "PER"]]}, or "entities" with start_offset, end_offset
labelstudio   {"data": {"text": …}, "annotations": [{"result": [{"value": {…}}]}]}, or its JSON-MIN
prodigy       {"text": …, "tokens": [{…}], "spans": [{"start", "end", "label"}], "answer": …}
spacy         ["text", {"entities": [[0, 3, "PER"]]}], also as Python's tuples
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError
from tner_hf.formats.alignment import Span, SpanText
from tner_hf.formats.iob import IobFile
from tner_hf.formats.iob_lines import Findings
from tner_hf.formats.json_rows import decode_json, read_json_values
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.span_files import align_file

Rows = list[tuple[int, Any]]
STARTS = ("start", "start_offset", "begin")
ENDS = ("end", "end_offset", "stop")
LABELS = ("label", "type", "entity", "entity_type", "entity_group", "tag", "labels")
SURFACES = ("text", "word", "mention", "surface", "name")
_LISTS = ("entities", "ents")
_DOCUMENTS = ("doc_id", "document_id")


class _BadRowError(Exception):
    """A row that is not what its format has; turned into a problem with its line."""


def find_shape(value: Any) -> str | None:
    """The format that a row of JSON is in, None where it is none of spans."""
    if isinstance(value, list | tuple):
        pair = len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], Mapping)
        return "spacy" if pair and "entities" in value[1] else None
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("data"), Mapping) and (
        "annotations" in value or "completions" in value
    ):
        return "labelstudio"
    if not isinstance(value.get("text"), str):
        return None
    marked = value.get("label", value.get("labels"))
    if isinstance(marked, list):
        minimal = bool(marked) and isinstance(marked[0], Mapping) and "labels" in marked[0]
        return "labelstudio" if minimal else "doccano"
    entities = _first(value, _LISTS)
    if isinstance(entities, list):
        offset = (
            bool(entities) and isinstance(entities[0], Mapping) and "start_offset" in entities[0]
        )
        return "doccano" if offset else "spans"
    if isinstance(value.get("spans"), list) or "answer" in value:
        return "prodigy"
    return None


def read_text(shape: str, value: Any, line: int) -> SpanText | None:
    """The text and the spans of one row; None where nobody has accepted its annotation.

    Raises:
        DataError: it is no row of that shape.
    """
    try:
        return _READERS[shape](value, line)
    except _BadRowError as error:
        raise DataError(f"row {line}: {error}") from error


def scan_json_spans(path: Path, options: ReadOptions, shape: str) -> IobFile:
    """A file of texts with spans in one of the shapes."""
    findings = Findings(os.fspath(path))
    return align_file(_read_texts(path, options, shape, findings), options, findings)


def read_python_rows(path: Path, encoding: str) -> Rows:
    """Rows of a list of Python's tuples, alone or assigned to a name; nothing is executed.

    Raises:
        DataError: that is not what the file holds.
    """
    text = decode_json(path, encoding)
    try:
        tree = ast.parse(text)
        values = [node.value for node in tree.body if isinstance(node, ast.Expr | ast.Assign)]
        lists = [v for v in values if isinstance(v, ast.List | ast.Tuple)]
        if len(lists) != 1:
            raise DataError(
                f"{path}: no list of tuples of spaCy; accepted is one [(text, {{…}}), …]"
            )
        rows = lists[0].elts if isinstance(lists[0], ast.List) else [lists[0]]
        return [(row.lineno, ast.literal_eval(row)) for row in rows]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise DataError(f"{path}{f':{line}' if line else ''}: no list of tuples: {error}") from None


def _read_texts(
    path: Path, options: ReadOptions, shape: str, findings: Findings
) -> Iterator[SpanText]:
    read = _READERS[shape]
    try:
        rows = read_json_values(path, options.encoding)
    except DataError:
        if shape != "spacy":
            raise
        rows = read_python_rows(path, options.encoding)
    skipped = 0
    for line, value in rows:
        try:
            text = read(value, line)
            if text is None:
                skipped += 1
                continue
            text.text.encode()
        except _BadRowError as error:
            findings.add(line, f"{error}", cause="a row that cannot be read")
        except UnicodeEncodeError as error:
            what = f"half a character of UTF-16 in the text: {error.object[error.start]!r}"
            findings.add(line, what, cause="half a character")
        else:
            yield text
    if skipped:
        what = f"{skipped} texts are left out: nobody accepted an annotation of them"
        findings.add(0, what, "warning", cause="texts left out")


def _read_simple(value: Any, line: int, column: str | None = None) -> SpanText:
    row = _as_row(value)
    marked = row.get(column) if column else row.get("label", row.get("labels", row.get("entities")))
    if not isinstance(row.get("text"), str) or not isinstance(marked, list):
        raise _BadRowError(f"no text with a list of spans; the row has {', '.join(map(repr, row))}")
    spans = tuple(span for one in marked for span in _read_span(one, line))
    words = _read_words(row.get("tokens"))
    return SpanText(row["text"], spans, line, words, _id_of(row), _document_of(row))


def _read_plain(value: Any, line: int) -> SpanText:
    name = next((n for n in _LISTS if n in _as_row(value)), "entities")
    return _read_simple(value, line, name)


def _read_prodigy(value: Any, line: int) -> SpanText | None:
    row = _as_row(value)
    if row.get("answer", "accept") != "accept":
        return None
    return _read_simple({"spans": [], **row}, line, "spans")


def _read_spacy(value: Any, line: int) -> SpanText:
    if find_shape(value) != "spacy":
        raise _BadRowError(f"{str(value)[:60]!r} is no pair of a text and its entities")
    return _read_simple({"text": value[0], "entities": value[1]["entities"]}, line, "entities")


def _read_labelstudio(value: Any, line: int) -> SpanText | None:
    row = _as_row(value)
    if isinstance(row.get("text"), str):
        return _read_simple({"label": [], **row}, line, "label")
    data = _as_row(row.get("data"))
    texts = [d for d in data.values() if isinstance(d, str)]
    text = (
        data["text"] if isinstance(data.get("text"), str) else texts[0] if len(texts) == 1 else None
    )
    if text is None:
        raise _BadRowError(
            f"which of {', '.join(map(repr, data))} is the text? One called 'text' is accepted"
        )
    given = row.get("annotations", row.get("completions")) or []
    found = [_read_result(given[at].get("result") or [], line) for at in list_done(given)]
    if not found:
        return None
    if any(set(spans) != set(found[0]) for spans in found):
        raise _BadRowError(
            f"{len(found)} annotations of one text contradict each other; accepted is one, or one "
            f"that is marked as ground truth"
        )
    return SpanText(text, found[0], line, id=_id_of(row), document=_document_of(row))


def list_done(annotations: Sequence[Any]) -> list[int]:
    """Which annotations of a task of Label Studio count, by their places."""
    given = enumerate(annotations)
    done = [(at, a) for at, a in given if isinstance(a, Mapping) and not a.get("was_cancelled")]
    return [at for at, a in done if a.get("ground_truth")] or [at for at, _ in done]


def read_element(value: Any, *, full: bool) -> list[Span]:
    """The spans that an element of a row's list stands for; `full`: of results of Label Studio."""
    return list(_read_result([value], 0)) if full else _read_span(value, 0)


def _read_result(result: Sequence[Any], line: int) -> tuple[Span, ...]:
    marked = [_as_row(one) for one in result]
    values = [
        one["value"]
        for one in marked
        if one.get("type", "labels") in {"labels", "hypertextlabels"} and "value" in one
    ]
    return tuple(span for value in values for span in _read_span(value, line))


def _read_span(value: Any, line: int) -> list[Span]:
    """The span that an object or a triple stands for; several where it has several types."""
    if isinstance(value, list | tuple) and len(value) == 3:
        start, end, label = value
        surface = None
    elif isinstance(value, Mapping):
        start, end, label = (_first(value, names) for names in (STARTS, ENDS, LABELS))
        if isinstance(value.get("span"), list) and len(value["span"]) == 2:
            start, end = value["span"]
        surface = _first(value, SURFACES)
    else:
        raise _BadRowError(f"{str(value)[:60]!r} is no span: start, end and type are accepted")
    labels = label if isinstance(label, list) else [label]
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (start, end))
    if not whole or not labels or not all(isinstance(one, str) for one in labels):
        raise _BadRowError(f"{str(value)[:60]!r} is no span: start, end and type are accepted")
    surface = surface if isinstance(surface, str) else None
    return [Span(one.strip(), ((start, end),), surface, line) for one in labels]


def _read_words(tokens: Any) -> tuple[tuple[int, int], ...] | None:
    if (
        not isinstance(tokens, list)
        or not tokens
        or not all(isinstance(t, Mapping) for t in tokens)
    ):
        return None
    words = tuple((t.get("start"), t.get("end")) for t in tokens)
    if not all(isinstance(a, int) and isinstance(b, int) and a <= b for a, b in words):
        raise _BadRowError("a token without whole numbers as start and end")
    return tuple((a, b) for a, b in words if isinstance(a, int) and isinstance(b, int) and a < b)


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((row[name] for name in names if name in row), None)


def _as_row(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _BadRowError(f"{str(value)[:60]!r} is no object")
    return value


def _id_of(row: Mapping[str, Any]) -> str | None:
    return None if row.get("id") is None else str(row["id"])


def _document_of(row: Mapping[str, Any]) -> str | None:
    meta = row.get("meta") if isinstance(row.get("meta"), Mapping) else {}
    found = _first({**(meta or {}), **row}, _DOCUMENTS)
    return None if found is None else str(found)


_READERS: Mapping[str, Callable[[Any, int], SpanText | None]] = {
    "spans": _read_plain,
    "doccano": _read_simple,
    "labelstudio": _read_labelstudio,
    "prodigy": _read_prodigy,
    "spacy": _read_spacy,
}
