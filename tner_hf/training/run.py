"""One training run from its settings to a checkpoint and its scores."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from transformers import (
    DataCollatorForTokenClassification,
    EarlyStoppingCallback,
    PreTrainedTokenizerBase,
    enable_full_determinism,
    set_seed,
)
from transformers.trainer_utils import IntervalStrategy

from tner_hf._version import __version__
from tner_hf.config import DEFAULT_MAX_LENGTH, CheckpointSettings
from tner_hf.data import labels_of, load_dataset
from tner_hf.data.record import read_record
from tner_hf.errors import DataError, SettingError
from tner_hf.metrics import Scores
from tner_hf.models import load_config, load_model, load_tokenizer, longest_input
from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
from tner_hf.training.gold import GoldWindows
from tner_hf.training.output import (
    INCOMPLETE,
    choose_checkpoint,
    claim_folder,
    move_files,
    write_json,
)
from tner_hf.training.rows import TrainingRows, encode_training_rows
from tner_hf.training.trainer import NERTrainer

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

logger = logging.getLogger(__name__)

#: A corpus whose tokens are hardly longer than this is one of characters, not of words.
_CHARACTERS = 1.1


@dataclass(frozen=True)
class TrainResult:
    """What a run left behind; the same numbers lie as JSON files in `output_dir`.

    Attributes:
        output_dir: the checkpoint's folder.
        train: `train_results.json`: Trainer's `train_runtime`, `train_loss` and so on, real
            sub-tokens per second, and what did not fit into `max_length`.
        epochs: `scores_per_epoch.json`: the flat metrics of each evaluation, in order.
        validation: scores of the final model on the validation split; None without one.
        test: scores on the test split; None without one.
        per_corpus: split to corpus to scores, where several corpora were merged.
    """

    output_dir: str
    train: dict[str, Any]
    epochs: list[dict[str, float]]
    validation: Scores | None = None
    test: Scores | None = None
    per_corpus: dict[str, dict[str, Scores]] | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> TrainResult:
        """The inverse of `to_dict`."""
        return cls(**{field.name: stored[field.name] for field in fields(cls)})


def train(
    model_args: ModelArguments, data_args: DataArguments, args: NERTrainingArguments
) -> TrainResult:
    """Fine-tune a checkpoint, score it, and save everything in `args.output_dir`.

    An interrupted run is resumed from its newest complete checkpoint by the same call.

    Raises:
        SettingError: settings contradict each other, or the output folder is somebody else's.
        DataError, SourceError, UnknownNameError: the data cannot be had.
        CheckpointError: the model cannot be fine-tuned.
    """
    folder = Path(args.output_dir)
    with args.main_process_first(local=False, desc="claiming the output folder"):
        claim_folder(folder, _describe(model_args, data_args, args))
    resume = choose_checkpoint(folder, args.resume_from_checkpoint, processes=args.world_size)
    with args.main_process_first(desc="loading the data"):
        splits = load_splits(data_args, seed=args.seed)
    adapt_to_splits(args, splits)

    tokenizer = load_tokenizer(model_args.model_name_or_path, revision=model_args.model_revision)
    settings = choose_settings(model_args, data_args, splits)
    # Before the model: the head starts from random numbers.
    enable_full_determinism(args.seed) if args.full_determinism else set_seed(args.seed)
    model = load_model(
        model_args.model_name_or_path,
        labels_of(splits["train"]),
        settings=settings,
        revision=model_args.model_revision,
    )
    rows = encode_training_rows(
        splits["train"], tokenizer, settings, partial_labels=data_args.partial_labels
    )
    for line in rows.report.lines():
        logger.info("training split: %s", line)
    gold = {
        name: GoldWindows(
            splits[name], tokenizer, max_length=settings.max_length, lowercase=settings.lowercase
        )
        for name in ("validation", "test")
        if name in splits
    }
    trainer = build_trainer(model, args, rows, tokenizer, gold.get("validation"))
    if resume:
        logger.info("resuming from %s", resume)
    outcome = trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    save_model(trainer, folder)
    results = _train_results(trainer, outcome.metrics, rows, resume)
    return _score_and_write(trainer, gold, results)


def load_splits(data_args: DataArguments, *, seed: int) -> DatasetDict:
    """The splits `train` and, where there are any, `validation` and `test`, cut as asked.

    Args:
        data_args: what to load, and how much of it.
        seed: decides which sentences are held out, and which are sampled.
    """
    splits = _load(data_args)
    if "train" not in splits:
        raise DataError(f"there is no split 'train' to train on; the data has {sorted(splits)}")
    if data_args.validation_fraction is not None:
        if "validation" in splits:
            raise SettingError(
                "--validation_fraction is for data without a validation split; this has one of "
                f"{len(splits['validation']):,} sentences"
            )
        halves = splits["train"].train_test_split(data_args.validation_fraction, seed=seed)
        splits["train"], splits["validation"] = halves["train"], halves["test"]
    limit = data_args.max_train_samples
    if limit is not None and limit < len(splits["train"]):
        # A sample, not the beginning: merged corpora stand one after the other.
        chosen = np.random.default_rng(seed).permutation(len(splits["train"]))[:limit]
        splits["train"] = splits["train"].select(np.sort(chosen))
    for name, most in (
        ("validation", data_args.max_eval_samples),
        ("test", data_args.max_test_samples),
    ):
        if name in splits and most is not None and most < len(splits[name]):
            splits[name] = splits[name].select(range(most))
    for name in [name for name, split in splits.items() if not len(split)]:
        if name == "train":
            raise DataError("the split 'train' has no sentences")
        logger.warning("the split %r has no sentences and is left out", name)
        del splits[name]
    return splits


def adapt_to_splits(args: NERTrainingArguments, splits: Mapping[str, Dataset]) -> None:
    """Switch off validation where there is nothing to validate on, or refuse where it is needed."""
    if "validation" in splits or args.eval_strategy == IntervalStrategy.NO:
        return
    hint = (
        "give --validation_file, or hold out some of the training split: --validation_fraction 0.1"
    )
    if args.load_best_model_at_end or args.save_strategy == "best":
        wants = (
            "--early_stopping_patience"
            if args.early_stopping_patience is not None
            else "--load_best_model_at_end or --save_strategy best"
        )
        raise SettingError(f"{wants} needs a validation split, and this data has none; {hint}")
    logger.warning(
        "no validation split: no scores per epoch, and the last epoch is what you get; to have "
        "them, %s",
        hint,
    )
    args.eval_strategy = IntervalStrategy.NO
    args.do_eval = False
    args.metric_for_best_model = None


def choose_settings(
    model_args: ModelArguments, data_args: DataArguments, splits: DatasetDict
) -> CheckpointSettings:
    """The settings that travel in the checkpoint."""
    max_length = model_args.max_length
    if max_length is None:
        config = load_config(model_args.model_name_or_path, revision=model_args.model_revision)
        max_length = min(DEFAULT_MAX_LENGTH, longest_input(config) or DEFAULT_MAX_LENGTH)
    words = [word for words in splits["train"][:1000]["tokens"] for word in words]
    characters = sum(map(len, words)) <= _CHARACTERS * len(words)
    return CheckpointSettings(
        max_length=max_length,
        label_all_subtokens=model_args.label_all_subtokens,
        lowercase=model_args.lowercase,
        word_splitter="characters" if characters else "unicode",
        corpora=_corpora(data_args),
        label_map=read_record(splits).label_map,
    )


def build_trainer(
    model: transformers.PreTrainedModel,
    args: NERTrainingArguments,
    rows: TrainingRows,
    tokenizer: PreTrainedTokenizerBase,
    validation: GoldWindows | None,
) -> NERTrainer:
    """The trainer of a run."""
    patience = args.early_stopping_patience
    # Matrix units of a GPU want multiples of eight.
    multiple = 8 if (args.fp16 or args.bf16) and args.device.type != "cpu" else None
    return NERTrainer(
        model,
        args,
        data_collator=DataCollatorForTokenClassification(tokenizer, pad_to_multiple_of=multiple),
        train_dataset=rows.dataset,
        eval_dataset=validation,
        processing_class=tokenizer,
        callbacks=[] if patience is None else [EarlyStoppingCallback(patience)],
        open_labels=list(rows.open_labels.values()),
    )


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
    folder = Path(trainer.args.output_dir)
    epochs = [
        {name: value for name, value in entry.items() if isinstance(value, int | float)}
        for entry in trainer.state.log_history
        if "eval_loss" in entry
    ]
    scores: dict[str, Scores] = {}
    per_corpus: dict[str, dict[str, Scores]] = {}
    files: dict[str, Any] = {"train_results.json": results, "scores_per_epoch.json": epochs}
    for split, rows in gold.items():
        prefix = "eval" if split == "validation" else split
        outcome = trainer.predict(rows, metric_key_prefix=prefix)
        predictions = np.asarray(outcome.predictions)
        scores[split] = rows.score(predictions)
        per_corpus[split] = dict(rows.score_corpora(predictions))
        files[f"{prefix}_results.json"] = {
            **(outcome.metrics or {}),
            "scores": scores[split],
            **({"per_corpus": per_corpus[split]} if per_corpus[split] else {}),
        }
    if trainer.is_world_process_zero():
        trainer.save_state()
        for name, content in files.items():
            write_json(folder / name, content)
    trainer.accelerator.wait_for_everyone()
    return TrainResult(
        str(folder),
        results,
        epochs,
        scores.get("validation"),
        scores.get("test"),
        {split: each for split, each in per_corpus.items() if each} or None,
    )


def _train_results(
    trainer: NERTrainer, metrics: dict[str, float], rows: TrainingRows, resume: Path | None
) -> dict[str, Any]:
    steps = trainer.state.global_step - trainer._initial_global_step
    share = steps / max(trainer.state.max_steps, 1)
    subtokens = rows.subtokens * float(trainer.state.num_train_epochs) * share
    return {
        **metrics,
        "global_step": trainer.state.global_step,
        "train_subtokens_per_second": round(subtokens / max(metrics["train_runtime"], 1e-9), 1),
        "alignment": rows.report.to_dict(),
        "partial_labels": {corpus: len(ids) - 1 for corpus, ids in rows.open_labels.items()},
        "resumed_from": resume.name if resume else None,
        "processes": trainer.args.world_size,
    }


def _load(data_args: DataArguments) -> DatasetDict:
    reading: dict[str, Any] = {
        name: value
        for name, value in (
            ("token_column", _column(data_args.token_column)),
            ("tag_column", _column(data_args.tag_column)),
            ("delimiter", data_args.delimiter),
            ("scheme", data_args.scheme),
        )
        if value is not None
    }
    source: Any
    if data_args.dataset_name is not None:
        names = data_args.dataset_name
        source = names[0] if len(names) == 1 else names
    else:
        given = {
            "train": data_args.train_file,
            "validation": data_args.validation_file,
            "test": data_args.test_file,
        }
        source = {split: path for split, path in given.items() if path is not None}
    return load_dataset(
        source,
        data_args.dataset_config,
        native=data_args.native,
        unify=data_args.unify,
        data_dir=data_args.data_dir,
        **reading,
    )


def _column(given: str | None) -> int | str | None:
    return int(given) if given is not None and given.lstrip("-").isdigit() else given


def _corpora(data_args: DataArguments) -> tuple[str, ...]:
    if data_args.dataset_name is None:
        return (Path(str(data_args.train_file)).stem,)
    config = data_args.dataset_config
    return tuple(f"{name}/{config}" if config else name for name in data_args.dataset_name)


def _describe(
    model_args: ModelArguments, data_args: DataArguments, args: NERTrainingArguments
) -> dict[str, Any]:
    return {
        "tner_hf": __version__,
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "model": asdict(model_args),
        "data": asdict(data_args),
        "training": args.to_sanitized_dict(),
    }
