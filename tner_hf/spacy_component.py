"""A checkpoint as a component of spaCy: `nlp.add_pipe("tner_hf", config={"model": "out"})`.

The extra `spacy` brings spaCy, whose entry point finds this module by itself. A document's text is
tagged as `tner_hf.pipeline` tags it, with the words that the model was trained on; spaCy's own
tokens are not asked. Entities go into `doc.ents`, and with their scores into a span group:

    for span, score in zip(doc.spans["tner_hf"], doc.spans["tner_hf"].attrs["scores"]):
        ...
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any, cast

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.util import minibatch

from tner_hf.errors import SettingError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tner_hf.inference.pipelines.ner import NERPipeline

#: The name of the component, and of the span group by default.
NAME = "tner_hf"

#: Folder of the checkpoint within what spaCy stores of the component.
_STORED = "checkpoint"


class TnerComponent(Pipe):  # type: ignore[misc]  # checks do without spaCy
    """What the factory `tner_hf` makes.

    Args:
        name: of this component in its pipeline.
        model: checkpoint folder, exported model or Hub id; loaded when the first text comes.
        spans_key: the span group that takes the entities with their scores.
        options: further arguments of `tner_hf.pipeline`, such as `device` and `min_score`.
    """

    def __init__(self, name: str, *, model: str, spans_key: str, **options: Any) -> None:
        self.name = name
        self.checkpoint = model
        self.spans_key = spans_key
        self._options = {key: value for key, value in options.items() if value is not None}

    @cached_property
    def pipeline(self) -> NERPipeline:
        """The model behind it."""
        from tner_hf.inference.pipelines import pipeline

        return pipeline(self.checkpoint, **self._options)

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity types that the model knows; none while it is not loaded.

        spaCy asks while it reads a stored pipeline, whose first checkpoint may be gone.
        """
        if "pipeline" not in self.__dict__:
            return ()
        from tner_hf.labels import LabelSpace
        from tner_hf.models import tag_names

        return tuple(sorted(LabelSpace.from_names(tag_names(self.pipeline.model.config)).types))

    def __call__(self, doc: Doc) -> Doc:
        """The document with its entities."""
        return next(iter(self.pipe([doc])))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """The documents with their entities, so many answered together."""
        for docs in minibatch(stream, size=batch_size):
            try:
                answers = self.pipeline([doc.text for doc in docs])
                for doc, entities in zip(docs, answers, strict=True):
                    _annotate(doc, entities, self.spans_key)
            except Exception as error:
                self.get_error_handler()(self.name, self, docs, error)
                continue
            yield from docs

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Store the checkpoint, so that the folder of the pipeline is all that is needed."""
        del exclude
        self._save(Path(path) / _STORED)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> TnerComponent:
        """Use the checkpoint that `to_disk` stored."""
        del exclude
        stored = Path(path) / _STORED
        if not stored.is_dir():
            raise SettingError(f"{path} holds no folder {_STORED!r}: it was not stored by tner_hf")
        self._use(stored)
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The files of the checkpoint, in spaCy's own packing."""
        del exclude
        import srsly

        with TemporaryDirectory() as folder:
            self._save(Path(folder))
            files = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(Path(folder).rglob("*"))
                if path.is_file()
            }
        packed: bytes = srsly.msgpack_dumps(files)
        return packed

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> TnerComponent:
        """The inverse of `to_bytes`; the files lie in a temporary folder while this lives."""
        del exclude
        import srsly

        root = Path(mkdtemp(prefix="tner_hf-")).resolve()
        weakref.finalize(self, shutil.rmtree, root, ignore_errors=True)
        for name, content in srsly.msgpack_loads(data).items():
            path = (root / name).resolve()
            if not path.is_relative_to(root):
                raise SettingError(f"the stored component names a file outside itself: {name!r}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._use(root)
        return self

    def _use(self, checkpoint: Path) -> None:
        self.checkpoint = str(checkpoint)
        self.__dict__.pop("pipeline", None)

    def _save(self, folder: Path) -> None:
        from tner_hf.inference.runtimes import OnnxTagger

        model = self.pipeline.model
        if isinstance(model, OnnxTagger):
            shutil.copytree(model.path.parent, folder, dirs_exist_ok=True)
            return
        folder.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(folder)
        cast("PreTrainedTokenizerFast", self.pipeline.tokenizer).save_pretrained(folder)


@Language.factory(  # type: ignore[untyped-decorator]  # the same
    NAME,
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "doc.spans"],
    default_config={
        "spans_key": NAME,
        "device": None,
        "batch_tokens": None,
        "min_score": None,
        "revision": None,
        "word_splitter": None,
    },
)
def make_component(
    nlp: Language,
    name: str,
    model: str,
    spans_key: str,
    device: str | int | None,
    batch_tokens: int | None,
    min_score: float | None,
    revision: str | None,
    word_splitter: str | None,
) -> TnerComponent:
    """The component of a pipeline's configuration."""
    del nlp
    return TnerComponent(
        name,
        model=model,
        spans_key=spans_key,
        device=device,
        batch_tokens=batch_tokens,
        min_score=min_score,
        revision=revision,
        word_splitter=word_splitter,
    )


def _annotate(doc: Doc, entities: Iterable[dict[str, Any]], key: str) -> None:
    """Put entities into a document.

    An entity that does not end where spaCy's tokens do is widened to whole tokens. In `doc.ents`
    nothing overlaps: what an earlier component has set stays, then the higher score wins; the span
    group has them all.
    """
    found: list[tuple[Span, float]] = []
    for entity in entities:
        span = doc.char_span(
            entity["start"], entity["end"], label=entity["entity_group"], alignment_mode="expand"
        )
        if span is not None:
            found.append((span, float(entity["score"])))
    doc.spans[key] = [span for span, _ in found]
    doc.spans[key].attrs["scores"] = [score for _, score in found]
    taken = {token.i for entity in doc.ents for token in entity}
    kept = list(doc.ents)
    for span, _ in sorted(found, key=lambda each: -each[1]):
        places = set(range(span.start, span.end))
        if not places & taken:
            kept.append(span)
            taken |= places
    doc.ents = sorted(kept, key=lambda span: span.start)
