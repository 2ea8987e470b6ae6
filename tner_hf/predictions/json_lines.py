"""Predictions as JSON lines: a sentence a line with its words and the tags of both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.errors import DataError, Problem
from tner_hf.files import parse_json, write_file
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import find_fault
from tner_hf.metrics.spans import Labels
from tner_hf.predictions.predicted import PredictedSplit

#: Keys of a line: words, gold tags, predicted tags, each one for each word.
_KEYS = ("tokens", "gold", "predicted")

#: Where it is known, the number of the document that the sentence belongs to.
_DOCUMENT = "document"


def write_predictions(answer: PredictedSplit, path: str | Path) -> None:
    """Write a line of JSON for each sentence: `tokens`, `gold` and `predicted` tags.

    The first line also has `types`, all those that either side knows: that a model never predicts a
    type does not mean that it could not. Every line has the number of its `document` where the
    documents are known.
    """
    write_file(path, _lines(answer))


def read_predictions(path: str | Path) -> PredictedSplit:
    """The sentences and tags that `write_predictions` wrote.

    Without `types` in the first line both sides are taken to know every type of the file.

    Raises:
        DataError: a line is not of that form; every such line is named.
    """
    rows: list[dict[str, Any]] = []
    problems = []
    try:
        with Path(path).open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                row = _read_line(line)
                if (
                    not isinstance(row, str)
                    and rows
                    and (_DOCUMENT in row) != (_DOCUMENT in rows[0])
                ):
                    row = f"either every line names its {_DOCUMENT}, or none does"
                if isinstance(row, str):
                    problems.append(Problem(str(path), number, row))
                else:
                    rows.append(row)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as predictions: {error}") from error
    if problems or not rows:
        raise DataError(
            f"{path} holds no predictions; expected lines of JSON with {', '.join(_KEYS)}, as "
            "`tner-hf evaluate --predictions_file` writes them",
            problems,
        )
    sentences, gold, predicted = ([row[key] for row in rows] for key in _KEYS)
    used = LabelSpace.from_names([tag for row in rows for key in _KEYS[1:] for tag in row[key]])
    types = rows[0].get("types") or {side: list(used.types) for side in _KEYS[1:]}
    spaces = [LabelSpace(tuple(types[side])) for side in _KEYS[1:]]
    documents = [row[_DOCUMENT] for row in rows if _DOCUMENT in row]
    return PredictedSplit(
        sentences=sentences,
        gold=_encode(gold, spaces[0], path),
        predicted=_encode(predicted, spaces[1], path),
        offsets=np.concatenate(([0], np.cumsum([len(s) for s in sentences]))).astype(np.intp),
        corpus_names=spaces[0].names,
        own_names=spaces[1].names,
        documents=np.array(documents, np.int32) if documents else None,
        provenance={"model": Path(path).stem, "dataset": str(path), "split": "test"},
    )


def _lines(answer: PredictedSplit) -> Iterator[str]:
    sides = answer.tags("gold"), answer.tags("predicted")
    for i, row in enumerate(zip(answer.sentences, *sides, strict=True)):
        line: dict[str, Any] = dict(zip(_KEYS, row, strict=True))
        if i == 0:
            names = zip(_KEYS[1:], (answer.corpus_names, answer.model_names), strict=True)
            line["types"] = {side: LabelSpace.from_names(each).types for side, each in names}
        if answer.documents is not None:
            line[_DOCUMENT] = int(answer.documents[i])
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _read_line(line: str) -> dict[str, Any] | str:
    """A sentence, or what is wrong with the line."""
    try:
        row = parse_json(line)
    except json.JSONDecodeError as error:
        return f"no JSON: {error}"
    lists: list[Any] = [row.get(key) for key in _KEYS] if isinstance(row, dict) else []
    if not lists or not all(map(_are_texts, lists)):
        return f"each of {', '.join(_KEYS)} must be a list of strings"
    if len({len(one) for one in lists}) > 1:
        counts = ", ".join(f"{len(one)} {key}" for key, one in zip(_KEYS, lists, strict=True))
        return f"{counts}; each word needs both tags"
    for tag in (*lists[1], *lists[2]):
        if fault := find_fault(tag):
            return fault
    types = row.get("types")
    sides = [types.get(side) for side in _KEYS[1:]] if isinstance(types, dict) else [None]
    if types is not None and not all(map(_are_texts, sides)):
        return "types must name those of gold and of predicted: two lists of strings"
    found = {**dict(zip(_KEYS, lists, strict=True)), "types": types}
    if (document := row.get(_DOCUMENT)) is None:
        return found
    if type(document) is not int or not 0 <= document <= np.iinfo(np.int32).max:
        return f"{_DOCUMENT} is {document!r:.40}; accepted: a whole number from 0"
    return {**found, _DOCUMENT: document}


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _encode(sentences: Sequence[Sequence[str]], space: LabelSpace, path: str | Path) -> Labels:
    """Label ids of tags. *Shape:* [n_tokens]."""
    try:
        ids = [space.label2id[tag] for tags in sentences for tag in tags]
    except KeyError as error:
        raise DataError(
            f"{path} uses the tag {error.args[0]!r}, and its first line does not name that type; "
            f"it names {', '.join(space.types) or 'none'}"
        ) from error
    return np.array(ids, dtype=np.int64)
