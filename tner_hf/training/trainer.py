"""The stock Trainer with loss, batches and evaluation put right for NER, and without idle work."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import datasets
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler, SequentialSampler
from transformers import (
    DataCollatorForTokenClassification,
    DataCollatorWithFlattening,
    EarlyStoppingCallback,
    PreTrainedTokenizerBase,
)
from transformers.trainer_utils import EvalLoopOutput, EvalPrediction

from tner_hf.errors import first_line
from tner_hf.labels.apart import Joint
from tner_hf.metrics import preprocess_logits_for_metrics
from tner_hf.models import find_joint, load_config
from tner_hf.models.crf import Crf
from tner_hf.training.apart import join_logits
from tner_hf.training.careful import CarefulTrainer
from tner_hf.training.crf import CrfLoss, decode_rows
from tner_hf.training.gold_windows import GoldWindows
from tner_hf.training.graphs import FilledCollator, StepGraphs
from tner_hf.training.judging import check_loss
from tner_hf.training.lora import Adapter
from tner_hf.training.loss import TokenLoss
from tner_hf.training.mixing import Mixture
from tner_hf.training.padding_free import (
    ATTENTION,
    flatten_batches,
    measure_rows,
    uses_flash_attention,
)
from tner_hf.training.sampling import EpochSampler, group_by_length
from tner_hf.training.used_rows import (
    ROW_BY_ROW,
    UsedRows,
    UsedRowsOptimizer,
    list_used_ids,
    train_used_rows,
)

logger = logging.getLogger(__name__)


class NERTrainer(CarefulTrainer):
    """A `transformers.Trainer` for token classification; everything else is as documented there.

    - The loss is averaged over all labelled sub-tokens of an optimizer step (`TokenLoss`).
    - Training batches have no padding where the model computes the same without
      (`padding_free`), which is checked first; `data_collator` is then used in evaluation only.
    - On a GPU, steps of such batches run from recordings (`graphs`).
    - Embeddings that the training split does not use are left out of the optimizer's work
      (`used_rows`).
    - `train_sampling_strategy="group_by_length"` uses our sampler, and only in training: stock
      Trainer applies its own to evaluation too, so predictions come back in another order than
      the rows went in.
    - A model with a CRF (`tner_hf.models.crf.add_crf`) is trained by its loss (`CrfLoss`), its
      transitions at `crf_learning_rate`; evaluations decode with it.
    - A model that keeps types apart (`apart`) is evaluated in the labels that it speaks of.
    - With an `Adapter` checkpoints have its updates merged, and training resumes from the
      updates that lie beside (`lora`).
    - `evaluate` and `predict` take `GoldWindows` beside datasets, and score whole sentences.
    - A loss or a weight that is no number stops the training before it is saved, and
      `dataloader_drop_last` drops training rows alone (`CarefulTrainer`).
    - `push_to_hub` publishes as `tner_hf.push_model` does (`PushingTrainer`).

    Args:
        open_labels: for each k, the labels that the label `num_labels + k` of a training row may
            stand for; see `tner_hf.training.loss`.
        class_weights: of each label in the loss; None where all count the same.
        adapter: of the model; what is trained beside its frozen encoder, None to train that.
        mixture: which rows an epoch has; None for each row once.
        **kwargs: as for Trainer.
    """

    def __init__(
        self,
        *args: Any,
        open_labels: Sequence[Sequence[int]] = (),
        class_weights: Sequence[float] | None = None,
        adapter: Adapter | None = None,
        mixture: Mixture | None = None,
        **kwargs: Any,
    ) -> None:
        self._adapter = adapter
        self._mixture = mixture
        self._crf: Crf | None = None
        self._graphs: StepGraphs | None = None
        self._operations: int | None = None  # for each sub-token
        self._used_rows: UsedRows | None = None
        self._used_rows_optimizer: UsedRowsOptimizer | None = None
        super().__init__(*args, **kwargs)
        if self.is_fsdp_enabled:
            _part_embeddings(self._bare_model())
        crf = getattr(self._bare_model(), "crf", None)
        self._crf = crf if isinstance(crf, Crf) else None
        self._joint = find_joint(self._bare_model().config)
        if "preprocess_logits_for_metrics" not in kwargs:
            # A CRF decodes sentences, of which a batch may have parts.
            keep = preprocess_logits_for_metrics if self._crf is None else _keep_logits
            self.preprocess_logits_for_metrics = keep if self._joint is None else self._pick_labels
        if self.compute_loss_func is None:
            check_loss(self.args, crf=self._crf is not None, class_weights=class_weights)
            if self._crf is not None:
                self.compute_loss_func = CrfLoss(self._crf, open_labels)
            else:
                smoothing = self.args.label_smoothing_factor
                self.compute_loss_func = TokenLoss(
                    open_labels,
                    label_smoothing=smoothing,
                    weights=class_weights,
                    twins=() if self._joint is None else self._joint.twins,
                )

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """As in Trainer; without work on embeddings that the corpus does not use (`used_rows`)."""
        self._used_rows = None
        if self._used_rows_optimizer is not None:  # which may go on
            self._used_rows_optimizer.hand_back()
            self._used_rows_optimizer = None
            self.model_wrapped: Any = self.model  # DDP knows the used rows only
        try:
            if not self._may_train_used_rows():
                return super().train(*args, **kwargs)
            model, tokenizer = self._bare_model(), cast("Any", self.processing_class)
            ids = list_used_ids(self.train_dataset, tokenizer.all_special_ids)
            with train_used_rows(model, ids) as self._used_rows:
                return super().train(*args, **kwargs)
        finally:
            self._drop_graphs()
            self._write_crf()

    def _bare_model(self) -> Any:
        return self.accelerator.unwrap_model(self.model)

    def _may_train_used_rows(self) -> bool:
        """Whether the ids of all training batches are known, and unused rows stay as they are."""
        args = self.args
        return (
            getattr(args, "padding_free", None) is not False  # which is the stock training
            and args.optim in ROW_BY_ROW
            and not args.weight_decay
            and self.optimizer_cls_and_kwargs is None
            and self.optimizer is None
            and self.model_init is None
            and args.n_gpu <= 1
            and not (self.is_deepspeed_enabled or self.is_fsdp_enabled)
            and self._knows_rows()
            and type(self.data_collator) is DataCollatorForTokenClassification
        )

    def _knows_rows(self) -> bool:
        """Whether the rows of the training split are there as they will be trained on."""
        rows = self.train_dataset
        return (
            isinstance(rows, datasets.Dataset)
            and "input_ids" in rows.column_names
            and rows.format["type"] != "custom"  # whose rows are made when they are asked for
            and isinstance(self.processing_class, PreTrainedTokenizerBase)
        )

    def create_optimizer(self, model: Any = None) -> Any:
        """As in Trainer; its states are saved as those of the whole table of embeddings."""
        is_new = self.optimizer is None
        optimizer = super().create_optimizer(model)
        if is_new and self._crf is not None:
            _set_apart(optimizer, self._crf, rate=getattr(self.args, "crf_learning_rate", None))
        if self._used_rows is not None and self._used_rows_optimizer is None:
            self._used_rows_optimizer = UsedRowsOptimizer(optimizer, self._used_rows)
        return optimizer

    def _get_train_sampler(self, train_dataset: Dataset[Any] | None = None) -> Sampler[Any] | None:
        # The argument lacks the columns that the model does not read, lengths among them.
        data, mixture, args = cast("Any", self.train_dataset), self._mixture, self.args
        column, lengths = args.length_column_name, None
        if args.train_sampling_strategy == "group_by_length" and isinstance(data, datasets.Dataset):
            lengths = np.asarray(data[column][:]) if column in data.column_names else None
        if mixture is None and lengths is None:
            return super()._get_train_sampler(train_dataset)
        size = len(data) if mixture is None else len(mixture)

        seed = args.seed if args.data_seed is None else args.data_seed

        def draw() -> Sequence[int]:
            # Whole at the beginning of an epoch, and the part done where a run is resumed.
            own = (seed, int(self.state.epoch or 0))
            rows = np.arange(size) if mixture is None else mixture.draw(own)
            if lengths is None:
                order = np.random.default_rng(own).permutation(size)
            else:
                step = self._train_batch_size * args.world_size
                grouped = group_by_length(lengths[rows].tolist(), step, seed=own)
                order = np.asarray(grouped, np.int64)
            chosen: list[int] = rows[order].tolist()
            return chosen

        return EpochSampler(draw, size)

    def num_examples(self, dataloader: DataLoader[Any]) -> int:
        """As in Trainer; of a mixture the rows that an epoch has, not those that it draws from."""
        count = super().num_examples(dataloader)
        rows = len(cast("Any", self.train_dataset)) if self._mixture is not None else None
        return len(self._mixture) if self._mixture is not None and count == rows else count

    def get_train_dataloader(self) -> DataLoader[Any]:
        """As in Trainer; batches without padding where `padding_free` asks for them."""
        usual, flat = self.data_collator, self._flatten_batches()
        self.data_collator = flat or usual
        if flat is not None and self._may_record():
            longest = int(measure_rows(cast("Any", self.train_dataset)).max())
            filling = cast("Any", self.processing_class).pad_token_id
            self.data_collator = FilledCollator(flat, self._train_batch_size, longest, filling)
            self._graphs = StepGraphs(super().training_step)
        try:
            return super().get_train_dataloader()
        finally:
            self.data_collator = usual

    def _flatten_batches(self) -> DataCollatorWithFlattening | None:
        model, args = self._bare_model(), self.args
        rows, tokenizer = cast("Any", self.train_dataset), cast("Any", self.processing_class)
        wanted = getattr(args, "padding_free", None)
        if wanted is None:  # row by row, another accelerator would mostly wait for its next kernel
            wanted = uses_flash_attention(model) or args.device.type in {"cpu", "cuda"}
        if not (wanted and args.n_gpu <= 1 and self._knows_rows() and len(rows)):
            return None
        half = torch.bfloat16 if args.bf16 else torch.float16 if args.fp16 else None
        return flatten_batches(model, tokenizer, rows, half=half)

    def _may_record(self) -> bool:
        """Whether steps are such as a GPU can run from a recording."""
        args, config = self.args, self._bare_model().config
        windows = [getattr(config, name, None) for name in ("sliding_window", "local_attention")]
        return (
            getattr(args, "cuda_graphs", None) is not False
            and args.device.type == "cuda"
            and args.world_size == 1
            and self._crf is None  # its recursion has another length in each batch
            and config._attn_implementation == ATTENTION
            and (args.bf16 or not any(windows))  # which fp32 has no kernel for
            and cast("Any", self.processing_class).pad_token_id is not None
            and not (self.is_deepspeed_enabled or self.is_fsdp_enabled)
            # Loss scaling and compiled models have ways of their own, these two draw or forget.
            and not (args.fp16 or args.torch_compile)
            and args.neftune_noise_alpha is None
            and not (args.gradient_checkpointing or args.activation_checkpointing)
        )

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """As in Trainer; on a GPU from a recording, where one can be made (`graphs`)."""
        if self._graphs is not None:
            try:
                return self._graphs(model, inputs, num_items_in_batch)
            except RuntimeError as error:
                logger.warning(
                    "training without CUDA graphs (--cuda_graphs false does not try): %s",
                    first_line(error),
                )
                self._drop_graphs()
        return super().training_step(model, inputs, num_items_in_batch)

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As in Trainer; a CRF is told where rows begin that are laid end to end."""
        if isinstance(self.compute_loss_func, CrfLoss):
            self.compute_loss_func.row_starts = inputs.get("cu_seq_lens_q")
        return super().compute_loss(model, inputs, *args, **kwargs)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        if self._adapter is None:
            super()._load_from_checkpoint(resume_from_checkpoint, model)
        else:
            self._adapter.load(Path(resume_from_checkpoint))
        self._load_crf(resume_from_checkpoint)

    def _load_best_model(self) -> None:
        if self._adapter is None:
            super()._load_best_model()
        else:
            self._adapter.load(Path(str(self.state.best_model_checkpoint)))
        self._load_crf(str(self.state.best_model_checkpoint))

    def _save(
        self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None
    ) -> None:
        if self._adapter is not None:
            state_dict = self._adapter.merged_state()
        super()._save(output_dir, state_dict)
        if self._adapter is not None and self.args.should_save:
            tokenizer: Any = self.processing_class
            self._adapter.write(Path(str(output_dir or self.args.output_dir)), tokenizer)

    def _load_crf(self, folder: str) -> None:
        stored = None if self._crf is None else Crf.read(load_config(folder))
        if self._crf is not None and stored is not None:
            self._crf.copy_from(stored)
            self._write_crf()

    def _write_crf(self) -> None:
        """Put the transitions as they are now where everybody looks for them."""
        if self._crf is not None:
            self._crf.write(self._bare_model().config)

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        """As in Trainer; a CRF is saved in the configuration."""
        self._write_crf()
        super().save_model(*args, **kwargs)

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """As in Trainer, which walks over the model in each step to count its parameters."""
        ids = inputs.get("input_ids")
        if ids is None or not ids.numel():
            return int(super().floating_point_ops(inputs))
        if self._operations is None:
            self._operations = super().floating_point_ops(inputs) // ids.numel()
        return self._operations * int(ids.numel())

    def _drop_graphs(self) -> None:
        if self._graphs is not None:
            self._graphs.close()
            self._graphs = None

    def _get_eval_sampler(self, eval_dataset: Dataset[Any]) -> Sampler[Any] | None:
        return SequentialSampler(eval_dataset)  # type: ignore[arg-type]

    def _run_epoch(self, *args: Any, **kwargs: Any) -> None:
        # A run that is resumed at its end, within an epoch, would take one more step.
        if self._is_over():
            self.control.should_training_stop = True
        else:
            super()._run_epoch(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _is_over(self) -> bool:
        waiting = [
            c for c in self.callback_handler.callbacks if isinstance(c, EarlyStoppingCallback)
        ]
        return self.state.global_step >= self.state.max_steps or any(
            c.early_stopping_patience_counter >= c.early_stopping_patience for c in waiting
        )

    def evaluation_loop(
        self,
        dataloader: DataLoader[Any],
        description: str,
        prediction_loss_only: bool | None = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> EvalLoopOutput:
        """As in Trainer; rows of `GoldWindows` are scored as the sentences they come from."""
        usual, gold, loss = self.compute_metrics, dataloader.dataset, self.compute_loss_func
        if self._joint is not None:
            self.compute_loss_func = self._lose_labels
        if isinstance(gold, GoldWindows):
            prediction_loss_only = False
            self.compute_metrics = gold.compute_metrics
        decoded: list[NDArray[np.int64]] = []
        if (crf := self._crf) is not None:
            self._write_crf()
            score = self.compute_metrics
            rows = gold.decode if isinstance(gold, GoldWindows) else decode_rows

            def decode_first(evaluated: EvalPrediction) -> dict[str, float]:
                logits, labels = evaluated.predictions, evaluated.label_ids
                decoded.append(rows(crf, np.asarray(logits), np.asarray(labels)))
                return {} if score is None else score(EvalPrediction(decoded[0], labels))

            self.compute_metrics = decode_first
        try:
            output = super().evaluation_loop(
                dataloader, description, prediction_loss_only, ignore_keys, metric_key_prefix
            )
        finally:
            self.compute_metrics, self.compute_loss_func = usual, loss
        return output._replace(predictions=decoded[0]) if decoded else output

    def _pick_labels(self, logits: Any, labels: Any) -> Any:
        return preprocess_logits_for_metrics(self._join(logits), labels)

    def _lose_labels(
        self, outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        loss = TokenLoss(label_smoothing=self.args.label_smoothing_factor)
        return loss({"logits": self._join(outputs["logits"])}, labels, num_items_in_batch)

    def _join(self, logits: Any) -> torch.Tensor:
        return join_logits(_keep_logits(logits, None), cast("Joint", self._joint))


def _keep_logits(logits: Any, labels: Any) -> Any:  # noqa: ARG001 — Trainer passes both
    return logits[0] if isinstance(logits, tuple) else logits


def _part_embeddings(model: Any) -> None:
    """Let no unit of FSDP have the input embeddings within it.

    Models such as BERT name the module around them as one, and accelerate 1.15 makes one of the
    embeddings themselves, which torch refuses inside another.
    """
    embeddings = model.get_input_embeddings()
    around = {
        type(m).__name__ for m in model.modules() if any(e is embeddings for e in m.modules())
    }
    model._no_split_modules = [n for n in model._no_split_modules or () if n not in around]


def _set_apart(optimizer: Any, crf: Crf, *, rate: float | None) -> None:
    """Give the transitions a group of their own, without weight decay; None is the usual rate."""
    own = list(crf.parameters())
    for group in optimizer.param_groups:
        group["params"] = [p for p in group["params"] if not any(p is each for each in own)]
    given = {} if rate is None else {"lr": rate}
    optimizer.add_param_group({"params": own, "weight_decay": 0.0, **given})
