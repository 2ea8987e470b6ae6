"""The models of a demo: those that were put there, and, only where allowed, others of the Hub."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.demo.settings import DemoSettings
from tner_hf.errors import CheckpointError, UnknownNameError
from tner_hf.predictions.names import name_models

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.ner import NERPipeline

#: A model of the Hub, and nothing that could be a path of the server.
_HUB_ID = re.compile(r"[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}", re.ASCII)

#: Models beyond the offered ones that stay in memory.
_MOST_GUESTS = 2


class Shelf:
    """Loads each model once and hands it out by the name that people see.

    A folder is known by its own name only: where it lies is nobody's business.
    """

    def __init__(self, settings: DemoSettings) -> None:
        self.settings = settings
        self.offered = name_models(settings.models, private=True)
        self._loaded: dict[str, NERPipeline] = {}
        self._load_guest = lru_cache(_MOST_GUESTS)(self._load)
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        """The models on offer, in the order given."""
        return list(self.offered)

    def find(self, name: str) -> NERPipeline:
        """The pipeline of a model.

        Raises:
            UnknownNameError: it is not on offer.
            CheckpointError: it is not on the Hub, or no token classifier.
        """
        if name in self._loaded:
            return self._loaded[name]
        with self._lock:  # of loading: who wants a model that is here does not wait
            if name in self.offered:
                if name not in self._loaded:
                    self._loaded[name] = self._load(self.offered[name])
                return self._loaded[name]
            if not self.settings.allow_any_model:
                raise UnknownNameError("model", name[:200], self.offered)
            return self._find_guest(name)

    def _find_guest(self, name: str) -> NERPipeline:
        # `from_pretrained` would take a folder of that name first: a way to the server's files.
        if not _HUB_ID.fullmatch(name) or ".." in name or Path(name).exists():
            raise CheckpointError(
                f"{name[:200]!r} is no model of the Hub; accepted are ids such as org/name"
            )
        return self._load_guest(name)

    def _load(self, checkpoint: str) -> NERPipeline:
        from tner_hf.inference.pipelines import pipeline

        settings = self.settings
        return pipeline(
            checkpoint,
            word_splitter=settings.word_splitter,
            device=settings.device,
            corpus=settings.corpus,
        )
