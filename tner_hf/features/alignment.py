"""Training features: sub-tokens with aligned labels, and a count of what did not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from tner_hf.config import DEFAULT_MAX_LENGTH, LabelAllSubtokens
from tner_hf.data.fingerprints import fingerprint_table
from tner_hf.errors import DataError, SettingError
from tner_hf.features.context import widen_rows
from tner_hf.features.encoding import encode_words, find_special_ids, wrap_rows
from tner_hf.features.vocabulary import NumberedWords, number_column, number_words
from tner_hf.metrics import IGNORED
from tner_hf.plain import Stored

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

#: Columns that hold the label ids, the first one found is read (`tags` as in the old tner).
LABEL_COLUMNS = ("ner_tags", "tags")


@dataclass(frozen=True)
class AlignmentReport(Stored):
    """How many sentences and tokens of a dataset reach the model, and how many do not.

    Attributes:
        sentences: how many there are.
        tokens: how many words they hold.
        truncated_sentences: sentences longer than `max_length`.
        truncated_tokens: words beyond it, which training does not see.
        unencodable_tokens: words for which the tokenizer has no sub-token (a lone zero-width
            space, say), which training does not see either.
    """

    sentences: int = 0
    tokens: int = 0
    truncated_sentences: int = 0
    truncated_tokens: int = 0
    unencodable_tokens: int = 0

    def lines(self) -> list[str]:
        """The report for a reader.

        >>> AlignmentReport(sentences=10, tokens=200).lines()
        ['10 sentences, 200 tokens: all of them fit']
        """
        head = f"{self.sentences:,} sentences, {self.tokens:,} tokens"
        out = []
        if self.truncated_tokens:
            out.append(
                f"tokens beyond --max_length, not trained on: {self.truncated_tokens:,} "
                f"(in sentences: {self.truncated_sentences:,})"
            )
        if self.unencodable_tokens:
            out.append(
                "tokens without a sub-token in this tokenizer, not trained on: "
                f"{self.unencodable_tokens:,}"
            )
        return [head, *out] if out else [f"{head}: all of them fit"]


def tokenize_and_align(
    examples: Mapping[str, Sequence[Any]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int = DEFAULT_MAX_LENGTH,
    label_all_subtokens: LabelAllSubtokens = "first",
    lowercase: bool = False,
    names: Sequence[str] | None = None,
) -> dict[str, list[list[int]]]:
    """The features of a batch of sentences, for `Dataset.map(..., batched=True)`.

    A sentence is cut at `max_length`, as `tokenizer(words, truncation=True)` would; use
    `align_dataset` to learn how many words that cost.

    Args:
        examples: columns `tokens` (lists of words) and, where labels are known, `ner_tags`.
        tokenizer: a fast one, best from `load_tokenizer`.
        max_length: longest row in sub-tokens, special ones included.
        label_all_subtokens: `first` labels a word's first sub-token; `inside` gives the others
            `I-x` (or `O`).
        lowercase: lower-case words first.
        names: the tag of each label id; needed for `inside` where they are not in the order `O`,
            then `B-x` and `I-x` for each type.

    Returns:
        `input_ids`, `attention_mask`, `token_type_ids` where the tokenizer lists them, and `labels`
        with -100 where no loss is taken.

    Examples:
        >>> from functools import partial
        >>> features = partial(tokenize_and_align, tokenizer=..., max_length=128)
        >>> # dataset.map(features, batched=True, remove_columns=dataset.column_names)
    """
    words = number_words(examples["tokens"])
    column = next((c for c in LABEL_COLUMNS if c in examples), None)
    rows = _align(
        words,
        None if column is None else _flat_labels(examples[column], np.diff(words.offsets)),
        tokenizer,
        max_length=max_length,
        label_all_subtokens=label_all_subtokens,
        lowercase=lowercase,
        names=names,
    )
    bounds = list(pairwise(rows.offsets.tolist()))
    columns: dict[str, list[list[int]]] = {}
    for name, values in rows.columns.items():
        flat = values.tolist()
        columns[name] = [flat[begin:end] for begin, end in bounds]
    return columns


def align_dataset(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int = DEFAULT_MAX_LENGTH,
    label_all_subtokens: LabelAllSubtokens = "first",
    lowercase: bool = False,
    names: Sequence[str] | None = None,
    documents: NDArray[np.integer[Any]] | None = None,
) -> tuple[Dataset, AlignmentReport]:
    """The features of a whole dataset, row for row, and what did not fit.

    The same features as `dataset.map(tokenize_and_align)`, built as Arrow columns in one go: no
    Python object per sub-token and no cache file. Arguments as for `tokenize_and_align`; `names`
    come from the dataset's own ClassLabel where it has one. With `documents`, that of each
    sentence, a row holds the text around its sentence as well, without labels (`widen_rows`).
    """
    import pyarrow as pa
    from datasets import Dataset

    # Arrow whatever the dataset's format is (torch, numpy): no Python object for each word.
    data = dataset.with_format("arrow")
    words = number_column(_column(data, "tokens"))
    column = next((c for c in LABEL_COLUMNS if c in dataset.column_names), None)
    rows = _align(
        words,
        None if column is None else _column_labels(_column(data, column), np.diff(words.offsets)),
        tokenizer,
        max_length=max_length,
        label_all_subtokens=label_all_subtokens,
        lowercase=lowercase,
        names=names or _class_names(dataset),
        documents=documents,
    )
    offsets = pa.array(rows.offsets, type=pa.int64())
    table = pa.table(
        {
            name: pa.LargeListArray.from_arrays(offsets, pa.array(values))
            for name, values in rows.columns.items()
        }
    )
    return Dataset(table, fingerprint=fingerprint_table(table)), rows.report


@dataclass(frozen=True)
class _Rows:
    columns: dict[str, NDArray[Any]]  # each of shape [n_subtokens with special ones]
    offsets: NDArray[np.int64]  # shape [n_sentences + 1]
    report: AlignmentReport


def _align(
    words: NumberedWords,
    labels: NDArray[np.int64] | None,
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int,
    label_all_subtokens: LabelAllSubtokens,
    lowercase: bool,
    names: Sequence[str] | None,
    documents: NDArray[np.integer[Any]] | None = None,
) -> _Rows:
    if label_all_subtokens not in get_args(LabelAllSubtokens):
        raise SettingError(
            f"label_all_subtokens={label_all_subtokens!r}; accepted: {get_args(LabelAllSubtokens)}"
        )
    before, after = find_special_ids(tokenizer)
    room = max_length - len(before) - len(after)
    if room < 1:
        raise SettingError(
            f"max_length={max_length} leaves no room beside {len(before) + len(after)} special "
            f"sub-tokens; accepted: at least {len(before) + len(after) + 1}"
        )
    encoded = encode_words(words, tokenizer, lowercase=lowercase)
    starts = encoded.starts
    starts, full = starts[:-1], np.diff(starts)
    kept = np.minimum(full, room)
    begins, lengths = starts, kept
    if documents is not None:
        every = np.arange(len(starts))
        begins, lengths = widen_rows(
            encoded, starts, kept, sentences=every, documents=documents, room=room
        )
    ids, offsets = wrap_rows(encoded.ids, begins, lengths, before=before, after=after)
    columns: dict[str, NDArray[Any]] = {"input_ids": ids}
    if "token_type_ids" in tokenizer.model_input_names:
        columns["token_type_ids"] = np.zeros(len(ids), dtype=np.int8)
    columns["attention_mask"] = np.ones(len(ids), dtype=np.int8)

    is_first = encoded.is_first
    if labels is not None:
        if label_all_subtokens == "inside":
            own = labels[encoded.global_words()]
            spread = np.where(is_first, own, _inside_of(own, names))
        else:
            spread = np.full(len(encoded.ids), IGNORED, dtype=np.int64)
            spread[is_first] = labels[encoded.counts > 0]
        columns["labels"], _ = wrap_rows(
            spread,
            begins,
            lengths,
            before=[IGNORED] * len(before),
            after=[IGNORED] * len(after),
        )
        if documents is not None:  # the text around a sentence has its labels in rows of its own
            own = offsets[:-1] + len(before) + starts - begins
            places = np.arange(len(ids))
            sizes = np.diff(offsets)
            around = (places < np.repeat(own, sizes)) | (places >= np.repeat(own + kept, sizes))
            columns["labels"][around] = IGNORED
    beyond = np.arange(len(encoded.ids)) >= np.repeat(starts + kept, full)
    report = AlignmentReport(
        sentences=len(full),
        tokens=int(encoded.offsets[-1]),
        truncated_sentences=int((full > room).sum()),
        truncated_tokens=int((beyond & is_first).sum()),
        unencodable_tokens=int(encoded.offsets[-1] - is_first.sum()),
    )
    return _Rows(columns, offsets, report)


def _column(data: Dataset, name: str) -> Any:
    return data.select_columns([name])[:][name]


def _column_labels(column: Any, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The labels of all tokens of an Arrow column of lists, one for each. *Shape:* [n_tokens]."""
    import pyarrow.compute as pc

    lengths = pc.list_value_length(column)
    if lengths.null_count or not np.array_equal(lengths.to_numpy(), sizes):
        return _flat_labels(column.to_pylist(), sizes)  # which says where
    values = pc.list_flatten(column)
    if values.null_count:
        return _flat_labels(column.to_pylist(), sizes)
    labels: NDArray[np.int64] = values.to_numpy().astype(np.int64)
    return labels


