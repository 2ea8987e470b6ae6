"""What a table needs, whole and scaled down."""

from __future__ import annotations

import pytest

from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.lab.reproduce.plan import Scale, make_plan, needed_corpora
from tner_hf.lab.reproduce.recipes import RECIPES, recipe


@pytest.mark.parametrize(
    ("table", "cells", "models"),
    [
        ("table2", 28, 28),
        ("table3", 56, 8),
        ("table4", 36, 6),
        ("table5", 36, 6),
        ("table6", 32, 4),
        ("table7", 56, 8),
        ("table8", 90, 10),
        ("table9", 90, 10),
    ],
)
def test_a_whole_table_needs_so_many_models(table: str, cells: int, models: int) -> None:
    plan = make_plan(RECIPES[table], Scale())
    assert (len(plan.cells), len(plan.models)) == (cells, models)
    assert plan.scaled_down == ()
    assert all(not model.lacking for model in plan.models.values())


def test_a_single_model_is_trained_as_the_paper_did() -> None:
    model = make_plan(recipe("table8"), Scale()).models["xlm-roberta-large-wnut2017-lower"]
    training = model.training
    assert model.datasets == ("wnut2017",)
    assert model.lowercase
    assert (training.max_steps, training.warmup_steps, training.batch_size) == (5000, 700, 32)
    assert (training.learning_rate, training.weight_decay, training.seed) == (1e-5, 1e-7, 1234)
    assert (training.max_length, training.max_grad_norm) == (128, 1.0)


def test_a_merged_model_is_trained_on_nine_corpora_for_longer() -> None:
    model = make_plan(recipe("table3"), Scale()).models["xlm-roberta-large-all"]
    assert len(model.datasets) == 9
    assert (model.training.max_steps, model.training.warmup_steps) == (15000, 700)


def test_the_cased_models_of_table_6_lack_the_mit_corpora() -> None:
    plan = make_plan(recipe("table6"), Scale())
    assert {m.name: len(m.datasets) for m in plan.models.values()} == {
        "xlm-roberta-base-all-no-mit": 7,
        "xlm-roberta-large-all-no-mit": 7,
        "xlm-roberta-base-all-lower": 9,
        "xlm-roberta-large-all-lower": 9,
    }


def test_tables_share_models_by_name() -> None:
    names = [set(make_plan(recipe(table), Scale()).models) for table in ("table2", "table3")]
    assert "xlm-roberta-large-fin" in names[0] & names[1]


def test_fewer_steps_warm_up_for_the_same_share_of_them() -> None:
    models = make_plan(recipe("table3"), Scale(max_steps=100)).models
    assert models["xlm-roberta-large-fin"].training.warmup_steps == 14
    assert models["xlm-roberta-large-all"].training.warmup_steps == 4


def test_corpora_select_rows_and_columns_and_what_is_merged() -> None:
    plan = make_plan(recipe("table3"), Scale(corpora=("wnut2017", "fin")))
    assert [(c.row, c.column) for c in plan.cells] == [
        (row, column) for row in ("wnut2017", "fin", "all") for column in ("wnut2017", "fin")
    ]
    merged = list(plan.models.values())[-1]
    assert merged.datasets == ("wnut2017", "fin")
    assert merged.lacking == (
        "ontonotes5", "conll2003", "wikiann/en", "bionlp2004", "bc5cdr", "mit_restaurant",
        "mit_movie_trivia",
    )  # fmt: skip
    assert merged.name != "xlm-roberta-large-all"
    assert plan.scaled_down == ()


def test_selecting_corpora_may_leave_nothing_to_merge() -> None:
    plan = make_plan(recipe("table3"), Scale(corpora=("fin",)))
    assert [c.absent for c in plan.cells] == ["", "all needs two corpora; here: fin"]
    assert list(plan.models) == ["xlm-roberta-large-fin"]


def test_languages_may_be_given_as_the_table_has_them() -> None:
    assert needed_corpora(recipe("table4"), Scale(corpora=("ja", "wikiann/en"))) == (
        "wikiann/en",
        "wikiann/ja",
    )


def test_a_corpus_that_the_table_lacks_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown corpus of table5 'wnut2017'"):
        make_plan(recipe("table5"), Scale(corpora=("wnut2017",)))


def test_absent_corpora_take_their_cells_and_leave_the_others() -> None:
    scale = Scale(corpora=("conll2003", "wnut2017", "fin"))
    plan = make_plan(recipe("table3"), scale, {"conll2003": "licensed"})
    assert {(c.row, c.column): c.absent for c in plan.cells if c.absent} == {
        ("conll2003", "conll2003"): "conll2003 is not here",
        ("conll2003", "wnut2017"): "conll2003 is not here",
        ("conll2003", "fin"): "conll2003 is not here",
        ("wnut2017", "conll2003"): "conll2003 is not here",
        ("fin", "conll2003"): "conll2003 is not here",
        ("all", "conll2003"): "conll2003 is not here",
    }
    assert "xlm-roberta-large-conll2003" not in plan.models


def test_another_encoder_takes_the_place_of_both() -> None:
    plan = make_plan(recipe("table2"), Scale("mine/encoder", corpora=("fin",)))
    assert [c.model for c in plan.cells] == ["encoder-fin", "encoder-fin"]
    assert plan.scaled_down == (
        "encoder 'encoder' instead of xlm-roberta-base and xlm-roberta-large",
    )


def test_a_copy_of_an_encoder_of_the_paper_keeps_to_its_columns() -> None:
    plan = make_plan(recipe("table2"), Scale("models/xlm-roberta-base", corpora=("fin",)))
    assert [(c.column, c.model) for c in plan.cells] == [
        ("xlm-roberta-base", "xlm-roberta-base-fin")
    ]
    assert plan.models["xlm-roberta-base-fin"].encoder == "models/xlm-roberta-base"
    assert plan.scaled_down == ()


def test_every_way_of_scaling_down_is_told() -> None:
    scale = Scale(max_steps=20, batch_size=8, max_train_samples=50, max_test_samples=10)
    assert scale.deviations(recipe("table3")) == (
        "20 steps instead of 5,000",
        "batches of 8 instead of 32",
        "at most 50 training sentences",
        "the first 10 sentences of each test set",
    )


def test_the_recipe_under_other_names_is_no_scaling_down() -> None:
    scale = Scale(max_steps=5000, batch_size=32, gradient_accumulation_steps=4, seed=1, bf16=True)
    assert scale.deviations(recipe("table4")) == ()


def test_a_number_below_one_is_refused() -> None:
    with pytest.raises(SettingError, match=r"--max_steps 0 is too few; give 1 or more"):
        Scale(max_steps=0)


def test_the_released_sentences_make_other_models() -> None:
    plan = make_plan(recipe("table3"), Scale(edition="default", corpora=("wnut2017", "fin")))
    assert plan.models["xlm-roberta-large-wnut2017"].datasets == ("wnut2017",)


def test_table_1_is_told_where_to_find() -> None:
    with pytest.raises(UnknownNameError, match="tner-hf datasets stats"):
        recipe("table1")
