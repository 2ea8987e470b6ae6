"""The parts of a card that are tables, as Markdown, and everything that its template needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tner_hf.metrics.calibration import Calibration
from tner_hf.metrics.intervals import describe_intervals, show_score
from tner_hf.metrics.protocols import Protocol, describe_nesting, nests
from tner_hf.publishing.cards.facts import CardFacts, TestSet, TransferTable
from tner_hf.publishing.cards.markup import escape, markdown_table
from tner_hf.publishing.cards.metadata import protocols_that_differ, shared_differs
from tner_hf.publishing.cards.sentences import (
    describe_limits,
    describe_training,
    explain_strategy,
    summarise,
)

#: Names of settings that say more to a reader than the flag does.
_SHOWN = {
    "per_device_train_batch_size": "batch size (per device)",
    "max_length": "max_length (sub-tokens)",
    "num_train_epochs": "epochs",
    "optim": "optimizer",
}

_MEASURES = ("precision", "recall", "f1")


def make_sections(facts: CardFacts) -> dict[str, Any]:
    """Everything in the template that is more than a fact's own text."""
    return {
        "summary": summarise(facts),
        "strategy_reason": explain_strategy(facts),
        "label_tables": [(c, _label_table(c.types)) for c in facts.corpora],
        "score_sections": [_ScoreSection(each) for each in facts.test_sets],
        "validation_lines": [_validation_line(each) for each in facts.validation],
        "overview": _overview(facts.test_sets) if len(facts.test_sets) > 1 else "",
        "hyper_parameters": markdown_table(["setting", "value"], _setting_rows(facts)),
        "training_lines": list(describe_training(facts.training)),
        "transfer_tables": [
            (table, _transfer_table(table))
            for table in (facts.transfer.tables if facts.transfer else ())
        ],
        "limits": list(describe_limits(facts)),
        "escape": escape,
    }


class _ScoreSection:
    """The scores on one test set, for the template."""

    def __init__(self, each: TestSet) -> None:
        self.title = f"{escape(each.title)}, {each.split} split"
        self.size = _size(each)
        self.scores = _score_tables(each)
        self.types = _type_table(each)
        intervals = f"In brackets: {describe_intervals(each.intervals)}." if each.intervals else ""
        notes = [intervals, _describe_shared(each), _describe_lattice(each)]
        self.notes = " ".join(note for note in notes if note)
        self.reliability = _draw_reliability(each)


def _label_table(types: Mapping[str, str]) -> str:
    changed = [[f"`{n}`", f"`{u}`"] for n, u in types.items() if n != u]
    return markdown_table(["type of the authors", "type of this model"], changed)


def _size(each: TestSet) -> str:
    counted = [
        f"{number:,} {noun}"
        for number, noun in (
            (each.sentences, "sentences"),
            (each.tokens, "tokens"),
            (_support(each), "entities"),
        )
        if number is not None
    ]
    extra = [f"fingerprint `{each.fingerprint}`"] if each.fingerprint else []
    if each.lowercase:
        extra.append("words lower-cased")
    return "; ".join([", ".join(counted), *extra])


def _support(each: TestSet) -> int:
    return int(each.protocols["full"]["type_aware"]["default"]["micro"]["support"])


def _score_tables(each: TestSet) -> list[tuple[str, str]]:
    """The protocols with their scores; one without its name where the other says the same."""
    protocols = tuple(protocols_that_differ(each))
    if len(protocols) == 1:
        return [("", _score_table(each, protocols[0]))]
    return [(f"Protocol *{protocol}*:", _score_table(each, protocol)) for protocol in protocols]


def _score_table(each: TestSet, protocol: Protocol) -> str:
    rows = []
    for variant, modes in each.protocols[protocol].items():
        for mode, scores in modes.items():
            for average in ("micro", "macro") if variant == "type_aware" else ("micro",):
                bounds = each.bounds(protocol, variant, mode).get(average, {})
                place = [variant.replace("_", "-"), mode, average]
                rows.append([*place, *_cells(scores[average], bounds)])
    header = ["types", "mode", "average", "precision", "recall", "F1"]
    return markdown_table(header, rows, text_columns=3)


