"""The settings of a training run, as dataclasses that `HfArgumentParser` turns into flags."""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, field
from typing import Any, Literal

import torch
from transformers import TrainingArguments

from tner_hf.config import DEFAULT_MAX_LENGTH, Context, WordSplitter
from tner_hf.data.changes import CHANGES
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.formats.options import (
    HELP,
    READING,
    EmptyTokens,
    Nested,
    OnMisaligned,
    ReadOptions,
    parse_column,
)
from tner_hf.training.freezing import check_freeze


def _flag(default: Any, text: str, **more: Any) -> Any:
    """A field with what its flag says of it: metavar, aliases, choices beside the text."""
    return field(default=default, metadata={"help": text, **more})


def _reading(option: str, **more: Any) -> Any:
    """A field that is an option of reading files."""
    return _flag(None, f"{HELP[option][0].upper()}{HELP[option][1:]}.", **more)


@dataclass
class ModelArguments:
    """What is fine-tuned, and how words become its input."""

    _argument_group_name = "model"

    model_name_or_path: str = _flag(
        MISSING, "Hub id or folder of the pretrained encoder.", metavar="MODEL", aliases=["-m"]
    )
    revision: str | None = _flag(None, "Branch, tag or commit of a Hub model.", metavar="REVISION")
    max_length: int | None = _flag(
        None,
        "Longest training sequence in sub-tokens; what is cut off is reported. Unset means "
        f"{DEFAULT_MAX_LENGTH}, or less where the model cannot read as much.",
    )
    lowercase: bool = _flag(False, "Lower-case every word, here and wherever the model is used.")
    label_all_subtokens: Literal["first", "inside"] = _flag(
        "first", "Which sub-tokens of a word are trained: the first, or all (others I-x)."
    )
    context: Context = _flag(
        "sentence",
        "What a sentence is read with, here and wherever its documents are known: nothing, or "
        "as much of its document as fits into --max_length beside it.",
    )
    head: Literal["linear", "crf"] = _flag(
        "linear",
        "What makes tags of the encoder's scores: each word's best one, or a CRF, the best "
        "sequence. Plain transformers does not decode with a CRF.",
    )

    freeze: str | None = _flag(
        None,
        "What is not trained: embeddings, encoder (all but the head), or layers:N, the "
        "embeddings and the first N layers.",
        metavar="PART",
    )
    lora_r: int | None = _flag(
        None,
        "Train updates of this rank beside a frozen encoder (LoRA), and the head; they are "
        "merged into the checkpoint, and kept apart in its folder `adapter`.",
        metavar="RANK",
    )
    lora_alpha: float | None = _flag(
        None, "An update of LoRA counts alpha / rank times; unset means twice the rank."
    )
    lora_dropout: float = _flag(0.0, "Share of the inputs of an update that training drops.")
    lora_targets: list[str] | None = _flag(
        None,
        "Layers with an update, by the end of their name, such as `query value`; unset means "
        "all linear layers of the encoder.",
        metavar="LAYER",
    )

    def __post_init__(self) -> None:
        if self.freeze is not None:
            check_freeze(self.freeze)
        self._check_lora()
        if self.head == "crf" and self.label_all_subtokens != "first":
            raise SettingError(
                f"--head crf goes from word to word, and --label_all_subtokens "
                f"{self.label_all_subtokens} labels their pieces; leave one of the two out"
            )
        if self.max_length is not None and self.max_length < 4:
            raise SettingError(
                f"--max_length {self.max_length} leaves no room for a word between the special "
                "tokens; give at least 4."
            )

    @property
    def frozen_by(self) -> str | None:
        """The flag that leaves the embeddings as they are, with its value; None where none does."""
        for name in ("freeze", "lora_r"):
            if (value := getattr(self, name)) is not None:
                return f"--{name} {value}"
        return None

    def _check_lora(self) -> None:
        if self.lora_r is None:
            given = {
                "lora_alpha": self.lora_alpha is not None,
                "lora_dropout": self.lora_dropout != 0,
                "lora_targets": self.lora_targets is not None,
            }
            if told := next((name for name, is_given in given.items() if is_given), None):
                raise SettingError(
                    f"--{told} without --lora_r changes nothing; give a rank as well"
                )
            return
        if self.freeze is not None:
            raise SettingError(
                f"--freeze {self.freeze} with --lora_r, which freezes the whole encoder; leave one "
                "of the two out (--lora_targets chooses the layers with an update)"
            )
        if self.lora_r < 1:
            raise SettingError(f"--lora_r {self.lora_r} is no rank; give 1 or more, e.g. 8")
        if self.lora_alpha is not None and not 0 < self.lora_alpha < math.inf:
            raise SettingError(f"--lora_alpha {self.lora_alpha:g} cannot be used; give more than 0")
        if not 0 <= self.lora_dropout < 1:
            raise SettingError(
                f"--lora_dropout {self.lora_dropout:g} is no share; give a number from 0 to below 1"
            )


