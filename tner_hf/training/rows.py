"""The training split as rows of sub-tokens, with the labels that the loss understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tner_hf.config import CheckpointSettings
from tner_hf.data import annotated_types, labels_of
from tner_hf.data.conversion import number_documents
from tner_hf.features import AlignmentReport, align_dataset
from tner_hf.models import condition_tokenizer
from tner_hf.training.loss import find_open_labels
from tner_hf.training.mixing import Mixture

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class TrainingRows:
    """What a `NERTrainer` trains on.

    Attributes:
        dataset: `input_ids`, `attention_mask`, `labels` and `length`, one row for each sentence;
            then, with conditions, one for each sentence under that of its corpus.
        report: what did not fit.
        open_labels: corpus to the labels that its `O` may stand for; in `dataset` the `O` of the
            k-th of them has the label `num_labels + k`. Under its own condition an `O` is one.
        mixture: which rows an epoch has; None for each once.
    """

    dataset: Dataset
    report: AlignmentReport
    open_labels: dict[str, tuple[int, ...]]
    mixture: Mixture | None = None

    @property
    def subtokens(self) -> int:
        """Sub-tokens of one epoch, special ones included; of a mixture those of one draw."""
        lengths = np.asarray(self.dataset["length"][:])
        return int((lengths if self.mixture is None else lengths[self.mixture.draw((0,))]).sum())


def encode_training_rows(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    settings: CheckpointSettings,
    *,
    partial_labels: bool = True,
    mixture: Mixture | None = None,
) -> TrainingRows:
    """Rows of a training split, in its order.

    Args:
        dataset: from `tner_hf.load_dataset`.
        tokenizer: from `tner_hf.models.load_tokenizer`.
        settings: maximum length, labelled sub-tokens, lower-casing, context.
        partial_labels: in merged corpora, let `O` stand for any type that the sentence's corpus
            does not annotate.
        mixture: which rows an epoch has; where it has conditions, `settings` lists them.
    """
    import pyarrow as pa
    from datasets import Dataset

    table, report = _align(dataset, tokenizer, settings)
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
    if mixture is not None and mixture.condition:
        table = pa.concat_tables([table, _align_conditioned(dataset, tokenizer, settings)])
    table = table.append_column("length", pa.array(_column_lengths(table)))
    return TrainingRows(Dataset(table), report, open_labels, mixture)


def _align(
    dataset: Dataset, tokenizer: PreTrainedTokenizerBase, settings: CheckpointSettings
) -> tuple[Any, AlignmentReport]:
    rows, report = align_dataset(
        dataset,
        tokenizer,
        max_length=settings.max_length,
        label_all_subtokens=settings.label_all_subtokens,
        lowercase=settings.lowercase,
        documents=number_documents(dataset) if settings.context == "document" else None,
    )
    return rows.data.table, report


def _align_conditioned(
    dataset: Dataset, tokenizer: PreTrainedTokenizerBase, settings: CheckpointSettings
) -> Any:
    """The rows again, each behind the token of its corpus; a table in the order of the split."""
    import pyarrow as pa

    corpora = np.asarray(dataset.with_format(None)["corpus"][:])
    tables, places = [], []
    for corpus in settings.conditions:
        own = np.flatnonzero(corpora == corpus)
        conditioned = condition_tokenizer(tokenizer, corpus, settings)
        tables.append(_align(dataset.select(own), conditioned, settings)[0])
        places.append(own)
    return pa.concat_tables(tables).take(np.argsort(np.concatenate(places), kind="stable"))


def _column_lengths(table: Any) -> Any:
    import pyarrow.compute as pc

    return pc.list_value_length(table["input_ids"]).to_numpy()
