"""What is said about figures, and which may be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tner_hf.lab.reproduce.notes import explain_incomparable, find_averages, make_notes
from tner_hf.lab.reproduce.plan import Plan, Scale, make_plan
from tner_hf.lab.reproduce.recipes import RECIPES, recipe
from tner_hf.lab.reproduce.result import Cell, Split


def plan_of(table: str, **scale: object) -> Plan:
    return make_plan(recipe(table), Scale(**scale))  # type: ignore[arg-type]


def cell_of(plan: Plan, row: str, column: str) -> Cell:
    return next(cell for cell in plan.cells if (cell.row, cell.column) == (row, column))


def score_all(plan: Plan, ours: float = 50.0) -> list[Cell]:
    """Every cell of the plan as if it were scored, with one figure."""
    facts = {"ours": ours, "ours_as_paper": ours, "tokens": 100, "shared_types": ("person",)}
    return [replace(cell, **facts) for cell in plan.cells]


@pytest.mark.parametrize(
    ("table", "edition", "row", "column", "reason"),
    [
        ("table3", "paper", "conll2003", "wnut2017", ""),
        ("table3", "paper", "wnut2017", "wnut2017", ""),
        ("table3", "default", "conll2003", "wnut2017", ""),
        ("table3", "default", "wnut2017", "conll2003", ""),
        ("table3", "default", "fin", "bc5cdr", "see the note on bc5cdr"),
        ("table3", "default", "all", "fin", "see the note on bc5cdr"),
        ("table4", "paper", "en", "ja", "see the note on wikiann/ja"),
        ("table4", "paper", "ja", "en", "see the note on wikiann/ja"),
        ("table4", "paper", "en", "ru", ""),
        ("table2", "paper", "wikiann/ja", "xlm-roberta-base", "see the note on wikiann/ja"),
    ],
)
def test_known_defects_decide_what_may_be_compared(
    table: str, edition: str, row: str, column: str, reason: str
) -> None:
    plan = plan_of(table, edition=edition)
    assert explain_incomparable(plan, cell_of(plan, row, column)) == reason


def test_a_merged_model_of_fewer_corpora_may_not_be_compared() -> None:
    plan = plan_of("table9", corpora=("fin", "mit_restaurant"))
    assert explain_incomparable(plan, cell_of(plan, "fin", "fin")) == ""
    reason = explain_incomparable(plan, cell_of(plan, "all", "fin"))
    assert reason.startswith("merged without ontonotes5, conll2003")


def test_the_steps_of_one_corpus_are_too_few_for_all() -> None:
    plan = plan_of("table3", max_steps=5000)
    assert plan.scaled_down == ()
    assert explain_incomparable(plan, cell_of(plan, "fin", "fin")) == ""
    reason = explain_incomparable(plan, cell_of(plan, "all", "fin"))
    assert reason == "trained for 5,000 steps instead of 15,000"
    assert plan_of("table6", max_steps=5000).scaled_down == ("5,000 steps instead of 15,000",)


def test_a_scaled_down_run_may_not_be_compared() -> None:
    plan = plan_of("table3", max_steps=20)
    assert explain_incomparable(plan, plan.cells[0]) == "scaled down"


def test_a_defect_is_noted_at_the_figures_it_touches_and_nowhere_else() -> None:
    plan = plan_of("table3", corpora=("wnut2017", "fin"))
    notes = make_notes(plan, score_all(plan), {})
    wnut = next(note for note in notes if "1,000 training sentences" in note.text)
    assert wnut.cells == (("wnut2017", "wnut2017"), ("wnut2017", "fin"))
    assert not any("Japanese" in note.text for note in notes)


def test_a_slip_of_the_paper_is_noted_where_it_stands() -> None:
    plan = plan_of("table4")
    notes = make_notes(plan, score_all(plan), {})
    slip = next(note for note in notes if "slip" in note.text)
    assert slip.cells == (("ja", "en"),)
    assert slip.text.startswith("The paper prints 53.0; the authors' own file says 53.60")


def test_tokens_that_were_not_scored_are_counted() -> None:
    plan = plan_of("table3", corpora=("fin",))
    cells = [replace(c, tokens_cut=7) for c in score_all(plan) if c.trained_on == "fin"]
    texts = [note.text for note in make_notes(plan, cells, {})]
    assert texts[0].startswith("7 of the 100 test tokens of fin lie beyond sub-token 128")


def test_tokens_that_were_not_trained_on_are_counted() -> None:
    plan = plan_of("table3", corpora=("fin",))
    facts = {"xlm-roberta-large-fin": {"truncated_tokens": 25, "tokens": 100}}
    note, *_ = make_notes(plan, score_all(plan), facts)
    assert "25 of 100 tokens (25.0%) are never seen" in note.text
    assert note.cells == (("fin", "fin"),)


def test_tags_that_the_paper_masked_are_named() -> None:
    plan = plan_of("table3", corpora=("fin", "conll2003"))
    cells = [
        replace(c, tags_masked=("I-other",)) if c.row == "conll2003" and c.column == "fin" else c
        for c in score_all(plan)
    ]
    note = next(note for note in make_notes(plan, cells, {}) if "masks tags" in note.text)
    assert note.cells == (("conll2003", "fin"),)
    assert "has I-other. T-NER 0.0.8 masks tags" in note.text


def test_words_that_the_paper_s_reader_drops_are_counted() -> None:
    plan = plan_of("table3", corpora=("fin", "wnut2017"))
    splits = [
        Split("wnut2017", "wnut2017", 3394, 1287, test_tokens=23394, dropped=248),
        Split("fin", "fin", 1164, 303, test_tokens=13246),
    ]
    notes = make_notes(plan, score_all(plan), {}, splits)
    note = next(note for note in notes if "leaves the words" in note.text)
    assert "`#` and `None` out when it reads a corpus: 248 of the 23,394 test" in note.text
    assert {column for _, column in note.cells} == {"wnut2017"}


def test_one_seed_and_arbitrary_bands_are_said_where_they_matter() -> None:
    plan = plan_of("table3", corpora=("fin",))
    seed, band = make_notes(plan, score_all(plan), {})[-2:]
    assert seed.text.startswith("Each of the paper's figures is taken to be of one run")
    assert band.text.startswith("The band is arbitrary: 1 point")
    small = plan_of("table3", corpora=("fin",), max_steps=5)  # no verdicts, no bands
    assert make_notes(small, score_all(small), {})[-1] == seed


def test_what_the_recipe_remarks_stands_first() -> None:
    plan = plan_of("table6")
    notes = make_notes(plan, score_all(plan), {})
    remarks = RECIPES["table6"].remarks
    assert tuple(note.text for note in notes[: len(remarks)]) == remarks


def test_our_average_is_there_when_the_whole_row_is() -> None:
    plan = plan_of("table7")
    averages = {a.row: a for a in find_averages(plan.recipe, score_all(plan))}
    assert (averages["fin"].ours, averages["fin"].recomputed) == (50.0, 46.9)
    assert averages["fin"].defect == ""
    part = plan_of("table7", corpora=("fin", "wnut2017"))
    assert [a.ours for a in find_averages(part.recipe, score_all(part))] == [None, None, None]
