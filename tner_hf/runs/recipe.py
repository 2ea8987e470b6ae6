"""Which settings make a run what it is, and how two runs differ.

What is in none of them changes nothing of what is learnt: paths, logs, saving, speed, memory.
`docs/training.md` says the same in words, and a test that walks every field lists those too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tner_hf.formats.options import READING
from tner_hf.runs.record import Run, SplitFacts

#: Settings that change what is learnt.
COUNTED: Mapping[str, frozenset[str]] = {
    "model": frozenset(
        {
            "max_length", "lowercase", "label_all_subtokens", "head", "freeze",
            "lora_r", "lora_alpha", "lora_dropout", "lora_targets", "context",
            "layers", "soft_temperature",  # of a student (`tner_hf.lab.distilling`)
        }
    ),
    "data": frozenset(
        {
            "partial_labels", "class_weights", "augment", "sampling_temperature", "max_repeats",
            "corpus_condition", "keep_apart",
        }
    ),
    "training": frozenset(
        {
            "num_train_epochs", "max_steps", "per_device_train_batch_size",
            "gradient_accumulation_steps", "auto_find_batch_size", "processes",
            "average_tokens_across_devices", "learning_rate", "crf_learning_rate",
            "lr_scheduler_type",
            "lr_scheduler_kwargs", "warmup_steps", "optim", "optim_args", "optim_target_modules",
            "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon", "max_grad_norm",
            "label_smoothing_factor", "neftune_noise_alpha", "bf16", "fp16", "tf32",
            "torch_compile", "torch_compile_backend", "torch_compile_mode", "use_liger_kernel",
            "liger_kernel_config", "full_determinism", "seed", "data_seed", "ignore_data_skip",
            "accelerator_config", "parallelism_config", "fsdp", "fsdp_config", "deepspeed",
            "dataloader_drop_last", "train_sampling_strategy", "length_column_name",
            "label_names", "padding_free", "cuda_graphs", "early_stopping_patience",
            "load_best_model_at_end",
        }
    ),
}  # fmt: skip

#: What runs did before there was such a setting.
_BEFORE: Mapping[str, Any] = {
    "head": "linear", "crf_learning_rate": 1e-2, "lora_dropout": 0.0, "context": "sentence",
    "sampling_temperature": 1.0, "max_repeats": 4.0, "corpus_condition": 0.0,
}  # fmt: skip

#: Settings of `training` that decide which checkpoint is the best, and count where it is kept.
COUNTED_FOR_BEST = frozenset(
    {
        "eval_strategy", "eval_steps", "eval_delay", "eval_on_start", "save_strategy",
        "save_steps", "metric_for_best_model", "greater_is_better", "bf16_full_eval",
        "fp16_full_eval", "restore_callback_states_from_checkpoint",
    }
)  # fmt: skip

#: Settings whose effect is the content of model and data, which is compared itself. Where that
#: differs, they are named as well: they may be the reason.
BY_CONTENT: Mapping[str, frozenset[str]] = {
    "model": frozenset({"model_name_or_path", "revision"}),
    "data": frozenset(
        {
            "dataset_name", "dataset_config", "train_file", "validation_file", "test_file",
            *READING, "native", "unify", "label_map", "data_dir", "validation_fraction",
            "max_train_samples", "max_eval_samples", "max_test_samples", "source", "teachers",
        }
    ),
    "training": frozenset(),
}  # fmt: skip


def list_differences(then: Run, now: Run) -> list[str]:
    """How a run differs from one that was recorded; empty where it is the same one.

    Names and paths do not count, only what they lead to.
    """
    then, now = then.normalised(), now.normalised()
    found = [*_compare_settings(then, now, COUNTED)]
    if then.training.get("load_best_model_at_end") or now.training.get("load_best_model_at_end"):
        found += _compare_settings(then, now, {"training": COUNTED_FOR_BEST})
    content = [*_compare_content(then, now)]
    if content:
        causes = [*_compare_settings(then, now, BY_CONTENT)]
        # What the other settings name; of use where the data came in as an object.
        told = [line for line in causes if not line.startswith("source ")]
        found += [*content, *(told or causes)]
    return found


def _compare_settings(then: Run, now: Run, names: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for part, counted in names.items():
        before, after = getattr(then, part), getattr(now, part)
        for name in (*after, *(name for name in before if name not in after)):
            was, now_is = (each.get(name, _BEFORE.get(name)) for each in (before, after))
            if name in counted and was != now_is:
                yield f"{name} was {was!r} and is now {now_is!r}"


def _compare_content(then: Run, now: Run) -> Iterator[str]:
    if then.weights != now.weights:
        yield f"the model was {then.weights} and is now {now.weights}"
    if _content_of(then.label_map) != _content_of(now.label_map):
        yield f"the label map was {then.label_map} and is now {now.label_map}"
    if _list_teachers(then) != _list_teachers(now):
        yield "the teachers are others"
    for split in dict.fromkeys((*then.splits, *now.splits)):
        before, after = then.splits.get(split), now.splits.get(split)
        if _fingerprint(before) == _fingerprint(after):
            told = {facts.documents for facts in (before, after) if facts and facts.documents}
            if len(told) > 1:
                yield f"the {split} split has the same sentences in other documents"
            continue
        if before is None or after is None or str(before) != str(after):
            yield f"the {split} split was {before or 'not there'} and is now {after or 'gone'}"
        else:
            yield f"the {split} split has other words or tags ({after}, as before)"


def _fingerprint(facts: SplitFacts | None) -> str | None:
    return None if facts is None else facts.fingerprint


def _list_teachers(run: Run) -> list[str | None]:
    return [_content_of(each) for each in run.data.get("teachers") or ()]


def _content_of(version: str | None) -> str | None:
    """The version of a map or teacher without the name of its file or folder."""
    return None if version is None else version.rpartition("@")[2]
