"""The splits of a run: loaded, sampled, held out, and what to call them."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers.trainer_utils import IntervalStrategy

from tner_hf.data import load_dataset
from tner_hf.errors import DataError, SettingError
from tner_hf.training.arguments import DataArguments, NERTrainingArguments
from tner_hf.training.judging import check_files

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

logger = logging.getLogger(__name__)


def load_splits(source: Any, data_args: DataArguments, *, seed: int) -> DatasetDict:
    """The splits `train` and, where there are any, `validation` and `test`, cut as asked.

    The seed decides which sentences are held out, and which are sampled.
    """
    check_files(source)
    splits: Any = load_dataset(
        source,
        data_args.dataset_config,
        native=data_args.native,
        unify=data_args.unify,
        label_map=data_args.label_map,
        data_dir=data_args.data_dir,
        name=data_args.dataset_title,
        **data_args.reading(),
    )
    if "train" not in splits:
        raise DataError(f"there is no split 'train' to train on; the data has {sorted(splits)}")
    if data_args.validation_fraction is not None:
        if "validation" in splits:
            raise SettingError(
                "--validation_fraction is for data without a validation split; this has one of "
                f"{len(splits['validation']):,} sentences"
            )
        splits["train"], splits["validation"] = _hold_out(
            splits["train"], data_args.validation_fraction, seed
        )
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
    if data_args.max_test_samples == 0:
        splits.pop("test", None)
    for name in [name for name, split in splits.items() if not len(split)]:
        if name == "train":
            raise DataError("the split 'train' has no sentences")
        logger.warning("the split %r has no sentences and is left out", name)
        del splits[name]
    return splits


def _hold_out(rows: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    held = math.ceil(len(rows) * share)  # as scikit-learn and datasets round
    if len(rows) <= held:
        raise DataError(
            f"--validation_fraction {share:g} of {len(rows):,} training "
            f"sentence{'s' * (len(rows) != 1)} leaves none to train on; give --validation_file, or "
            "train without validation"
        )
    halves = rows.train_test_split(share, seed=seed)
    return halves["train"], halves["test"]


def adapt_to_splits(args: NERTrainingArguments, splits: Mapping[str, Dataset]) -> list[str]:
    """Switch off validation where there is nothing to validate on; what to warn of then.

    Raises:
        SettingError: a setting needs it.
    """
    if "validation" in splits or args.eval_strategy == IntervalStrategy.NO:
        return []
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
    args.eval_strategy = IntervalStrategy.NO
    args.do_eval = False
    args.metric_for_best_model = None
    line = (
        "no validation split: no scores per epoch, and the last epoch is what you get; to have "
        f"them, {hint}"
    )
    return [line]
