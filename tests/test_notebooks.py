"""The notebooks: executed on small data, and shipped as what their text says, with outputs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY
from preparations import corpora

SCRIPT = REPOSITORY / "docs" / "site" / "notebooks.py"
PAGES = sorted((REPOSITORY / "docs").glob("notebook-*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_notebook_runs(page: Path, tmp_path: Path, tiny_encoder: Path) -> None:
    corpora(tmp_path, tiny_encoder)  # WNUT 2017, invented
    shutil.copytree(tiny_encoder, tmp_path / "embedded")
    environment = {**os.environ, "TNER_HF_SOURCES": str(tmp_path / "sources")}
    environment["HF_HOME"] = str(tmp_path / "home")
    words = [sys.executable, str(SCRIPT), page.stem, "--folder", ".", "--output", "."]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / f"{page.stem}.ipynb").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_shipped_is_the_text_executed(page: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    sys.path.insert(0, str(SCRIPT.parent))
    from notebooks import read_notebook

    sys.path.remove(str(SCRIPT.parent))
    path = page.with_suffix(".ipynb")
    shipped, written = nbformat.read(path, as_version=4), read_notebook(page)
    assert [cell.source for cell in shipped.cells] == [cell.source for cell in written.cells]
    cells = [cell for cell in shipped.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    text = path.read_text("utf-8")
    assert len(text) < 60_000
    assert "/tmp/" not in text  # no folder of the machine that executed it
    assert "site-packages" not in text
    assert str(Path.home()) not in text
