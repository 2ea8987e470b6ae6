"""Tokens to sub-tokens and back: aligned labels for training, windows for everything else.

Training cuts a sentence at `max_length` and counts what it lost (`tokenize_and_align`,
`align_dataset`). Evaluation and inference never cut: `encode_windows` lays overlapping windows over
long sentences and knows for each word which window answers for it.
"""

from __future__ import annotations

from tner_hf.features.alignment import AlignmentReport, align_dataset, tokenize_and_align
from tner_hf.features.encoding import find_special_ids
from tner_hf.features.windows import Windows, encode_windows, fill_gaps

__all__ = [
    "AlignmentReport",
    "Windows",
    "align_dataset",
    "encode_windows",
    "fill_gaps",
    "find_special_ids",
    "tokenize_and_align",
]
