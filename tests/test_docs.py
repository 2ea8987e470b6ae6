"""Every code block of the README and of docs/ runs, in order, as a reader would type it.

The blocks of one page share a folder and a Python namespace. What a page needs beforehand is named
in a comment that readers do not see: `<!-- fixture: NAME … -->` (see `PREPARATIONS`). A block that
cannot run in a test (an installation, a download) is still checked: its `make` targets and extras
must exist. There is no way to skip a block.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import preparations
import pytest
from command_server import CommandServer

REPOSITORY = Path(__file__).resolve().parent.parent
#: Notebooks are executed by test_notebooks.
PAGES = [
    page
    for page in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
    if not page.name.startswith("notebook-")
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIXTURE = re.compile(r"<!-- fixture: ([\w ]+) -->")
#: Blocks that show what is printed, or a file; nothing to run.
SHOWN = {"text", "json", "yaml", "bibtex", "tsv"}


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where the commands of all pages keep what they load, as a reader's commands do."""
    home = tmp_path_factory.mktemp("hf")
    return {"HF_HOME": str(home), "HF_DATASETS_CACHE": str(home / "datasets")}


@pytest.fixture(scope="session")
def commands(
    caches: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CommandServer]:
    server = CommandServer(tmp_path_factory.mktemp("commands"), {**os.environ, **caches})
    yield server
    server.stop()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_page_runs(
    page: Path,
    tmp_path: Path,
    tiny_encoder: Path,
    caches: dict[str, str],
    commands: CommandServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TNER_HF_SOURCES", str(tmp_path / "sources"))
    for name, folder in caches.items():
        monkeypatch.setenv(name, folder)
    path = (str(commands.bin), str(Path(sys.executable).parent), os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    for name in (n for match in FIXTURE.finditer(text) for n in match[1].split()):
        preparations.PREPARATIONS[name](tmp_path, tiny_encoder)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        run_block(match[1], match[2], where=f"{page.name}:{line}", namespace=namespace)


def run_block(language: str, code: str, *, where: str, namespace: dict[str, object]) -> None:
    if language == "python":
        exec(compile(code, where, "exec"), namespace)
    elif language == "bash":
        for command in code.replace("\\\n", " ").splitlines():
            run_command(command, where)
    else:
        assert language in SHOWN, f"{where}: a block in {language!r} is neither run nor shown"


def run_command(command: str, where: str) -> None:
    words = shlex.split(command, comments=True)
    if not words:
        return
    if words[0] == "make":
        listed = subprocess.run(
            ["make", "--dry-run", *words[1:]], cwd=REPOSITORY, capture_output=True, text=True
        )
        assert listed.returncode == 0, f"{where}: {listed.stderr}"
    elif words[:2] == ["pip", "install"]:
        extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
        for name in re.findall(r"\[([\w,]+)\]", command):
            assert set(name.split(",")) <= set(extras["optional-dependencies"]), f"{where}: {name}"
    elif words[0] in {"git", "cd"}:
        assert len(words) > 1, f"{where}: {command}"
    else:
        status = subprocess.run(command, shell=True, capture_output=True, text=True)
        assert status.returncode == 0, f"{where}: {command}\n{status.stdout}\n{status.stderr}"
