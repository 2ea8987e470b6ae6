"""The matrix on a card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tner_hf.errors import DataError, SettingError
from tner_hf.lab.matrix.result import Column, Matrix, Pair, Row
from tner_hf.metrics import score_protocols
from tner_hf.models import fingerprint_model
from tner_hf.publishing.cards import render_model_card
from tner_hf.publishing.cards.transfer import read_transfer

NAMES = ("O", "B-person", "I-person")


@pytest.fixture
def matrix_folder(tmp_path: Path) -> Path:
    """Models `news` and `wnut-tagger` on `wnut2017`: F1 0 and 1."""
    gold = np.array([1, 2, 0, 1])
    sides = {"news": np.array([0, 0, 0, 0]), "wnut-tagger": gold}
    pairs = {}
    for name, predicted in sides.items():
        scores = score_protocols(
            gold, predicted, offsets=np.array([0, 4]), corpus_names=NAMES, model_names=NAMES
        )
        pairs[name, "wnut2017"] = Pair(scores["protocols"], scores["coverage"], ("person",))
    matrix = Matrix(
        rows=(
            Row("news", "runs/news", "a", ("conll2003",)),
            Row("wnut-tagger", "runs/wnut-tagger", "b", ("wnut2017",)),
        ),
        columns=(Column("wnut2017", "wnut2017", "test", "c", 1, 4, ("person",)),),
        pairs=pairs,
    )
    matrix.save(tmp_path / "transfer" / "matrix.json")
    return tmp_path / "transfer"


def test_the_cards_own_row_comes_first(matrix_folder: Path) -> None:
    transfer = read_transfer(matrix_folder, "runs/wnut-tagger")
    assert transfer.row == "wnut-tagger"
    assert transfer.tables[0].title == "micro F1 (%), shared protocol, type-aware, default mode"
    assert transfer.tables[0].rows == (
        ("wnut-tagger", "100.00*", "100.00", "–"),
        ("news", "0.00", "–", "0.00"),
    )
    assert transfer.heatmap is None


def test_a_row_that_was_another_model_is_refused(
    matrix_folder: Path, make_folder: Callable[..., Path]
) -> None:
    folder, path = make_folder(), matrix_folder / "matrix.json"
    matrix = Matrix.load(path)

    def tell(news: str, own: str) -> None:
        rows = [replace(r, fingerprint=f) for r, f in zip(matrix.rows, (news, own), strict=True)]
        replace(matrix, rows=tuple(rows)).save(path)

    tell("f" * 16, fingerprint_model(folder))
    assert read_transfer(matrix_folder, folder).row == "wnut-tagger"
    tell(fingerprint_model(folder), "f" * 16)  # whatever it was called there
    assert read_transfer(matrix_folder, folder).row == "news"
    tell("e" * 16, "f" * 16)
    with pytest.raises(SettingError, match=r"another model than is in .*: its files were changed"):
        read_transfer(matrix_folder, folder)
    tell("e" * 16, "f" * 40)  # a commit of the Hub
    assert read_transfer(matrix_folder, folder).row == "wnut-tagger"


def test_a_part_of_the_test_sets_is_said_to_be_one(
    matrix_folder: Path, make_folder: Callable[..., Path]
) -> None:
    path = matrix_folder / "matrix.json"
    replace(Matrix.load(path), facts={"max_test_samples": 250}).save(path)
    card = render_model_card(make_folder(), matrix_folder=matrix_folder)
    assert "the first 250 sentences of each test set alone" in card


def test_a_heat_map_is_shown_where_it_will_be_published(
    matrix_folder: Path, make_folder: Callable[..., Path]
) -> None:
    (matrix_folder / "matrix.png").touch()
    card = render_model_card(make_folder(), matrix_folder=matrix_folder)
    assert "![Transfer matrix as a heat map](matrix/matrix.png)" in card
    assert "| **wnut-tagger** | 100.00\\* | 100.00 | – |" in card


def test_a_matrix_in_the_folder_is_found(
    matrix_folder: Path, make_folder: Callable[..., Path]
) -> None:
    folder = make_folder()
    matrix_folder.rename(folder / "matrix")
    assert "## Transfer" in render_model_card(folder)


def test_a_matrix_without_the_model_is_refused(matrix_folder: Path) -> None:
    with pytest.raises(SettingError, match=r"no row of the matrix .* is the model runs/other"):
        read_transfer(matrix_folder, "runs/other")


def test_a_folder_without_a_matrix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no matrix\.json"):
        read_transfer(tmp_path, "runs/other")
