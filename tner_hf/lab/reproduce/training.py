"""Training the models of a table, or finding them where an earlier run left them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.errors import DataError, SettingError
from tner_hf.files import read_json
from tner_hf.lab.matrix.training import train_models
from tner_hf.lab.reproduce.plan import Plan, PlannedModel
from tner_hf.labels import UNIFIED_1

if TYPE_CHECKING:
    from tner_hf.training import NERTrainingArguments

#: Validation is for the record only, no decision rests on it: the first sentences are enough.
_VALIDATION_SENTENCES = 1_000

#: Steps between two checkpoints; a killed run loses no more.
_SAVE_STEPS = 500


def train_model(plan: Plan, model: PlannedModel, folder: Path) -> Path:
    """The folder of a model, trained if it is not there yet."""
    source: Any = model.datasets[0] if not model.is_merged else list(model.datasets)
    trained = train_models(
        {model.name: source},
        folder,
        lambda path: make_arguments(plan, model, path),
        merged=False,
    )
    checkpoint = Path(trained[model.name])
    # Each is three times the model, and a finished run is never resumed.
    for old in checkpoint.glob("checkpoint-*"):
        shutil.rmtree(old)
    return checkpoint


def make_arguments(plan: Plan, model: PlannedModel, folder: str) -> tuple[Any, Any, Any]:
    """The settings of a training run.

    Raises:
        SettingError: the batch cannot be cut into so many parts, or several devices enlarge it.
    """
    from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

    training, parts = model.training, plan.scale.gradient_accumulation_steps
    if training.batch_size % parts:
        raise SettingError(
            f"--gradient_accumulation_steps {parts} does not divide the batch of "
            f"{training.batch_size} sentences; give a divisor of it"
        )
    args = NERTrainingArguments(
        folder,
        max_steps=training.max_steps,
        warmup_steps=training.warmup_steps,
        learning_rate=training.learning_rate,
        lr_scheduler_type="linear",
        weight_decay=training.weight_decay,
        max_grad_norm=training.max_grad_norm,
        per_device_train_batch_size=training.batch_size // parts,
        gradient_accumulation_steps=parts,
        train_sampling_strategy="random",  # as in the paper
        seed=training.seed,
        bf16=plan.scale.bf16,
        eval_strategy="no",
        metric_for_best_model=None,
        save_strategy="steps",
        save_steps=max(1, min(_SAVE_STEPS, training.max_steps // 4)),
        save_total_limit=1,
        disable_tqdm=not sys.stderr.isatty(),
        report_to="none",
    )
    check_batch(args, training.batch_size)
    # No max_length: the default is the paper's 128, or what a smaller encoder can read.
    return (
        ModelArguments(model.encoder, lowercase=model.lowercase),
        DataArguments(
            max_train_samples=plan.scale.max_train_samples,
            max_eval_samples=_VALIDATION_SENTENCES,
            max_test_samples=0,
            partial_labels=False,  # the paper took `O` at its word
            label_map=UNIFIED_1.version,
        ),
        args,
    )


def check_batch(args: NERTrainingArguments, wanted: int) -> None:
    """Make sure that a step takes as many sentences as the recipe says.

    Raises:
        SettingError: several devices enlarge the batch.
    """
    batch = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    if batch != wanted:
        raise SettingError(
            f"{batch // wanted} devices make a batch of {batch} sentences, and the recipe has "
            f"{wanted}; show one device only (CUDA_VISIBLE_DEVICES=0)"
        )


def describe_training(checkpoint: Path) -> dict[str, Any]:
    """What the training of a model left behind: steps, seconds, loss, tokens that did not fit.

    Raises:
        DataError: nothing, or not all of it.
    """
    results = read_json(checkpoint / "train_results.json") or {}
    if "alignment" not in results:
        raise DataError(
            f"{checkpoint / 'train_results.json'} is missing or says nothing of alignment, which "
            "the end of training does; move the model's folder away, and it is trained again"
        )
    names = ("global_step", "train_runtime", "train_loss")
    return {**{name: results.get(name) for name in names}, **results["alignment"]}
