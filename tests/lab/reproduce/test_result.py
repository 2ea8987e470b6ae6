"""Verdicts, and the JSON form."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tner_hf.errors import DataError
from tner_hf.lab.reproduce.result import Average, Cell, Note, Reproduction, Split

CELL = Cell(
    row="conll2003", column="wnut2017", encoder="xlm-roberta-large", trained_on="conll2003",
    tested_on="wnut2017", dataset="wnut2017", model="xlm-roberta-large-conll2003",
    in_domain=False, paper=69.1, ours=70.0, ours_as_paper=70.1, tokens=100, tokens_cut=2,
    gold_total=1079, gold_kept=900, shared_types=("location", "person"),
)  # fmt: skip


def test_like_is_compared_with_like() -> None:
    assert CELL.difference == 1.0
    # The paper prints 92.97 as 92.9.
    same = replace(CELL, paper=92.9, ours_as_paper=92.97)
    assert same.difference == 0.0
    assert replace(same, decimals="rounded").difference == 0.1


def test_the_band_is_that_of_seeds_and_one_standard_error() -> None:
    # 3 + 100 * sqrt(0.691 * 0.309 / 900) = 3 + 1.54
    assert CELL.band == 4.5
    assert replace(CELL, in_domain=True).band == 2.5


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [(73.69, "pass"), (64.6, "pass"), (73.7, "above"), (64.59, "below")],
)
def test_the_verdict_is_whether_the_difference_is_within_the_band(
    ours: float, verdict: str
) -> None:
    assert replace(CELL, ours_as_paper=ours).verdict == verdict


def test_what_cannot_be_compared_has_no_verdict() -> None:
    assert replace(CELL, not_comparable="scaled down").verdict == "not comparable"


def test_what_was_not_computed_is_absent() -> None:
    cell = replace(CELL, ours=None, ours_as_paper=None, absent="conll2003 is not here")
    assert (cell.difference, cell.band, cell.verdict) == (None, None, "absent")


def test_a_pair_without_shared_types_must_be_zero_exactly() -> None:
    cell = replace(CELL, paper=0.0, ours=0.0, ours_as_paper=0.0, gold_kept=0, shared_types=())
    assert cell.is_zero_by_construction
    assert (cell.band, cell.verdict) == (0.0, "pass")
    assert replace(cell, paper=0.4).verdict == "below"


def test_a_result_survives_json() -> None:
    result = Reproduction(
        "table3", "a title", "type_ignored", (CELL, replace(CELL, row="fin", absent="no")),
        averages=(Average("conll2003", 35.1, 44.5, None, "wrong"),),
        splits=(Split("fin", "fin", 10, 5), Split("conll2003", "conll2003", absent="licensed")),
        notes=(Note("mind", (("conll2003", "wnut2017"),)),),
        models={"m": {"tokens": 3}}, facts={"seed": 1},
    )  # fmt: skip
    stored = json.loads(json.dumps(result.to_dict()))
    assert Reproduction.from_dict(stored) == result
    assert stored["cells"][0]["verdict"] == "pass"
    assert (stored["protocol"], stored["mode"]) == ("shared", "default")


def test_another_format_is_refused() -> None:
    with pytest.raises(DataError, match="format 99; this version reads 3"):
        Reproduction.from_dict({"format": 99})
