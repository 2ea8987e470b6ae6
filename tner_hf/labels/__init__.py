"""Types, tags and label ids; tag schemes; maps from native types to unified ones."""

from tner_hf.labels.mapping import LabelMap, UnificationReport
from tner_hf.labels.shipped import SHIPPED, UNIFIED, UNIFIED_1
from tner_hf.labels.space import LabelSpace, sort_types
from tner_hf.labels.tags import OUTSIDE, split_tag

__all__ = [
    "OUTSIDE",
    "SHIPPED",
    "UNIFIED",
    "UNIFIED_1",
    "LabelMap",
    "LabelSpace",
    "UnificationReport",
    "sort_types",
    "split_tag",
]
