"""Predictions on disk: one compact file for each model and test set, from which all scores follow.

A file holds label ids, never text, so it can be shared where the corpus cannot.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError
from tner_hf.files import write_file
from tner_hf.lab.matrix.result import Pair
from tner_hf.labels import UNIFIED, LabelMap, LabelSpace
from tner_hf.metrics.protocols import score_protocols

#: Version of the file; another one is computed again.
FORMAT = 1


@dataclass(frozen=True)
class Origin:
    """What predictions depend on: equal origins mean equal predictions.

    Attributes:
        model: fingerprint of the checkpoint's files.
        dataset: fingerprint of the test set.
        lowercase: whether words were lower-cased.
        max_length: longest window in sub-tokens.
        overlap: sub-tokens that windows share.
    """

    model: str
    dataset: str
    lowercase: bool
    max_length: int
    overlap: int


@dataclass(frozen=True)
class Predictions:
    """What a model said about a test set, and what the truth is.

    Attributes:
        origin: what they depend on.
        predicted: label ids of the model, shape [n_tokens].
        gold: label ids of the corpus, shape [n_tokens].
        offsets: where each sentence begins, shape [n_sentences + 1].
        model_names: the tag of each id in `predicted`, as the checkpoint has it.
        corpus_names: the tag of each id in `gold`, after mapping.
        windowed_sentences: sentences that were longer than a window.
        unencodable_tokens: words without sub-tokens, tagged after their neighbours.
        seconds: spent on tagging.
    """

    origin: Origin
    predicted: NDArray[np.int16]
    gold: NDArray[np.int16]
    offsets: NDArray[np.int64]
    model_names: tuple[str, ...]
    corpus_names: tuple[str, ...]
    windowed_sentences: int = 0
    unencodable_tokens: int = 0
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def score(self, label_map: LabelMap | None = UNIFIED) -> Pair:
        """All scores, and what they cover.

        Args:
            label_map: maps the model's types, as the corpus's have been; None for native types.
        """
        names = self.model_names
        if label_map is not None:
            names = tuple(label_map.map_tag(name) for name in names)
        scored = score_protocols(
            self.gold.astype(np.intp),
            self.predicted.astype(np.intp),
            offsets=self.offsets.astype(np.intp),
            corpus_names=self.corpus_names,
            model_names=names,
        )
        return Pair(
            protocols=scored["protocols"],
            coverage=scored["coverage"],
            model_types=LabelSpace.from_names(names).types,
            windowed_sentences=self.windowed_sentences,
            unencodable_tokens=self.unencodable_tokens,
            seconds=self.seconds,
        )

    def save(self, path: str | Path) -> None:
        """Write a compressed `.npz`; the file is either whole or not there."""
        facts = {
            "format": FORMAT,
            "origin": asdict(self.origin),
            "model_names": self.model_names,
            "corpus_names": self.corpus_names,
            "windowed_sentences": self.windowed_sentences,
            "unencodable_tokens": self.unencodable_tokens,
            "seconds": self.seconds,
        }
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            predicted=self.predicted.astype(np.int16),
            gold=self.gold.astype(np.int16),
            # Lengths are small numbers, offsets are not: they compress to half the size.
            lengths=np.diff(self.offsets).astype(np.int32),
            facts=np.array(json.dumps(facts, ensure_ascii=False)),
        )
        write_file(path, buffer.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> Predictions:
        """The inverse of `save`.

        Raises:
            DataError: the file is damaged or of another version.
        """
        try:
            # From memory: numpy leaves the file of a broken archive open.
            raw = io.BytesIO(Path(path).read_bytes())
            with np.load(raw, allow_pickle=False) as arrays:
                facts = json.loads(str(arrays["facts"]))
                predicted, gold, lengths = (arrays[n] for n in ("predicted", "gold", "lengths"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} holds no predictions: {error}") from error
        if facts.get("format") != FORMAT:
            raise DataError(
                f"{path} is of format {facts.get('format')!r}; this version reads {FORMAT}"
            )
        offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        return cls(
            read_origin(facts["origin"]),
            predicted,
            gold,
            offsets,
            model_names=tuple(facts["model_names"]),
            corpus_names=tuple(facts["corpus_names"]),
            windowed_sentences=facts["windowed_sentences"],
            unencodable_tokens=facts["unencodable_tokens"],
            seconds=facts["seconds"],
        )


def read_origin(stored: Mapping[str, Any]) -> Origin:
    """An origin from its JSON form."""
    return Origin(**{field.name: stored[field.name] for field in fields(Origin)})


def find_predictions(path: Path, origin: Origin) -> Predictions | None:
    """Stored predictions of just this origin; None where they have to be computed."""
    if not path.is_file():
        return None
    try:
        stored = Predictions.load(path)
    except DataError:  # a file of another version, or damaged: computed again, and replaced
        return None
    return stored if stored.origin == origin else None


def file_name(name: str) -> str:
    """A name as a file name: readable, the same in every run, different for different names.

    >>> file_name("wikiann/ja"), file_name("../x y")
    ('wikiann@ja', '%2E.@x%20y')
    """
    # `@` is itself escaped by quote, so no two names meet.
    safe = quote(name, safe="").replace("%2F", "@")
    return f"%2E{safe[1:]}" if safe.startswith(".") else safe
