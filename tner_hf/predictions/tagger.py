"""A checkpoint that says what is in a test set: what it said is found again, or it tags now."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf._version import list_versions
from tner_hf.config import CheckpointSettings
from tner_hf.data.fingerprints import fingerprint_documents
from tner_hf.errors import CheckpointError
from tner_hf.inference.runtimes import OnnxTagger, load_tagger, place_tagger
from tner_hf.inference.tagging import tag_sentences
from tner_hf.models import (
    Bases,
    check_condition,
    condition_of,
    condition_tokenizer,
    fingerprint_model,
    load_config,
    load_tokenizer,
    longest_input,
    read_settings,
)
from tner_hf.predictions.maps import own_map
from tner_hf.predictions.names import domain_of, drop_places
from tner_hf.predictions.options import OWN_CORPUS, PredictOptions
from tner_hf.predictions.predicted import Origin, PredictedSplit
from tner_hf.predictions.store import PredictionStore
from tner_hf.predictions.test_set import GoldSplit

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

logger = logging.getLogger(__name__)


class Tagger:
    """A checkpoint under its settings; its weights are not loaded before there is work for them.

    Args:
        checkpoint, tokenizer, revision, token: as of `predict_split`; a pipeline and a Trainer
            bring their own tokenizer.
        options: how it tags.
        name: what it is called; as the checkpoint where not given.
        bases: lets adapters share what they have in common; None for none.

    Raises:
        CheckpointError: a model without its tokenizer.
    """

    def __init__(
        self,
        checkpoint: str | Path | PreTrainedModel | Any,
        options: PredictOptions,
        *,
        name: str | None = None,
        tokenizer: PreTrainedTokenizerBase | None = None,
        revision: str | None = None,
        token: str | bool | None = None,
        bases: Bases | None = None,
    ) -> None:
        self.options = options
        self._bases = bases
        self._hub: dict[str, Any] = {"revision": revision, "token": token}
        self._tokenizer = tokenizer
        self._given = None
        if isinstance(checkpoint, str | Path):
            self.checkpoint = str(checkpoint)
        else:
            self._given = _take_apart(checkpoint, tokenizer)
            model = self._given[0]
            self.checkpoint = str(model.name_or_path) or type(model).__name__
        self.name = name or self.checkpoint

    @cached_property
    def config(self) -> PretrainedConfig:
        """The checkpoint's configuration.

        Raises:
            CheckpointError: there is none.
        """
        if self._given is not None:
            config: PretrainedConfig = self._given[0].config
            return config
        return load_config(self.checkpoint, **self._hub)

    @cached_property
    def trained(self) -> CheckpointSettings:
        """How the checkpoint was trained."""
        return read_settings(self.config)

    @cached_property
    def settings(self) -> CheckpointSettings:
        """What is done here: as it was trained, but for what the options change.

        Raises:
            SettingError, UnknownNameError: it cannot tag by the guidelines of the corpus asked for.
        """
        wanted, limit = self.options, longest_input(self.config)
        if wanted.corpus not in (None, OWN_CORPUS):
            check_condition(wanted.corpus, self.trained, self.name)
        length = wanted.max_length or self.trained.max_length
        return replace(
            self.trained,
            max_length=length if limit is None else min(length, limit),
            lowercase=self.trained.lowercase if wanted.lowercase is None else wanted.lowercase,
        )

    def corpus_for(self, test_set: GoldSplit) -> str | None:
        """By whose guidelines it tags a test set: as the options say, or as its tokenizer came."""
        wanted = self.options.corpus
        if wanted == OWN_CORPUS:
            domains = {domain_of(test_set.source), domain_of(test_set.name)}
            return next((c for c in self.trained.conditions if domain_of(c) in domains), None)
        tokenizer = self._given[1] if self._given else self._tokenizer
        return wanted if wanted or tokenizer is None else condition_of(tokenizer)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the files that decide what it predicts; of a Hub model, its commit."""
        return fingerprint_model(self.checkpoint, getattr(self.config, "_commit_hash", None))

    def tag(
        self, test_sets: Sequence[GoldSplit], store: PredictionStore | None = None
    ) -> Iterator[PredictedSplit]:
        """What the model says about each test set, in their order.

        What the store has of just this model, test set and settings is taken from it, and what it
        has not is put there as soon as it is made. The model is loaded for the first test set that
        has to be tagged, and let go after the last.

        Args:
            test_sets: to be tagged.
            store: None keeps nothing. Only a checkpoint with files can be told from another.

        Raises:
            CheckpointError: the checkpoint is no token classifier.
        """
        loaded: tuple[Any, Any] | None = None
        for test_set in test_sets:
            place = f"{self.name} on {test_set.name}"
            origin = None if store is None else self._origin(test_set)
            if store and origin and (stored := store.find(self.name, test_set.name, origin)):
                logger.info("%s: stored", place)
                yield self._complete(stored, test_set)
                continue
            loaded = loaded or self._load()
            made = self._predict(loaded, test_set, origin)
            if store:
                store.save(self.name, test_set.name, made)
            logger.info("%s: %s sentences, %.1f s", place, f"{len(made):,}", made.seconds)
            yield self._complete(made, test_set)

    def find_context(self, test_set: GoldSplit) -> NDArray[np.int32] | None:
        """The document of each sentence, where the checkpoint reads the text around sentences.

        Where a test set has no documents, which is said, its sentences are read alone.
        """
        if self.settings.context == "sentence":
            return None
        if test_set.documents is None:
            logger.warning(
                "%s was trained with the text around sentences (--context document), and %s has "
                "no documents: its sentences are read alone",
                self.name,
                test_set.name,
            )
        return test_set.documents

    def _origin(self, test_set: GoldSplit) -> Origin:
        dataset = test_set.fingerprint
        if self.settings.context == "document" and test_set.documents is not None:
            # Other documents are another text around the same sentences.
            dataset += f"-{fingerprint_documents(test_set.documents)}"
        return Origin(
            model=self.fingerprint,
            dataset=dataset,
            lowercase=self.settings.lowercase,
            max_length=self.settings.max_length,
            overlap=self.options.overlap,
            corpus=self.corpus_for(test_set),
        )

    def _load(self) -> tuple[Any, Any]:
        device = self.options.device
        if self._given is not None:
            model, tokenizer = self._given
            if device is not None:
                place_tagger(model, device)
        else:
            model = load_tagger(self.checkpoint, device=device, bases=self._bases, **self._hub)
            place_tagger(model, device)
            tokenizer = self._tokenizer or load_tokenizer(self.checkpoint, **self._hub)
        return model, tokenizer

    def _predict(
        self, loaded: tuple[Any, Any], test_set: GoldSplit, origin: Origin | None
    ) -> PredictedSplit:
        begin = time.perf_counter()
        sentences, (model, tokenizer) = test_set.sentences, loaded
        if (corpus := self.corpus_for(test_set)) is not None:
            tokenizer = condition_tokenizer(tokenizer, corpus, self.trained)
        tagged = tag_sentences(
            model,
            tokenizer,
            sentences,
            settings=self.settings,
            overlap=self.options.overlap,
            batch_tokens=self.options.batch_tokens,
            probabilities=True,
            progress=self.options.progress,
            documents=self.find_context(test_set),
        )
        return PredictedSplit(
            gold=test_set.gold,
            predicted=tagged.ids,
            scores=tagged.probabilities,
            offsets=tagged.offsets,
            corpus_names=test_set.labels.names,
            own_names=tagged.names,
            sentences=sentences,
            documents=test_set.documents,
            origin=origin,
            windowed_sentences=tagged.windowed_sentences,
            unencodable_tokens=tagged.unencodable_tokens,
            seconds=round(time.perf_counter() - begin, 3),
        )

    def _complete(self, answer: PredictedSplit, test_set: GoldSplit) -> PredictedSplit:
        """A record, made now or found, with the words, the map and the facts of this run."""
        mapped = replace(
            answer,
            label_map=own_map(self.trained, test_set.label_map),
            sentences=answer.sentences or test_set.data["tokens"],  # memory-mapped
            documents=test_set.documents,
        )
        system = {
            "model": drop_places(self.name),
            "max_length": self.settings.max_length,
            "overlap": self.options.overlap,
            "lowercase": self.settings.lowercase,
            **({} if (corpus := self.corpus_for(test_set)) is None else {"corpus": corpus}),
            "settings": self.trained.to_dict(),
            "versions": list_versions("datasets", "torch", "transformers"),
        }
        return test_set.describe(mapped, system)


def _take_apart(
    holder: Any, tokenizer: PreTrainedTokenizerBase | None
) -> tuple[PreTrainedModel | OnnxTagger, PreTrainedTokenizerBase]:
    """The model and the tokenizer of what holds them."""
    from transformers import PreTrainedModel

    # A pipeline or a Trainer holds its model; only theirs know the tokenizer that belongs to it.
    is_model = isinstance(holder, PreTrainedModel | OnnxTagger)
    model = holder if is_model else getattr(holder, "model", None)
    tokenizer = (
        tokenizer or getattr(holder, "tokenizer", None) or getattr(holder, "processing_class", None)
    )
    if model is None or tokenizer is None:
        raise CheckpointError(
            f"a {type(holder).__name__} was given without its tokenizer; accepted: a folder, a "
            "Hub id, a pipeline, or evaluate(model, dataset, tokenizer=tokenizer)"
        )
    return model, tokenizer
