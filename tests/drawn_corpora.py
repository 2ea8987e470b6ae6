"""Random gold and predicted labels, and counts of systems whose true scores are known."""

from __future__ import annotations

import numpy as np

from tner_hf.metrics.resampling import Block, UnitCounts

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


#: Entities in a sentence, on the average: a common type and a rare one.
RATES = np.array([0.9, 0.1])
_BLOCK = Block("type_aware", "default", ("common", "rare"), (0, 1))


def draw_counts(random: np.random.Generator, chance: np.ndarray, gold: np.ndarray) -> UnitCounts:
    """Counts of a system that finds each gold entity with the given chance.

    It makes up as many as it misses on the average, so that precision, recall and F1 are all truly
    the mean chance.

    Args:
        random: to draw from.
        chance: *Shape:* [n_sentences].
        gold: entities of each type in each sentence. *Shape:* [n_sentences, 2].
    """
    correct = random.binomial(gold, chance[:, None])
    predicted = correct + random.poisson(RATES * (1 - chance[:, None]))
    table = np.concatenate([correct, predicted, gold], axis=1)
    rows, columns = np.nonzero(table)
    times = table[rows, columns]
    entries = (np.repeat(each, times).astype(np.int32) for each in (rows, columns))
    return UnitCounts((_BLOCK,), len(gold), *entries)


def draw_recipe(
    random: np.random.Generator,
    n_runs: int,
    *,
    documents: bool,
    seed_spread: float,
    named: bool = True,
) -> list[UnitCounts]:
    """Runs of one recipe on 200 sentences, in documents of ten if so; `named`: counted by them.

    Runs find some documents harder than others, each its own ones besides, and differ in quality.
    """
    document = np.arange(200) // (10 if documents else 1)
    n_documents = document[-1] + 1
    gold = random.poisson(RATES, (200, 2))
    easy = random.normal(1, 0.5, n_documents)
    counts = []
    for _ in range(n_runs):
        skill = random.normal(0, seed_spread / 0.2)
        own = easy + skill + random.normal(0, 1.5, n_documents)
        found = draw_counts(random, (1 / (1 + np.exp(-own)))[document], gold)
        counts.append(found.by_document(document) if named and documents else found)
    return counts


def lay_out(counts: UnitCounts) -> np.ndarray:
    """The counts as one table. *Shape:* [n_units, n_columns]."""
    table = np.zeros((counts.n_units, counts.n_columns))
    np.add.at(table, (counts.rows, counts.columns), 1)
    return table
