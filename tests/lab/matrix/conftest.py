"""A matrix whose numbers can be counted by hand, and two tiny taggers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from preparations import save_tagger

from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.labels import UNIFIED
from tner_hf.predictions import PredictedSplit

PEOPLE = ("O", "B-person", "I-person", "B-location", "I-location")
GENES = ("O", "B-dna", "I-dna")
DATES = ("O", "B-date", "I-date", "B-person", "I-person")


def predictions(
    gold: list[int], predicted: list[int], corpus: tuple[str, ...], model: tuple[str, ...]
) -> PredictedSplit:
    """One sentence of predictions."""
    return PredictedSplit(
        predicted=np.array(predicted, dtype=np.int16),
        gold=np.array(gold, dtype=np.int16),
        offsets=np.array([0, len(gold)]),
        own_names=model,
        corpus_names=corpus,
        label_map=UNIFIED,
    )


@pytest.fixture(scope="session")
def small_matrix() -> Matrix:
    """Models `news`, `genes` and `all & both` on `news`, `genes` and `dates`.

    `genes` on `dates` was not computed, `genes` and `news` share no type, `news` and `dates` share
    `person` alone: 1 of 3 gold entities.
    """
    both = (*PEOPLE, *GENES[1:])
    pairs = {
        # Gold: person, location, location; found: person, the first as a person, the second.
        ("news", "news"): predictions([1, 2, 0, 3, 3], [1, 2, 0, 1, 3], PEOPLE, PEOPLE),
        ("news", "genes"): predictions([1, 2, 0, 1], [1, 2, 0, 0], GENES, PEOPLE),
        # Gold: date, date, person; found: the date as a location, and the person.
        ("news", "dates"): predictions([1, 0, 1, 3], [3, 0, 0, 1], DATES, PEOPLE),
        ("genes", "news"): predictions([1, 2, 0, 3], [1, 2, 0, 0], PEOPLE, GENES),
        ("genes", "genes"): predictions([1, 2, 0, 1], [1, 2, 0, 0], GENES, GENES),
        ("all & both", "news"): predictions([1, 2, 0, 3], [1, 2, 0, 3], PEOPLE, both),
        ("all & both", "genes"): predictions([1, 2, 0, 1], [5, 6, 0, 0], GENES, both),
        ("all & both", "dates"): predictions([1, 0, 1, 3], [0, 0, 0, 0], DATES, both),
    }
    trained = {"news": ("news",), "genes": ("genes",), "all & both": ("news", "genes")}
    types = {"news": ("person", "location"), "genes": ("dna",), "dates": ("date", "person")}
    return Matrix(
        rows=tuple(Row(n, f"models/{n}", "ab12", trained[n], 64) for n in trained),
        columns=tuple(Column(n, n, "test", "cd34", 1, 4, t) for n, t in types.items()),
        pairs={place: Pair.of(each) for place, each in pairs.items()},
        label_map="unified-1",
        facts={"lowercase": False},
    )


@pytest.fixture
def taggers(tiny_encoder: Path, tmp_path: Path) -> dict[str, str]:
    """Checkpoints `a` and `b` with random heads of different types."""
    return {
        name: str(
            save_tagger(
                tmp_path / "checkpoints" / name, tiny_encoder, *types,
                seed=seed, max_length=32, corpora=(name,),
            )
        )
        for seed, (name, types) in enumerate(
            {"a": ("person", "location"), "b": ("organization", "person")}.items()
        )
    }  # fmt: skip
