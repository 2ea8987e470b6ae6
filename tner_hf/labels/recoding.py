"""Label ids of any scheme and order to the ids of a `LabelSpace`, over whole columns at once.

IOB1, IOB2, IO, BIOES and BILOU need no detection here: they agree on what starts and what continues
an entity as soon as the prefix, the type and the label before are known. `schemes.to_iob2` says the
same for lists of tags and is the referee in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tner_hf.errors import DataError
from tner_hf.labels import OUTSIDE, LabelSpace, split_tag
from tner_hf.labels.schemes import find_fault

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_BEGINS = frozenset("BSU")
_INSIDE = frozenset("IEL")
_STAYS_OPEN = frozenset("BI")
_SCHEMES = (frozenset("BIES"), frozenset("BILU"))


def check_names(names: Sequence[str], *, where: str) -> None:
    """Raise DataError unless every name is a tag and all are of one scheme."""
    if faults := [fault for name in names if (fault := find_fault(name))]:
        more = f" ({len(faults) - 1} more such tags)" if len(faults) > 1 else ""
        raise DataError(f"{where}: {faults[0]}{more}")
    prefixes = {split_tag(name)[0] for name in names} - {OUTSIDE}
    if not any(prefixes <= scheme for scheme in _SCHEMES):
        raise DataError(
            f"{where}: the prefixes {', '.join(sorted(prefixes))} belong to no one scheme; "
            f"accepted are B I (IOB), B I E S (BIOES) or B I L U (BILOU)"
        )


@dataclass(frozen=True)
class Recoding:
    """What each source label means, as arrays of shape [n_source_labels].

    Attributes:
        begins: whether the label starts an entity whatever stands before it.
        inside: whether it continues an open entity of its type.
        stays_open: whether the entity may go on after it.
        type_index: number of its source type, -1 for `O`.
        begin_id: target id of `B-x`.
        inside_id: target id of `I-x`.
    """

    begins: BoolArray
    inside: BoolArray
    stays_open: BoolArray
    type_index: IntArray
    begin_id: IntArray
    inside_id: IntArray

    @classmethod
    def between(
        cls, names: Sequence[str], target: LabelSpace, map_type: Callable[[str], str] | None = None
    ) -> Recoding:
        """The recoding from labels called `names` to `target`, through `map_type` if given."""
        split = [split_tag(name) for name in names]
        number = {t: i for i, t in enumerate(dict.fromkeys(t for _, t in split if t))}
        goal = [_map_goal(t, map_type) for _, t in split]
        ids = target.label2id
        return cls(
            begins=np.array([prefix in _BEGINS and bool(t) for prefix, t in split], dtype=bool),
            inside=np.array([prefix in _INSIDE and bool(t) for prefix, t in split], dtype=bool),
            stays_open=np.array(
                [prefix in _STAYS_OPEN and bool(t) for prefix, t in split], dtype=bool
            ),
            type_index=np.array([number.get(t, -1) for _, t in split], dtype=np.int64),
            begin_id=np.array([ids[f"B-{t}"] if t else 0 for t in goal], dtype=np.int64),
            inside_id=np.array([ids[f"I-{t}"] if t else 0 for t in goal], dtype=np.int64),
        )

    def apply(self, labels: IntArray, offsets: IntArray) -> IntArray:
        """Target ids of source labels.

        Args:
            labels: source ids, shape [n_tokens].
            offsets: where each sentence starts, and the end, shape [n_sentences + 1].

        Returns:
            Target ids in clean IOB2, shape [n_tokens]: an `I-` that continues nothing becomes `B-`.
        """
        continues = np.zeros(len(labels), dtype=bool)
        if len(labels) > 1:
            same_type = self.type_index[labels[1:]] == self.type_index[labels[:-1]]
            continues[1:] = self.inside[labels[1:]] & self.stays_open[labels[:-1]] & same_type
        starts = offsets[:-1]
        continues[starts[starts < len(labels)]] = False
        out = np.where(continues, self.inside_id[labels], self.begin_id[labels])
        return out.astype(np.int64)


def _map_goal(entity_type: str, map_type: Callable[[str], str] | None) -> str:
    """The target type, empty for `O` and for a type that is mapped to `O`."""
    goal = map_type(entity_type) if map_type and entity_type else entity_type
    return "" if goal == OUTSIDE and entity_type != OUTSIDE else goal
