"""What is wrong with a run is told before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tner_hf.data import load_dataset
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.training import NERTrainingArguments
from tner_hf.training.judging import (
    _warn_of_steps,
    check_files,
    check_settings,
    check_splits,
    count_entities,
    count_steps,
    metric_names,
)


def arguments(**given) -> NERTrainingArguments:
    return NERTrainingArguments("out", **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"per_device_train_batch_size": 0}, "--per_device_train_batch_size 0 cannot be used"),
        ({"per_device_eval_batch_size": -1}, "--per_device_eval_batch_size -1 cannot be used"),
        ({"gradient_accumulation_steps": 0}, "give 1 or more"),
        ({"num_train_epochs": 0}, "--num_train_epochs 0 cannot be used; give more than 0"),
        ({"learning_rate": float("nan")}, "--learning_rate nan cannot be used"),
        ({"learning_rate": -1e-5}, "--learning_rate -1e-05 cannot be used"),
        ({"seed": 2**32}, "--seed 4294967296 cannot be used"),
        ({"label_smoothing_factor": 2}, "--label_smoothing_factor 2 cannot be used"),
        (
            {"fsdp": True, "use_cpu": True},
            "--fsdp shares out weights among GPUs, and this run is on",
        ),
        (
            {"fsdp": True, "fsdp_config": {"state_dict_type": "SHARDED_STATE_DICT"}},
            "state_dict_type SHARDED_STATE_DICT saves parts of a model that nothing but FSDP loads",
        ),
        (
            {"fsdp": True, "fsdp_config": {"state_dict_type": "local_state_dict"}},
            "state_dict_type local_state_dict saves parts of a model",
        ),
        ({"metric_for_best_model": "f2"}, "f2 is no score of a validation split; accepted: loss,"),
    ],
)
def test_settings_that_nothing_can_use(given, said) -> None:
    with pytest.raises(SettingError, match=said):
        check_settings(arguments(**given))


def test_settings_that_can_be_used() -> None:
    check_settings(arguments())
    for name in metric_names():
        check_settings(arguments(metric_for_best_model=name))
        check_settings(arguments(metric_for_best_model=f"eval_{name}"))


def test_a_misspelt_split_is_refused() -> None:
    check_files({"train": "a", "validation": "b", "test": "c"})
    check_files("wnut2017")
    with pytest.raises(UnknownNameError, match=r"unknown split 'trian'\. Did you mean 'train'"):
        check_files({"trian": "a.txt"})


@pytest.mark.parametrize(
    ("given", "sentences", "steps"),
    [
        ({}, 100, 12),
        ({"num_train_epochs": 1}, 33, 2),
        ({"num_train_epochs": 1, "dataloader_drop_last": True}, 33, 1),
        ({"num_train_epochs": 1, "dataloader_drop_last": True}, 31, 0),
        ({"num_train_epochs": 1, "gradient_accumulation_steps": 3}, 100, 2),
        ({"max_steps": 7}, 1, 7),
    ],
)
def test_steps_are_counted_as_trainer_counts_them(given, sentences, steps) -> None:
    assert count_steps(arguments(**given), sentences) == steps


def splits_of(folder: Path, **tags: str):
    files = {}
    for split, text in tags.items():
        path = folder / f"{split}.txt"
        rows = "\n".join(f"w{i} {tag}" for i, tag in enumerate(text.split()))
        path.write_text(rows + "\n", encoding="utf-8")
        files[split] = str(path)
    return load_dataset(files)


def test_data_that_teaches_little_is_told(tmp_path) -> None:
    splits = splits_of(tmp_path, train="B-LOC I-LOC O B-PER", validation="B-LOC B-ORG", test="O")
    assert count_entities(splits["train"]) == {"LOC": 1, "PER": 1}
    doubts = check_splits(arguments(max_steps=500), splits)
    told = "the validation split has entities of types that the training split has none of: ORG (1)"
    assert doubts == [f"{told}; they are counted, and the model cannot find them"]
    assert check_splits(arguments(), splits)[1] == (
        "1 training sentences make 3 optimizer steps with these settings, too few to learn much. "
        "--per_device_train_batch_size 8 --num_train_epochs 300 make 300"
    )


def test_data_without_any_entity_is_told(tmp_path) -> None:
    doubts = check_splits(arguments(max_steps=500), splits_of(tmp_path, train="O O O"))
    assert len(doubts) == 1
    assert doubts[0].startswith("the training split has no entity in its 1 sentences")


def test_data_without_a_batch_is_refused(tmp_path) -> None:
    splits = splits_of(tmp_path, train="B-LOC O")
    with pytest.raises(DataError, match="1 training sentences make no batch of 32"):
        check_splits(arguments(dataloader_drop_last=True), splits)


@pytest.mark.parametrize(
    ("given", "proposed"),
    [
        ({"gradient_accumulation_steps": 4}, "--num_train_epochs 150 make 300"),
        ({"max_steps": 7}, "--num_train_epochs 60, without --max_steps, make 300"),
    ],
)
def test_what_is_proposed_makes_the_steps_that_it_says(given, proposed) -> None:
    (line,) = _warn_of_steps(arguments(**given), 40, steps=9)
    assert line.endswith(proposed)


@pytest.mark.parametrize(
    ("rate", "steps", "told"),
    [(5e-5, 99, True), (5e-5, 100, False), (1e-6, 100, False), (1e-4, 49, True), (1e-4, 50, False),
     (1e-3, 29, True), (1e-3, 30, False)],
)  # fmt: skip
def test_a_higher_rate_takes_fewer_steps(rate, steps, told) -> None:
    assert bool([*_warn_of_steps(arguments(learning_rate=rate), 40, steps=steps)]) is told
