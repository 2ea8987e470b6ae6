"""The notebooks: docs/notebook-*.md are their text; `make notebooks` executes them into .ipynb.

The text is jupytext's Markdown: a block of Python or of a shell is a cell, all else is prose. What
publishes is executed against the Hub of the tests, on loopback.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = {page.stem: page for page in sorted((REPOSITORY / "docs").glob("notebook-*.md"))}
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def main() -> int:
    """Execute notebooks and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(PAGES), choices=[*PAGES, []])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs")
    parser.add_argument("--folder", type=Path, help="where they are executed")
    options = parser.parse_args()
    for name in options.names:
        notebook = read_notebook(PAGES[name])
        with tempfile.TemporaryDirectory() as new, serve_hub(name) as environment:
            execute(notebook, options.folder or Path(new), environment)
        nbformat.write(notebook, options.output / f"{name}.ipynb")
    return 0


def read_notebook(page: Path) -> nbformat.NotebookNode:
    """The cells of a page, not executed."""
    notebook = jupytext.reads(page.read_text("utf-8").replace("<!-- colab -->\n\n", ""), fmt="md")
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", {}
    notebook.metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat_minor = 5  # cells have ids
    return notebook


def execute(notebook: nbformat.NotebookNode, folder: Path, environment: dict[str, str]) -> None:
    """Run all cells in a folder, as a reader would; the outputs are kept in the notebook."""
    client = NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=environment)
    for cell in notebook.cells:  # progress and warnings are of this machine, and name its folders
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]


@contextlib.contextmanager
def serve_hub(name: str) -> Iterator[dict[str, str]]:
    """The environment of a notebook; of the one that publishes with a Hub in it."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ours = {**os.environ, "PATH": beside, "TOKENIZERS_PARALLELISM": "false"}
    if name != "notebook-hub":
        yield {**ours, "HF_HUB_OFFLINE": "1"}
        return
    sys.path.append(str(REPOSITORY / "tests"))
    from hub_server import Account, HubServer

    with tempfile.TemporaryDirectory() as folder:
        you = Account("you", "hf_of_the_notebook")
        with HubServer(Path(folder) / "hub", (you,)) as server:
            home = {"HF_HOME": f"{folder}/home", "HF_ENDPOINT": server.url, "HF_TOKEN": you.token}
            offline = {"HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"}
            kept = {key: value for key, value in ours.items() if key not in offline}
            quiet = ("TELEMETRY", "XET", "PROGRESS_BARS")
            yield {**kept, **home, **{f"HF_HUB_DISABLE_{name}": "1" for name in quiet}}


if __name__ == "__main__":
    sys.exit(main())