@dataclass
class DataArguments:
    """What it is fine-tuned on: named corpora, or files of the user's own."""

    _argument_group_name = "data"

    dataset_name: list[str] | None = _flag(
        None,
        "Corpora (`tner-hf datasets list`; `wikiann/ja` picks a config), Hub ids or dataset "
        "folders; several are merged on the unified types.",
        metavar="CORPUS",
        aliases=["-d"],
    )
    dataset_config: str | None = _flag(
        None, "Config of the corpus, e.g. a language.", metavar="CONFIG"
    )
    train_file: str | None = _flag(
        None, "IOB/CoNLL, JSON lines or Parquet file to train on.", metavar="FILE"
    )
    validation_file: str | None = _flag(None, "Scored after each epoch.", metavar="FILE")
    test_file: str | None = _flag(None, "Scored once, after training.", metavar="FILE")
    token_column: str | None = _reading("token_column")
    tag_column: str | None = _reading("tag_column")
    delimiter: str | None = _reading("delimiter")
    scheme: str | None = _reading("scheme")
    strict: bool | None = _reading("strict")
    encoding: str | None = _reading("encoding")
    label2id: str | None = _reading("label2id", metavar="FILE")
    format: str | None = _reading("format")
    header: bool | None = _reading("header")
    empty_tokens: EmptyTokens | None = _reading("empty_tokens")
    on_misaligned: OnMisaligned | None = _reading("on_misaligned")
    nested: Nested | None = _reading("nested")
    word_splitter: WordSplitter | None = _reading("word_splitter")
    native: bool = _flag(False, "Keep a named corpus's own types instead of unified ones.")
    unify: bool = _flag(False, "Map the types of own files to the unified ones.")
    label_map: str | None = _flag(
        None,
        "YAML file of native type to unified type, on top of the shipped map or in its place; "
        "or a shipped one: unified-1, unified-2, unified-2-broad.",
        metavar="FILE",
    )
    data_dir: str | None = _flag(
        None, "Folder with the raw files of a corpus that cannot be downloaded."
    )
    validation_fraction: float | None = _flag(
        None, "Without a validation split: hold out this share of the training split."
    )
    dataset_title: str | None = _flag(
        None,
        "What your own data is called in the checkpoint and on cards; unset means the name of "
        "the training file.",
        metavar="TITLE",
    )
    max_train_samples: int | None = _flag(None, "Train on a random sample of so many sentences.")
    max_eval_samples: int | None = _flag(None, "Validate on the first so many sentences.")
    max_test_samples: int | None = _flag(
        None, "Test on the first so many sentences; 0 tests on none."
    )
    partial_labels: bool = _flag(
        True, "In merged corpora, never punish a type in text whose corpus does not annotate it."
    )
    teachers: list[str] | None = _flag(
        None,
        "In merged corpora: models that say how likely the types are which a corpus does not "
        "annotate, to be learnt where its text has no entity; NAME=MODEL gives one another name.",
        metavar="MODEL",
    )
    sampling_temperature: float = _flag(
        1.0,
        "Draw merged corpora in proportion to size ** (1 / T): 1 takes each sentence once an "
        "epoch, more takes more of small corpora and less of large ones.",
    )
    max_repeats: float = _flag(
        4.0,
        "With --sampling_temperature: how often a small corpus is repeated in an epoch at most.",
    )
    corpus_condition: float = _flag(
        0.0,
        "Share of the sentences of merged corpora that are trained with their corpus as a "
        "condition, so that the model can be told whose guidelines to tag by; 0.5 is a start.",
    )
    keep_apart: list[str] | None = _flag(
        None,
        "In merged corpora: types for which each corpus has rows of its own in the head, because "
        "it means something else by them; `auto` for those types and corpora that the training "
        "split shows to differ. Outside each is one type.",
        metavar="TYPE",
    )
    class_weights: str | None = _flag(
        None,
        "How much each tag counts in the loss: `balanced`, all tags of the training split the "
        'same; or a JSON file of types and tags, such as {"O": 0.5, "person": 2}.',
        metavar="FILE",
    )

    augment: list[str] | None = _flag(
        None,
        f"Train on the training split and on a copy of it after each of these changes, of "
        f"{', '.join(CHANGES)}.",
        metavar="CHANGE",
    )

    def __post_init__(self) -> None:
        if wrong := next((each for each in self.augment or () if each not in CHANGES), None):
            raise UnknownNameError("change", wrong, CHANGES)
        if isinstance(self.dataset_name, str):
            self.dataset_name = [self.dataset_name]
        if isinstance(self.teachers, str):
            self.teachers = [self.teachers]
        if isinstance(self.keep_apart, str):
            self.keep_apart = [self.keep_apart]
        if self.dataset_name and (self.train_file or self.validation_file or self.test_file):
            raise SettingError(
                "give either --dataset_name or --train_file (with --validation_file and "
                "--test_file where you have them); got both."
            )
        for name in ("max_train_samples", "max_eval_samples", "max_test_samples"):
            least = 0 if name == "max_test_samples" else 1
            if (value := getattr(self, name)) is not None and value < least:
                raise SettingError(
                    f"--{name} {value} is no number of sentences; give {least} or more."
                )
        if self.validation_fraction is not None and not 0 < self.validation_fraction < 1:
            raise SettingError(
                f"--validation_fraction {self.validation_fraction} is no share of the training "
                "split; give a number between 0 and 1, e.g. 0.1."
            )
        for name, least, accepted, holds in (
            ("sampling_temperature", 1, "1 or more", math.isfinite),
            ("max_repeats", 1, "1 or more", math.isfinite),
            ("corpus_condition", 0, "0 or more, and less than 1", lambda share: share < 1),
        ):
            if not ((value := getattr(self, name)) >= least and holds(value)):
                raise SettingError(f"--{name} {value:g} cannot be used; give {accepted}")
        ReadOptions.of(self.reading())

    @property
    def mixes(self) -> bool:
        """Whether merged corpora are drawn otherwise than as they stand."""
        return self.sampling_temperature != 1 or self.corpus_condition > 0

    def source(self) -> Any:
        """What `tner_hf.load_dataset` is asked for: a name, a list of names, or split to file.

        Raises:
            SettingError: nothing to train on was named.
        """
        if self.dataset_name:
            return self.dataset_name[0] if len(self.dataset_name) == 1 else self.dataset_name
        if self.train_file is None:
            raise SettingError(
                "nothing to train on: give --dataset_name CORPUS (`tner-hf datasets list` shows "
                "them) or --train_file FILE."
            )
        files = {
            "train": self.train_file,
            "validation": self.validation_file,
            "test": self.test_file,
        }
        return {split: file for split, file in files.items() if file is not None}

    def reading(self) -> dict[str, Any]:
        """How `tner_hf.load_dataset` reads files."""
        given = {name: getattr(self, name) for name in READING}
        given |= {name: parse_column(given[name]) for name in ("token_column", "tag_column")}
        return {name: value for name, value in given.items() if value is not None}


