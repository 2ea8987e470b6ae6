"""What a study of merging plans, refuses and trains on."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.lab.reproduce import Study
from tner_hf.lab.reproduce.merged_runs import CORPORA, _cut_splits, plan_runs

TWO, THREE = CORPORA[:2], CORPORA[:3]


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"corpora": ("fin",)}, SettingError, "--dataset_name fin: merging needs two corpora"),
        ({"corpora": ("fin", "fin", "btc")}, SettingError, "each of them once"),
        ({"corpora": ("fin", "bct")}, UnknownNameError, "Did you mean 'btc'"),
        ({"batch_size": 0}, SettingError, "--batch_size 0 is too few; give 1 or more"),
    ],
)
def test_what_cannot_be_studied_is_refused(settings: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        Study(**settings)


def test_the_runs_of_a_seed_come_together() -> None:
    runs = plan_runs(Study(THREE), "test", ("in-domain", "plain", "leave-one-out"), (1, 2), "plain")
    assert [run.name for run in runs[:7]] == [
        "in-domain-wnut2017-1",
        "in-domain-btc-1",
        "in-domain-fin-1",
        "plain-1",
        "leave-one-out-plain-wnut2017-1",
        "leave-one-out-plain-btc-1",
        "leave-one-out-plain-fin-1",
    ]
    assert len(runs) == 14
    assert (runs[1].trained_on, runs[1].tested_on) == (("btc",), THREE)
    assert (runs[5].trained_on, runs[5].tested_on) == (("wnut2017", "fin"), ("btc",))
    assert runs[5].settings == runs[3].settings == {"partial_labels": False}


def test_some_models_are_made_of_others() -> None:
    taught, averaged, left_out = (
        plan_runs(Study(THREE), "test", (variant,), (1,), "averaged")[-1]
        for variant in ("taught", "averaged", "leave-one-out")
    )
    assert [run.name for run in taught.made_of] == [
        "in-domain-wnut2017-1", "in-domain-btc-1", "in-domain-fin-1",
    ]  # fmt: skip
    assert [run.name for run in averaged.made_of] == ["partial-1"]
    assert [run.name for run in left_out.made_of] == ["leave-one-out-partial-fin-1"]
    assert left_out.made_of[0].trained_on == ("wnut2017", "btc")
    assert left_out.made_of[0].made_of == []


def test_by_default_all_variants_that_so_many_corpora_allow() -> None:
    assert "leave-one-out-condition-fin-1" in {
        run.name for run in plan_runs(Study(THREE), "validation", (), (1,))
    }
    assert len(plan_runs(Study(TWO), "validation", (), (1,))) == 2 + 9
    with pytest.raises(SettingError, match="it needs three or more"):
        plan_runs(Study(TWO), "validation", ("leave-one-out",), (1,))


def test_unknown_splits_seeds_and_recipes_are_refused() -> None:
    with pytest.raises(SettingError, match="--split train: accepted are validation and test"):
        plan_runs(Study(), "train", (), (1,))
    with pytest.raises(SettingError, match="--seeds 1 -1: give whole numbers from 0"):
        plan_runs(Study(), "test", (), (1, -1))
    with pytest.raises(UnknownNameError, match="unknown recipe 'in-domain'"):
        plan_runs(Study(), "test", (), (1,), "in-domain")


def rows(count: int) -> Dataset:
    return Dataset.from_dict({"tokens": [[str(i)] for i in range(count)]})


def numbers(split: Dataset) -> set[int]:
    return {int(tokens[0]) for tokens in split["tokens"]}


def test_held_out_sentences_are_never_trained_on_and_always_the_same() -> None:
    splits = DatasetDict({"train": rows(50), "test": rows(30)})
    small, large = (
        _cut_splits(Study(TWO, max_train_samples=n, held_out=10), "x", splits, "validation")
        for n in (20, 1000)
    )
    assert numbers(small["validation"]) == numbers(large["validation"])
    assert [len(each["train"]) for each in (small, large)] == [20, 40]
    assert numbers(small["train"]) < numbers(large["train"])
    assert numbers(large["train"]) == set(range(50)) - numbers(large["validation"])
    tested = _cut_splits(Study(TWO, max_test_samples=7, held_out=10), "x", splits, "test")
    assert set(tested) == {"train", "test"}
    assert numbers(tested["test"]) == set(range(7))
    assert numbers(tested["train"]) == numbers(large["train"])


def test_a_validation_split_leaves_all_of_train() -> None:
    splits = DatasetDict({"train": rows(50), "validation": rows(5)})
    parts = _cut_splits(Study(TWO), "x", splits, "validation")
    assert (len(parts["train"]), len(parts["validation"])) == (50, 5)


def test_too_few_sentences_are_refused() -> None:
    with pytest.raises(DataError, match=r"x has too few sentences .*: 50 of train"):
        _cut_splits(Study(TWO), "x", DatasetDict({"train": rows(50)}), "validation")
