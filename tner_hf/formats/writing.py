"""Sentences with tags as files of other formats: the inverse of reading, wherever both can hold it.

Each writer gives the text of a file; what its format has no place for is told by `find_losses`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tner_hf.errors import DataError
from tner_hf.formats.csv_files import SENTENCE_COLUMNS, write_row
from tner_hf.formats.iob_lines import DOCUMENT_START
from tner_hf.labels.schemes import Scheme, entities, from_iob2
from tner_hf.words import lay_out

#: What parts the columns of IOB files, and ends their lines.
_PARTING = "\t\n\r"


@dataclass(frozen=True)
class Sentence:
    """A sentence to write, its tags in IOB2.

    Attributes:
        document: the document that it is from.
        text: the text of spans; None where tokens are all there is.
        offsets: start and end of each token in the text.
    """

    tokens: Sequence[str]
    tags: Sequence[str]
    id: str = ""
    document: str | None = None
    text: str | None = None
    offsets: Sequence[Sequence[int]] | None = None

    def as_text(self) -> tuple[str, list[tuple[int, int]]]:
        """The text and where each token is; tokens without a text are parted by spaces."""
        if self.text is not None and self.offsets is not None:
            return self.text, [(start, end) for start, end in self.offsets]
        return lay_out(self.tokens, " ")

    def spans(self) -> Iterator[tuple[int, int, str]]:
        """Start and end in the text and the type of each entity."""
        _, places = self.as_text()
        for entity_type, first, last in entities(self.tags):
            yield places[first][0], places[last - 1][1], entity_type


def write_columns(sentences: Iterable[Sentence], scheme: Scheme) -> Iterator[str]:
    """`token<TAB>tag` lines; `# newdoc id = …` where a document begins.

    Raises:
        DataError: a token that columns cannot hold.
    """
    document: str | None = None
    for sentence in sentences:
        if sentence.document is not None and sentence.document != document:
            document = sentence.document
            yield f"# newdoc id = {document}\n"
        for at, (token, tag) in enumerate(
            zip(sentence.tokens, from_iob2(sentence.tags, scheme), strict=True)
        ):
            marked = token.startswith(DOCUMENT_START) or (at == 0 and token.startswith("\ufeff"))
            if not token.strip(" ") or set(token) & set(_PARTING) or marked:
                raise DataError(
                    f"sentence {sentence.id or '?'}: the token {token!r} cannot stand in columns; "
                    f"csv, jsonl and parquet hold any"
                )
            yield f"{token}\t{tag}\n"
        if sentence.tokens:
            yield "\n"


def write_rows(sentences: Iterable[Sentence]) -> Iterator[str]:
    """A JSON object a line: id, tokens, ner_tags, and what else there is."""
    for one in sentences:
        row: dict[str, Any] = {"id": one.id, "tokens": list(one.tokens), "ner_tags": list(one.tags)}
        if one.document is not None:
            row["doc_id"] = one.document
        if one.text is not None and one.offsets is not None:
            row |= {"text": one.text, "offsets": [list(place) for place in one.offsets]}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def write_spans(sentences: Iterable[Sentence]) -> Iterator[str]:
    """A text with its entities and words a line."""
    for one in sentences:
        text, places = one.as_text()
        marked = [{"start": start, "end": end, "label": label} for start, end, label in one.spans()]
        words = [{"start": start, "end": end} for start, end in places]
        row = {"id": one.id, "text": text, "entities": marked, "tokens": words}
        yield json.dumps({**row, **_document(one)}, ensure_ascii=False) + "\n"


def write_doccano(sentences: Iterable[Sentence]) -> Iterator[str]:
    """Doccano's JSON lines."""
    for one in sentences:
        row = {"id": one.id, "text": one.as_text()[0], "label": [list(s) for s in one.spans()]}
        yield json.dumps({**row, **_document(one)}, ensure_ascii=False) + "\n"


def write_labelstudio(sentences: Iterable[Sentence]) -> Iterator[str]:
    """One list of Label Studio's tasks, offsets in units of UTF-16 as JavaScript counts them."""
    yield "["
    for number, one in enumerate(sentences):
        text, _ = one.as_text()
        result = [
            {
                "from_name": "label",
                "to_name": "text",
                "type": "labels",
                "value": {
                    "start": count_utf16(text[:start]), "end": count_utf16(text[:end]),
                    "text": text[start:end], "labels": [label],
                },
            }
            for start, end, label in one.spans()
        ]  # fmt: skip
        task = {"id": one.id, "data": {"text": text}, "annotations": [{"result": result}]}
        comma = ",\n" if number else "\n"
        yield comma + json.dumps({**task, **_document(one)}, ensure_ascii=False)
    yield "\n]\n"


