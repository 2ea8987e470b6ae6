"""Predictions on disk: one compact file for each model and test set, from which all scores follow.

A file holds label ids and scores, never text, so it can be shared where the corpus cannot.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from tner_hf.errors import DataError
from tner_hf.files import write_file
from tner_hf.metrics.spans import Labels
from tner_hf.predictions.predicted import Origin, PredictedSplit

#: Version of the file; another one is computed again.
FORMAT = 1

#: Fields of a record that are kept beside its arrays.
_FACTS = ("corpus_names", "windowed_sentences", "unencodable_tokens", "seconds")

#: What a damaged or foreign file raises on its way through numpy, zipfile and json.
_BROKEN = (
    OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, IndexError,
    NotImplementedError, zipfile.BadZipFile, zipfile.LargeZipFile,
)  # fmt: skip


@dataclass(frozen=True)
class PredictionStore:
    """A folder of stored predictions, by the names of models and test sets.

    Attributes:
        folder: where they are; made when the first is saved.
    """

    folder: Path

    def path(self, model: str, dataset: str, *, lowercase: bool = False) -> Path:
        """The file of a model's predictions on a test set, each by what it is called.

        Those of lower-cased words have a file of their own, so that cased and lower-cased runs do
        not replace each other's.
        """
        ending = ".lower.npz" if lowercase else ".npz"
        return self.folder / file_name(model) / f"{file_name(dataset)}{ending}"

    def find(self, model: str, dataset: str, origin: Origin) -> PredictedSplit | None:
        """Stored predictions of just this origin; None where they have to be computed."""
        path = self.path(model, dataset, lowercase=origin.lowercase)
        if not path.is_file():
            return None
        try:
            stored = load_arrays(path)
        except DataError:  # a file of another version, or damaged: computed again, and replaced
            return None
        return stored if stored.origin == origin else None

    def save(self, model: str, dataset: str, answer: PredictedSplit) -> None:
        """Store predictions, in place of what was there."""
        lowercase = answer.origin is not None and answer.origin.lowercase
        save_arrays(answer, self.path(model, dataset, lowercase=lowercase))


def save_arrays(answer: PredictedSplit, path: str | Path) -> None:
    """Write the labels as a compressed `.npz`; the file is either whole or not there."""
    facts = {
        "format": FORMAT,
        "origin": answer.origin and asdict(answer.origin),
        "model_names": answer.own_names,
        **{name: getattr(answer, name) for name in _FACTS},
    }
    arrays: dict[str, Any] = {
        "predicted": _narrow(answer.predicted),
        "gold": _narrow(answer.gold),
        # Lengths are small numbers, offsets are not: they compress to half the size.
        "lengths": np.diff(answer.offsets).astype(np.int32),
        "facts": np.array(json.dumps(facts, ensure_ascii=False)),
    }
    for name in ("documents", "scores"):
        if (array := getattr(answer, name)) is not None:
            arrays[name] = array
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_file(path, buffer.getvalue())


def load_arrays(path: str | Path) -> PredictedSplit:
    """The inverse of `save_arrays`, types as the checkpoint has them and without words.

    Raises:
        DataError: the file is damaged or of another version.
    """
    try:
        # From memory: numpy leaves the file of a broken archive open.
        raw = io.BytesIO(Path(path).read_bytes())
        with np.load(raw, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["facts"]))
            if facts["format"] != FORMAT:
                raise DataError(
                    f"{path} is of format {facts['format']!r}; this version reads {FORMAT}"
                )
            lengths = arrays["lengths"]
            return PredictedSplit(
                gold=_check(arrays["gold"], facts["corpus_names"]),
                predicted=_check(arrays["predicted"], facts["model_names"]),
                offsets=np.concatenate(([0], np.cumsum(lengths, dtype=np.intp))),
                corpus_names=tuple(facts["corpus_names"]),
                own_names=tuple(facts["model_names"]),
                documents=arrays.get("documents"),
                scores=arrays.get("scores"),  # earlier versions did not keep them
                origin=facts["origin"] and Origin(**facts["origin"]),
                **{name: facts[name] for name in _FACTS[1:]},
            )
    except _BROKEN as error:
        raise DataError(f"{path} holds no predictions: {error}") from error


def _narrow(ids: Labels) -> Labels:
    """Label ids in two bytes each where they fit."""
    fits = not len(ids) or int(ids.max()) <= np.iinfo(np.int16).max
    return ids.astype(np.int16 if fits else np.int32)


def _check(ids: Labels, names: list[str]) -> Labels:
    """Stored ids, each of which has a name.

    Raises:
        ValueError: one has none.
    """
    if ids.ndim != 1 or (len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= len(names))):
        raise ValueError(f"labels beyond the {len(names)} that are named")
    return ids


def file_name(name: str) -> str:
    """A name as a file name: readable, the same in every run, different for different names.

    >>> file_name("wikiann/ja"), file_name("../x y")
    ('wikiann@ja', '%2E.@x%20y')
    """
    # `@` is itself escaped by quote, so no two names meet.
    safe = quote(name, safe="").replace("%2F", "@")
    return f"%2E{safe[1:]}" if safe.startswith(".") else safe
