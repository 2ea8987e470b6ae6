"""Cards as text: those that are checked in, and what a reader is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tner_hf.config import CheckpointSettings
from tner_hf.publishing.cards import CardFacts, collect_facts, render_card, render_model_card
from tner_hf.publishing.cards.sentences import describe_limits
from tner_hf.publishing.hub.parity_gate import _next_step

STORED = sorted((Path(__file__).resolve().parents[3] / "model_cards").glob("*/results.json"))

Make = Callable[..., Path]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_a_stored_card_is_the_rendering_of_its_facts(path: Path) -> None:
    facts = CardFacts.load(path)
    assert path.with_name("README.md").read_text(encoding="utf-8") == render_card(facts)
    assert path.read_text(encoding="utf-8") == facts.to_json()


def test_cards_of_our_own_runs_are_stored() -> None:
    assert STORED


def code_of(card: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", card, re.MULTILINE | re.DOTALL)


def test_the_code_of_a_card_is_python_that_names_the_model(make_folder: Make) -> None:
    card = render_model_card(make_folder(), repo_id="ada/tagger", widget=['She said "hi" to Ada'])
    plain, own = code_of(card)
    compile(plain, "card", "exec")
    compile(own, "card", "exec")
    assert 'pipeline("ner", model="ada/tagger", aggregation_strategy="first")' in plain
    assert r'ner("She said \"hi\" to Ada")' in plain


def test_a_lower_casing_model_is_used_on_lower_cased_text() -> None:
    facts = CardFacts("x", ("person",), settings=CheckpointSettings(lowercase=True))
    assert "ner(text.lower())" in code_of(render_card(facts))[0]
    assert "lower-case the text" in render_card(facts)


def test_limits_count_what_training_cut_off(make_folder: Make) -> None:
    card = render_model_card(make_folder())
    assert "Training cut off 31 of 62,730 tokens, in 2 sentences" in card
    assert "5 training tokens have no sub-token" in card


def test_scores_stand_with_their_intervals(make_folder: Make, scored: dict[str, Any]) -> None:
    card = render_model_card(make_folder(scores=scored))
    f1 = scored["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
    low, high = scored["intervals"]["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
    assert f"{100 * f1:.2f} [{100 * low:.1f}, {100 * high:.1f}]" in card
    exact = "exact (Clopper-Pearson at the effective number of entities; macro: MOVER)"
    assert (
        f"95 % confidence intervals, {exact} over 40 sentences taken as independent; of so few "
        "those of macro averages may be too narrow."
    ) in card


def test_intervals_of_an_earlier_version_are_told_as_theirs(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    made = {"level": 0.95, "method": "bca", "n_resamples": 1000, "n_sentences": 40, "seed": 0}
    old = {**scored, "intervals": {**made, "protocols": scored["intervals"]["protocols"]}}
    assert (
        "In brackets: 95 % confidence intervals, BCa bootstrap over 40 sentences taken as "
        "independent, 1,000 resamples, seed 0."
    ) in render_model_card(make_folder(scores=old))


def test_the_label_map_shows_what_was_renamed(make_folder: Make) -> None:
    card = render_model_card(make_folder())
    assert "| `creative-work` | `work_of_art` |" in card
    assert "| `person` | `person` |" not in card
    assert "doi = " in card  # the corpus's own citation


def test_every_table_is_one(make_folder: Make, scored: dict[str, Any]) -> None:
    lines = render_model_card(make_folder(scores=scored)).splitlines()
    for above, line in pairwise(lines):
        if line.startswith("|") and above.startswith("|"):
            assert line.count("|") == above.count("|")
        elif line.startswith("|"):
            assert above == "", "a table needs an empty line above it"


def test_text_of_others_cannot_become_markup(make_folder: Make) -> None:
    facts = replace(collect_facts(make_folder()), name="<script>*x*</script>")
    assert "# &lt;script>\\*x\\*&lt;/script>" in render_card(facts)


def test_a_type_without_entities_has_no_scores(
    make_folder: Make, evaluated: Callable[..., dict[str, Any]]
) -> None:
    scores = evaluated(dataset="fin", types=("person", "location"))
    card = render_model_card(make_folder(scores=scores))
    assert "| `product` | – | – | – | 0 |" in card
    assert "No test set has a `corporation` or a `work_of_art` or a `group`" in card


def test_its_own_corpus_is_the_headline(
    make_folder: Make, evaluated: Callable[..., dict[str, Any]]
) -> None:
    card = render_model_card(make_folder(a=evaluated(dataset="fin"), b=evaluated()))
    assert "F1 on WNUT 2017, test split: **" in card
    assert card.index("### WNUT 2017") < card.index("### FIN")


def test_types_that_were_never_found_are_named(make_folder: Make, scored: dict[str, Any]) -> None:
    per_type = scored["protocols"]["full"]["type_aware"]["default"]["per_type"]
    name = next(t for t, score in per_type.items() if score["support"])
    per_type[name] |= {"recall": 0.0, "precision": 0.0, "f1": 0.0}
    card = render_model_card(make_folder(scores=scored))
    count = per_type[name]["support"]
    assert f"it found no entity of these types, which the corpus has: `{name}` ({count}).**" in card


@pytest.mark.parametrize(("prefix", "told"), [("##", False), (None, True)])
def test_words_that_are_guessed_by_spaces_are_told(
    make_folder: Make, prefix: str | None, told: bool
) -> None:
    folder = make_folder()
    tokenizer = {"model": {"continuing_subword_prefix": prefix}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    assert ("stands between two spaces for one word" in render_model_card(folder)) is told


def test_a_crf_is_told_with_who_decodes_with_it() -> None:
    ours, theirs = (CardFacts("m", ("x",), crf=over) for over in ("words", "sub-tokens"))
    assert next(iter(describe_limits(ours))).startswith("It decodes with a CRF over the words")
    assert next(iter(describe_limits(theirs))).startswith("It decodes with the CRF of T-NER")
    assert CardFacts.from_dict(ours.to_dict()) == ours
    assert "which plain transformers does not have; --head linear" in _next_step(ours)
