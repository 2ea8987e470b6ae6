"""The training split as rows of sub-tokens, with the labels that the loss understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.config import CheckpointSettings
from tner_hf.data import annotated_types, labels_of
from tner_hf.features import AlignmentReport, align_dataset
from tner_hf.predictions.test_set import number_documents
from tner_hf.training.loss import find_open_labels

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class TrainingRows:
    """What a `NERTrainer` trains on.

    Attributes:
        dataset: `input_ids`, `attention_mask`, `labels` and `length`, one row for each sentence.
        report: what did not fit.
        open_labels: corpus to the labels that its `O` may stand for; in `dataset` the `O` of the
            k-th of them has the label `num_labels + k`.
    """

    dataset: Dataset
    report: AlignmentReport
    open_labels: dict[str, tuple[int, ...]]

    @property
    def subtokens(self) -> int:
        """Sub-tokens of one epoch, special ones included."""
        return int(sum(self.dataset["length"]))


def encode_training_rows(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    settings: CheckpointSettings,
    *,
    partial_labels: bool = True,
) -> TrainingRows:
    """Rows of a training split, in its order.

    Args:
        dataset: from `tner_hf.load_dataset`.
        tokenizer: from `tner_hf.models.load_tokenizer`.
        settings: maximum length, labelled sub-tokens, lower-casing, context.
        partial_labels: in merged corpora, let `O` stand for any type that the sentence's corpus
            does not annotate.
    """
    import pyarrow as pa
    from datasets import Dataset

    rows, report = align_dataset(
        dataset,
        tokenizer,
        max_length=settings.max_length,
        label_all_subtokens=settings.label_all_subtokens,
        lowercase=settings.lowercase,
        documents=number_documents(dataset) if settings.context == "document" else None,
    )
    table = rows.data.table
    lengths = _column_lengths(table)
    open_labels: dict[str, tuple[int, ...]] = {}
    if partial_labels and "corpus" in dataset.column_names:
        space = labels_of(dataset)
        open_labels = find_open_labels(space, annotated_types(dataset))
        labels = table["labels"].combine_chunks()
        values = labels.flatten().to_numpy().copy()
        sources = np.repeat(np.asarray(dataset.with_format(None)["corpus"][:]), lengths)
        for k, corpus in enumerate(open_labels):
            values[(values == 0) & (sources == corpus)] = len(space) + k
        opened = pa.LargeListArray.from_arrays(labels.offsets, pa.array(values))
        table = table.set_column(table.column_names.index("labels"), "labels", opened)
    table = table.append_column("length", pa.array(lengths))
    return TrainingRows(Dataset(table), report, open_labels)


def _column_lengths(table: Any) -> Any:
    import pyarrow.compute as pc

    return pc.list_value_length(table["input_ids"]).to_numpy()
