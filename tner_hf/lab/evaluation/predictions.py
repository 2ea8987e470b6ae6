"""What a model said about a split, beside what is true: in memory, and as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tner_hf.errors import DataError, Problem
from tner_hf.files import write_file
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import find_fault
from tner_hf.metrics.protocols import SharedSpace, join_labels
from tner_hf.metrics.spans import Labels, Positions

#: Keys of a line: words, gold tags, predicted tags, each one for each word.
_KEYS = ("tokens", "gold", "predicted")


@dataclass(frozen=True)
class PredictedSplit:
    """Sentences with two readings of them, each decoded by its own names.

    Attributes:
        sentences: the words of each sentence.
        gold: label ids of the corpus. *Shape:* [n_tokens].
        predicted: label ids of the model. *Shape:* [n_tokens].
        offsets: where each sentence begins, and the number of tokens. *Shape:* [n_sentences + 1].
        corpus_names: the tag of each id in `gold`, types mapped.
        model_names: the tag of each id in `predicted`, types mapped.
        provenance: model, dataset, split, fingerprint of the data, sizes, settings, versions; the
            first three only where it was read from a file.
    """

    sentences: Sequence[Sequence[str]]
    gold: Labels
    predicted: Labels
    offsets: Positions
    corpus_names: tuple[str, ...]
    model_names: tuple[str, ...]
    provenance: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.sentences)

    def join(self) -> tuple[SharedSpace, Positions, Positions]:
        """The label space of both sides together, and gold and predicted ids in it."""
        names = self.corpus_names, self.model_names
        space = SharedSpace.of(*names)
        return space, *join_labels(self.gold, self.predicted, space, names)[:2]

    def save(self, path: str | Path) -> None:
        """Write a line of JSON for each sentence: `tokens`, `gold` and `predicted` tags.

        The first line also has `types`, all those that either side knows: that a model never
        predicts a type does not mean that it could not.
        """
        write_file(path, self._lines())

    @classmethod
    def load(cls, path: str | Path) -> PredictedSplit:
        """The sentences and tags that `save` wrote.

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
        return cls(
            sentences=sentences,
            gold=_encode(gold, spaces[0], path),
            predicted=_encode(predicted, spaces[1], path),
            offsets=np.concatenate(([0], np.cumsum([len(s) for s in sentences]))).astype(np.intp),
            corpus_names=spaces[0].names,
            model_names=spaces[1].names,
            provenance={"model": Path(path).stem, "dataset": str(path), "split": "test"},
        )

    def _lines(self) -> Iterator[str]:
        offsets = self.offsets.tolist()
        for i, tokens in enumerate(self.sentences):
            place = slice(offsets[i], offsets[i + 1])
            row: dict[str, Any] = {
                "tokens": tokens,
                "gold": [self.corpus_names[label] for label in self.gold[place]],
                "predicted": [self.model_names[label] for label in self.predicted[place]],
            }
            if i == 0:
                sides = zip(_KEYS[1:], (self.corpus_names, self.model_names), strict=True)
                row["types"] = {side: LabelSpace.from_names(names).types for side, names in sides}
            yield json.dumps(row, ensure_ascii=False) + "\n"


def _read_line(line: str) -> dict[str, Any] | str:
    """A sentence, or what is wrong with the line."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return f"no JSON: {error}"
    lists: list[Any] = [row.get(key) for key in _KEYS] if isinstance(row, dict) else []
    if not lists or not all(
        isinstance(one, list) and all(isinstance(word, str) for word in one) for one in lists
    ):
        return f"each of {', '.join(_KEYS)} must be a list of strings"
    if len({len(one) for one in lists}) > 1:
        counts = ", ".join(f"{len(one)} {key}" for key, one in zip(_KEYS, lists, strict=True))
        return f"{counts}; each word needs both tags"
    for tag in (*lists[1], *lists[2]):
        if fault := find_fault(tag):
            return fault
    types = row.get("types")
    if types is not None and not (
        isinstance(types, dict)
        and all(
            isinstance(types.get(side), list) and all(isinstance(kind, str) for kind in types[side])
            for side in _KEYS[1:]
        )
    ):
        return "types must name those of gold and of predicted: two lists of strings"
    return {**dict(zip(_KEYS, lists, strict=True)), "types": types}


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
