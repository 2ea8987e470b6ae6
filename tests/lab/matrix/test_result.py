"""The matrix as data: states, hand-counted numbers, means, JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.lab.matrix import Matrix, View

SHARED = View("shared", "type_aware")
FULL = View("full", "type_aware")
FULL_IGNORED = View("full", "type_ignored")


def test_numbers_are_those_counted_by_hand(small_matrix: Matrix) -> None:
    # Full: 2 of 3 right, 3 predicted. Type-ignored: I-person after nothing … all 3 boundaries.
    assert small_matrix.value("news", "news", FULL) == pytest.approx(2 / 3)
    assert small_matrix.value("news", "news", FULL_IGNORED) == 1.0
    # One of 2 genes found, nothing else said: P 1, R 1/2.
    assert small_matrix.value("genes", "genes", FULL) == pytest.approx(2 / 3)
    assert small_matrix.value("genes", "genes", View("full", measure="recall")) == 0.5


def test_the_shared_protocol_scores_what_both_know(small_matrix: Matrix) -> None:
    # Full: person right, date called a location, date missed: 1 right of 2 said and 3 gold.
    assert small_matrix.value("news", "dates", FULL) == pytest.approx(2 / 5)
    # Shared: only `person` is left on both sides.
    assert small_matrix.value("news", "dates", SHARED) == 1.0
    pair = small_matrix.cell("news", "dates")
    assert pair is not None
    assert pair.coverage == {
        "shared_types": ["person"],
        "gold_total": 3,
        "gold_kept": 1,
        "predictions_masked": 1,
        "tokens_unscored": 0,
        "lattice_types": {"person": "person"},
        "lattice_gold_kept": 1,
        "lattice_predictions_masked": 1,
    }
    assert pair.share_kept == pytest.approx(1 / 3)


def test_lattice_is_offered_where_something_nests(small_matrix: Matrix) -> None:
    def protocols(matrix: Matrix, view: View) -> list[str]:
        return [each.protocol for each in matrix.vary(view, "protocol")]

    assert protocols(small_matrix, SHARED) == ["shared", "full"]
    assert protocols(small_matrix, View("lattice")) == ["lattice", "shared", "full"]
    pair = small_matrix.pairs["news", "dates"]
    nested = {**pair.coverage, "lattice_types": {"actor": "person", "person": "person"}}
    matrix = replace(
        small_matrix,
        pairs={("news", "dates"): replace(pair, coverage=nested)},  # type: ignore[arg-type]
    )
    assert protocols(matrix, SHARED) == ["shared", "full", "lattice"]


def test_a_matrix_stored_before_there_was_lattice_opens(small_matrix: Matrix) -> None:
    stored = small_matrix.to_dict()
    for pair in stored["pairs"]:
        del pair["protocols"]["lattice"]
        pair["coverage"] = {k: v for k, v in pair["coverage"].items() if "lattice" not in k}
    matrix = Matrix.from_dict(stored)
    assert matrix.value("news", "dates", SHARED) == 1.0
    assert matrix.state("news", "dates", View("lattice")) == "absent"
    assert [each.protocol for each in matrix.vary(SHARED, "protocol")] == ["shared", "full"]


def test_nothing_shared_is_no_zero(small_matrix: Matrix) -> None:
    assert small_matrix.state("news", "genes", SHARED) == "nothing shared"
    assert math.isnan(small_matrix.value("news", "genes", SHARED))
    assert small_matrix.state("news", "genes", FULL) == "scored"
    assert small_matrix.value("news", "genes", FULL) == 0.0
    assert small_matrix.shares_nothing("news", "genes")
    # Boundaries alone: one of two found.
    assert small_matrix.value("news", "genes", FULL_IGNORED) == pytest.approx(2 / 3)


def test_a_real_zero_is_a_number(small_matrix: Matrix) -> None:
    assert small_matrix.state("all & both", "dates", SHARED) == "scored"
    assert small_matrix.value("all & both", "dates", SHARED) == 0.0
    assert not small_matrix.shares_nothing("all & both", "dates")


def test_an_absent_pair_is_neither(small_matrix: Matrix) -> None:
    assert small_matrix.cell("genes", "dates") is None
    assert small_matrix.state("genes", "dates", FULL) == "absent"
    assert math.isnan(small_matrix.value("genes", "dates", FULL))


def test_means_say_what_they_are_over(small_matrix: Matrix) -> None:
    shared = small_matrix.mean_out_of_domain("news", SHARED)
    assert (shared.value, shared.over, shared.left_out) == (1.0, ("dates",), ("genes",))
    full = small_matrix.mean_out_of_domain("news", FULL)
    assert (full.value, full.over, full.left_out) == (pytest.approx(0.2), ("genes", "dates"), ())
    assert small_matrix.mean_in_domain("all & both", FULL).over == ("news", "genes")
    nothing = small_matrix.mean_out_of_domain("genes", SHARED)
    assert math.isnan(nothing.value)
    assert nothing.left_out == ("news", "dates")


def test_no_mean_mixes_characters_and_words(small_matrix: Matrix) -> None:
    columns = [
        replace(column, characters=column.name == "dates") for column in small_matrix.columns
    ]
    mixed = replace(small_matrix, columns=tuple(columns))
    mean = mixed.mean_out_of_domain("news", FULL)
    assert (mean.value, mean.over, mean.left_out) == (0.0, ("genes",), ("dates",))
    # Where no column of words counts, there is nothing to be mixed with.
    assert mixed.mean_out_of_domain("all & both", FULL).over == ("dates",)


def test_best_transfer_is_never_the_corpus_own_model(small_matrix: Matrix) -> None:
    assert small_matrix.best_transfer("news", FULL_IGNORED) == ("genes", pytest.approx(2 / 3))
    assert small_matrix.best_transfer("dates", SHARED) == ("news", 1.0)
    # `genes` knows none of its types: zeros are no transfer.
    assert small_matrix.best_transfer("news", FULL) is None


def test_a_column_is_in_domain_by_its_name_or_its_source(small_matrix: Matrix) -> None:
    assert small_matrix.is_in_domain("all & both", "genes")
    assert not small_matrix.is_in_domain("news", "genes")


def test_json_round_trip(small_matrix: Matrix, tmp_path: Path) -> None:
    small_matrix.save(tmp_path / "matrix.json")
    stored = json.loads((tmp_path / "matrix.json").read_text())
    assert json.loads(json.dumps(small_matrix.to_dict())) == stored
    again = Matrix.load(tmp_path / "matrix.json")
    assert again == small_matrix
    assert again.to_dict() == small_matrix.to_dict()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    path.write_text('{"format": 99}')
    with pytest.raises(DataError, match="format 99; this version reads format 1"):
        Matrix.load(path)
    path.write_text("no JSON")
    with pytest.raises(DataError, match="holds no matrix"):
        Matrix.load(path)


def test_an_unknown_name_is_an_error(small_matrix: Matrix) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown row 'new'. Did you mean 'news'\?"):
        small_matrix.cell("new", "news")
    with pytest.raises(UnknownNameError, match="unknown column 'gene'"):
        small_matrix.value("news", "gene", FULL)


def test_a_view_says_what_it_accepts() -> None:
    with pytest.raises(SettingError, match="protocol='strict' is no view; accepted: shared, full"):
        View("strict")  # type: ignore[arg-type]


def test_views_round_trip_and_vary() -> None:
    view = View("full", "type_ignored", "strict", "macro", "recall")
    assert View.from_dict(view.to_dict()) == view
    assert len(set(view.vary("protocol", "variant", "mode", "average", "measure"))) == 72
    assert next(view.vary("protocol", "mode")) == view
