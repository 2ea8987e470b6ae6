"""The part of a transfer matrix that a model's card shows."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from tner_hf.config import ADAPTER_FOLDER, SETTINGS_KEY
from tner_hf.errors import DataError, SettingError
from tner_hf.files import read_json
from tner_hf.lab.matrix.grid import IN_DOMAIN, OUT_OF_DOMAIN, Grid, make_grid
from tner_hf.lab.matrix.result import Matrix, Row
from tner_hf.lab.matrix.view import View
from tner_hf.models.adapters import ADAPTER_CONFIG
from tner_hf.models.contents import digest_files
from tner_hf.publishing.cards.facts import Transfer, TransferTable
from tner_hf.runs import find_home

MATRIX_FILE = "matrix.json"

#: Where a published model keeps its matrix, relative to the card.
MATRIX_FOLDER = "matrix"

#: The pictures that a matrix may have, the first choice first.
_HEATMAPS = ("matrix.png", "matrix.svg")

#: How the fingerprint of a folder looks; a commit is longer.
_OF_FILES = re.compile(r"[0-9a-f]{16}")


def read_transfer(folder: str | Path, checkpoint: str | Path) -> Transfer:
    """The tables of a matrix, this model's row first.

    Args:
        folder: what `tner-hf matrix --output_dir` wrote.
        checkpoint: the model of the card, which must be one of the rows.

    Raises:
        DataError: there is no matrix in the folder.
        SettingError: no row is this model, or it was another one then.
    """
    folder = Path(folder).expanduser()
    if not (folder / MATRIX_FILE).is_file():
        raise DataError(
            f"{folder} holds no {MATRIX_FILE}; give the --output_dir of a `tner-hf matrix`"
        )
    matrix = Matrix.load(folder / MATRIX_FILE)
    row = _find_row(matrix, Path(checkpoint).expanduser(), folder)
    most = matrix.facts.get("max_test_samples")
    cut = (f"the first {most:,} sentences of each test set alone",) if most else ()
    picture = next((name for name in _HEATMAPS if (folder / name).is_file()), None)
    return Transfer(
        row,
        tuple(_make_table(make_grid(matrix, v), row, cut) for v in View().vary("variant")),
        picture and f"{MATRIX_FOLDER}/{picture}",
    )


def _find_row(matrix: Matrix, checkpoint: Path, folder: Path) -> str:
    """The row whose checkpoint this is, wherever the matrix was computed."""
    here, home = checkpoint.resolve(), find_home(checkpoint)
    own = {digest_files(place).hexdigest() for place in (here, home, home / ADAPTER_FOLDER)}
    for same in (
        [row for row in matrix.rows if row.fingerprint in own],
        [row for row in matrix.rows if here.as_posix().endswith(f"/{row.name}")],
        [row for row in matrix.rows if here.name == Path(row.checkpoint).name],
    ):
        if len(same) == 1:
            _check_row(same[0], own, here, folder)
            return same[0].name
    known = ", ".join(row.name for row in matrix.rows)
    raise SettingError(
        f"no row of the matrix in {folder} is the model {checkpoint}; its rows: {known}. Compute "
        "the matrix with this checkpoint among the models, or leave it out"
    )


def _check_row(row: Row, own: Collection[str], checkpoint: Path, folder: Path) -> None:
    """Make sure that a row is still what its name says.

    A commit of the Hub, a temperature that came later, and an adapter that was published since
    leave other files with the same labels, which no fingerprint tells.
    """
    if row.fingerprint in own or not _OF_FILES.fullmatch(row.fingerprint):
        return
    config = read_json(checkpoint / "config.json") or {}
    if (config.get(SETTINGS_KEY) or {}).get("temperature") is None and not (
        checkpoint / ADAPTER_CONFIG
    ).is_file():
        raise SettingError(
            f"the row {row.name!r} of the matrix in {folder} is another model than is in "
            f"{checkpoint} now: its files were changed since. Compute the matrix again, or leave "
            "it out"
        )


def _make_table(grid: Grid, row: str, notes: tuple[str, ...]) -> TransferTable:
    lines = sorted(grid.lines, key=lambda line: line.name != row)
    return TransferTable(
        title=grid.view.title,
        columns=(*grid.columns, IN_DOMAIN, OUT_OF_DOMAIN),
        rows=tuple(
            (line.name, *(entry.show_all() for entry in line.entries), *line.show_means())
            for line in lines
        ),
        legend=(*grid.legend(), *notes),
    )
