"""Scoring: all of our scores at once against seqeval's default report alone.

    python benchmarks/scoring.py --output benchmarks/results/scoring.json

Ours: type-aware and type-ignored, default and strict, micro, macro and per type, from padded
label arrays as a `Trainer` holds them. Theirs: `classification_report` in default mode on tags
that are already strings; turning ids into tags is not charged to it. Both sides are checked to
give the same numbers before anything is timed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import numpy as np
from harness import Race, Report, race, report_main
from numpy.typing import NDArray
from seqeval.metrics import classification_report

from tner_hf.labels import LabelSpace
from tner_hf.metrics import IGNORED, score, score_labels

#: As many types as OntoNotes 5 has, one entity for 8 tokens, sentences of 5 to 44 tokens.
SETTINGS = {
    "types": 18,
    "share_of_tokens_that_begin_an_entity": 0.12,
    "sentence_lengths": [5, 44],
    "share_of_wrong_predictions": 0.05,
    "seed": 0,
}
SIZES = (1_000, 10_000, 100_000, 1_000_000)
#: Tokens up to which tags that are strings are scored as well: seqeval takes a quarter of a minute
#: for a million, and is no other for either of ours.
MOST_TAGS = 100_000

Ids = NDArray[np.int64]


def draw_corpus(n_tokens: int, names: Sequence[str]) -> tuple[Ids, Ids]:
    """Gold and predicted label ids, padded. *Shape:* [n_sentences, 46] each."""
    random = np.random.default_rng(SETTINGS["seed"])
    gold = np.zeros(n_tokens, dtype=np.int64)
    for length in (3, 2, 1):  # shorter ones overwrite the longer: no entity is torn apart
        begins = np.flatnonzero(random.random(n_tokens) < 0.04)
        kinds = random.integers(0, (len(names) - 1) // 2, len(begins))
        for place in range(length):
            at = np.minimum(begins + place, n_tokens - 1)
            gold[at] = 1 + 2 * kinds + (place > 0)
    predicted = gold.copy()
    wrong = random.random(n_tokens) < SETTINGS["share_of_wrong_predictions"]
    predicted[wrong] = random.integers(0, len(names), int(wrong.sum()))
    shortest, longest = SETTINGS["sentence_lengths"]
    ends = np.cumsum(random.integers(shortest, longest + 1, n_tokens // shortest + 1))
    offsets = np.concatenate(([0], ends[ends < n_tokens], [n_tokens]))
    lengths = np.diff(offsets)
    places = np.arange(longest + 2)
    kept = (places >= 1) & (places <= lengths[:, None])  # special tokens stand at both ends
    sides = []
    for ids in (gold, predicted):
        padded = np.full(kept.shape, IGNORED, dtype=np.int64)
        padded[kept] = ids
        sides.append(padded)
    return sides[0], sides[1]


def to_tags(ids: Ids, names: Sequence[str]) -> list[list[str]]:
    return [[names[i] for i in row if i != IGNORED] for row in ids.tolist()]


def run(*, sizes: Sequence[int] = SIZES, pairs: int = 5) -> Report:
    names = LabelSpace(tuple(f"type-{i}" for i in range(SETTINGS["types"]))).names
    races: list[Race] = []
    for size in sizes:
        gold, predicted = draw_corpus(size, names)
        tags = to_tags(gold, names), to_tags(predicted, names)
        theirs = partial(classification_report, *tags, output_dict=True, zero_division=0)
        jobs = {"scores from label arrays": partial(score_labels, gold, predicted, names)}
        if size <= MOST_TAGS:
            jobs["scores from tags"] = partial(score, *tags)
        for job, ours in jobs.items():
            found, expected = ours()["type_aware"]["default"], theirs()
            if found["micro"]["f1"] != expected["micro avg"]["f1-score"]:
                raise SystemExit(f"{job} at {size} tokens does not equal seqeval: not timed")
            against = "seqeval classification_report"
            races.append(
                race(job, ours, theirs, against=against, size=size, unit="tokens", pairs=pairs)
            )
    return Report("scoring", SETTINGS, tuple(races))


if __name__ == "__main__":
    sys.exit(report_main(run, description=__doc__.splitlines()[0], sizes=SIZES))
