"""A whole file through a model, with progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tner_hf.demo.answers import lower_words, warn_of_scripts
from tner_hf.demo.uploads import Row, Upload
from tner_hf.demo.work import Work
from tner_hf.report.kit.colours import colours_of

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.ner import NERPipeline

#: Rows between two reports.
_CHUNK = 32


def tag_upload(
    upload: Upload, ner: NERPipeline, work: Work, *, model: str, lowercase: bool = False
) -> dict[str, Any]:
    """Every text of a file with its entities, in the file's order.

    Returns:
        `rows` (`line`, `text`, `entities`, `tokens` where the file has them, else the `spans` of
        words, and in `extra` the file's other columns), the `counts` of
        each type, the colours of the `types`, the `format`, a `note` on how it was read, and
        `warnings` for a reader.
    """
    rows: list[dict[str, Any]] = []
    total = len(upload.rows)
    work.advance(0, total, "texts")
    for begin in range(0, total, _CHUNK):
        chunk = upload.rows[begin : begin + _CHUNK]
        with work.at_models():
            rows += _tag_rows(chunk, ner, lowercase=lowercase)
        work.advance(len(rows), total, "texts")
    counts = Counter(entity["entity_group"] for row in rows for entity in row["entities"])
    words = [word for row in rows for word in _list_words(row)]
    ordered = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return {
        "name": upload.name,
        "format": upload.format,
        "note": upload.note,
        "warnings": warn_of_scripts(words, model, ner, work, lowercase=lowercase),
        "rows": rows,
        "counts": ordered,
        "types": colours_of(ordered),
    }


def _list_words(row: dict[str, Any]) -> list[str]:
    text: str = row["text"]
    given: list[str] | None = row.get("tokens")
    return [text[start:end] for start, end in row["spans"]] if given is None else given


def _tag_rows(rows: Sequence[Row], ner: NERPipeline, *, lowercase: bool) -> list[dict[str, Any]]:
    from tner_hf.inference.pipelines.entities import find_entities, show_entity

    whole = [ner.read(row.text if row.words is None else list(row.words)) for row in rows]
    tagged = ner.tag([lower_words(words) if lowercase else words for words in whole])
    out = []
    for row, words, found in zip(rows, whole, find_entities(tagged), strict=True):
        entities = [show_entity(entity, words) for entity in found]
        for entity in entities:
            entity.pop("words", None)  # start_word and end_word say it
        shown: dict[str, Any] = {"line": row.line, "text": words.text, "entities": entities}
        if row.words is not None:
            shown["tokens"] = list(row.words)
        else:
            shown["spans"] = [list(span) for span in words.spans]
        if row.extra:
            shown["extra"] = dict(row.extra)
        out.append(shown)
    return out
