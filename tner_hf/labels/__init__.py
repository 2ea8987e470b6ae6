"""Types, tags and label ids; tag schemes; maps from native types to unified ones."""

from tner_hf.labels.space import (
    OUTSIDE,
    UNIFIED,
    LabelMap,
    LabelSpace,
    UnificationReport,
    sort_types,
    split_tag,
)

__all__ = [
    "OUTSIDE",
    "UNIFIED",
    "LabelMap",
    "LabelSpace",
    "UnificationReport",
    "sort_types",
    "split_tag",
]
