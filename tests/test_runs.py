"""`run.json`: one typed thing, and which settings make a run what it is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tner_hf.errors import DataError, SettingError
from tner_hf.runs import Gold, Run, SplitFacts, list_differences
from tner_hf.runs.recipe import BY_CONTENT, COUNTED, COUNTED_FOR_BEST

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


def change(**parts: Any) -> Run:
    given = {
        name: {**getattr(RUN, name), **value} if isinstance(value, dict) else value
        for name, value in parts.items()
    }
    return dataclasses.replace(RUN, **given)


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
            "no record of a training run: 'sentences'",
        ),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, stored: str, said: str) -> None:
    (tmp_path / "run.json").write_text(stored)
    with pytest.raises(DataError, match=rf"run\.json .*{said}") as raised:
        Run.read(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (RUN, []),
        (change(model={"model_name_or_path": "/elsewhere"}, versions={"python": "3.14"}), []),
        (change(data={"source": {"train": "/b/copy.txt"}}), []),
        (change(training={"logging_steps": 7, "output_dir": "/b"}), []),
        (change(training={"num_train_epochs": 3.0}), []),
        (change(label_map="renamed@12"), []),
        (change(training={"seed": 7}), ["seed was 42 and is now 7"]),
        (change(training={"max_steps": 9}), ["max_steps was None and is now 9"]),
        (change(label_map="map@13"), ["the label map was map@12 and is now map@13"]),
        (change(weights="def"), ["the model was abc and is now def"]),
        (
            change(splits={"train": SplitFacts(10, ("LOC", "PER"), "4567")}),
            ["the train split was 20 sentences of LOC, PER and is now 10 sentences of LOC, PER"],
        ),
        (
            change(splits={"train": SplitFacts(20, ("LOC", "PER"), "4567")}),
            ["the train split has other words or tags (20 sentences of LOC, PER, as before)"],
        ),
        (
            change(splits={"test": TRAIN}, data={"delimiter": ","}),
            [
                "the test split was not there and is now 20 sentences of LOC, PER",
                "delimiter was '\\t' and is now ','",
            ],
        ),
    ],
)
def test_what_makes_another_run(now: Run, said: list[str]) -> None:
    assert list_differences(RUN, now) == said


def test_when_to_save_counts_where_the_best_is_kept() -> None:
    steps = {"save_steps": 7}
    assert list_differences(RUN, change(training=steps)) == []
    best = change(training={"load_best_model_at_end": True})
    again = change(training={"load_best_model_at_end": True, **steps})
    assert list_differences(best, again) == ["save_steps was None and is now 7"]


#: Settings that change nothing of what is learnt: paths, logs, saving, speed, memory.
FREE: Mapping[str, frozenset[str]] = {
    "model": frozenset(),
    "data": frozenset({"dataset_title"}),
    "training": frozenset(
        {
            "output_dir", "start_over", "seeds", "activation_checkpointing",
            "activation_checkpointing_kwargs",
            "gradient_checkpointing", "gradient_checkpointing_kwargs", "use_cache",
            "torch_empty_cache_steps", "logging_strategy", "logging_steps", "logging_first_step",
            "log_on_each_node", "logging_nan_inf_filter", "include_num_input_tokens_seen",
            "log_level", "log_level_replica", "disable_tqdm", "report_to", "run_name", "project",
            "trackio_space_id", "trackio_bucket_id", "trackio_static_space_id",
            "per_device_eval_batch_size", "prediction_loss_only", "eval_do_concat_batches",
            "eval_use_gather_object", "eval_accumulation_steps", "include_for_metrics",
            "batch_eval_metrics", "save_only_model", "save_on_each_node", "save_total_limit",
            "enable_jit_checkpoint", "push_to_hub", "hub_token", "hub_private_repo",
            "hub_model_id", "hub_strategy", "hub_always_push", "hub_revision", "use_cpu",
            "dataloader_num_workers", "dataloader_pin_memory", "dataloader_persistent_workers",
            "dataloader_prefetch_factor", "dataloader_multiprocessing_context",
            "dataloader_in_order", "remove_unused_columns", "ddp_find_unused_parameters",
            "ddp_bucket_cap_mb", "ddp_broadcast_buffers", "ddp_static_graph", "ddp_backend",
            "ddp_timeout", "debug", "skip_memory_metrics", "do_train", "do_eval", "do_predict",
            "resume_from_checkpoint", "local_rank",
        }
    ),
}  # fmt: skip


def test_every_setting_is_in_one_list() -> None:
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

    kinds = {"model": ModelArguments, "data": DataArguments, "training": NERTrainingArguments}
    recorded = {  # beside the fields
        "model": {"layers", "soft_temperature"},
        "data": {"source"},
        "training": {"processes"},
    }
    for part, kind in kinds.items():
        lists = [COUNTED[part], BY_CONTENT[part], FREE[part]]
        lists += [COUNTED_FOR_BEST] if part == "training" else []
        listed = [name for names in lists for name in names]
        assert len(listed) == len(set(listed)), part
        names = {field.name for field in dataclasses.fields(kind) if field.init}
        assert set(listed) == names | recorded.get(part, set()), part


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
