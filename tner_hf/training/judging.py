"""What is wrong with a run, told before it begins."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers import TrainingArguments

from tner_hf.config import Context
from tner_hf.data import labels_of
from tner_hf.data.conversion import number_documents
from tner_hf.errors import DataError, MissingExtraError, SettingError, UnknownNameError
from tner_hf.metrics import compute_metrics_for
from tner_hf.models import base_of
from tner_hf.predictions.test_set import flat_labels
from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments

if TYPE_CHECKING:
    from datasets import Dataset

#: The splits that a run knows.
SPLITS = ("train", "validation", "test")

#: With fewer optimizer steps than this hardly anything is learnt at Trainer's learning rate; at a
#: higher one it takes fewer, but never fewer than the second.
_FEW_STEPS, _FEWEST_STEPS, _USUAL_RATE = 100, 30, TrainingArguments.learning_rate

#: What is proposed instead: so many steps, in batches of so many sentences.
_ENOUGH_STEPS, _SMALL_BATCH = 300, 8

#: The least that a number may be; what is None may be left out.
_LEAST: Mapping[str, float] = {
    "per_device_train_batch_size": 1, "per_device_eval_batch_size": 1,
    "gradient_accumulation_steps": 1, "eval_accumulation_steps": 1, "num_train_epochs": 0,
    "learning_rate": 0, "crf_learning_rate": 0, "warmup_steps": 0, "weight_decay": 0,
    "adam_epsilon": 0,
    "max_grad_norm": 0, "label_smoothing_factor": 0, "seed": 0, "data_seed": 0,
    "dataloader_num_workers": 0, "save_total_limit": 1, "logging_steps": 0, "eval_delay": 0,
}  # fmt: skip

#: The most that a number may be: seeds are those of numpy.
_MOST: Mapping[str, float] = {
    "seed": 2**32 - 1, "data_seed": 2**32 - 1, "label_smoothing_factor": 1, "adam_beta1": 1,
    "adam_beta2": 1,
}  # fmt: skip

#: Bytes of scores that are kept in memory.
_MOST_BYTES = 4_000_000_000

#: Numbers that zero is too little for as well.
_POSITIVE = frozenset({"num_train_epochs", "learning_rate", "logging_steps"})


def check_settings(args: NERTrainingArguments) -> None:
    """Refuse settings that no run can use, whatever its data.

    Raises:
        SettingError: the first of them.
    """
    for name, least in _LEAST.items():
        value = getattr(args, name)
        if not isinstance(value, int | float):
            continue
        too_small = value < least or (value == least and name in _POSITIVE)
        if not math.isfinite(value) or too_small:
            wanted = f"more than {least:g}" if name in _POSITIVE else f"{least:g} or more"
            raise SettingError(f"--{name} {value:g} cannot be used; give {wanted}")
    for name, most in _MOST.items():
        value = getattr(args, name)
        if isinstance(value, int | float) and not value <= most:
            raise SettingError(f"--{name} {value} cannot be used; give {most:g} or less")
    sharing = args.fsdp_config if args.fsdp and isinstance(args.fsdp_config, dict) else {}
    kind = sharing.get("state_dict_type", "FULL_STATE_DICT")
    if str(kind).upper() != "FULL_STATE_DICT":
        raise SettingError(
            f"--fsdp_config with state_dict_type {kind} saves parts of a model that nothing but "
            "FSDP loads; leave it out"
        )
    if args.fsdp and args.device.type == "cpu":  # accelerate would leave it out and say nothing
        raise SettingError(
            "--fsdp shares out weights among GPUs, and this run is on a CPU, where each process "
            "holds all of them; leave it out"
        )
    _check_metric(args.metric_for_best_model)


def check_loss(args: TrainingArguments, *, crf: bool, class_weights: Any) -> None:
    """Refuse settings that contradict each other in the loss.

    Raises:
        SettingError: the first of them.
    """
    smoothing = args.label_smoothing_factor
    if class_weights and smoothing:
        raise SettingError(
            f"--class_weights and --label_smoothing_factor {smoothing:g} both change what a label "
            "counts; give one of them"
        )
    if not crf:
        return
    for given, what in (
        (
            smoothing,
            "--label_smoothing_factor smooths single words, and a CRF scores sentences",
        ),
        (class_weights, "--class_weights weighs single words, and a CRF scores sentences"),
        (args.fsdp, "--fsdp shares out weights, and transitions are not saved with them"),
        (args.deepspeed, "--deepspeed shares out weights, and transitions are not saved with them"),
    ):
        if given:
            raise SettingError(f"{what}: leave it out, or train with --head linear")


def check_adapter(args: TrainingArguments, model_args: ModelArguments) -> None:
    """Refuse what updates of a frozen encoder cannot be trained with.

    Raises:
        MissingExtraError: peft is not installed.
        SettingError: weights would be shared out, or the updates be those of an adapter.
    """
    if model_args.lora_r is None:
        return
    if find_spec("peft") is None:
        raise MissingExtraError("--lora_r", "peft")
    for name in ("fsdp", "deepspeed"):
        if getattr(args, name):
            raise SettingError(
                f"--{name} shares out weights, and --lora_r merges its updates into whole ones; "
                "leave one of the two out"
            )
    name = model_args.model_name_or_path
    if base_of(name, revision=model_args.revision) is not None:
        raise SettingError(
            f"--lora_r on {name}, which is an adapter: one of another is not loaded. Give the "
            "merged checkpoint, which is the folder above `adapter`, or leave --lora_r out"
        )


def check_mixing(
    data_args: DataArguments, *, frozen_by: str | None, corpora: Collection[str] | None = None
) -> None:
    """Refuse to mix what cannot be mixed; corpora are None where they are not loaded yet.

    Raises:
        SettingError: there is one corpus only, or the token of a corpus could not be learnt.
    """
    if data_args.corpus_condition and frozen_by is not None:
        raise SettingError(
            f"--corpus_condition {data_args.corpus_condition:g} learns an embedding for each "
            f"corpus, and {frozen_by} leaves embeddings as they are; leave one of the two out"
        )
    if data_args.mixes and corpora is not None and len(corpora) < 2:
        name = "corpus_condition" if data_args.corpus_condition else "sampling_temperature"
        raise SettingError(
            f"--{name} {getattr(data_args, name):g} is for several corpora, and this is one; give "
            "--dataset_name two or more, or leave it out"
        )


def check_teachers(
    args: TrainingArguments, model_args: ModelArguments, data_args: DataArguments
) -> None:
    """Refuse settings under which teachers have nothing to say.

    Raises:
        SettingError: the first of them.
    """
    smoothing = args.label_smoothing_factor
    for given, what in (
        (not data_args.partial_labels, "--no_partial_labels takes every O for one"),
        (model_args.head == "crf", "--head crf learns whole sentences, and not word by word"),
        (data_args.class_weights, "--class_weights weighs tags, and a target has several"),
        (smoothing, f"--label_smoothing_factor {smoothing:g} spreads what is a tag for certain"),
    ):
        if data_args.teachers and given:
            raise SettingError(
                f"{what}; --teachers say how likely each tag of a word is where O is open. Leave "
                "one of the two out"
            )


def check_apart(model_args: ModelArguments, data_args: DataArguments) -> None:
    """Refuse what cannot tell the rows of a corpus from those of another.

    Raises:
        SettingError: the first of them.
    """
    for given, what in (
        (model_args.head == "crf", "--head crf scores sequences of rows, not of types"),
        (data_args.teachers, "--teachers know types, and not whose"),
        (data_args.class_weights, "--class_weights weighs types, and not rows of them"),
    ):
        if data_args.keep_apart and given:
            raise SettingError(
                f"{what}; --keep_apart {' '.join(data_args.keep_apart)} gives a type several rows. "
                "Leave one of the two out"
            )


def check_context(
    context: Context, data_args: DataArguments, splits: Mapping[str, Dataset]
) -> None:
    """Refuse the text around sentences where it is not known, or not there.

    Raises:
        SettingError: a setting takes sentences out of their documents.
        DataError: a split names no documents.
    """
    if context == "sentence":
        return
    for name in ("max_train_samples", "validation_fraction"):
        if getattr(data_args, name) is not None:
            raise SettingError(
                f"--{name} {getattr(data_args, name):g} takes single sentences out of their "
                "documents, and --context document reads what stands around them; leave one out"
            )
    if data_args.augment:
        raise SettingError(
            f"--augment {' '.join(data_args.augment)} puts changed copies beside their "
            "documents, and --context document reads what stands around them; leave one out"
        )
    for split, rows in splits.items():
        if number_documents(rows) is None:
            raise DataError(
                f"--context document: the {split} split does not say which document a sentence is "
                "of. Corpora that do are listed in docs/corpora.md; own files have -DOCSTART- "
                "lines, `# newdoc` lines or a column `doc_id`. Or leave --context out"
            )


def metric_names() -> tuple[str, ...]:
    """What `--metric_for_best_model` can be.

    >>> metric_names()[:4]
    ('loss', 'precision', 'recall', 'f1')
    """
    empty = np.zeros((1, 0), np.int64)
    return ("loss", *compute_metrics_for(["O"])((empty, empty)))


def check_files(source: Any) -> None:
    """Refuse splits that no run would look at: a misspelt one would be left out in silence.

    Raises:
        UnknownNameError: there is one.
    """
    for split in source if isinstance(source, Mapping) else ():
        if split not in SPLITS:
            raise UnknownNameError("split", str(split), SPLITS)


def check_splits(args: NERTrainingArguments, splits: Mapping[str, Dataset]) -> list[str]:
    """Refuse data that makes no optimizer step; what to warn of where it teaches little.

    Raises:
        DataError: there is no step to make.
    """
    steps = count_steps(args, len(splits["train"]))
    if not steps:
        batch = _count_parallel(args) * args.per_device_train_batch_size
        raise DataError(
            f"{len(splits['train']):,} training sentences make no batch of {batch} sentences, and "
            "--dataloader_drop_last drops what is less; give a smaller "
            "--per_device_train_batch_size"
        )
    return [*_warn_of_types(splits), *_warn_of_steps(args, len(splits["train"]), steps)]


def count_steps(args: NERTrainingArguments, sentences: int) -> int:
    """The optimizer steps of a run."""
    if args.max_steps > 0:
        return int(args.max_steps)
    batch = args.per_device_train_batch_size * _count_parallel(args)
    batches = sentences // batch if args.dataloader_drop_last else math.ceil(sentences / batch)
    an_epoch = math.ceil(batches / args.gradient_accumulation_steps)
    steps: int = math.ceil(an_epoch * args.num_train_epochs)
    return steps


def _count_parallel(args: NERTrainingArguments) -> int:
    """Batches that are worked on at once."""
    return int(args.world_size * max(1, args.n_gpu))


def check_memory(what: str, words: int, labels: int, *, fewer: str) -> None:
    """Make sure that there is memory for scores of words, a float32 for each label.

    Raises:
        SettingError: there is not; it says what is scored, and how it could be less.
    """
    needed = 4 * words * labels
    if needed > _MOST_BYTES:
        raise SettingError(
            f"{what} of {words:,} words in {labels} labels need {needed:,} bytes of memory; "
            f"accepted: up to {_MOST_BYTES:,}. {fewer}"
        )


def explain_divergence(args: TrainingArguments) -> str:
    """Why the loss of a run with these settings may be no number, and what to do."""
    if args.fp16:
        return "--fp16 cannot hold large numbers: try --bf16, or a lower --learning_rate"
    if args.learning_rate > 1e-3:
        rate = f"--learning_rate {args.learning_rate:g}"
        return f"{rate} is high: encoders are fine-tuned at 1e-5 to 5e-4"
    if not args.max_grad_norm:
        return "--max_grad_norm 0 does not clip gradients: try 1"
    if not args.warmup_steps:
        return "there is no warm-up: try --warmup_steps 0.1, or a lower --learning_rate"
    return f"try a lower --learning_rate than {args.learning_rate:g}"


def _check_metric(metric: str | None) -> None:
    known = metric_names()
    if metric is None or metric.removeprefix("eval_") in known:
        return
    raise SettingError(
        f"--metric_for_best_model {metric} is no score of a validation split; accepted: "
        f"{', '.join(known)}"
    )


def _warn_of_types(splits: Mapping[str, Dataset]) -> Iterator[str]:
    counts = {split: count_entities(rows) for split, rows in splits.items()}
    if not counts["train"]:
        yield (
            f"the training split has no entity in its {len(splits['train']):,} sentences: a model "
            "of it finds nothing. Is the tag column the right one (--tag_column)?"
        )
    for split, found in counts.items():
        new = {name: count for name, count in found.items() if name not in counts["train"]}
        if new and split != "train" and counts["train"]:
            listed = ", ".join(f"{name} ({count:,})" for name, count in new.items())
            yield (
                f"the {split} split has entities of types that the training split has none of: "
                f"{listed}; they are counted, and the model cannot find them"
            )


def count_entities(rows: Dataset) -> Counter[str]:
    """Entity type to the number of entities of a split."""
    space = labels_of(rows)
    begins = {i: name[2:] for i, name in space.id2label.items() if name.startswith("B-")}
    counted = np.bincount(flat_labels(rows), minlength=len(space.names))
    return Counter({name: int(counted[i]) for i, name in begins.items() if counted[i]})


def _warn_of_steps(args: NERTrainingArguments, sentences: int, steps: int) -> Iterator[str]:
    faster = max(1, args.learning_rate / _USUAL_RATE)
    if steps >= max(_FEW_STEPS / faster, _FEWEST_STEPS):
        return
    batch = min(args.per_device_train_batch_size, _SMALL_BATCH)
    batches = math.ceil(sentences / (batch * _count_parallel(args)))
    an_epoch = math.ceil(batches / args.gradient_accumulation_steps)
    epochs = max(math.ceil(_ENOUGH_STEPS / an_epoch), math.ceil(args.num_train_epochs))
    without = ", without --max_steps," if args.max_steps > 0 else ""  # which would overrule it
    yield (
        f"{sentences:,} training sentences make {steps} optimizer step{'s' * (steps != 1)} with "
        f"these settings, too few to learn much. --per_device_train_batch_size {batch} "
        f"--num_train_epochs {epochs}{without} make {an_epoch * epochs:,}"
    )
