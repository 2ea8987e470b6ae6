"""The YAML at the top of a card: what the Hub reads, searches and shows beside the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from tner_hf.metrics.protocols import Protocol, nests
from tner_hf.publishing.cards.corpora import find_public_id
from tner_hf.publishing.cards.facts import CardFacts, TestSet

_TASK, _TASK_NAME = "token-classification", "Named Entity Recognition"
_METRICS = {"f1": "F1", "precision": "Precision", "recall": "Recall"}


def make_card_data(facts: CardFacts) -> ModelCardData:
    """The metadata of a card; a key without a value is left out."""
    # A student saw none of its teacher's data.
    corpora = () if facts.student else facts.corpora
    named = [facts.dataset_ids.get(c.name) or find_public_id(c.name) for c in corpora]
    relation = "adapter" if facts.adapter_of else "finetune"
    optional: dict[str, Any] = {
        # A whole checkpoint is a finetune, LoRA or not: its updates are merged into the weights.
        "base_model_relation": relation if facts.base_model else None,
        "new_version": facts.new_version,
        "widget": [{"text": text} for text in facts.widget],
        # The box on the model's page would otherwise go by sub-tokens.
        "inference": {"parameters": {"aggregation_strategy": facts.strategy}},
        "co2_eq_emissions": dict(facts.carbon or {}),
    }
    results = list(_eval_results(facts))
    return ModelCardData(
        language=list(facts.languages) or None,
        license=facts.license,
        library_name="peft" if facts.adapter_of else "transformers",
        pipeline_tag=_TASK,
        tags=[_TASK, "named-entity-recognition", "tner-hf", *facts.tags],  # each once
        base_model=facts.base_model,
        datasets=list(dict.fromkeys(filter(None, named))) or None,
        metrics=list(_METRICS) if results else None,
        eval_results=results or None,
        model_name=facts.name if results else None,
        **{key: value for key, value in optional.items() if value},
    )


def _eval_results(facts: CardFacts) -> Iterator[EvalResult]:
    """One entry for each number; those of one test set come together in `model-index`.

    A merge of corpora, a file of one's own or a part of a split is no dataset that a reader of the
    index could load, so its scores stand in the text only.
    """
    for each in facts.test_sets:
        if each.published:
            for metric in _list_metrics(each):
                yield EvalResult(
                    task_type=_TASK,
                    task_name=_TASK_NAME,
                    dataset_type=facts.dataset_ids.get(each.dataset, each.dataset),
                    dataset_name=each.title,
                    dataset_config=each.config,
                    dataset_split=each.split,
                    dataset_revision=_name_revision(each),
                    dataset_args=_describe_data(each),
                    **metric,
                )


def _list_metrics(each: TestSet) -> Iterator[dict[str, Any]]:
    """The micro scores of all variants and modes, macro F1, in each protocol that differs.

    Types are named as in the logs of a training: `f1`, `f1_type_ignored_strict`.
    """
    for protocol in protocols_that_differ(each):
        for variant, modes in each.protocols.get(protocol, {}).items():
            for mode, scores in modes.items():
                averages = ("micro", "macro") if variant == "type_aware" else ("micro",)
                for average in averages:
                    for measure in _METRICS if average == "micro" else ("f1",):
                        view = {"average": average, "variant": variant, "mode": mode,
                                "protocol": protocol}  # fmt: skip
                        yield {
                            "metric_type": _name_type(measure, **view),
                            "metric_name": _name_metric(measure, **view),
                            "metric_value": scores[average][measure],
                            "metric_args": view,
                        }


def _name_type(measure: str, *, average: str, variant: str, mode: str, protocol: str) -> str:
    parts = (
        measure,
        "_macro" if average == "macro" else "",
        "_type_ignored" if variant == "type_ignored" else "",
        "_strict" if mode == "strict" else "",
        "" if protocol == "full" else f"_{protocol}",
    )
    return "".join(parts)


def _name_metric(measure: str, *, average: str, variant: str, mode: str, protocol: str) -> str:
    kind = variant.replace("_", "-")
    macro = ", macro" if average == "macro" else ""
    return f"{_METRICS[measure]} ({kind}{macro}, {mode} mode, {protocol} protocol)"


def _name_revision(each: TestSet) -> str | None:
    """The commit of a Hub dataset; of a corpus that has none, the hash of its rows, marked so."""
    if each.revision:
        return each.revision
    if each.fingerprint is None:
        return None
    changes = (":lowercased" if each.lowercase else "") + (
        f":as-{each.corpus}" if each.corpus else ""
    )
    return f"fingerprint:{each.fingerprint}{changes}"


def _describe_data(each: TestSet) -> dict[str, Any] | None:
    told = {
        "fingerprint": each.fingerprint,
        "sentences": each.sentences,
        "tokens": each.tokens,
        "label_map": each.label_map,
        "lowercase": each.lowercase or None,
        "corpus": each.corpus,
        "tokens_unscored": each.tokens_unscored or None,
    }
    return {name: value for name, value in told.items() if value is not None} or None


def protocols_that_differ(each: TestSet) -> Iterator[Protocol]:
    """The protocols that have scores of their own, `full` first."""
    yield "full"
    if shared_differs(each):
        yield "shared"
    if nests(each.coverage or {}):
        yield "lattice"


def shared_differs(each: TestSet) -> bool:
    """Whether the shared protocol leaves anything out, so that its scores are others."""
    coverage: Mapping[str, Any] = each.coverage or {}
    left_out = coverage.get("gold_total", 0) - coverage.get("gold_kept", 0)
    return bool(left_out or coverage.get("predictions_masked"))
