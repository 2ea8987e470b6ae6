"""Models against gold: every entity in its class, and the scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.demo.answers import tag_words, warn_of_scripts
from tner_hf.demo.work import Work
from tner_hf.errors import SettingError
from tner_hf.labels import OUTSIDE, LabelSpace, split_tag
from tner_hf.labels.maps import choose_label_map
from tner_hf.metrics.errors import Entity, ErrorAnalysis, analyse_errors
from tner_hf.models import recorded_label_map
from tner_hf.predictions.maps import own_map
from tner_hf.predictions.predicted import PredictedSplit, map_names
from tner_hf.report.kit.colours import colours_of

if TYPE_CHECKING:
    from tner_hf.formats.iob import IobFile
    from tner_hf.inference.pipelines.inputs import Words
    from tner_hf.inference.pipelines.ner import NERPipeline

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
        file; what became of its types (`mapped`), if both sides were unified; and its `warnings`.
    """
    first = next(iter(pipelines.values()))
    sentences = [first.read(words) for words, _ in gold.sentences]
    recorded = [recorded_label_map(ner.model.config) for ner in pipelines.values()]
    label_map = choose_label_map(None, recorded) if unify else None
    types = {split_tag(tag)[1] for _, tags in gold.sentences for tag in tags if tag != OUTSIDE}
    if len(types) > MOST_TYPES:
        raise SettingError(
            f"the gold tags have {len(types):,} entity types; this demo takes {MOST_TYPES}. Are "
            "they tags? `tner-hf evaluate` on a machine of your own takes any number"
        )
    native = LabelSpace.of(types)
    names, _ = map_names(native.names, label_map)
    mapped = {split_tag(a)[1]: split_tag(b)[1] for a, b in zip(native.names, names, strict=True)}
    ids = np.array([native.label2id[tag] for _, tags in gold.sentences for tag in tags], np.intp)

    def check(name: str, ner: NERPipeline) -> dict[str, Any]:
        with work.at_models():
            tagged = tag_words(sentences, ner, work, lowercase=lowercase)
        answer = PredictedSplit(
            gold=ids,
            predicted=tagged.ids,
            offsets=tagged.offsets,
            corpus_names=names,
            own_names=tagged.names,
            label_map=own_map(ner.settings, label_map),
        )
        words = [word for sentence in sentences for word in sentence.words]
        warnings.extend(warn_of_scripts(words, name, ner, work, lowercase=lowercase))
        return {"model": name, **_judge(answer, sentences, work)}

    warnings = [f"line {p.line}: {p.message}" for p in gold.problems[:20]]
    models = [check(name, ner) for name, ner in pipelines.items()]
    corpus_types = LabelSpace.from_names(names).types
    return {
        "sentences": [sentence.text for sentence in sentences],
        "models": models,
        "types": colours_of([*corpus_types, *(t for m in models for t in m.pop("own_types"))]),
        "scheme": str(gold.scheme),
        "mapped": {old: new for old, new in mapped.items() if old != new},
        "warnings": warnings,
    }


def _judge(answer: PredictedSplit, sentences: Sequence[Words], work: Work) -> dict[str, Any]:
    """Scores, then each sentence's entities in their classes; meanwhile others have the models."""
    total = len(sentences)
    work.advance(0, total, "sentences scored")
    scores = answer.score()
    gold, predicted, offsets = answer.gold, answer.predicted, answer.offsets
    names: Any = {"corpus_names": answer.corpus_names, "model_names": answer.model_names}
    sides: dict[str, list[list[dict[str, Any]]]] = {"gold": [], "predicted": []}
    for begin in range(0, total, _CHUNK):
        work.advance(begin, total, "sentences scored")
        part = offsets[begin : begin + _CHUNK + 1]
        own = slice(part[0], part[-1])
        found = analyse_errors(gold[own], predicted[own], offsets=part - part[0], **names)
        for side, entities in sides.items():
            entities.extend(_group(found, side, sentences[begin : begin + _CHUNK]))
    own_types = {entity["type"] for sentence in sides["predicted"] for entity in sentence}
    return {**scores, **sides, "own_types": sorted(own_types)}


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
