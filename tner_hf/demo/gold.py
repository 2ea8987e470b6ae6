"""Models against gold: every entity in its class, and the scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.data.iob import IobFile
from tner_hf.demo.answers import lower_case
from tner_hf.demo.colours import colours_of
from tner_hf.demo.work import Work
from tner_hf.errors import SettingError
from tner_hf.labels import OUTSIDE, UNIFIED, LabelSpace, sort_types, split_tag
from tner_hf.metrics import score_protocols
from tner_hf.metrics.errors import Entity, ErrorAnalysis, analyse_errors

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.inputs import Words
    from tner_hf.inference.pipelines.ner import NERPipeline
    from tner_hf.inference.tagging import Tagged

#: Entity types of one gold file.
MOST_TYPES = 500

#: Sentences whose entities are put in classes between two looks at the clock.
_CHUNK = 500


def check_models_on(
    gold: IobFile,
    pipelines: dict[str, NERPipeline],
    work: Work,
    *,
    lowercase: bool = False,
    unify: bool = False,
) -> dict[str, Any]:
    """Each model's entities against the gold ones.

    Raises:
        SettingError: too many entity types, or the time was up.

    Returns:
        `sentences`, each with its `text`; `models`, each with its scores (`protocols` and
        `coverage`, as `tner_hf.metrics.score_protocols` gives them) and, a list a sentence, its
        `gold` and `predicted` entities in classes; the colours of the `types`; the `scheme` of the
        file; what became of its types (`mapped`), if they were unified; and its `warnings`.
    """
    first = next(iter(pipelines.values()))
    sentences = [first.read(words) for words, _ in gold.sentences]
    types = {split_tag(tag)[1] for _, tags in gold.sentences for tag in tags if tag != OUTSIDE}
    if len(types) > MOST_TYPES:
        raise SettingError(
            f"the gold tags have {len(types):,} entity types; this demo takes {MOST_TYPES}. Are "
            "they tags? `tner-hf evaluate` on a machine of your own takes any number"
        )
    mapped = {t: UNIFIED.map_type(t) if unify else t for t in sort_types(types)}
    space = LabelSpace.of(mapped.values())
    ids = [space.label2id[_rename(tag, mapped)] for _, tags in gold.sentences for tag in tags]
    models = [
        {"model": name, **_check(sentences, ids, space, ner, work, lowercase=lowercase)}
        for name, ner in pipelines.items()
    ]
    return {
        "sentences": [sentence.text for sentence in sentences],
        "models": models,
        "types": colours_of([*space.types, *(t for m in models for t in m.pop("own_types"))]),
        "scheme": str(gold.scheme),
        "mapped": {native: name for native, name in mapped.items() if native != name},
        "warnings": [f"line {p.line}: {p.message}" for p in gold.problems[:20]],
    }


def _rename(tag: str, mapped: dict[str, str]) -> str:
    prefix, entity_type = split_tag(tag)
    return f"{prefix}-{mapped[entity_type]}" if entity_type else tag


def _check(
    sentences: Sequence[Words],
    gold_ids: Sequence[int],
    space: LabelSpace,
    ner: NERPipeline,
    work: Work,
    *,
    lowercase: bool,
) -> dict[str, Any]:
    from tner_hf.inference.pipelines.inputs import Words

    read = list(sentences)
    if lowercase:
        read = [Words(lower_case(s.text), s.spans, s.given) for s in sentences]
    with work.at_models():
        tagged = ner.tag(read, progress=lambda done, of: work.advance(done, of, "sub-tokens"))
    return _score(sentences, gold_ids, space, tagged, work)


def _score(
    sentences: Sequence[Words],
    gold_ids: Sequence[int],
    space: LabelSpace,
    tagged: Tagged,
    work: Work,
) -> dict[str, Any]:
    """The scores, then each sentence's entities; without the models, so that others have them."""
    gold, predicted = np.asarray(gold_ids, dtype=np.intp), tagged.ids.astype(np.intp)
    offsets = tagged.offsets.astype(np.intp)
    names: Any = {"corpus_names": space.names, "model_names": tagged.names}
    total = len(sentences)
    work.advance(0, total, "sentences scored")
    scores = score_protocols(gold, predicted, offsets=offsets, **names)
    sides: dict[str, list[list[dict[str, Any]]]] = {"gold": [], "predicted": []}
    for begin, end in _chunks(total):
        work.advance(begin, total, "sentences scored")
        own = slice(offsets[begin], offsets[end])
        places = offsets[begin : end + 1] - offsets[begin]
        found = analyse_errors(gold[own], predicted[own], offsets=places, **names)
        for side, entities in sides.items():
            entities.extend(_group(found, side, sentences[begin:end]))
    own_types = {entity["type"] for sentence in sides["predicted"] for entity in sentence}
    return {**scores, **sides, "own_types": sorted(own_types)}


def _chunks(total: int) -> Iterator[tuple[int, int]]:
    for begin in range(0, total, _CHUNK):
        yield begin, min(begin + _CHUNK, total)


def _group(
    found: ErrorAnalysis, side: str, sentences: Sequence[Words]
) -> list[list[dict[str, Any]]]:
    """The entities of one side by sentence, with their characters and their partner's type."""
    own: tuple[Entity, ...] = found.gold if side == "gold" else found.predicted
    others = found.predicted if side == "gold" else found.gold
    grouped: list[list[dict[str, Any]]] = [[] for _ in sentences]
    for e in own:
        spans = sentences[e.sentence].spans
        grouped[e.sentence].append(
            {
                "start": spans[e.start][0],
                "end": spans[e.end - 1][1],
                "type": e.type,
                "error": e.error,
                "other": None if e.partner is None else others[e.partner].type,
            }
        )
    return grouped
