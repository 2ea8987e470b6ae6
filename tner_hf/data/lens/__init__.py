"""Corpora under the lens: what splits and corpora have in common, and what they should not.

Sentences that recur between train and test, entities known by heart, strings of two types, shifted
shares of types, sentences too long for a model: none of it is an error, all of it moves scores.
"""

from __future__ import annotations

from tner_hf.data.lens.agreement import Agreement, find_agreements
from tner_hf.data.lens.parts import Part, join_files, read_part
from tner_hf.data.lens.report import LensReport, look_at

__all__ = [
    "Agreement",
    "LensReport",
    "Part",
    "find_agreements",
    "join_files",
    "look_at",
    "read_part",
]