@dataclass
class NERTrainingArguments(TrainingArguments):
    """`TrainingArguments` with the defaults that suit NER. What differs, and why:

    - `output_dir` is required: a run is found again under the name that its author gave it.
    - `per_device_train_batch_size=32`, `per_device_eval_batch_size=32`: sentences are short.
    - `padding_free=None`, ours: random batches, as in the literature, without the padding that is
      44 % of them; see `tner_hf.training.padding_free`.
    - `cuda_graphs=None`, ours: on a GPU, steps of such batches run from recordings; see
      `tner_hf.training.graphs`.
    - `crf_learning_rate=1e-2`, ours: transitions begin at random, and a rate that suits an encoder
      would leave them there.
    - `logging_nan_inf_filter=False`: a loss that is no number shows in the log, and a GPU is not
      stopped after each step to look for one. `accelerator_config={"non_blocking": True}` where
      there is one: nor is it to take the next batch.
    - `warmup_steps=0.1`: a tenth of the steps, as T-NER 0.2.4 on the command line (its paper: 700
      of 5,000); large encoders can diverge without.
    - `eval_strategy="epoch"`, `save_strategy="epoch"`: NER runs take few, long epochs. A run
      without validation split switches to `eval_strategy="no"` and says so.
    - `save_total_limit=2`: the newest and the best checkpoint; each is three times the model.
    - `metric_for_best_model="f1"`: entity F1, not the loss, decides early stopping and
      `--load_best_model_at_end`.
    - `restore_callback_states_from_checkpoint=True`: a resumed run keeps its patience.
    - `logging_steps=0.02`: fifty points of the loss curve, however long the run.
    - `ddp_find_unused_parameters=False`: a token classifier uses all of its parameters, and
      looking for unused ones costs a walk over the graph in each step.
    - `hub_strategy="end"`: `push_to_hub` publishes the finished model, after it was compared with
      what plain transformers gives. The other strategies push states that nobody compared, too.
    - `use_cpu=True` where no accelerator is present, so that `--bf16` works there as well.
    """

    _argument_group_name = "training"

    output_dir: str = _flag(
        MISSING, "Folder for the checkpoint, scores and log.", metavar="FOLDER", aliases=["-o"]
    )
    per_device_train_batch_size: int = _flag(32, "Sentences per device and step.")
    per_device_eval_batch_size: int = _flag(32, "Sentences per device in evaluation.")
    padding_free: bool | None = _flag(
        None,
        "Train on batches without padding; same loss and gradients. Unset means on a CPU, on a "
        "CUDA GPU and with FlashAttention, where the model computes the same without.",
    )
    cuda_graphs: bool | None = _flag(
        None,
        "Run training steps from recordings on a CUDA GPU, which then waits for nobody. Unset "
        "means wherever batches have no padding and one process trains without fp16.",
    )
    crf_learning_rate: float = _flag(
        1e-2, "Learning rate of the transitions of --head crf, with the schedule of the other one."
    )
    warmup_steps: float = _flag(0.1, "Steps of linear warm-up; below 1, a share of all steps.")
    eval_strategy: str = _flag("epoch", "When to validate: no, steps, epoch.")
    save_strategy: str = _flag("epoch", "When to save a checkpoint: no, steps, epoch, best.")
    save_total_limit: int | None = _flag(
        2, "Checkpoints to keep: the newest, and among them the best."
    )
    metric_for_best_model: str | None = _flag("f1", "What decides which checkpoint is best.")
    restore_callback_states_from_checkpoint: bool = _flag(
        True, "Restore callbacks, such as patience, when resuming."
    )
    logging_nan_inf_filter: bool = _flag(False, "Leave losses that are no numbers out of the log.")
    logging_steps: float = _flag(0.02, "Steps between logs; below 1, a share of all steps.")
    ddp_find_unused_parameters: bool | None = _flag(
        False, "Look for parameters that the loss does not depend on."
    )
    hub_strategy: str = _flag(
        "end",
        "What `--push_to_hub` pushes: the finished model, or states of the training as well.",
        choices=["end", "every_save", "checkpoint", "all_checkpoints"],
    )
    seeds: list[int] | None = _flag(
        None,
        "Train once with each of these seeds, in folders of the output folder, and give mean "
        "and standard deviation.",
    )
    resume_from_checkpoint: str | None = _flag(
        None,
        "A checkpoint folder, `true` for the newest in the output folder, `false` to refuse "
        "one. Unset resumes where there is something to resume.",
    )
    start_over: bool = _flag(
        False,
        "Move what another run left in the output folder aside, and begin anew; nothing is "
        "deleted.",
    )
    early_stopping_patience: int | None = _flag(
        None, "Stop after so many evaluations without a better F1 and keep the best checkpoint."
    )

    def __post_init__(self) -> None:
        if not torch.accelerator.is_available():
            self.use_cpu = True
        elif self.accelerator_config is None and self.dataloader_pin_memory:
            self.accelerator_config = {"non_blocking": True}
        if self.early_stopping_patience is not None:
            if self.early_stopping_patience < 1:
                raise SettingError(
                    f"--early_stopping_patience {self.early_stopping_patience} would stop before "
                    "training; give 1 or more."
                )
            self.load_best_model_at_end = True
        super().__post_init__()  # type: ignore[no-untyped-call]

    def __getstate__(self) -> dict[str, Any]:
        """Without the token: Trainer pickles its arguments into `training_args.bin`."""
        return {**self.__dict__, "hub_token": None}
