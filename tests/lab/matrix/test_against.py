"""Models against the one trained on the corpus: the test of `compare`, shown where it belongs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tner_hf.lab.matrix.against import compare_in_domain
from tner_hf.lab.matrix.page import render_page
from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.lab.matrix.view import View
from tner_hf.metrics.significance import compare_systems
from tner_hf.predictions import PredictedSplit

NAMES = ("O", "B-person", "I-person")
FULL = View("full", "type_aware", "default", "micro")


def said(predicted: list[int]) -> PredictedSplit:
    """Twelve sentences of a person, what is said of each the same."""
    return PredictedSplit(
        gold=np.tile(np.array([1, 0]), 12),
        predicted=np.tile(np.array(predicted), 12),
        offsets=np.arange(0, 25, 2),
        corpus_names=NAMES,
        own_names=NAMES,
    )


def make_matrix() -> Matrix:
    """Two models that know the corpus, and one that finds nothing in it."""
    answers = {
        ("own", "c"): said([1, 0]),
        ("both", "c"): said([1, 0]),
        ("other", "c"): said([0, 0]),
    }
    trained = {"own": ("c",), "both": ("c", "d"), "other": ("d",)}
    matrix = Matrix(
        rows=tuple(Row(name, name, "ab", corpora) for name, corpora in trained.items()),
        columns=(Column("c", "c", "test", "cd", 12, 24, ("person",)),),
        pairs={place: Pair.of(answer) for place, answer in answers.items()},
    )
    return compare_in_domain(matrix, answers)


@pytest.fixture(scope="module")
def compared() -> Matrix:
    return make_matrix()


def test_the_test_is_that_of_two_systems(compared: Matrix) -> None:
    assert compared.in_domain_model("c") == "own"
    found = compared.pairs["other", "c"].difference(FULL)
    expected = compare_systems(
        said([1, 0]).gold, said([1, 0]).predicted, said([0, 0]).predicted,
        names=NAMES, offsets=said([1, 0]).offsets, n_resamples=10_000,
    )  # fmt: skip
    assert found == expected.differences["type_aware"]["default"]["micro"]["f1"]
    assert found is not None
    assert found.difference == -1.0
    assert compared.pairs["own", "c"].comparison is None
    # p of two tests: 2 to the power of -11 but for the draw, times two.
    assert compared.differences(FULL)["other", "c"][1] == 2 * found.p
    assert compared.differences(FULL)["both", "c"][0].difference == 0.0
    assert compared.differences(View("shared")) == {}


def test_it_survives_json(compared: Matrix, tmp_path: Path) -> None:
    compared.save(tmp_path / "matrix.json")
    assert Matrix.load(tmp_path / "matrix.json") == compared


def test_a_cell_shows_support_and_significance_and_leads_to_the_errors(compared: Matrix) -> None:
    text = render_page(compared, FULL, errors={("other", "c"): "errors/other/c.html"})
    assert '<a href="errors/other/c.html">0.00</a>' in text
    assert '<a href="#pair-2-0"><small>-100.0* n 12</small></a>' in text
    assert '<a href="#pair-1-0">100.00<small>+0.0 n 12</small></a>' in text
    assert '<a href="#pair-0-0">100.00<small>n 12</small></a>' in text
    assert "* not by chance (randomisation, Holm, p &lt; 0.05)" in text


def test_a_cell_shows_the_interval_of_a_pair_that_has_one(compared: Matrix) -> None:
    # As `metrics.Intervals` has them.
    bounds = {"full": {"type_aware": {"default": {"micro": {"f1": (0.125, 0.5)}}}}}
    pair = replace(compared.pairs["other", "c"])
    object.__setattr__(pair, "intervals", SimpleNamespace(protocols=bounds))
    matrix = replace(compared, pairs={("other", "c"): pair})
    assert matrix.bounds("other", "c", FULL) == (0.125, 0.5)
    assert compared.bounds("other", "c", FULL) is None
