"""Which settings make a run what it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from runs.test_record import RUN, TRAIN

from tner_hf.runs import Run, SplitFacts, list_differences
from tner_hf.runs.recipe import BY_CONTENT, COUNTED, COUNTED_FOR_BEST


def change(**parts: Any) -> Run:
    given = {
        name: {**getattr(RUN, name), **value} if isinstance(value, dict) else value
        for name, value in parts.items()
    }
    return dataclasses.replace(RUN, **given)


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