def write_csv(sentences: Iterable[Sentence]) -> Iterator[str]:
    """A word a row, with the number of its sentence, and its document where there is one."""
    sentences = list(sentences)
    documents = any(one.document is not None for one in sentences)
    header = [*SENTENCE_COLUMNS, *(["doc_id"] if documents else [])]
    yield write_row(header)
    for number, one in enumerate(sentences, 1):
        more = [one.document or ""] if documents else []
        for token, tag in zip(one.tokens, one.tags, strict=True):
            yield write_row([number, token, tag, *more])


def write_brat(sentences: Iterable[Sentence]) -> dict[str, str]:
    """Name to text of brat's files: a pair for each document, a sentence a line."""
    files: dict[str, str] = {}
    grouped: dict[str, list[Sentence]] = {}
    for one in sentences:
        grouped.setdefault(one.document or "document", []).append(one)
    for number, (document, inside) in enumerate(grouped.items()):
        name = _file_name(document, number, files)
        texts: list[str] = []
        marks: list[str] = []
        at = 0
        for one in inside:
            text = one.as_text()[0].replace("\n", " ").replace("\r", " ")
            for start, end, label in one.spans():
                surface = text[start:end]
                marks.append(f"T{len(marks) + 1}\t{label} {at + start} {at + end}\t{surface}\n")
            texts.append(text + "\n")
            at += len(text) + 1
        files[f"{name}.txt"] = "".join(texts)
        files[f"{name}.ann"] = "".join(marks)
    return files


#: Name of a target to what writes it; brat and Parquet are no single text.
WRITERS: Mapping[str, Callable[[Iterable[Sentence]], Iterator[str]]] = {
    "iob2": lambda sentences: write_columns(sentences, Scheme.IOB2),
    "bioes": lambda sentences: write_columns(sentences, Scheme.BIOES),
    "jsonl": write_rows,
    "spans": write_spans,
    "doccano": write_doccano,
    "labelstudio": write_labelstudio,
    "csv": write_csv,
}
TARGETS = (*WRITERS, "brat", "parquet")
_KEEP_TEXT = frozenset({"jsonl", "spans", "doccano", "labelstudio", "brat", "parquet"})
_KEEP_WORDS = frozenset({"iob2", "bioes", "jsonl", "spans", "csv", "parquet"})
_KEEP_IDS = frozenset({"jsonl", "spans", "doccano", "labelstudio", "parquet"})


def find_losses(sentences: Sequence[Sentence], target: str) -> list[str]:
    """What a format cannot carry over of some sentences, a line each."""
    losses = []
    texts = sum(one.text is not None for one in sentences)
    if texts and target not in _KEEP_TEXT:
        losses.append(f"the text and the offsets of {texts:,} sentences: {target} holds tokens")
    if target not in _KEEP_WORDS:
        spaced = sum(any(" " in token for token in one.tokens) for one in sentences)
        losses.append(
            f"where words begin and end: {target} holds text and spans; reading cuts it again "
            f"(word_splitter='whitespace' where tokens were joined by spaces)"
        )
        if spaced:
            losses.append(f"spaces inside tokens of {spaced:,} sentences part words there")
    numbered = all(one.id in {"", str(number)} for number, one in enumerate(sentences))
    if target not in _KEEP_IDS and not numbered:
        losses.append(f"the ids of the sentences: {target} has no place for them")
    empty = sum(not one.tokens for one in sentences)
    if empty and target not in {"jsonl", "parquet"}:
        losses.append(f"{empty:,} sentences without tokens")
    if target == "brat":
        broken = sum("\n" in one.as_text()[0] or "\r" in one.as_text()[0] for one in sentences)
        if broken:
            losses.append(f"line ends inside {broken:,} texts, which become spaces")
    return losses


def _document(sentence: Sentence) -> dict[str, str]:
    return {} if sentence.document is None else {"doc_id": sentence.document}


def count_utf16(text: str) -> int:
    """How long a text is as JavaScript counts, in units of UTF-16."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _file_name(document: str, number: int, taken: Mapping[str, str]) -> str:
    """A name that every file system takes, and that no other document has."""
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in document).strip(".")[:100]
    return name if name and f"{name}.txt" not in taken else f"{name or 'document'}-{number}"
