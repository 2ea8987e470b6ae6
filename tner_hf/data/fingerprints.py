"""Fingerprints of datasets: of tables in memory, and of sentences wherever they come from.

`Dataset(table)` would pickle the whole table for one, which takes longer than to make the table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from datasets import Dataset
    from numpy.typing import NDArray


def fingerprint_table(table: pa.Table, *facts: str) -> str:
    """The same text for the same columns and facts, another one for others."""
    from datasets.fingerprint import Hasher

    parts: list[bytes | memoryview[int]] = [
        str(table.schema).encode(),
        *(fact.encode() for fact in facts),
    ]
    for column in table.columns:
        for chunk in column.chunks:
            parts.append(f"{chunk.offset} {len(chunk)}".encode())
            parts += (b"" if part is None else memoryview(part) for part in chunk.buffers())
    return str(Hasher.hash_bytes(parts))


def fingerprint_sentences(dataset: Dataset, names: Sequence[str]) -> str:
    """A hash of the tokens, the gold labels and their names, the same wherever it is computed."""
    digest = hashlib.sha256("\n".join(names).encode())
    plain = dataset.with_format(None)
    for batch in plain.select_columns(["tokens", "ner_tags"]).iter(batch_size=1000):
        digest.update(json.dumps([batch["tokens"], batch["ner_tags"]]).encode())
    return digest.hexdigest()[:16]


def fingerprint_words(dataset: Dataset) -> tuple[str, ...]:
    """A hash of the tokens of each corpus in it, whatever their labels are called."""
    column = "corpus" if "corpus" in dataset.column_names else None
    digests: dict[str | None, Any] = {}
    plain = dataset.with_format(None).select_columns(["tokens", *([column] if column else [])])
    for batch in plain.iter(batch_size=1000):
        for i, words in enumerate(batch["tokens"]):
            name = batch[column][i] if column else None
            digest = digests.setdefault(name, hashlib.sha256())
            digest.update(json.dumps(words).encode())
    return tuple(digest.hexdigest()[:16] for digest in digests.values())


def fingerprint_documents(documents: NDArray[np.int32]) -> str:
    """A hash of where documents begin and end: of the number of each sentence's document."""
    return hashlib.blake2b(documents.tobytes(), digest_size=8).hexdigest()
