"""What is known of a model, for the page to show beside it: from its files, or from its card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tner_hf.errors import TnerError
from tner_hf.labels import OUTSIDE, SHIPPED, split_tag
from tner_hf.models import condition_of, tag_names
from tner_hf.report.kit.colours import colours_of

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCardData
    from transformers import PreTrainedTokenizerFast

    from tner_hf.inference.pipelines.ner import NERPipeline

#: Test sets that are shown.
_MOST_SCORES = 8


def describe_model(name: str, checkpoint: str, ner: NERPipeline) -> dict[str, Any]:
    """Facts of a model: its `types` with their colours, `facts` as pairs, `scores`, `texts`.

    What is not known is left out.
    """
    settings, config = ner.settings, ner.model.config
    tags = tag_names(config)
    types = list(dict.fromkeys(t for tag in tags if tag != OUTSIDE and (t := _type_of(tag))))
    facts: dict[str, str] = {}
    scores: list[dict[str, Any]] = []
    texts: list[str] = []
    if Path(checkpoint).expanduser().is_dir():
        facts, scores, texts = _read_folder(checkpoint)
    elif (card := _find_card(checkpoint)) is not None:
        facts, scores, texts = _read_card(card)
    facts.setdefault("trained on", ", ".join(settings.corpora))
    architecture = next(iter(config.architectures or ()), "")
    facts["architecture"] = architecture.removesuffix("ForTokenClassification")
    facts["reads"] = f"windows of {settings.max_length} sub-tokens, texts of any length"
    facts["its scores"] = (
        "not calibrated: they say which entity is surer, not how sure"
        if settings.temperature is None
        else f"confidences, calibrated on validation (temperature {settings.temperature:.2f})"
    )
    if settings.conditions:
        told = condition_of(cast("PreTrainedTokenizerFast", ner.tokenizer))
        facts["guidelines"] = f"those of {told}" if told else "those that its corpora share"
    if settings.lowercase:
        facts["case"] = "made for lower-cased text; yours is lower-cased for it"
    return {
        "name": name,
        "types": colours_of(types),
        "facts": [[key, value] for key, value in facts.items() if value],
        "scores": scores[:_MOST_SCORES],
        "texts": texts,
        "unified": any(set(types) <= set(each.targets) for each in SHIPPED.values()),
    }


def _read_folder(checkpoint: str) -> tuple[dict[str, str], list[dict[str, Any]], list[str]]:
    from tner_hf.publishing.cards import collect_facts

    try:
        known = collect_facts(checkpoint)
    except (TnerError, json.JSONDecodeError):  # a broken file beside a good model
        return {}, [], []
    facts = {
        "fine-tuned from": known.base_model or "",
        "trained on": _join([c.title for c in known.corpora] or known.train_files),
        "text": _join(dict.fromkeys(c.domain for c in known.corpora if c.domain)),
        "languages": _join(known.languages),
        "licence": known.license or "",
    }
    scores = []
    for each in known.test_sets:
        protocol = "shared" if "shared" in each.protocols else "full"
        lowered = ", lower-cased" if each.lowercase else ""
        scores.append(
            {
                "on": f"{each.title}, {each.split}{lowered}",
                "aware": each.f1("type_aware", protocol),
                "ignored": each.f1("type_ignored", protocol),
            }
        )
    return facts, scores, list(known.widget)


def _find_card(repo_id: str) -> ModelCardData | None:
    from huggingface_hub import ModelCard
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
    from yaml import YAMLError

    try:
        card: ModelCardData = ModelCard.load(repo_id, ignore_metadata_errors=True).data
    except (EntryNotFoundError, HfHubHTTPError, OSError, ValueError, YAMLError):
        return None  # no card, or none that can be read: the page does without
    return card


def _read_card(card: ModelCardData) -> tuple[dict[str, str], list[dict[str, Any]], list[str]]:
    facts = {
        "fine-tuned from": _join(_listed(card.get("base_model"))),
        "trained on": _join(_listed(card.get("datasets"))),
        "languages": _join(_listed(card.get("language"))),
        "licence": str(card.get("license") or ""),
    }
    scores = _pair_scores(card.eval_results or ())
    widget = card.get("widget") or ()
    texts = [str(w["text"]) for w in widget if isinstance(w, dict) and "text" in w]
    return facts, scores, texts


def _pair_scores(results: Iterable[EvalResult]) -> list[dict[str, Any]]:
    """F1 with and without types of each test set: micro, default mode, `shared` before `full`.

    Cards of others say no more than `f1`, and that is taken for F1 with types.
    """
    found: dict[str, dict[str, Any]] = {}
    for each in sorted(results, key=lambda each: _args(each).get("protocol") == "shared"):
        args = _args(each)
        if args.get("protocol") == "lattice":
            continue
        usual = args.get("average", "micro") == "micro" and args.get("mode", "default") == "default"
        if not (usual and "f1" in each.metric_type and isinstance(each.metric_value, int | float)):
            continue
        on = ", ".join(part for part in (each.dataset_name, each.dataset_split) if part)
        row = found.setdefault(on, {"on": on, "aware": None, "ignored": None})
        row["ignored" if args.get("variant") == "type_ignored" else "aware"] = each.metric_value
    return [row for row in found.values() if row["aware"] is not None]


def _args(result: EvalResult) -> Mapping[str, Any]:
    return result.metric_args or {}


def _type_of(tag: str) -> str:
    """`PER` of `B-PER`, and of `PER`, as models of others write it."""
    prefix, entity_type = split_tag(tag)
    return entity_type or prefix


def _listed(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value or "")]


def _join(values: Iterable[str]) -> str:
    return ", ".join(value for value in values if value)
