"""The training split as rows of sub-tokens, with the labels that the loss understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.config import CheckpointSettings
from tner_hf.data import annotated_types, labels_of
from tner_hf.data.conversion import number_documents
from tner_hf.features import AlignmentReport, align_dataset
from tner_hf.models import condition_tokenizer
from tner_hf.training.loss import find_open_labels
from tner_hf.training.mixing import Mixture
from tner_hf.training.teachers import Teacher, soften_labels

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
        targets: what teachers say of an open `O`, whose label is `num_labels + n_open + i` for
            row `i` (`TaughtLoss`), shape [n_targets, num_labels]; None without any.
    """

    dataset: Dataset
    report: AlignmentReport
    open_labels: dict[str, tuple[int, ...]]
    mixture: Mixture | None = None
    targets: NDArray[np.float32] | None = None

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
    teachers: Sequence[Teacher] = (),
    device: Any = None,
) -> TrainingRows:
    """Rows of a training split, in its order.

    With partial labels, `O` in merged corpora stands for any type as well that the sentence's
    corpus does not annotate, and teachers, who read on `device`, say what it may be; under its own
    condition an `O` is one. Conditions of a mixture are listed in the settings.

    Raises:
        SettingError: what they say takes too much memory.
    """
    import pyarrow as pa
    from datasets import Dataset

    table, report = _align(dataset, tokenizer, settings)
    lengths = _measure(table["input_ids"])
    open_labels: dict[str, tuple[int, ...]] = {}
    targets = None
    if partial_labels and "corpus" in dataset.column_names:
        space = labels_of(dataset)
        open_labels = find_open_labels(space, annotated_types(dataset))
        labels = table["labels"].combine_chunks()
        values = labels.flatten().to_numpy().copy()
        sources = np.repeat(np.asarray(dataset.with_format(None)["corpus"][:]), lengths)
        for k, corpus in enumerate(open_labels):
            values[(values == 0) & (sources == corpus)] = len(space) + k
        if teachers:
            words = _number_words(dataset, tokenizer, settings)
            targets = soften_labels(
                values, words, dataset, space, open_labels, teachers, device=device
            )
        opened = pa.LargeListArray.from_arrays(labels.offsets, pa.array(values))
        table = table.set_column(table.column_names.index("labels"), "labels", opened)
    if mixture is not None and mixture.condition:
        table = pa.concat_tables([table, _align_conditioned(dataset, tokenizer, settings)])
    table = table.append_column("length", pa.array(_measure(table["input_ids"])))
    return TrainingRows(Dataset(table), report, open_labels, mixture, targets)


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


def _number_words(
    dataset: Dataset, tokenizer: PreTrainedTokenizerBase, settings: CheckpointSettings
) -> NDArray[np.int64]:
    """The number of the word that begins at each sub-token of the rows, -100 where none does."""
    import pyarrow as pa

    tokens = dataset.with_format("arrow")[:]["tokens"]
    offsets = np.append(0, np.cumsum(_measure(tokens)))
    numbers = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(np.arange(offsets[-1])))
    numbered = dataset.remove_columns("ner_tags").add_column("ner_tags", numbers)
    table, _ = _align(numbered, tokenizer, replace(settings, label_all_subtokens="first"))
    found: NDArray[np.int64] = table["labels"].combine_chunks().flatten().to_numpy()
    return found


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


def _measure(column: Any) -> Any:
    import pyarrow.compute as pc

    return pc.list_value_length(column).to_numpy()
