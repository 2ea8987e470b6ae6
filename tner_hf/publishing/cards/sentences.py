"""What a card says in sentences: what the model is, how its training went, where its limits are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tner_hf.publishing.cards.facts import CardFacts, Parity, TestSet
from tner_hf.publishing.cards.markup import escape


def summarise(facts: CardFacts) -> str:
    """What the model is, in a sentence."""
    if not facts.types:
        return "This model finds nothing: its training data had no entity."
    kinds = ", ".join(f"`{t}`" for t in facts.types)
    many = f"{len(facts.types)} types of entities" if len(facts.types) > 1 else "one type of entity"
    made = facts.student and _describe_student(facts.student)
    if made := made or (facts.average and _describe_average(facts.average)):
        text = f"{made} It finds {many} in text: {kinds}."
        return " ".join([text, *map(_headline, facts.test_sets[:1])])
    data = " and ".join(c.title + (f" ({c.domain})" if c.domain else "") for c in facts.corpora)
    if not data and facts.train_files:
        data = "data of its authors"
    base = f"`{facts.base_model}`" if facts.base_model else "A pretrained encoder"
    if not data:
        return f"This model finds {many} in text: {kinds}."
    corpora = "" if not facts.corpora else "the corpora " if facts.corpora[1:] else "the corpus "
    text = f"{base}, fine-tuned on {corpora}{data}. It finds {many} in text: {kinds}."
    return " ".join([text, *map(_headline, facts.test_sets[:1])])


def _describe_student(student: Mapping[str, Any]) -> str:
    """Whose student a model is, and what it lost."""
    text = (
        f"A student of `{student['teacher']}` with {student['layers']} of its "
        f"{student['teacher_layers']} layers, taught what the teacher says of "
        f"{student['sentences']:,} sentences."
    )
    found = student.get("judged")
    if not found:
        return f"{text} It was not compared with its teacher."
    teacher, own = 100 * found["teacher_f1"], 100 * found["student_f1"]
    return (
        f"{text} On {escape(found['dataset'])}, {found['split']} split, F1 of the teacher is "
        f"{teacher:.2f} and its own {own:.2f} ({100 * found['level']:g} % interval of the "
        f"difference {100 * found['low']:+.1f} to {100 * found['high']:+.1f} points)."
    )


def _describe_average(average: Mapping[str, Any]) -> str:
    """Which models a model is the average of."""
    models = average["models"]
    named = ", ".join(f"{weight:g} of `{name}`" for name, weight in models.items())
    partial = [f"`{t}`" for t, count in average["types"].items() if count < len(models)]
    of = f" That of {', '.join(partial)} is over those that know it." if partial else ""
    return f"The average of the weights of {len(models)} models: {named}.{of}"


def _headline(each: TestSet) -> str:
    """The two F1 scores of the first test set."""
    low, high = each.bounds("full", "type_aware", "default").get("micro", {}).get("f1", (0, 0))
    level = 100 * (each.intervals or {}).get("level", 0)
    sure = f" ({level:g} % interval {100 * low:.1f} to {100 * high:.1f})" if level and high else ""
    return (
        f"F1 on {escape(each.title)}, {each.split} split: **{100 * each.f1('type_aware'):.2f}**"
        f"{sure}, and {100 * each.f1('type_ignored'):.2f} where boundaries alone count."
    )


def describe_training(training: Mapping[str, Any]) -> Iterator[str]:
    """How much was trained, and for how long."""
    cut = training.get("alignment", {})
    if cut:
        yield f"{cut['sentences']:,} sentences with {cut['tokens']:,} tokens"
    if "global_step" in training:
        epoch = training.get("epoch")
        epochs = "" if epoch is None else f", {epoch:g} epoch{'s' * (epoch != 1)}"
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


def describe_limits(facts: CardFacts) -> Iterator[str]:
    """What a reader must know before using the model, one sentence or two for each."""
    yield from facts.notes
    if facts.seeds:
        yield _describe_seeds(facts.seeds)
    if facts.crf:
        yield _describe_crf(facts.crf)
    if facts.settings is not None and facts.settings.apart:
        named = ", ".join(f"`{name}`" for name in facts.settings.apart)
        yield (
            f"Its head has rows of their own for types of some corpora ({named}; "
            "`tner_hf.apart` in `config.json`). `tner_hf` sums their probabilities and speaks of "
            "one type everywhere; plain transformers shows the rows as types, each less likely."
        )
    if facts.settings is not None and facts.settings.context == "document":
        yield (
            "It was trained to read each sentence with the text around it in its document, and "
            "`tner_hf` scores it so where a test set has documents. A sentence that is given alone "
            "is read alone: give whole texts."
        )
    if parity := facts.parity:
        yield _describe_parity(parity)
    # A student's texts may be of any language; its teacher's are known.
    known = tuple(dict.fromkeys(code for each in facts.corpora for code in each.languages))
    if languages := known if facts.student else facts.languages:
        spoken = ", ".join(f"`{code}`" for code in languages)
        learned = "What its teacher knows was learned from" if facts.student else "Trained on"
        yield f"{learned} text in {spoken} alone."
    settings = facts.settings
    if facts.words_by_spaces and facts.strategy != "simple":
        yield (
            "In running text plain transformers takes all that stands between two spaces for one "
            "word, and a place before a full stop comes out with it; `tner_hf.pipeline` splits "
            "punctuation off, as the training data does."
        )
    if teachers := facts.hyper_parameters.get("teachers"):
        named = ", ".join(f"`{each.rpartition('@')[0]}`" for each in teachers)
        yield (
            "Of types that a corpus does not annotate it learned in the text of that corpus what "
            f"other models say there ({named}), not what people do."
        )
    if settings is not None:
        yield (
            f"It reads {settings.max_length} sub-tokens at a time. `tner_hf` reads longer text in "
            "overlapping windows; plain transformers cuts it off at what the tokenizer allows."
        )
        if settings.conditions:
            yield (
                f"It tags by the guidelines of {', '.join(settings.conditions)} where it is told "
                "one of them (`tner_hf.pipeline(…, corpus=…)`), and without condition elsewhere; "
                "plain transformers tags without."
            )
        if settings.lowercase:
            yield "It was trained on lower-cased words: lower-case the text before you tag it."
    yield from _training_limits(facts.training)
    for each in facts.test_sets:
        yield from _test_limits(each)
    if facts.test_sets and (untested := facts.untested_types):
        yield f"No test set has a {' or a '.join(f'`{t}`' for t in untested)}: untested."


def _describe_seeds(seeds: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{f1} on the {split} split" for split, f1 in seeds["f1"].items())
    spread = f" F1, mean and standard deviation over these seeds: {shown}." if shown else ""
    chosen = ""
    if seeds["own"] == seeds["best"] and "validation" in seeds["f1"]:
        chosen = ", the best of them on its validation split"
    return (
        f"It is one of {len(seeds['all'])} runs of the same recipe, with the seeds "
        f"{', '.join(map(str, seeds['all']))}; its own is {seeds['own']}{chosen}.{spread}"
    )


def _describe_crf(over: str) -> str:
    if over == "words":
        return (
            "It decodes with a CRF over the words of a sentence (`crf_state_dict` in "
            "`config.json`). Plain transformers does not have it and takes the best tag of each "
            "sub-token; `tner_hf` decodes with it everywhere, and gives marginal probabilities."
        )
    return (
        "It decodes with the CRF of T-NER (`crf_state_dict` in `config.json`), whose transitions "
        "were never trained: what they do is to forbid tags that cannot follow each other. "
        "`tner_hf` decodes with it as T-NER did, but for padding; plain transformers does not."
    )


def explain_strategy(facts: CardFacts) -> str:
    """Why the aggregation strategy in the example is the right one."""
    parts = []
    if facts.strategy == "first":
        counted = "the scores below count" if facts.test_sets else "`tner_hf` says"
        told = f"which is what {counted}" if facts.test_sets else "which is what `tner_hf` does"
        if facts.crf:
            told = f"and {counted} what the CRF makes of these"
        elif facts.settings is not None and facts.settings.apart:
            told = f"one row of the head each, and {counted} sums of rows"
        parts.append(f"`first` gives each word the label of its first sub-token, {told}.")
    elif facts.strategy == "simple" and not (facts.parity and facts.parity.tried):
        parts.append(
            "`simple` goes by sub-tokens: this text has no spaces between words, and `first` would "
            "take a whole line for one word."
        )
    if facts.parity and len(facts.parity.tried) > 1:
        tried = sorted(facts.parity.tried.items(), key=lambda each: each[1])
        counts = ", ".join(f"`{name}` in {count:,}" for name, count in tried)
        parts.append(
            f"Of {facts.parity.sentences:,} sentences it departs from the scored entities in "
            f"the fewest: {counts}."
        )
    elif facts.settings and facts.settings.label_all_subtokens == "first" == facts.strategy:
        parts.append(
            "Training taught the model nothing about the other sub-tokens of a word: with "
            "`simple`, `average` or `max` they speak too, and split or add entities."
        )
    return " ".join(parts)


def _describe_parity(parity: Parity) -> str:
    way = f'Plain `pipeline("ner", aggregation_strategy="{parity.strategy}")`'
    compared = f"{parity.sentences:,} sentences, their words joined by spaces"
    if not parity.plain and not parity.pipeline:
        return f"{way} gives the entities that were scored in all {compared}."
    ours = f", `tner_hf.pipeline` in {parity.pipeline:,}" if parity.pipeline else ""
    scores = (
        f" F1 on these: {100 * parity.f1['plain']:.2f} that way, {100 * parity.f1['scored']:.2f} "
        "as scored."
        if parity.f1
        else ""
    )
    return (
        f"**{way} gives other entities than those that were scored in {parity.plain:,} of "
        f"{compared}{ours}.**{scores} It goes by pieces of words where punctuation stands inside "
        "them (`U.S.`); `tner_hf.pipeline` goes by words."
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
        yield "No training sentence was longer than that."
    if cut["unencodable_tokens"]:
        yield (
            f"{cut['unencodable_tokens']:,} training tokens have no sub-token in this tokenizer "
            "and taught nothing."
        )


def _test_limits(each: TestSet) -> Iterator[str]:
    where = f"{escape(each.title)}, {each.split}"
    if each.tokens_unscored:
        yield (
            f"**{where}: {each.tokens_unscored:,} tokens have no prediction and count as `O`; "
            "these are not scores of the whole test set.**"
        )
    if each.missed_types:
        missed = ", ".join(f"`{t}` ({n:,})" for t, n in each.missed_types.items())
        yield f"**{where}: it found no entity of these types, which the corpus has: {missed}.**"
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
