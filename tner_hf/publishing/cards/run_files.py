"""What a card takes from a training run: its record, `train_results.json`, `emissions.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError
from tner_hf.files import read_json
from tner_hf.runs import Run

#: What a run records of its training, to what a card calls it, in the order of the card.
_HYPER_PARAMETERS = (
    "num_train_epochs", "max_steps", "per_device_train_batch_size", "gradient_accumulation_steps",
    "learning_rate", "crf_learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs",
    "warmup_steps", "optim",
    "adam_beta1", "adam_beta2", "adam_epsilon", "weight_decay", "max_grad_norm",
    "label_smoothing_factor", "neftune_noise_alpha", "bf16", "fp16", "tf32", "torch_compile",
    "gradient_checkpointing", "train_sampling_strategy", "early_stopping_patience",
    "load_best_model_at_end", "metric_for_best_model", "full_determinism", "seed", "data_seed",
)  # fmt: skip

#: The same of `model` and `data`.
_READING = ("max_length", "lowercase", "label_all_subtokens", "head", "freeze", "lora_r",
            "lora_alpha", "lora_dropout", "lora_targets", "context", "layers",
            "soft_temperature")  # fmt: skip
_SAMPLING = ("validation_fraction", "max_train_samples", "partial_labels", "class_weights",
             "augment", "teachers", "sampling_temperature", "max_repeats",
             "corpus_condition", "keep_apart")  # fmt: skip

_TRAINING = ("train_runtime", "train_loss", "epoch", "global_step", "alignment", "partial_labels",
             "processes")  # fmt: skip


def reads_words_by_spaces(folder: Path) -> bool | None:
    """Whether plain transformers must guess words by spaces; None without a `tokenizer.json`.

    Its `TokenClassificationPipeline` knows the pieces inside a word by the prefix that the
    tokenizer's model puts before them (`##`), where there is one.
    """
    model = (read_json(folder / "tokenizer.json") or {}).get("model")
    return None if model is None else not model.get("continuing_subword_prefix")


def choose_hyper_parameters(run: Run) -> dict[str, Any]:
    """The settings that decide what a run learns; what was unset is left out."""
    chosen = {
        **{name: run.training.get(name) for name in _HYPER_PARAMETERS},
        **{name: run.model.get(name) for name in _READING},
        **{name: run.data.get(name) for name in _SAMPLING},
    }
    if chosen["head"] == "linear":  # as every checkpoint's that says nothing of it
        del chosen["head"]
    if "head" not in chosen or chosen["head"] is None:
        chosen.pop("crf_learning_rate", None)
    if chosen["context"] == "sentence":
        del chosen["context"]
    if chosen["lora_r"] is None:
        chosen.pop("lora_dropout", None)
    if chosen["sampling_temperature"] in (None, 1):  # each sentence once
        chosen["sampling_temperature"] = chosen["max_repeats"] = None
    chosen["corpus_condition"] = chosen["corpus_condition"] or None
    if chosen["max_steps"] == -1:
        del chosen["max_steps"]
    elif chosen["max_steps"]:
        del chosen["num_train_epochs"]  # it has no say then
    if not chosen["load_best_model_at_end"]:
        del chosen["metric_for_best_model"]
    return {name: value for name, value in chosen.items() if value is not None}


def choose_training(results: Mapping[str, Any]) -> dict[str, Any]:
    """What `train_results.json` says that a reader of the card wants."""
    # A resumed run knows time and loss of its last part alone.
    unknown = {"train_runtime", "train_loss"} if results.get("resumed_from") else set()
    names = (name for name in _TRAINING if name not in unknown)
    return {name: results[name] for name in names if results.get(name) not in (None, {})}


def read_carbon(folder: Path) -> dict[str, Any] | None:
    """The Hub's `co2_eq_emissions` from the `emissions.csv` that CodeCarbon wrote; else None."""
    path = folder / "emissions.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        grams = sum(float(row["emissions"]) for row in rows) * 1000  # it writes kilograms
    except (KeyError, ValueError) as error:
        raise DataError(f"{path} is no table of CodeCarbon: {error!r}") from error
    if not rows:
        return None
    last = rows[-1]
    found = {
        "emissions": grams,
        "source": "CodeCarbon",
        "training_type": "fine-tuning",
        "geographical_location": last.get("country_name"),
        "hardware_used": last.get("gpu_model") or last.get("cpu_model"),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}
