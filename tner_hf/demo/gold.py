"""Models against gold: every entity in its class, and the scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.demo.answers import lower_case
from tner_hf.demo.colours import colours_of
from tner_hf.demo.work import Work
from tner_hf.formats.iob import IobFile
from tner_hf.labels import OUTSIDE, UNIFIED, LabelSpace, sort_types, split_tag
from tner_hf.metrics import score_protocols
from tner_hf.metrics.errors import Entity, ErrorAnalysis, analyse_errors

if TYPE_CHECKING:
    from tner_hf.inference.pipelines.inputs import Words
    from tner_hf.inference.pipelines.ner import NERPipeline


def check_models_on(
    gold: IobFile,
    pipelines: dict[str, NERPipeline],
    work: Work,
    *,
    lowercase: bool = False,
    unify: bool = False,
) -> dict[str, Any]:
    """Each model's entities against the gold ones.

    Returns:
        `sentences`, each with its `text`; `models`, each with its scores (`protocols` and
        `coverage`, as `tner_hf.metrics.score_protocols` gives them) and, a list a sentence, its
        `gold` and `predicted` entities in classes; the colours of the `types`; the `scheme` of the
        file; what became of its types (`mapped`), if they were unified; and its `warnings`.
    """
    first = next(iter(pipelines.values()))
    sentences = [first.read(words) for words, _ in gold.sentences]
    types = {split_tag(tag)[1] for _, tags in gold.sentences for tag in tags if tag != OUTSIDE}
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
    tagged = ner.tag(read, progress=lambda done, of: work.advance(done, of, "sub-tokens"))
    sides = np.asarray(gold_ids, dtype=np.intp), tagged.ids.astype(np.intp)
    offsets = tagged.offsets.astype(np.intp)
    names: Any = {"corpus_names": space.names, "model_names": tagged.names}
    scores = score_protocols(*sides, offsets=offsets, **names)
    found = analyse_errors(*sides, offsets=offsets, **names)
    return {
        **scores,
        "gold": _group(found, "gold", sentences),
        "predicted": _group(found, "predicted", sentences),
        "own_types": sorted({e.type for e in found.predicted}),
    }


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