def _flat_labels(column: Sequence[Sequence[int]], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    lengths = np.fromiter(map(len, column), dtype=np.int64, count=len(column))
    if len(lengths) != len(sizes) or (wrong := np.flatnonzero(lengths != sizes)).size:
        at = int(wrong[0]) if len(lengths) == len(sizes) else min(len(lengths), len(sizes))
        raise DataError(
            f"sentence {at} of this batch has not as many labels as tokens; each token needs one"
        )
    flat = (label for labels in column for label in labels)
    return np.fromiter(flat, dtype=np.int64, count=int(lengths.sum()))


def _inside_of(labels: NDArray[np.int64], names: Sequence[str] | None) -> NDArray[np.int64]:
    """`I-x` for `B-x`; everything else stays."""
    if names is None:  # canonical order: O, then B-x and I-x in turn, so B-x are the odd ids
        shifted: NDArray[np.int64] = labels + (labels % 2)
        return shifted
    index = {name: i for i, name in enumerate(names)}
    try:
        table = [index["I" + n[1:]] if n.startswith("B-") else i for i, n in enumerate(names)]
    except KeyError as error:
        raise SettingError(
            f"label_all_subtokens='inside' needs {error.args[0]!r}, which is not among the labels "
            f"{list(names)}; use 'first'"
        ) from None
    inside: NDArray[np.int64] = np.asarray(table, dtype=np.int64)[labels]
    return inside


def _class_names(dataset: Dataset) -> Sequence[str] | None:
    for column in LABEL_COLUMNS:
        if column in dataset.column_names:
            feature = getattr(dataset.features[column], "feature", None)
            return getattr(feature, "names", None)
    return None
