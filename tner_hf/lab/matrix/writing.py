"""All outputs of a matrix in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tner_hf.errors import MissingExtraError
from tner_hf.files import write_file
from tner_hf.lab.matrix.documents import render_latex, render_markdown
from tner_hf.lab.matrix.heatmap import render_heatmap
from tner_hf.lab.matrix.page import render_page
from tner_hf.lab.matrix.result import Matrix
from tner_hf.lab.matrix.tables import render_csv
from tner_hf.lab.matrix.view import View


def write_outputs(
    matrix: Matrix,
    output_dir: str | Path,
    view: View | None = None,
    *,
    errors: Mapping[tuple[str, str], str] | None = None,
) -> list[Path]:
    """Write `matrix.json`, `.csv`, `.md`, `.tex`, `.png`, `.svg` and `report.html`.

    Without matplotlib the heat map is left out. The view stands first, and is that of the heat map;
    `errors` has the address of a pair's page of errors, as seen from `output_dir`.

    Returns:
        The files, in the order in which they were written.
    """
    folder, view = Path(output_dir), view or View()
    files: dict[str, str | bytes] = {
        "matrix.csv": render_csv(matrix),
        "matrix.md": render_markdown(matrix, view),
        "matrix.tex": render_latex(matrix, view),
    }
    try:
        files["matrix.svg"] = render_heatmap(matrix, view, "svg")
        files["matrix.png"] = render_heatmap(matrix, view, "png")
    except MissingExtraError:
        for form in ("svg", "png"):  # an old one would show other numbers
            (folder / f"matrix.{form}").unlink(missing_ok=True)
    matrix.save(folder / "matrix.json")
    attached = {"matrix.json": (folder / "matrix.json").read_bytes(), **files}
    files["report.html"] = render_page(matrix, view, attached, errors)
    for name, content in files.items():
        write_file(folder / name, content)
    return [folder / name for name in ("matrix.json", *files)]
