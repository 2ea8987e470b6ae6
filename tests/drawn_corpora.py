"""Random gold and predicted labels, for tests of resampling."""

from __future__ import annotations

import numpy as np

NAMES = ["O", "B-a", "I-a", "B-b", "I-b", "B-rare", "I-rare"]


def draw_corpus(n_sentences: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random gold and predicted ids, a third of the predictions changed."""
    random = np.random.default_rng(seed)
    offsets = np.concatenate(([0], np.cumsum(random.integers(0, 9, n_sentences))))
    share = [0.6, 0.12, 0.08, 0.1, 0.07, 0.02, 0.01]
    gold = random.choice(len(NAMES), offsets[-1], p=share)
    changed = random.random(len(gold)) < 0.3
    predicted = np.where(changed, random.choice(len(NAMES), len(gold), p=share), gold)
    return gold, predicted, offsets
