"""The figures of the paper, and the contradictions in them."""

from __future__ import annotations

import re

import pytest

from tner_hf.lab.reproduce.notes import average_defects
from tner_hf.lab.reproduce.printed import (
    PrintedTable,
    as_printed,
    find_average_defects,
    find_slips,
    read_printed,
)
from tner_hf.lab.reproduce.recipes import MERGED, RECIPES

#: Rows of Table 3, whose averages are those of nine corpora, two of which are not in the table.
TABLE3_ROWS = [
    "ontonotes5",
    "conll2003",
    "wnut2017",
    "wikiann/en",
    "bionlp2004",
    "bc5cdr",
    "fin",
    "all",
]


def test_a_table_is_read_with_its_averages_apart() -> None:
    table = read_printed(RECIPES["table3"].file)
    assert table.columns[-1] == "fin"
    assert table.figures["conll2003", "wnut2017"] == 69.1
    assert table.averages["conll2003"] == 35.1
    assert round(table.mean("conll2003"), 2) == 44.53


def test_a_cell_that_the_paper_left_empty_has_no_figure() -> None:
    table = read_printed(RECIPES["table6"].file)
    assert ("mit_restaurant", "cased_large") not in table.figures
    assert table.figures["mit_restaurant", "lowercased_large"] == 80.9


def test_the_authors_files_use_our_name_of_wikiann() -> None:
    table = read_printed("summary/summary_out_domain_es_f1.csv")
    assert table.figures["wikiann/en", "fin"] == 12.25


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("table2", []),
        ("table3", TABLE3_ROWS),
        ("table4", []),
        ("table5", []),
        ("table6", []),
        ("table7", []),
        ("table8", []),
        ("table9", []),
    ],
)
def test_averages_that_do_not_match_their_rows_are_flagged(table: str, rows: list[str]) -> None:
    assert list(average_defects(RECIPES[table])) == rows


def test_the_averages_of_table_3_include_two_columns_that_are_not_printed() -> None:
    defects = average_defects(RECIPES["table3"])
    hidden = r"leaves out: mit_restaurant [\d.]+ and mit_movie_trivia [\d.]+$"
    assert all(re.search(hidden, defect) for defect in defects.values())
    assert defects["ontonotes5"] == (
        "the printed average 40.8 is not the mean of its row (39.5) but includes columns that the "
        "table leaves out: mit_restaurant 2.47 and mit_movie_trivia 88.87"
    )


def test_an_average_that_nothing_explains_is_flagged_without_a_reason() -> None:
    table = PrintedTable(("a",), ("x", "y"), {("a", "x"): 10.0, ("a", "y"): 20.0}, {"a": 15.2})
    defect = find_average_defects(table)["a"]
    assert defect == "the printed average 15.2 is not the mean of its row (15.0)"


@pytest.mark.parametrize("printed", [15.0, 14.9, 15.1])
def test_an_average_may_be_cut_off_or_rounded(printed: float) -> None:
    table = PrintedTable(("a",), ("x", "y"), {("a", "x"): 10.0, ("a", "y"): 20.0}, {"a": printed})
    assert find_average_defects(table) == {}


def test_the_only_figure_that_is_not_the_authors_own_is_ja_to_en() -> None:
    slips = {
        (name, *place): own
        for name, recipe in RECIPES.items()
        if recipe.source
        for place, own in find_slips(
            read_printed(recipe.file),
            read_printed(recipe.source.file),
            recipe.source.names,
            decimals=recipe.decimals,
        ).items()
    }
    assert slips == {("table4", "ja", "en"): 53.6}


@pytest.mark.parametrize(
    ("column", "file", "row"),
    [
        ("cased_large", "summary/summary_out_domain_ner_f1.csv", "all_no_mit_15000"),
        ("lowercased_large", "summary/summary_out_domain_ner_f1.lower.csv", "all_lower"),
    ],
)
def test_table_6_is_of_the_merged_models_that_its_recipe_says(
    column: str, file: str, row: str
) -> None:
    printed, own = read_printed(RECIPES["table6"].file), read_printed(file)
    corpora = [corpus for corpus, name in printed.figures if name == column]
    for corpus in corpora:
        rounded = as_printed(own.figures[row, corpus], RECIPES["table6"].decimals)
        assert printed.figures[corpus, column] == rounded
    assert set(corpora) == set(MERGED[RECIPES["table6"].columns[column].trained_on])


def test_table_2_cuts_decimals_off() -> None:
    printed = read_printed(RECIPES["table2"].file)
    for file in ("summary/summary_in_domain.csv", "summary/summary_in_domain.panx.csv"):
        own = read_printed(file)
        for corpus in own.rows:
            figure = printed.figures[corpus, "xlm-roberta-large"]
            assert figure == as_printed(own.figures[corpus, "f1"], RECIPES["table2"].decimals)


def test_how_often_each_table_cuts_off_or_rounds() -> None:
    counts = {}
    for name, recipe in RECIPES.items():
        if recipe.source:
            table, own = read_printed(recipe.file), read_printed(recipe.source.file)
            names = recipe.source.names
            pairs = [
                (value, own.figures[place])
                for (row, column), value in table.figures.items()
                if (place := (names.get(row, row), names.get(column, column))) in own.figures
            ]
            cut = sum(as_printed(exact, "cut") == value for value, exact in pairs)
            counts[name] = cut, len(pairs)
    assert counts == {"table3": (56, 56), "table4": (8, 9), "table8": (90, 90)}
