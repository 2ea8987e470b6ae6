"""Is what was trained what people will get? Three ways to tag the same sentences, compared.

1. `tag_sentences` on the corpus's words: what evaluation scores.
2. `tner_hf.pipeline` on the same words.
3. plain `transformers.pipeline("ner")`, as a model card tells people to use it, on the words
   joined by spaces.

The first two must agree. The third can only where its words are the corpus's words: its own
reckoning of words (`U.S.` is four of them in a BERT vocabulary) lets labels of sub-tokens through
that training never taught. How often that happens is what a card should say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tner_hf.pipelines.entities import find_entities
from tner_hf.pipelines.inputs import join_words
from tner_hf.pipelines.loading import pipeline
from tner_hf.pipelines.options import Strategy
from tner_hf.words import word_joiner

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tner_hf.pipelines.ner import NERPipeline

#: An entity as (type, first character, one past the last character) of the joined words.
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Difference:
    """One sentence that is tagged in two ways.

    Attributes:
        sentence: its number among those compared.
        way: `pipeline` or `plain`.
        text: the words, joined.
        missing: entities that the reference has and this way has not.
        extra: entities that only this way has.
    """

    sentence: int
    way: str
    text: str
    missing: tuple[Place, ...]
    extra: tuple[Place, ...]

    def __str__(self) -> str:
        parts = [
            f"{sign}{self.text[start:end]} ({kind})"
            for sign, places in (("-", self.missing), ("+", self.extra))
            for kind, start, end in places
        ]
        return f"sentence {self.sentence}, {self.way}: {', '.join(parts)} in {self.text!r}"


@dataclass(frozen=True)
class ParityReport:
    """How far three ways to use a checkpoint agree.

    Attributes:
        sentences: how many were compared.
        strategy: the aggregation strategy of the plain pipeline.
        differences: sentences in which a way departs from the reference, in order.
    """

    sentences: int
    strategy: str
    differences: tuple[Difference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether all three ways give the same entities in every sentence."""
        return not self.differences

    def count(self, way: str) -> int:
        """The sentences in which `pipeline` or `plain` departs from the reference."""
        return sum(difference.way == way for difference in self.differences)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self, shown: int = 10) -> list[str]:
        """The report as sentences, the first differences in full."""
        head = (
            f"{self.sentences:,} sentences: "
            f"tner_hf.pipeline differs in {self.count('pipeline'):,}, "
            f"plain pipeline({self.strategy!r}) in {self.count('plain'):,}"
        )
        rest = len(self.differences) - shown
        more = [f"… and {rest:,} more"] if rest > 0 else []
        return [head, *map(str, self.differences[:shown]), *more]


def check_parity(
    checkpoint: str | Path,
    sentences: Sequence[Sequence[str]],
    *,
    tags: Sequence[Sequence[str]] | None = None,
    aggregation_strategy: Strategy = "first",
    revision: str | None = None,
    token: str | bool | None = None,
    device: Any = None,
) -> ParityReport:
    """Compare the entities that three ways to use a checkpoint find in real sentences.

    Args:
        checkpoint: a folder or a Hub id.
        sentences: lists of words, best those of the test set.
        tags: IOB2 tags that the Trainer predicted for them; computed afresh where not given.
        aggregation_strategy: of the plain pipeline, as the model card tells people to use it.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        device: as in transformers.
    """
    ner = pipeline(checkpoint, revision=revision, token=token, device=device)
    joiner = word_joiner(ner.settings.word_splitter)
    texts = [join_words(words, joiner).text for words in sentences]
    reference = _find_reference(ner, sentences, tags)
    ways = {
        "pipeline": [_places(found) for found in ner([list(words) for words in sentences])],
        "plain": _tag_plainly(checkpoint, texts, aggregation_strategy, revision, token, ner.device),
    }
    differences = [
        Difference(
            i,
            way,
            texts[i],
            missing=tuple(sorted(expected - found[i], key=_by_place)),
            extra=tuple(sorted(found[i] - expected, key=_by_place)),
        )
        for i, expected in enumerate(reference)
        for way, found in ways.items()
        if found[i] != expected
    ]
    return ParityReport(len(sentences), str(aggregation_strategy), tuple(differences))


def _find_reference(
    ner: NERPipeline, sentences: Sequence[Sequence[str]], tags: Sequence[Sequence[str]] | None
) -> list[set[Place]]:
    from tner_hf.schemes import entities
    from tner_hf.tagging import tag_sentences

    joiner = word_joiner(ner.settings.word_splitter)
    if tags is None:
        tagged = tag_sentences(
            ner.model,
            cast("PreTrainedTokenizerFast", ner.tokenizer),
            sentences,
            settings=ner.settings,
        )
        found = [[(e.type, e.start, e.end) for e in s] for s in find_entities(tagged)]
    else:
        found = [entities(own) for own in tags]
    places = []
    for words, own in zip(sentences, found, strict=True):
        spans = join_words(words, joiner).spans
        places.append({(kind, spans[a][0], spans[b - 1][1]) for kind, a, b in own})
    return places


def _tag_plainly(
    checkpoint: str | Path,
    texts: Sequence[str],
    strategy: str,
    revision: str | None,
    token: str | bool | None,
    device: Any,
) -> list[set[Place]]:
    import transformers

    make: Any = transformers.pipeline  # its overloads know no aggregation_strategy
    plain = make(
        "ner",
        model=str(checkpoint),
        aggregation_strategy=strategy,
        revision=revision,
        token=token,
        device=device,
    )
    return [_places(found) for found in plain(list(texts), batch_size=8)]


def _places(entities: Sequence[dict[str, Any]]) -> set[Place]:
    return {(e["entity_group"], int(e["start"]), int(e["end"])) for e in entities}


def _by_place(place: Place) -> tuple[int, int, str]:
    return place[1], place[2], place[0]
