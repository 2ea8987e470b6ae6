"""`--keep_apart`: rows of their own in the head where corpora mean different things by a type.

Outside, nothing of what is asked changes: a corpus that annotates a type denies it with its `O`,
whoever's rows it has, and an entity of a corpus is one of the type. Inside, an entity trains the
rows of its own corpus, and those of others are left out of the softmax there (`TokenLoss`): a
product of one corpus never says that it would be none by the guideline of another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from tner_hf.data import annotated_types, labels_of
from tner_hf.data.lens import find_agreements, read_part
from tner_hf.data.lens.parts import TRAIN
from tner_hf.data.record import read_record, write_record
from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.labels import OUTSIDE, LabelSpace, split_tag
from tner_hf.labels.apart import Joint, name_apart

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

#: In place of types: those, and those corpora, that the training split shows to differ.
AUTO = "auto"

#: Type to the corpora that have rows of their own for it.
Apart = Mapping[str, Sequence[str]]


def choose_apart(given: Sequence[str] | None, rows: Dataset) -> Apart:
    """The types and corpora that are kept apart.

    Args:
        given: types, and `auto`; None for none.
        rows: the training split.

    Raises:
        SettingError: there are no two corpora that annotate a type, or one cannot name rows.
        UnknownNameError: no corpus annotates such a type.
    """
    if not given:
        return {}
    annotated = annotated_types(rows)
    if len(annotated) < 2 or "corpus" not in rows.column_names:
        raise SettingError(
            f"--keep_apart {' '.join(given)} is for several corpora, and this is one; give "
            "--dataset_name two or more, or leave it out"
        )
    if wrong := next((name for name in annotated if "@" in name), None):
        raise SettingError(
            f"--keep_apart names rows TYPE@CORPUS, and the corpus {wrong!r} has an @ in its own "
            "name; rename it"
        )
    apart = _find_apart(rows) if AUTO in given else {}
    for name in given:
        if name == AUTO:
            continue
        users = tuple(corpus for corpus, types in annotated.items() if name in types)
        if not users:
            raise UnknownNameError("type", name, [AUTO, *labels_of(rows).types])
        if len(users) < 2:
            raise SettingError(
                f"--keep_apart {name}: {users[0]} alone annotates it, so there is nothing to keep "
                "apart; leave it out"
            )
        apart[name] = users
    return apart


def _find_apart(rows: Dataset) -> dict[str, tuple[str, ...]]:
    """The types and corpora of all pairs that differ (`find_agreements`), which are told."""
    corpora = np.asarray(rows.with_format(None)["corpus"][:])
    parts = [
        read_part(str(name), TRAIN, rows.select(np.flatnonzero(corpora == name)))
        for name in dict.fromkeys(corpora.tolist())
    ]
    apart: dict[str, dict[str, None]] = {}
    for found in find_agreements(parts):
        if found.differs:
            apart.setdefault(found.type, {}).update({found.corpus: None, found.other: None})
    if not apart:
        logger.warning(
            "--keep_apart %s: no type is shown to differ between these corpora, so nothing is kept "
            "apart",
            AUTO,
        )
    for name, own in apart.items():
        logger.info("--keep_apart %s: %s of %s", AUTO, name, ", ".join(own))
    return {name: tuple(own) for name, own in apart.items()}


def list_apart(apart: Apart) -> tuple[str, ...]:
    """The types of the rows that are a corpus's own, as they are called."""
    return tuple(name_apart(name, corpus) for name, own in apart.items() for corpus in own)


def split_types(rows: Dataset, apart: Apart) -> Dataset:
    """A merged training split in the labels of rows, each corpus's entities in its own.

    What a corpus annotates is said of all rows of its types, for its `O` denies them all.

    Raises:
        SettingError: a sentence is of no corpus that is known.
    """
    import pyarrow as pa
    from datasets import ClassLabel
    from datasets import Sequence as Lists

    space, annotated = labels_of(rows), annotated_types(rows)
    inside: dict[str, list[str]] = {}
    for name in space.types:
        own = apart.get(name, ())
        users = {corpus for corpus, types in annotated.items() if name in types}
        # Corpora that nothing is shown of have the rows of the plain name together.
        shared = [] if own and users <= {*own} else [name]
        inside[name] = [*shared, *(name_apart(name, corpus) for corpus in own)]
    ids = LabelSpace(tuple(row for name in space.types for row in inside[name])).label2id

    def translate(tag: str, corpus: str) -> int:
        prefix, name = split_tag(tag)
        own = name_apart(name, corpus) if corpus in apart.get(name, ()) else name
        # A tag that the corpus does not have may have no row that it could be.
        return 0 if tag == OUTSIDE else ids.get(f"{prefix}-{own}", 0)

    table = rows.with_format("arrow")[:]
    labels = table["ner_tags"].combine_chunks()
    lengths = np.asarray(labels.value_lengths())
    corpora = np.repeat(np.asarray(table["corpus"].to_pylist()), lengths)
    if stranger := next((name for name in set(corpora.tolist()) if name not in annotated), None):
        raise SettingError(
            "--keep_apart needs to know whose each sentence is, and the column 'corpus' names "
            f"{stranger!r} where the corpora are {', '.join(annotated)}; rename or drop that "
            "column in your data, and the names of the sources take its place"
        )
    values = labels.flatten().to_numpy()
    found = np.zeros(len(values), dtype=np.int64)
    for corpus in annotated:
        own = corpora == corpus
        found[own] = np.array([translate(tag, corpus) for tag in space.names])[values[own]]
    offsets = np.append(0, np.cumsum(lengths)).astype(np.int32)
    column = pa.ListArray.from_arrays(pa.array(offsets), pa.array(found))
    split = rows.remove_columns("ner_tags").add_column(
        "ner_tags", column, feature=Lists(ClassLabel(names=list(ids)))
    )
    told = {
        corpus: tuple(row for name in types for row in inside.get(name, [name]))
        for corpus, types in annotated.items()
    }
    write_record(split, replace(read_record(rows), annotated=told))
    return split


def join_logits(logits: Tensor, joint: Joint) -> Tensor:
    """As `Joint.join`, of a tensor. *Shape:* [..., n_rows] to [..., n_labels]."""
    joined = logits[..., [rows[0] for rows in joint.rows]].float()
    for label, rows in enumerate(joint.rows):
        if len(rows) > 1:
            joined[..., label] = logits[..., list(rows)].float().logsumexp(-1)
    return joined
