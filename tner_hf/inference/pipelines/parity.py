"""Is what was trained what people will get? Three ways to tag the same sentences, compared.

1. `tag_sentences` on the corpus's words: what evaluation scores.
2. `tner_hf.pipeline` on the same words.
3. plain `transformers.pipeline("ner")`, as a model card tells people to use it, on the words
   joined by spaces.

The first two must agree. The third can only where its words are the corpus's words: its own
reckoning of words (`U.S.` is four of them in a BERT vocabulary) lets labels of sub-tokens through
that training may never have taught. How often that happens is what a card should say, and which
aggregation strategy lets it happen least is what a card should tell people to use.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tner_hf.inference.pipelines.entities import find_entities
from tner_hf.inference.pipelines.inputs import Words, join_words
from tner_hf.inference.pipelines.loading import pipeline
from tner_hf.inference.pipelines.options import Strategy
from tner_hf.inference.pipelines.parity_report import Difference, ParityReport, Place
from tner_hf.labels.schemes import entities
from tner_hf.models import load_stock_pipeline
from tner_hf.words import word_joiner

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from tner_hf.inference.pipelines.ner import NERPipeline

#: Aggregation strategies of transformers, the one that reads words as evaluation does first.
STRATEGIES: tuple[Strategy, ...] = ("first", "average", "max", "simple")


def check_parity(
    checkpoint: str | Path,
    sentences: Sequence[Sequence[str]],
    *,
    tags: Sequence[Sequence[str]] | None = None,
    gold: Sequence[Sequence[str]] | None = None,
    aggregation_strategy: Strategy | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    device: Any = None,
) -> ParityReport:
    """Compare the entities that three ways to use a checkpoint find in real sentences.

    Args:
        checkpoint: a folder or a Hub id.
        sentences: lists of words, best those of the test set.
        tags: IOB2 tags that the Trainer predicted for them; computed afresh where not given.
        gold: IOB2 tags that are true; with them the report has F1 scores.
        aggregation_strategy: of the plain pipeline; None for the one that departs from the scored
            entities in the fewest sentences.
        revision: branch, tag or commit on the Hub.
        token: Hub token for a private or gated checkpoint.
        device: as in transformers.
    """
    ner = pipeline(checkpoint, revision=revision, token=token, device=device)
    joiner = word_joiner(ner.settings.word_splitter)
    laid_out = [join_words(words, joiner) for words in sentences]
    texts = [words.text for words in laid_out]
    if tags is None:
        reference = _place(laid_out, _find_as_scored(ner, sentences))
    else:
        reference = _place(laid_out, map(entities, tags))
    strategy, tried = str(aggregation_strategy), dict[str, int]()
    with warnings.catch_warnings():
        # Words are guessed by spaces: how well is just what is measured.
        warnings.filterwarnings("ignore", message=".*(fallback heuristic|guessed by the spaces)")
        if aggregation_strategy is None:
            tried = _try_strategies(ner, texts, reference)
            strategy = min(tried, key=tried.__getitem__)  # of equals the first
        stock = load_stock_pipeline(
            checkpoint, aggregation_strategy=strategy, revision=revision, token=token,
            device=ner.device,
        )  # fmt: skip
        plain = [_places(found) for found in stock(list(texts), batch_size=8)]
    ours = [_places(found) for found in ner([list(words) for words in sentences])]
    differences = [
        Difference(
            i,
            way,
            texts[i],
            missing=tuple(sorted(expected - found[i], key=_by_place)),
            extra=tuple(sorted(found[i] - expected, key=_by_place)),
        )
        for i, expected in enumerate(reference)
        for way, found in (("pipeline", ours), ("plain", plain))
        if found[i] != expected
    ]
    f1 = {}
    if gold is not None:
        true = _place(laid_out, map(entities, gold))
        f1 = {"scored": _score(true, reference), "plain": _score(true, plain)}
    return ParityReport(len(sentences), strategy, tuple(differences), tried, f1)


def _find_as_scored(
    ner: NERPipeline, sentences: Sequence[Sequence[str]]
) -> list[list[tuple[str, int, int]]]:
    """The entities of each sentence that evaluation finds."""
    from tner_hf.inference.tagging import tag_sentences

    tokenizer = cast("PreTrainedTokenizerFast", ner.tokenizer)
    tagged = tag_sentences(ner.model, tokenizer, sentences, settings=ner.settings)
    return [[(e.type, e.start, e.end) for e in found] for found in find_entities(tagged)]


def _place(
    sentences: Sequence[Words], found: Iterable[Sequence[tuple[str, int, int]]]
) -> list[set[Place]]:
    """Entities over words as entities over characters of the joined words."""
    return [
        {(kind, words.spans[a][0], words.spans[b - 1][1]) for kind, a, b in own}
        for words, own in zip(sentences, found, strict=True)
    ]


def _try_strategies(
    ner: NERPipeline, texts: Sequence[str], reference: Sequence[set[Place]]
) -> dict[str, int]:
    """The sentences in which each strategy departs, up to the first that never does.

    By our own pipeline, which gives the stock results in a fraction of the time. In text without
    spaces between words the stock pipeline takes a line for one word, so there `simple`, which
    goes by sub-tokens, is tried first.
    """
    tried: dict[str, int] = {}
    by_line = ner.settings.word_splitter == "characters"
    for strategy in reversed(STRATEGIES) if by_line else STRATEGIES:
        found = map(_places, ner(list(texts), aggregation_strategy=strategy))
        tried[strategy] = sum(a != b for a, b in zip(found, reference, strict=True))
        if not tried[strategy]:
            break
    return tried


def _places(entities: Sequence[dict[str, Any]]) -> set[Place]:
    return {(e["entity_group"], int(e["start"]), int(e["end"])) for e in entities}


def _score(gold: Sequence[set[Place]], found: Sequence[set[Place]]) -> float:
    """Micro F1."""
    hits = sum(len(a & b) for a, b in zip(gold, found, strict=True))
    total = sum(map(len, gold)) + sum(map(len, found))
    return 2 * hits / total if total else 0.0


def _by_place(place: Place) -> tuple[int, int, str]:
    return place[1], place[2], place[0]
