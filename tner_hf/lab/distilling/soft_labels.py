"""Rows whose labels are what a teacher says of each word, and the loss of a student on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tner_hf.config import CheckpointSettings
from tner_hf.features import AlignmentReport, encode_windows
from tner_hf.inference.tagging import score_places
from tner_hf.metrics import IGNORED
from tner_hf.models import tag_names
from tner_hf.training.judging import check_memory
from tner_hf.training.rows import TrainingRows

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def make_soft_rows(
    sentences: Sequence[Sequence[str]],
    teacher: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    settings: CheckpointSettings,
) -> tuple[TrainingRows, NDArray[np.float32]]:
    """What a student trains on; long sentences whole, in overlapping windows.

    Returns:
        Rows as of a training split, whose labels are rows of the scores; and the scores: the
        teacher's logits of every word, shape [n_words, n_labels].

    Raises:
        SettingError: the scores would take too much memory.
    """
    import pyarrow as pa
    from datasets import Dataset

    windows = encode_windows(
        sentences, tokenizer, max_length=settings.max_length, lowercase=settings.lowercase
    )
    known, places = windows.word_places()
    labels = len(tag_names(teacher.config))
    check_memory("the teacher's scores", len(places), labels, fewer="Give fewer texts")
    scores = score_places(teacher, windows, places)
    columns = {
        "input_ids": windows.input_ids.astype(np.int64),
        "attention_mask": np.ones(len(windows.input_ids), dtype=np.int8),
        "labels": windows.row_labels(np.cumsum(known) - 1),
    }
    offsets = pa.array(windows.row_offsets)
    lists = {n: pa.LargeListArray.from_arrays(offsets, pa.array(v)) for n, v in columns.items()}
    table = pa.table({**lists, "length": windows.lengths})
    report = AlignmentReport(
        len(sentences), len(known), unencodable_tokens=windows.unencodable_tokens
    )
    return TrainingRows(Dataset(table), report, {}), scores


class SoftLoss:
    """How far a student is from its teacher, as `compute_loss_func` of a Trainer.

    The Kullback-Leibler divergence from teacher to student, both at a temperature and times its
    square, so that gradients keep their size (Hinton et al. 2015, arXiv 1503.02531, section 2).

    Args:
        scores: the teacher's logits, shape [n_words, n_labels].
        temperature: by which logits are divided: above 1 the less likely labels count more.
    """

    def __init__(self, scores: NDArray[np.float32], *, temperature: float = 1.0) -> None:
        self._scores = torch.from_numpy(scores)
        self._temperature = temperature

    def __call__(
        self, outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        """The loss of a batch, in nats for each word of the optimizer step.

        Args:
            outputs: of a student; its logits have the shape [n_rows, n_subtokens, n_labels].
            labels: rows of the teacher's scores, shape [n_rows, n_subtokens]; -100 is ignored.
            num_items_in_batch: words of the whole optimizer step; None counts those of this batch.
        """
        logits = outputs["logits"] if isinstance(outputs, Mapping) else outputs[0]
        kept = labels.ne(IGNORED)
        own = logits[kept].float() / self._temperature
        wanted = self._scores[labels[kept].cpu()].to(own.device) / self._temperature
        total = functional.kl_div(
            own.log_softmax(-1), wanted.log_softmax(-1), reduction="sum", log_target=True
        )
        count = kept.sum() if num_items_in_batch is None else num_items_in_batch
        return total * self._temperature**2 / torch.as_tensor(count, device=own.device).clamp(min=1)
