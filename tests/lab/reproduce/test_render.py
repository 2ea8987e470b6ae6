"""What a reader sees."""

from __future__ import annotations

from dataclasses import replace

from tner_hf.lab.reproduce.render import render_markdown, render_text
from tner_hf.lab.reproduce.result import Average, Cell, Note, Reproduction, Split

CELL = Cell(
    row="fin", column="wnut2017", encoder="xlm-roberta-large", trained_on="fin",
    tested_on="wnut2017", dataset="wnut2017", model="xlm-roberta-large-fin",
    in_domain=False, paper=60.9, ours=62.0, ours_as_paper=62.0, tokens=100,
    gold_total=1079, gold_kept=900, shared_types=("location", "person"),
)  # fmt: skip
ZERO = replace(
    CELL, column="bc5cdr", tested_on="bc5cdr", paper=0.0, ours=0.0, ours_as_paper=0.0, gold_kept=0,
    shared_types=(),
)  # fmt: skip
ABSENT = replace(
    CELL, column="conll2003", tested_on="conll2003", ours=None, ours_as_paper=None,
    absent="conll2003 is not here",
)  # fmt: skip
RESULT = Reproduction(
    "table3", "cross-domain", "type_ignored", (CELL, ZERO, ABSENT),
    averages=(Average("fin", 38.1, 46.2, None, "not the mean"),),
    splits=(
        Split("bc5cdr", "bc5cdr/paper", 5228, 5865, 5228, 5865),
        Split("conll2003", "conll2003", None, None, 14041, 3453, absent="licensed, buy it"),
    ),
    notes=(Note("mind the gap", (("fin", "wnut2017"),)),),
)  # fmt: skip


def test_paper_ours_and_difference_stand_side_by_side() -> None:
    lines = render_text(RESULT).splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("trained"))
    assert [line.split() for line in lines[begin : begin + 6]] == [
        ["trained", "tested", "on", "paper", "ours", "as", "paper", "difference", "band",
         "verdict", "notes"],
        ["on"],
        ["fin", "wnut2017", "60.9", "62.00", "62.00", "+1.1", "±4.6", "pass", "[1]"],
        ["fin", "conll2003", "60.9", "–", "–", "–", "–", "absent", "conll2003"],
        ["is", "not"],
        ["here"],
    ]  # fmt: skip
    assert max(map(len, lines)) <= 80


def test_zeros_by_construction_confirm_nothing() -> None:
    assert "figures: 1 pass, 1 zero by construction, 1 absent" in render_text(RESULT)


def test_zeros_by_construction_are_told_in_one_line() -> None:
    assert "leaves nothing to score: fin on bc5cdr." in " ".join(render_text(RESULT).split())


def test_a_zero_that_the_paper_does_not_have_is_shown_as_a_figure() -> None:
    result = replace(RESULT, cells=(replace(ZERO, paper=3.0),))
    assert "fin         bc5cdr       3.0  0.00      0.00        -3.0  ±0.0  below" in render_text(
        result
    )


def test_notes_defects_editions_and_reasons_are_shown() -> None:
    shown = render_text(RESULT)
    assert "[1] mind the gap" in shown
    words = " ".join(shown.split())
    assert "fin 38.1 46.2 – fin: not the mean" in words
    assert "bc5cdr as the paper's code 5,228 5,865 5,228 5,865" in words
    assert "conll2003 is absent: licensed, buy it" in shown


def test_a_scaled_down_result_says_so_and_judges_nothing() -> None:
    cells = tuple(replace(c, not_comparable="scaled down") for c in RESULT.cells)
    shown = render_text(replace(RESULT, cells=cells, scaled_down=("20 steps instead of 5,000",)))
    assert "SCALED DOWN: 20 steps instead of 5,000. These figures" in shown
    assert "verdict" not in shown
    assert "band" not in shown


def test_what_the_paper_would_have_scored_is_what_is_compared() -> None:
    result = replace(RESULT, cells=(replace(CELL, ours_as_paper=63.07, tokens_cut=4),))
    assert "60.9  62.00     63.07        +2.1" in render_text(result)


def test_two_encoders_have_a_column_of_their_own() -> None:
    other = replace(CELL, column="xlm-roberta-base", encoder="xlm-roberta-base")
    shown = render_text(replace(RESULT, cells=(CELL, other), notes=()))
    assert any(line.startswith("column") for line in shown.splitlines())
    assert not any(line.startswith("column") for line in render_text(RESULT).splitlines())


def test_markdown_has_the_same_rows() -> None:
    page = render_markdown(RESULT)
    assert "| fin | wnut2017 | 60.9 | 62.00 | 62.00 | +1.1 | ±4.6 | pass | [1] |" in page
    assert "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |" in page
    assert "- [1] mind the gap" in page