def _type_table(each: TestSet) -> str:
    bounds = each.bounds("full", "type_aware", "default").get("per_type", {})
    rows = [
        [
            f"`{name}`",
            # A type that does not occur has no recall, and what is predicted of it is just wrong.
            *(_cells(scores, bounds.get(name, {})) if scores["support"] else "–––"),
            f"{scores['support']:,}",
        ]
        for name, scores in each.protocols["full"]["type_aware"]["default"]["per_type"].items()
    ]
    header = ["type", "precision", "recall", "F1", "entities"]
    return markdown_table(header, rows, text_columns=1)


def _overview(test_sets: Sequence[TestSet]) -> str:
    rows = [
        [
            each.title,
            each.split,
            *(
                show_score(
                    each.f1(variant),
                    each.bounds("full", variant, "default").get("micro", {}).get("f1"),
                )
                for variant in ("type_aware", "type_ignored")
            ),
        ]
        for each in test_sets
    ]
    header = ["test set", "split", "F1, type-aware", "F1, type-ignored"]
    return markdown_table(header, rows, text_columns=2)


def _cells(scores: Mapping[str, Any], bounds: Mapping[str, Any]) -> list[str]:
    return [show_score(scores[measure], bounds.get(measure)) for measure in _MEASURES]


def _describe_shared(each: TestSet) -> str:
    if not each.coverage or not shared_differs(each):
        return ""
    cover = each.coverage
    types = len(cover["shared_types"])
    return (
        f"Protocol *full* counts every entity; *shared* only those of the {types} types that model "
        f"and corpus both have, {cover['gold_kept']:,} of {cover['gold_total']:,} gold entities, "
        f"and leaves out {cover['predictions_masked']:,} predicted ones."
    )


def _describe_lattice(each: TestSet) -> str:
    cover = each.coverage or {}
    if not nests(cover):
        return ""
    return (
        "Protocol *lattice* reads each type as the nearest broader one at which model and corpus "
        f"meet ({describe_nesting(cover)}): {cover['lattice_gold_kept']:,} of "
        f"{cover['gold_total']:,} gold entities."
    )


def _draw_reliability(each: TestSet) -> str:
    """Whether the model's scores can be believed: a sentence and the reliability diagram."""
    if each.calibration is None:
        return ""
    found = Calibration.from_dict(each.calibration)
    if not found.entities.count:
        return ""
    said = found.describe()
    drawn = "\n".join(["```text", *found.entities.draw(), "```"])
    return f"{said[0].upper()}{said[1:]}.\n\n{drawn}"


def _validation_line(each: TestSet) -> str:
    return (
        f"{escape(each.title)}, {each.split} split, scored at the end of the run: F1 "
        f"{100 * each.f1('type_aware'):.2f} type-aware, "
        f"{100 * each.f1('type_ignored'):.2f} type-ignored "
        f"({_support(each):,} entities)."
    )


def _setting_rows(facts: CardFacts) -> list[list[str]]:
    """The hyper-parameters; what is switched off and would be on nobody's list is left out."""
    values = dict(facts.hyper_parameters)
    if values and facts.settings is not None:
        values |= {"max_length": facts.settings.max_length}  # a run may record that it was unset
    betas = [values.pop(name, None) for name in ("adam_beta1", "adam_beta2", "adam_epsilon")]
    if None not in betas and "optim" in values:
        one, two, epsilon = map(_plain, betas)
        values["optim"] = f"{values['optim']}, betas {one} and {two}, epsilon {epsilon}"
    rows = {name: value for name, value in values.items() if value is not False}
    if facts.hyper_parameters.get("bf16") is False and facts.hyper_parameters.get("fp16") is False:
        rows["floating point"] = "fp32"
    if 0 < (warmup := rows.get("warmup_steps") or 0) < 1:
        rows["warmup_steps"] = f"{100 * warmup:g} % of all steps"
    return [[_SHOWN.get(name, name), f"`{_plain(value)}`"] for name, value in rows.items()]


def _transfer_table(table: TransferTable) -> str:
    rows = [
        [f"**{escape(name)}**" if i == 0 else escape(name), *map(escape, cells)]
        for i, (name, *cells) in enumerate(table.rows)
    ]
    return markdown_table(["trained on", *map(escape, table.columns)], rows, text_columns=1)


def _plain(value: Any) -> str:
    """A setting as one would type it.

    >>> _plain(12.0), _plain(0.0003), _plain(True)
    ('12', '0.0003', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
