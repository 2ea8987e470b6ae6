"""One training run from its settings to a checkpoint and its scores."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import transformers
from transformers import (
    DataCollatorForTokenClassification,
    EarlyStoppingCallback,
    PreTrainedTokenizerBase,
    TrainerCallback,
    enable_full_determinism,
    set_seed,
)
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from tner_hf.config import DEFAULT_MAX_LENGTH, CheckpointSettings, WordSplitter
from tner_hf.data import annotated_types, labels_of
from tner_hf.data.changed_rows import augment_rows
from tner_hf.data.record import read_record
from tner_hf.errors import SettingError
from tner_hf.labels.maps import choose_label_map
from tner_hf.metrics import Scores
from tner_hf.models import (
    add_conditions,
    check_length,
    check_training_state,
    load_config,
    load_model,
    load_tokenizer,
    longest_input,
)
from tner_hf.models.contents import FILES_KEY, hash_labelling
from tner_hf.models.crf import add_crf
from tner_hf.training.apart import Apart, choose_apart, list_apart, split_types
from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
from tner_hf.training.class_weights import (
    BALANCED,
    balance_labels,
    read_class_weights,
    weigh_labels,
)
from tner_hf.training.describing import describe_run
from tner_hf.training.freezing import freeze
from tner_hf.training.gold_windows import GoldWindows
from tner_hf.training.judging import (
    check_adapter,
    check_apart,
    check_context,
    check_loss,
    check_mixing,
    check_settings,
    check_splits,
    check_teachers,
)
from tner_hf.training.lora import Adapter
from tner_hf.training.loss import TaughtLoss
from tner_hf.training.mixing import Mixture
from tner_hf.training.output import (
    INCOMPLETE,
    adopt_state,
    check_folder,
    choose_checkpoint,
    hold_folder,
    move_files,
)
from tner_hf.training.progress import EpochLines, MinuteLines, QuietProgress
from tner_hf.training.result import TrainResult
from tner_hf.training.rows import TrainingRows, encode_training_rows
from tner_hf.training.splits import adapt_to_splits, load_splits
from tner_hf.training.teachers import Teacher, find_teachers
from tner_hf.training.trainer import NERTrainer
from tner_hf.words import are_characters

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

logger = logging.getLogger(__name__)


def train(
    model_args: ModelArguments,
    data_args: DataArguments,
    args: NERTrainingArguments,
    *,
    dataset: Any = None,
    callbacks: Sequence[TrainerCallback] = (),
) -> TrainResult:
    """Fine-tune a checkpoint, score it, and save everything in `args.output_dir`.

    The same call again goes on from the newest complete checkpoint of an interrupted run, and
    gives back what a finished one left. Whether it is the same is judged by content
    (`tner_hf.runs.recipe`).

    Args:
        model_args: what is fine-tuned.
        data_args: what on, and how much of it.
        args: how.
        dataset: anything that `tner_hf.load_dataset` takes, in place of the names and files of
            `data_args`.
        callbacks: further ones for the Trainer.

    Raises:
        SettingError: settings contradict each other, or the output folder is another run's, or
            in use.
        TrainingError: the loss is no number.
        FileError: the output folder cannot be written to.
        DataError, SourceError, UnknownNameError: the data cannot be had.
        CheckpointError: the model cannot be fine-tuned.
    """
    folder = Path(args.output_dir).expanduser()
    source = data_args.source() if dataset is None else dataset
    if args.seeds is not None:
        raise SettingError(
            f"--seeds {' '.join(map(str, args.seeds))} makes several runs, and this is one: use "
            "`tner-hf train` or train_seeds, or give --seed"
        )
    check_settings(args)
    check_loss(args, crf=model_args.head == "crf", class_weights=data_args.class_weights)
    check_adapter(args, model_args)
    check_mixing(data_args, frozen_by=model_args.frozen_by)
    check_teachers(args, model_args, data_args)
    check_apart(model_args, data_args)
    config = load_config(model_args.model_name_or_path, revision=model_args.revision)
    if model_args.max_length is not None:
        check_length(config, model_args.max_length)
    if args.process_index == 0:
        check_folder(folder)
    with args.main_process_first(desc="loading the data"):
        splits = load_splits(source, data_args, seed=args.seed)
    check_context(model_args.context, data_args, splits)
    run = describe_run(model_args, data_args, args, source=source, splits=splits)
    weights = read_class_weights(data_args.class_weights)
    if isinstance(weights, Mapping):
        weigh_labels(weights, labels_of(splits["train"]))
    check_mixing(data_args, frozen_by=model_args.frozen_by, corpora=annotated_types(splits))
    teachers = choose_teachers(data_args, splits)
    apart = choose_apart(data_args.keep_apart, splits["train"])
    doubts = [*adapt_to_splits(args, splits), *check_splits(args, splits)]
    with hold_folder(folder, run, args):
        finished = TrainResult.read(folder)
        if finished is None:
            for line in doubts:
                logger.warning("%s", line)
            return _train(model_args, data_args, args, splits, callbacks, teachers, apart)
    logger.info("%s holds this run, finished: nothing is trained, and nothing changed", folder)
    if args.push_to_hub:
        logger.info("publish it with: tner-hf push model %s OWNER/NAME", folder)
    return finished


def _train(
    model_args: ModelArguments,
    data_args: DataArguments,
    args: NERTrainingArguments,
    splits: DatasetDict,
    callbacks: Sequence[TrainerCallback],
    teachers: Sequence[Teacher],
    apart: Apart,
) -> TrainResult:
    folder = Path(args.output_dir).expanduser()
    resume = choose_checkpoint(folder, args.resume_from_checkpoint, processes=args.world_size)
    tokenizer = load_tokenizer(model_args.model_name_or_path, revision=model_args.revision)
    settings = choose_settings(model_args, splits, word_splitter=data_args.word_splitter)
    if data_args.corpus_condition:
        named = dict.fromkeys(splits["train"].with_format(None)["corpus"][:])
        settings = replace(settings, conditions=tuple(named))
    if apart:
        settings = replace(settings, apart=list_apart(apart))
        splits["train"] = split_types(splits["train"], apart)
    # Before the model: the head starts from random numbers.
    enable_full_determinism(args.seed) if args.full_determinism else set_seed(args.seed)
    model = load_model(
        model_args.model_name_or_path,
        labels_of(splits["train"]),
        settings=settings,
        revision=model_args.revision,
    )
    if model_args.freeze is not None:
        frozen = freeze(model, model_args.freeze)
        logger.info("--freeze %s: %d weights stay as they are", model_args.freeze, len(frozen))
    adapter = _adapt(model, model_args)
    if model_args.head == "crf":
        name, revision = model_args.model_name_or_path, model_args.revision
        add_crf(model, load_config(name, revision=revision))
    add_conditions(model, tokenizer, settings.conditions)
    augmented = augment_rows(splits["train"], data_args.augment or (), seed=args.seed)
    rows = encode_training_rows(
        augmented,
        tokenizer,
        settings,
        partial_labels=data_args.partial_labels,
        mixture=choose_mixture(data_args, augmented),
        teachers=teachers,
        device=args.device,
    )
    for line in rows.report.lines():
        logger.info("training split: %s", line)
    gold = {
        name: GoldWindows(
            splits[name],
            tokenizer,
            max_length=settings.max_length,
            lowercase=settings.lowercase,
            context=settings.context,
        )
        for name in ("validation", "test")
        if name in splits
    }
    weights = _choose_weights(data_args.class_weights, splits["train"], rows)
    validation = gold.get("validation")
    taught = (
        None if rows.targets is None else TaughtLoss([*rows.open_labels.values()], rows.targets)
    )
    trainer = build_trainer(
        model, args, rows, tokenizer, validation, class_weights=weights, loss=taught,
        adapter=adapter,
    )  # fmt: skip
    for callback in callbacks:
        trainer.add_callback(callback)
    metrics = run_trainer(trainer, resume)
    if adapter is not None:
        adapter.merge()  # what is scored is what is saved
    save_model(trainer, folder)
    results = list_results(trainer, metrics, rows, resume)
    result = _score_and_write(trainer, gold, results)
    if args.push_to_hub:
        # Now that the card has scores to show. The words serve where the data is no file.
        compared = gold.get("test") or gold.get("validation")
        trainer.push_to_hub(sentences=compared.tokens if compared else None)
    return result


def _adapt(model: transformers.PreTrainedModel, model_args: ModelArguments) -> Adapter | None:
    """The updates of LoRA that are asked for, in the model."""
    if model_args.lora_r is None:
        return None
    name, weights = model_args.model_name_or_path, model.num_parameters()
    is_folder = Path(name).expanduser().exists()  # which is nobody else's business
    commit = getattr(model.config, "_commit_hash", None)
    adapter = Adapter(
        model,
        model_args.lora_r,
        alpha=model_args.lora_alpha,
        dropout=model_args.lora_dropout,
        targets=model_args.lora_targets,
        base=None if is_folder else name,
        revision=commit,
    )
    logger.info(
        "--lora_r %d: %s weights are trained, of %s",
        model_args.lora_r,
        f"{model.num_parameters(only_trainable=True):,}",
        f"{weights:,}",
    )
    return adapter


def choose_settings(
    model_args: ModelArguments, splits: DatasetDict, *, word_splitter: WordSplitter | None = None
) -> CheckpointSettings:
    """The settings that travel in the checkpoint; the words tell a splitter that is not given."""
    max_length = model_args.max_length
    if max_length is None:
        config = load_config(model_args.model_name_or_path, revision=model_args.revision)
        max_length = min(DEFAULT_MAX_LENGTH, longest_input(config) or DEFAULT_MAX_LENGTH)
    train_split = splits["train"]
    # From everywhere: merged corpora stand one after the other.
    chosen = train_split.select(range(0, len(train_split), len(train_split) // 1000 + 1))
    words = [word for sentence in chosen["tokens"] for word in sentence]
    return CheckpointSettings(
        max_length=max_length,
        label_all_subtokens=model_args.label_all_subtokens,
        lowercase=model_args.lowercase,
        word_splitter=word_splitter or ("characters" if are_characters(words) else "unicode"),
        corpora=tuple(name for name in annotated_types(splits) if name),
        label_map=read_record(splits).label_map,
        context=model_args.context,
    )


def choose_mixture(data_args: DataArguments, split: Dataset) -> Mixture | None:
    """Which rows of a merged training split an epoch has; None for each once."""
    if not data_args.mixes:
        return None
    return Mixture(
        np.asarray(split.with_format(None)["corpus"][:]),
        temperature=data_args.sampling_temperature,
        max_repeats=data_args.max_repeats,
        condition=data_args.corpus_condition,
    )


def choose_teachers(data_args: DataArguments, splits: DatasetDict) -> list[Teacher]:
    """The teachers of a run, by their configurations; none where none are asked for."""
    if not data_args.teachers:
        return []
    recorded = read_record(splits).label_map
    label_map = None if recorded is None else choose_label_map(data_args.label_map, [recorded])
    space = labels_of(splits["train"])
    return find_teachers(data_args.teachers, space, annotated_types(splits), label_map)


def _choose_weights(
    given: str | None, split: Dataset, rows: TrainingRows
) -> Sequence[float] | None:
    weights, space = read_class_weights(given), labels_of(split)
    if weights == BALANCED:
        found = balance_labels(rows.dataset, len(space))
        shown = (f"{tag} {weight:.3g}" for tag, weight in zip(space.names, found, strict=True))
        logger.info("class weights: %s", ", ".join(shown))
        return found
    return None if weights is None else weigh_labels(weights, space)


def build_trainer(
    model: transformers.PreTrainedModel,
    args: NERTrainingArguments,
    rows: TrainingRows,
    tokenizer: PreTrainedTokenizerBase,
    validation: GoldWindows | None,
    *,
    class_weights: Sequence[float] | None = None,
    loss: Any = None,
    adapter: Adapter | None = None,
) -> NERTrainer:
    """The trainer of a run; `loss` is a `compute_loss_func`, of which None gives ours."""
    patience = args.early_stopping_patience
    # Matrix units of a GPU want multiples of eight.
    multiple = 8 if (args.fp16 or args.bf16) and args.device.type != "cpu" else None
    trainer = NERTrainer(
        model,
        args,
        data_collator=DataCollatorForTokenClassification(tokenizer, pad_to_multiple_of=multiple),
        train_dataset=rows.dataset,
        eval_dataset=validation,
        processing_class=tokenizer,
        callbacks=[EpochLines, *([] if patience is None else [EarlyStoppingCallback(patience)])],
        open_labels=list(rows.open_labels.values()),
        class_weights=class_weights,
        compute_loss_func=loss,
        adapter=adapter,
        mixture=rows.mixture,
    )
    trainer.remove_callback(ProgressCallback)
    trainer.remove_callback(PrinterCallback)
    has_bar = sys.stderr.isatty() and not args.disable_tqdm
    trainer.add_callback(QuietProgress if has_bar else MinuteLines)
    return trainer


def run_trainer(trainer: NERTrainer, resume: Path | None) -> dict[str, float]:
    """Train from a checkpoint, or from the beginning; what `Trainer.train` says of it."""
    if resume:
        logger.info("resuming from %s", resume)
        check_training_state(resume)
        if trainer.is_world_process_zero():
            adopt_state(resume, Path(str(trainer.args.output_dir)).expanduser())
        trainer.accelerator.wait_for_everyone()
    metrics: dict[str, float] = trainer.train(str(resume) if resume else None).metrics
    return metrics


def save_model(trainer: NERTrainer, folder: Path) -> None:
    """Save model, tokenizer and configuration in the folder, each file whole or not at all."""
    incomplete = folder / INCOMPLETE
    trainer.save_model(str(incomplete), _internal_call=True)
    if trainer.is_world_process_zero():
        move_files(incomplete, folder)
    trainer.accelerator.wait_for_everyone()


def _score_and_write(
    trainer: NERTrainer, gold: Mapping[str, GoldWindows], results: dict[str, Any]
) -> TrainResult:
    epochs = [
        {name: value for name, value in entry.items() if isinstance(value, int | float)}
        for entry in trainer.state.log_history
        if "eval_loss" in entry
    ]
    scores: dict[str, Scores] = {}
    per_corpus: dict[str, dict[str, Scores]] = {}
    more: dict[str, dict[str, float]] = {}
    for split, rows in gold.items():
        prefix = "eval" if split == "validation" else split
        outcome = trainer.predict(rows, metric_key_prefix=prefix)
        predictions = np.asarray(outcome.predictions)
        scores[split] = rows.score(predictions)
        per_corpus[split] = dict(rows.score_corpora(predictions))
        more[split] = outcome.metrics or {}
    result = TrainResult(
        str(trainer.args.output_dir),
        results,
        epochs,
        scores.get("validation"),
        scores.get("test"),
        {split: each for split, each in per_corpus.items() if each} or None,
    )
    if trainer.is_world_process_zero():
        trainer.save_state()
        result.write(more)
    trainer.accelerator.wait_for_everyone()
    return result


def list_results(
    trainer: NERTrainer, metrics: dict[str, float], rows: TrainingRows, resume: Path | None
) -> dict[str, Any]:
    """What `train_results.json` says of a training whose model is saved.

    `metrics` are those of `Trainer.train`, and `resume` is the checkpoint from which it went on.
    """
    steps = trainer.state.global_step - trainer._initial_global_step
    share = steps / max(trainer.state.max_steps, 1)
    subtokens = rows.subtokens * float(trainer.state.num_train_epochs) * share
    return {
        **metrics,
        "global_step": trainer.state.global_step,
        "steps_trained": steps,
        "train_subtokens_per_second": round(subtokens / max(metrics["train_runtime"], 1e-9), 1),
        "alignment": rows.report.to_dict(),
        "partial_labels": {corpus: len(ids) - 1 for corpus, ids in rows.open_labels.items()},
        "resumed_from": resume.name if resume else None,
        "processes": trainer.args.world_size,
        # So that a card can tell when another model took this one's place.
        FILES_KEY: hash_labelling(Path(str(trainer.args.output_dir)).expanduser()),
    }
