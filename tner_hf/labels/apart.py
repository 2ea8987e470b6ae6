"""Types that a model keeps apart inside and speaks of as one.

Where corpora mean different things by a type, the head of a model can have rows for each of them:
`B-product@btc`. Outside there is the one tag `B-product`, and its probability is the sum of those
of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tner_hf.labels.tags import split_tag

_BETWEEN = "@"


def name_apart(entity_type: str, corpus: str) -> str:
    """What the rows of a type are called that are a corpus's own.

    >>> name_apart("product", "btc")
    'product@btc'
    """
    return f"{entity_type}{_BETWEEN}{corpus}"


@dataclass(frozen=True)
class Joint:
    """How the rows of a head become the labels that a model speaks of.

    Attributes:
        names: the tag of each label.
        rows: of each label the rows that mean it.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, tags: Sequence[str], apart: Collection[str]) -> Joint:
        """The labels behind the tags of rows.

        Args:
            tags: of each row.
            apart: types of one corpus each, as `name_apart` calls them.

        >>> Joint.of(["O", "B-product@btc", "B-product"], ["product@btc"])
        Joint(names=('O', 'B-product'), rows=((0,), (1, 2)))
        """
        rows: dict[str, list[int]] = {}
        for row, tag in enumerate(tags):
            prefix, name = split_tag(tag)
            joined = f"{prefix}-{name.rpartition(_BETWEEN)[0]}" if name in apart else tag
            rows.setdefault(joined, []).append(row)
        return cls(tuple(rows), tuple(map(tuple, rows.values())))

    @property
    def twins(self) -> list[tuple[int, ...]]:
        """The rows of each label that has several."""
        return [rows for rows in self.rows if len(rows) > 1]

    def join(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logits of labels, whose probabilities are the sums of those of their rows.

        Args:
            logits: of rows, shape [..., n_rows].

        Returns:
            Shape [..., n_labels].

        >>> odds = Joint(("O", "B-x"), ((0,), (1, 2))).join(np.log([4.0, 1.0, 2.0]))
        >>> np.exp(odds).round(3).tolist()
        [4.0, 3.0]
        """
        joined = logits[..., [rows[0] for rows in self.rows]]
        for label, rows in enumerate(self.rows):
            if len(rows) > 1:
                joined[..., label] = np.logaddexp.reduce(logits[..., list(rows)], axis=-1)
        return joined
