"""The parts of a card that are tables or sentences made of numbers, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tner_hf.cards.facts import CardFacts, Parity, TestSet, TransferTable
from tner_hf.cards.metadata import shared_differs
from tner_hf.metrics.protocols import PROTOCOLS

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
        "summary": _summarise(facts),
        "label_tables": [(c, _label_table(c.types)) for c in facts.corpora],
        "score_sections": [_ScoreSection(each) for each in facts.test_sets],
        "validation_lines": [_validation_line(each) for each in facts.validation],
        "overview": _overview(facts.test_sets) if len(facts.test_sets) > 1 else "",
        "hyper_parameters": markdown_table(["setting", "value"], _setting_rows(facts)),
        "training_lines": list(_training_lines(facts.training)),
        "transfer_tables": [
            (table, _transfer_table(table))
            for table in (facts.transfer.tables if facts.transfer else ())
        ],
        "limits": list(_limits(facts)),
        "escape": escape,
    }


class _ScoreSection:
    """The scores on one test set, for the template."""

    def __init__(self, each: TestSet) -> None:
        self.title = f"{escape(each.title)}, {each.split} split"
        self.size = _size(each)
        self.scores = _score_table(each)
        self.types = _type_table(each)
        notes = [_describe_intervals(each.intervals), _describe_shared(each)]
        self.notes = " ".join(note for note in notes if note)


def _summarise(facts: CardFacts) -> str:
    """What the model is, in a sentence."""
    kinds = ", ".join(f"`{t}`" for t in facts.types)
    many = f"{len(facts.types)} types of entities" if len(facts.types) > 1 else "one type of entity"
    data = " and ".join(c.title + (f" ({c.domain})" if c.domain else "") for c in facts.corpora)
    if not data and facts.train_files:
        data = "data of its authors"
    base = f"`{facts.base_model}`" if facts.base_model else "A pretrained encoder"
    if not data:
        return f"This model finds {many} in text: {kinds}."
    corpora = "" if not facts.corpora else "the corpora " if facts.corpora[1:] else "the corpus "
    return f"{base}, fine-tuned on {corpora}{data}. It finds {many} in text: {kinds}."


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


def _score_table(each: TestSet) -> str:
    protocols = [p for p in PROTOCOLS if p == "full" or shared_differs(each)]
    rows = []
    for protocol in protocols:
        for variant, modes in each.protocols[protocol].items():
            for mode, scores in modes.items():
                for average in ("micro", "macro")[: 2 if variant == "type_aware" else 1]:
                    bounds = _bounds(each, protocol, variant, mode).get(average, {})
                    head = [variant.replace("_", "-"), mode, average]
                    rows.append([protocol, *head, *_cells(scores[average], bounds)])
    header = ["protocol", "types", "mode", "average", "precision", "recall", "F1"]
    if len(protocols) == 1:  # one word would stand in every row
        header, rows = header[1:], [row[1:] for row in rows]
    return markdown_table(header, rows, text_columns=len(header) - 3)


def _type_table(each: TestSet) -> str:
    bounds = _bounds(each, "full", "type_aware", "default").get("per_type", {})
    rows = [
        [f"`{name}`", *_cells(scores, bounds.get(name, {})), f"{scores['support']:,}"]
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
                _show(
                    each.protocols["full"][variant]["default"]["micro"]["f1"],
                    _bounds(each, "full", variant, "default").get("micro", {}).get("f1"),
                )
                for variant in ("type_aware", "type_ignored")
            ),
        ]
        for each in test_sets
    ]
    header = ["test set", "split", "F1, type-aware", "F1, type-ignored"]
    return markdown_table(header, rows, text_columns=2)


def _bounds(each: TestSet, protocol: str, variant: str, mode: str) -> Mapping[str, Any]:
    blocks = (each.intervals or {}).get("protocols", {})
    found: Mapping[str, Any] = blocks.get(protocol, {}).get(variant, {}).get(mode, {})
    return found


def _cells(scores: Mapping[str, Any], bounds: Mapping[str, Any]) -> list[str]:
    return [_show(scores[measure], bounds.get(measure)) for measure in _MEASURES]


def _show(fraction: float, bounds: Sequence[float] | None) -> str:
    """A score in percent with its interval.

    >>> _show(0.439, None), _show(0.439, [0.41, 0.466])
    ('43.90', '43.90 [41.0, 46.6]')
    """
    shown = f"{100 * fraction:.2f}"
    return f"{shown} [{100 * bounds[0]:.1f}, {100 * bounds[1]:.1f}]" if bounds else shown


def _describe_intervals(intervals: Mapping[str, Any] | None) -> str:
    if not intervals:
        return ""
    method = "BCa" if intervals["method"] == "bca" else intervals["method"]
    return (
        f"In brackets: {100 * intervals['level']:g} % confidence intervals, {method} bootstrap "
        f"over {intervals['n_sentences']:,} sentences, {intervals['n_resamples']:,} resamples."
    )


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


def _validation_line(each: TestSet) -> str:
    aware, ignored = (
        each.protocols["full"][variant]["default"]["micro"]["f1"]
        for variant in ("type_aware", "type_ignored")
    )
    return (
        f"{escape(each.title)}, {each.split} split, scored at the end of the run: F1 {100 * aware:.2f} "
        f"type-aware, {100 * ignored:.2f} type-ignored ({_support(each):,} entities)."
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


def _training_lines(training: Mapping[str, Any]) -> Iterator[str]:
    cut = training.get("alignment", {})
    if cut:
        yield f"{cut['sentences']:,} sentences with {cut['tokens']:,} tokens"
    if "global_step" in training:
        epochs = f", {training['epoch']:g} epochs" if "epoch" in training else ""
        yield f"{training['global_step']:,} steps{epochs}"
    if "train_runtime" in training:
        yield f"{_duration(training['train_runtime'])} of training"
    if training.get("processes", 1) > 1:
        yield f"{training['processes']} processes"
    if "train_loss" in training:
        yield f"mean training loss {training['train_loss']:.4f}"


def _duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> _duration(42.3), _duration(362), _duration(7500)
    ('42 s', '6 min 2 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _transfer_table(table: TransferTable) -> str:
    rows = [
        [f"**{escape(name)}**" if i == 0 else escape(name), *map(escape, cells)]
        for i, (name, *cells) in enumerate(table.rows)
    ]
    return markdown_table(["trained on", *map(escape, table.columns)], rows, text_columns=1)


def _limits(facts: CardFacts) -> Iterator[str]:
    """What a reader must know before using the model, one sentence or two for each."""
    if facts.languages:
        spoken = ", ".join(f"`{code}`" for code in facts.languages)
        yield f"Languages of the training data: {spoken}; nothing is known of others."
    settings = facts.settings
    if settings is not None:
        yield (
            f"It reads {settings.max_length} sub-tokens at a time. `tner_hf` reads longer text in "
            "overlapping windows; plain transformers cuts it off at what the tokenizer allows."
        )
        if settings.lowercase:
            yield "It was trained on lower-cased words: lower-case the text before you tag it."
    yield from _training_limits(facts.training)
    for each in facts.test_sets:
        yield from _test_limits(each, facts.types)
    if parity := facts.parity:
        yield _describe_parity(parity)


def _describe_parity(parity: Parity) -> str:
    way = f'Plain `pipeline("ner", aggregation_strategy="{parity.strategy}")`'
    if not parity.plain and not parity.pipeline:
        return f"{way} gives the entities that were scored in all {parity.sentences:,} sentences."
    ours = f", `tner_hf.pipeline` in {parity.pipeline:,}" if parity.pipeline else ""
    return (
        f"**{way} gives other entities than those that were scored in {parity.plain:,} of "
        f"{parity.sentences:,} sentences{ours}.**"
    )


def _training_limits(training: Mapping[str, Any]) -> Iterator[str]:
    cut = training.get("alignment", {})
    if not cut:
        return
    if cut["truncated_tokens"]:
        yield (
            f"Training cut off {cut['truncated_tokens']:,} of {cut['tokens']:,} tokens, in "
            f"{cut['truncated_sentences']:,} sentences that were longer than that."
        )
    else:
        yield "Training cut nothing off."
    if cut["unencodable_tokens"]:
        yield (
            f"{cut['unencodable_tokens']:,} training tokens have no sub-token in this tokenizer "
            "and taught nothing."
        )


def _test_limits(each: TestSet, types: Sequence[str]) -> Iterator[str]:
    where = f"{escape(each.title)}, {each.split}"
    if each.tokens_unscored:
        yield (
            f"**{where}: {each.tokens_unscored:,} tokens have no prediction and count as `O`; "
            "these are not scores of the whole test set.**"
        )
    if each.windowed_sentences:
        yield f"{where}: {each.windowed_sentences:,} sentences were read in overlapping windows."
    if each.unencodable_tokens:
        yield (
            f"{where}: {each.unencodable_tokens:,} tokens have no sub-token in this tokenizer and "
            "were tagged after the next one."
        )
    if each.unseen_types:
        unseen = ", ".join(f"`{t}`" for t in each.unseen_types)
        yield f"{where}: the corpus has entities of types that this model never saw: {unseen}."
    per_type = each.protocols["full"]["type_aware"]["default"]["per_type"]
    untested = [t for t in types if not per_type.get(t, {}).get("support")]
    if untested:
        yield f"{where}: no entity is a {' or '.join(f'`{t}`' for t in untested)}; untested there."


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int | None = None
) -> str:
    """A Markdown table, numbers to the right after the first `text_columns`; empty without rows."""
    if not rows:
        return ""
    left = len(header) if text_columns is None else text_columns
    rule = ["---" if i < left else "---:" for i in range(len(header))]
    lines = [header, rule, *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines
    )


def escape(text: str) -> str:
    r"""Text that Markdown and HTML leave as it is.

    >>> escape("a_b <i>*")
    'a\\_b &lt;i>\\*'
    """
    return "".join("&lt;" if c == "<" else f"\\{c}" if c in "\\*_`[" else c for c in text)


def _plain(value: Any) -> str:
    """A setting as one would type it.

    >>> _plain(12.0), _plain(0.0003), _plain(True)
    ('12', '0.0003', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
