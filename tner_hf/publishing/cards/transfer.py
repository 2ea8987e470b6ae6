"""The part of a transfer matrix that a model's card shows."""

from __future__ import annotations

from pathlib import Path

from tner_hf.errors import DataError, SettingError
from tner_hf.lab.matrix.grid import IN_DOMAIN, OUT_OF_DOMAIN, Grid, make_grid, percent, show_mean
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.view import View
from tner_hf.publishing.cards.facts import Transfer, TransferTable

MATRIX_FILE = "matrix.json"

#: Where a published model keeps its matrix, relative to the card.
MATRIX_FOLDER = "matrix"

#: The pictures that a matrix may have, the first choice first.
_HEATMAPS = ("matrix.png", "matrix.svg")


def read_transfer(folder: str | Path, checkpoint: str | Path) -> Transfer:
    """The tables of a matrix, this model's row first.

    Args:
        folder: what `tner-hf matrix --output_dir` wrote.
        checkpoint: the model of the card, which must be one of the rows.

    Raises:
        DataError: there is no matrix in the folder.
        SettingError: no row is this model.
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
    here = checkpoint.resolve()
    for same in (
        [r.name for r in matrix.rows if here.as_posix().endswith(f"/{r.name}")],
        [r.name for r in matrix.rows if here.name == Path(r.checkpoint).name],
    ):
        if len(same) == 1:
            return same[0]
    known = ", ".join(row.name for row in matrix.rows)
    raise SettingError(
        f"no row of the matrix in {folder} is the model {checkpoint}; its rows: {known}. Compute "
        "the matrix with this checkpoint among the models, or leave it out"
    )


def _make_table(grid: Grid, row: str, notes: tuple[str, ...]) -> TransferTable:
    lines = sorted(grid.lines, key=lambda line: line.name != row)
    return TransferTable(
        title=grid.view.title,
        columns=(*grid.columns, IN_DOMAIN, OUT_OF_DOMAIN),
        rows=tuple(
            (
                line.name,
                *(entry.show_all() for entry in line.entries),
                percent(line.in_domain.value),
                show_mean(line.out_of_domain),
            )
            for line in lines
        ),
        legend=(*grid.legend(), *notes),
    )
