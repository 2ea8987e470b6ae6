"""The model of a job: what it is by content, and the tagger that a process makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import EMBEDDED_ENCODERS, WordSplitter
from tner_hf.inference.pipelines.inputs import Words
from tner_hf.inference.shards.answering import Tagger

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.ner import NERPipeline


@dataclass(frozen=True)
class ModelSpec:
    """A checkpoint and how it tags; calling it loads it.

    Attributes:
        checkpoint: a folder, an exported model or a Hub id.
        revision: branch, tag or commit on the Hub.
        word_splitter: instead of the checkpoint's own.
        device: None for a GPU where there is one.
        corpus: by whose guidelines it tags; None for nobody's.
    """

    checkpoint: str
    revision: str | None = None
    word_splitter: WordSplitter | None = None
    device: str | None = None
    corpus: str | None = None

    def identify(self) -> dict[str, Any]:
        """What the model is: its name without folders, the commit, a hash of its files."""
        from tner_hf.models import fingerprint_model, load_config, locate_checkpoint

        located = locate_checkpoint(self.checkpoint, revision=self.revision)
        config = load_config(self.checkpoint, revision=self.revision)
        commit = getattr(config, "_commit_hash", None)
        is_here = Path(located).exists()
        name = Path(self.checkpoint).resolve().name if is_here else self.checkpoint
        return {
            "name": self.checkpoint if self.checkpoint in EMBEDDED_ENCODERS else name,
            "revision": None if is_here else commit or self.revision,
            "fingerprint": fingerprint_model(located, commit),
            "word_splitter": self.word_splitter,
            **({} if self.corpus is None else {"corpus": self.corpus}),
        }

    def pin(self) -> tuple[dict[str, Any], ModelSpec]:
        """What the model is, and the very one for workers: its commit, its folder from the root."""
        known = self.identify()
        here = Path(self.checkpoint)
        return known, replace(
            self,
            checkpoint=str(here.absolute()) if here.exists() else self.checkpoint,
            revision=known["revision"] or self.revision,
        )

    def __call__(self) -> Tagger:
        """The model as a tagger of entities.

        Batches have the same make-up whatever runs them, and however many threads there are:
        integer models scale their numbers by batch.
        """
        from tner_hf.inference.pipelines import pipeline
        from tner_hf.inference.runtimes import open_runtime

        ner = pipeline(
            self.checkpoint,
            revision=self.revision,
            word_splitter=self.word_splitter,
            device=self.device,
            corpus=self.corpus,
        )
        with open_runtime(ner.model) as runtime:
            options = ner.options.changed({"batch_tokens": runtime.batch_tokens})
        return lambda items: tag_items(ner, items, options)


def tag_items(
    ner: NERPipeline, items: Sequence[str | Words], options: Any = None
) -> list[list[dict[str, Any]]]:
    """The entities of each text, or of each sentence of words."""
    from tner_hf.inference.pipelines.entities import find_entities

    sentences = [ner.read(item) if isinstance(item, str) else item for item in items]
    if not sentences:
        return []
    found = find_entities(ner.tag(sentences, options))
    return [
        [
            {
                "type": entity.type,
                "start": (start := sentence.spans[entity.start][0]),
                "end": (end := sentence.spans[entity.end - 1][1]),
                "text": sentence.text[start:end],
                "score": entity.score,
            }
            for entity in entities
        ]
        for sentence, entities in zip(sentences, found, strict=True)
    ]
