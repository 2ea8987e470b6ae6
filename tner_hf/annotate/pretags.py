"""What a sentence shows before a person has seen it: a model's entities, or the file's own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tner_hf.formats.writing import Sentence
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import entities

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.ner import NERPipeline

#: An entity over tokens [start, end), its type, and how sure the model is where one said it.
Marked = tuple[int, int, str, float | None]

#: Tokens that the model reads at a time while nobody waits for it.
_BATCH = 4_000

_log = logging.getLogger(__name__)


class Pretags:
    """The entities of each sentence as they came; a model reads ahead in a thread of its own.

    Args:
        sentences: of the file.
        ner: the model; None where the file's own entities are shown.
        types: of the model's entities, those to show; all where empty.

    Attributes:
        certainty: of each sentence, the probability of its least certain word; NaN where no model
            has read it, shape [n_sentences].
        fault: why the model stopped reading ahead; empty where it did not.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        ner: NERPipeline | None = None,
        types: Collection[str] = (),
    ) -> None:
        self.sentences = sentences
        self.ner = ner
        self.certainty = np.full(len(sentences), np.nan, dtype=np.float32)
        self.fault = ""
        self._types = frozenset(types)
        self._found: dict[int, list[Marked]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read_ahead, daemon=True)

    @property
    def types(self) -> list[str]:
        """The types that the model knows, and those of the file."""
        known: dict[str, None] = {}
        if self.ner is not None:
            from tner_hf.models import tag_names

            known = dict.fromkeys(LabelSpace.from_names(tag_names(self.ner.model.config)).types)
            known = {name: None for name in known if not self._types or name in self._types}
        own = dict.fromkeys(tag for one in self.sentences for tag in one.tags)
        return list(dict.fromkeys([*known, *LabelSpace.from_names(own).types]))

    @property
    def read(self) -> int:
        """How many sentences the model has read."""
        return len(self._found)

    def start(self) -> None:
        """Begin to read ahead, if there is a model."""
        if self.ner is not None:
            self._thread.start()

    def stop(self) -> None:
        """End after the sentences that are being read."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def of(self, sentence: int) -> list[Marked]:
        """The entities of a sentence; the model reads it now if it has not yet."""
        if self.ner is None:
            own = entities(self.sentences[sentence].tags)
            return [(start, end, kind, None) for kind, start, end in own]
        with self._lock:
            if sentence not in self._found:
                try:
                    self._read([sentence])
                except Exception as error:  # of a model's: the person goes on without it
                    self._found[sentence] = []
                    self._fail(error)
            return self._found[sentence]

    def _read_ahead(self) -> None:
        batch: list[int] = []
        size = 0
        try:
            for number, one in enumerate(self.sentences):
                if not one.tokens or number in self._found:
                    continue
                batch.append(number)
                size += len(one.tokens)
                if size >= _BATCH:
                    self._read_batch(batch)
                    batch, size = [], 0
                if self._stopped.is_set():
                    return
            if batch:
                self._read_batch(batch)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        said = next(iter(str(error).splitlines()), type(error).__name__)
        self.fault = f"the model stopped reading: {said:.200}"
        _log.warning("%s", self.fault)

    def _read_batch(self, batch: Sequence[int]) -> None:
        with self._lock:
            self._read([number for number in batch if number not in self._found])

    def _read(self, numbers: Sequence[int]) -> None:
        from tner_hf.inference.pipelines.entities import find_entities
        from tner_hf.inference.pipelines.inputs import Words

        if self.ner is None or not numbers:
            return
        words = []
        for number in numbers:
            text, places = self.sentences[number].as_text()
            words.append(Words(text, places, given=True))
        tagged = self.ner.tag(words)
        sure = tagged.probabilities
        for at, (number, found) in enumerate(zip(numbers, find_entities(tagged), strict=True)):
            self._found[number] = [
                (e.start, e.end, e.type, e.score)
                for e in found
                if not self._types or e.type in self._types
            ]
            if sure is not None:
                seen = sure[tagged.offsets[at] : tagged.offsets[at + 1]]
                self.certainty[number] = min(seen[seen > 0], default=0.0)
