"""What a search is told to search."""

from __future__ import annotations

import pytest

from tner_hf.errors import SettingError
from tner_hf.lab.search import Choices, Range, SearchSettings, parse_parameter


def test_values_and_ranges_are_told_apart() -> None:
    assert parse_parameter("head=linear,crf") == Choices("head", ("linear", "crf"))
    assert parse_parameter("--lora-r=none,8") == Choices("lora_r", (None, 8))
    assert parse_parameter("weight_decay=0..0.1") == Range("weight_decay", 0, 0.1)
    assert parse_parameter("learning_rate=1e-5..1e-3/log") == Range(
        "learning_rate", 1e-5, 1e-3, True
    )
    whole = parse_parameter("num_train_epochs=2..5").distribution()
    assert type(whole).__name__ == "IntDistribution"
    for text in ("head=linear,crf", "lora_r=none,8", "learning_rate=1e-05..0.001/log"):
        assert str(parse_parameter(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("learning_rate", "is no setting with values; accepted: NAME=VALUE"),
        ("=1,2", "is no setting with values"),
        ("head=crf", "needs two values or more"),
        ("seed=1,1", "each once"),
        ("learning_rate=1..x", "x is no number"),
        ("learning_rate=nan..1", "nan is no number"),
        ("learning_rate=2..1", "2 is not below 1"),
        ("learning_rate=0..1/log", "/log needs numbers above 0"),
        ("output_dir=a,b", "output_dir is not for a search to choose"),
    ],
)
def test_what_cannot_be_searched_is_refused(text: str, told: str) -> None:
    with pytest.raises(SettingError, match=told):
        parse_parameter(text)


def test_a_grid_is_every_combination_and_has_an_end() -> None:
    head, rate = parse_parameter("head=linear,crf"), parse_parameter("learning_rate=0.1,0.2,0.3")
    grid = SearchSettings([head, rate], trials=50, sampler="grid")
    assert grid.count == 6
    assert grid.grid()[:2] == [
        {"head": "linear", "learning_rate": 0.1},
        {"head": "linear", "learning_rate": 0.2},
    ]
    with pytest.raises(SettingError, match="a range has no end of values"):
        SearchSettings([parse_parameter("learning_rate=0.1..0.2")], sampler="grid")
    with pytest.raises(SettingError, match="--space needs settings to search, each once"):
        SearchSettings([head, head])
    with pytest.raises(SettingError, match="--trials 0 cannot be used"):
        SearchSettings([head], trials=0)
