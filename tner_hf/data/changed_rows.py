"""Datasets whose text went through a change, gold and the other columns that still hold with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tner_hf.data.changes import Changed, Sentence, change_sentences
from tner_hf.data.conversion import DOCUMENT_COLUMN, number_documents
from tner_hf.data.record import read_record, write_record

if TYPE_CHECKING:
    from datasets import Dataset

#: Columns of a sentence that a change leaves true; text and offsets it does not.
_KEPT = ("corpus", DOCUMENT_COLUMN)


def change_rows(rows: Dataset, change: str, *, seed: int = 0) -> tuple[Dataset, Changed]:
    """A dataset after one of `CHANGES`, and which sentences became which.

    Only sentences of one document, and of one corpus, are joined.

    Raises:
        UnknownNameError: there is no such change.
    """
    from datasets import Dataset, Features

    names = rows.features["ner_tags"].feature.names
    sentences = [
        Sentence(words, [names[tag] for tag in tags])
        for words, tags in zip(rows["tokens"][:], rows["ner_tags"][:], strict=True)
    ]
    known = {name: rows[name][:] for name in _KEPT if name in rows.column_names}
    documents = number_documents(rows)
    together = known.get("corpus") if documents is None else documents.tolist()
    done = change_sentences(sentences, change, seed=seed, documents=together)
    ids = {name: number for number, name in enumerate(names)}
    columns: dict[str, list[Any]] = {
        "id": [str(number) for number in range(len(done.sentences))],
        "tokens": [each.words for each in done.sentences],
        "ner_tags": [[ids[tag] for tag in each.tags] for each in done.sentences],
        **{name: [values[origin] for origin in done.origins] for name, values in known.items()},
    }
    features = {name: kind for name, kind in rows.features.items() if name in columns}
    columns = {name: values for name, values in columns.items() if name in features}
    changed = Dataset.from_dict(columns, Features(features))
    write_record(changed, read_record(rows))
    return changed, done


def augment_rows(rows: Dataset, changes: Sequence[str], *, seed: int = 0) -> Dataset:
    """The rows, and all of them once more after each change."""
    from datasets import concatenate_datasets

    copies = [change_rows(rows, change, seed=seed)[0] for change in changes]
    if not copies:
        return rows
    held = [name for name in copies[0].column_names if name != "id"]
    return concatenate_datasets([each.select_columns(held) for each in (rows, *copies)])
