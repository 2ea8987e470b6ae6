"""`run.json`: one typed thing, written, read, and asked for its test set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tner_hf.errors import DataError, SettingError
from tner_hf.runs import Gold, Run, SplitFacts

TRAIN = SplitFacts(20, ("LOC", "PER"), "0123")


RUN = Run(
    model={"model_name_or_path": "org/encoder", "max_length": None},
    data={"source": {"train": "/a/train.txt", "test": "/a/test.txt"}, "delimiter": "\t"},
    training={"learning_rate": 5e-05, "num_train_epochs": 3, "seed": 42},
    versions={"python": "3.11.7"},
    model_is_folder=False,
    weights="abc",
    splits={"train": TRAIN},
    label_map="map@12",
)


def test_a_run_comes_back_from_its_file(tmp_path: Path) -> None:
    assert Run.read(tmp_path) is None
    RUN.write(tmp_path)
    assert Run.read(tmp_path) == RUN
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "holds no JSON object"),
        ("{}", "it has no settings under 'model'"),
        ('{"model": {}, "data": 3, "training": {}}', "it has no settings under 'data'"),
        ('{"model": {"model_name_or_path": 3}, "data": {}, "training": {}}', "is no text"),
        ('{"model": {}, "data": {}, "training": {}, "content": 3}', "no record of a training run"),
        ('{"model": {}, "data": {"data_dir": 5}, "training": {}}', "data.data_dir is no text"),
        ('{"model": {}, "data": {"source": 5}, "training": {}}', "data.source names no data"),
        ('{"model": {}, "data": {"delimiter": 5}, "training": {}}', "no record of a training run"),
        ('{"model": {}, "data": {"encoding": []}, "training": {}}', "no record of a training run"),
        (
            '{"model": {}, "data": {}, "training": {}, "content": {"splits": {"train": {}}}}',
            "no record of a training run: content.splits.train: 'sentences' is missing",
        ),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, stored: str, said: str) -> None:
    (tmp_path / "run.json").write_text(stored)
    with pytest.raises(DataError, match=rf"run\.json .*{said}") as raised:
        Run.read(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("data", "gold"),
    [
        ({}, None),
        ({"source": {"train": "/a/train.txt"}}, None),
        ({"source": None}, None),
        (
            {"source": {"train": "/a/x.txt", "test": "/a/y.txt"}, "tag_column": "3"},
            Gold({"test": "/a/y.txt"}, None, {"tag_column": "3", "native": True}),
        ),
        (
            {"source": {"test": "/a/y.txt"}, "unify": True},
            Gold({"test": "/a/y.txt"}, None, {}),
        ),
        ({"source": "wnut2017"}, Gold("wnut2017", None, {})),
        ({"source": ["wnut2017"], "native": True}, Gold("wnut2017", None, {"native": True})),
        ({"source": ["wnut2017", "fin"]}, Gold(["wnut2017", "fin"], None, {})),
        (
            {"source": "wikiann", "dataset_config": "ja", "data_dir": "/raw"},
            Gold("wikiann", "ja", {"data_dir": "/raw"}),
        ),
        ({"source": "org/own"}, Gold("org/own", None, {"native": True})),
    ],
)
def test_the_test_set_is_read_as_the_run_read_it(data: Any, gold: Gold | None) -> None:
    assert Run(data=data).test_set() == gold


def test_the_label_map_of_a_test_set_is_the_one_of_the_run(tmp_path: Path) -> None:
    from tner_hf.labels.maps import as_label_map

    path = tmp_path / "map.yaml"
    path.write_text("LOC: title\n")
    data = {"source": {"test": "t.txt"}, "label_map": str(path)}
    run = Run(data=data, label_map=as_label_map(path).version)
    assert run.test_set() == Gold({"test": "t.txt"}, None, {"label_map": str(path)})
    path.write_text("LOC: event\n")
    with pytest.raises(SettingError, match="is not what the run was trained with: map@"):
        run.test_set()
    assert json.loads(json.dumps(run.normalised().data)) == data
