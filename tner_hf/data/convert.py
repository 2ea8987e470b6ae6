"""Any data that `load_dataset` takes, written in another format."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tner_hf.data.columns import labels_of
from tner_hf.data.conversion import (
    DOCUMENT_COLUMN,
    OFFSETS_COLUMN,
    TEXT_COLUMN,
    canonical_features,
)
from tner_hf.data.loading import load_dataset
from tner_hf.data.sources import FilesSource, identify
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.files import write_file
from tner_hf.formats.writing import TARGETS, WRITERS, Sentence, find_losses, write_brat
from tner_hf.labels import LabelSpace
from tner_hf.labels.schemes import entities

#: Target to the suffix of its files, in a folder of splits.
SUFFIXES = {
    "iob2": ".iob2", "bioes": ".bioes", "jsonl": ".jsonl", "spans": ".jsonl", "doccano": ".jsonl",
    "labelstudio": ".json", "csv": ".csv", "parquet": ".parquet", "brat": "",
}  # fmt: skip


@dataclass(frozen=True)
class Conversion:
    """What was written, and what the format could not carry over, a sentence each."""

    files: tuple[str, ...]
    sentences: int
    losses: tuple[str, ...]


def convert_dataset(
    sources: Sequence[Any], output: str | Path, target: str, **options: Any
) -> Conversion:
    """Write data in another format: a file of one split, a folder of several, or of brat's pairs.

    Args:
        sources: files, which are put together, or one thing that `load_dataset` takes.
        output: the file or folder to write.
        target: one of `TARGETS`.
        **options: further arguments of `load_dataset`.

    Raises:
        UnknownNameError: there is no such target.
        SettingError: several sources that are no files.
        DataError: the data cannot be read, or a token cannot be written.
    """
    if target not in TARGETS:
        raise UnknownNameError("format to write", target, TARGETS)
    splits: Any = load_dataset(_join(sources), **options)
    out = Path(output).expanduser()
    several = len(splits) > 1
    files: list[str] = []
    losses: list[str] = []
    count = 0
    for split, rows in splits.items():
        path = out / f"{split}{SUFFIXES[target]}" if several else out
        sentences = read_sentences(rows)
        count += len(sentences)
        losses += [loss for loss in find_losses(sentences, target) if loss not in losses]
        files += write_sentences(path, sentences, target, rows)
    return Conversion(tuple(files), count, tuple(losses))


def read_sentences(rows: Any) -> list[Sentence]:
    """The rows of a split in canonical form as sentences to write."""
    names = labels_of(rows).names
    return [
        Sentence(
            row["tokens"],
            [names[label] for label in row["ner_tags"]],
            row["id"],
            row.get("doc_id"),
            row.get("text"),
            row.get("offsets"),
        )
        for row in rows
    ]


def _join(sources: Sequence[Any]) -> Any:
    if len(sources) == 1:
        return sources[0]
    paths: list[Path] = []
    for source in map(identify, sources):
        if not isinstance(source, FilesSource):
            raise SettingError(
                "several sources are put together where they are files; convert others one by one"
            )
        paths += [path for given in source.files.values() for path in given]
    return {"train": paths}


def make_rows(sentences: Sequence[Sentence]) -> Any:
    """The inverse of `read_sentences`."""
    from datasets import Dataset

    space = LabelSpace.of({kind for one in sentences for kind, _, _ in entities(one.tags)})
    columns: dict[str, list[Any]] = {
        "id": [one.id for one in sentences],
        "tokens": [list(one.tokens) for one in sentences],
        "ner_tags": [[space.label2id[tag] for tag in one.tags] for one in sentences],
    }
    more: dict[str, list[Any]] = {
        DOCUMENT_COLUMN: [one.document for one in sentences],
        TEXT_COLUMN: [one.text for one in sentences],
        OFFSETS_COLUMN: [one.offsets for one in sentences],
    }
    kept = {name: values for name, values in more.items() if any(v is not None for v in values)}
    return Dataset.from_dict({**columns, **kept}, canonical_features(space, list(kept)))


def write_sentences(
    path: Path, sentences: list[Sentence], target: str, rows: Any = None
) -> list[str]:
    """Write the sentences of a split, and say which files there are now.

    `path` is the file, of brat the folder; `rows` are the same sentences as a Dataset, which is
    what becomes Parquet.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if target == "brat":
        path.mkdir(parents=True, exist_ok=True)
        texts = write_brat(one for one in sentences if one.tokens)
        for name, text in texts.items():
            write_file(path / name, text)
        return [str(path / name) for name in texts]
    if target == "parquet":
        table = io.BytesIO()
        (make_rows(sentences) if rows is None else rows).to_parquet(table)
        write_file(path, table.getvalue())
        return [str(path)]
    kept = sentences if target == "jsonl" else [one for one in sentences if one.tokens]
    write_file(path, WRITERS[target](kept))
    return [str(path)]
