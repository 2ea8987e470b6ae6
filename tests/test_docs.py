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
from pathlib import Path

import preparations
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIXTURE = re.compile(r"<!-- fixture: ([\w ]+) -->")
#: Blocks that show what is printed, or a file; nothing to run.
SHOWN = {"text", "json", "yaml", "bibtex", "tsv"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_block_of_the_page_runs(
    page: Path, tmp_path: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TNER_HF_SOURCES", str(tmp_path / "sources"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hf" / "datasets"))
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
        status = subprocess.run(
            command, shell=True, capture_output=True, text=True, env=_path_with_our_commands()
        )
        assert status.returncode == 0, f"{where}: {command}\n{status.stdout}\n{status.stderr}"


def _path_with_our_commands() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.extras
def test_the_site_builds_without_a_warning_and_asks_nobody(tmp_path: Path) -> None:
    pytest.importorskip("zensical", reason="make docs needs zensical")
    script = REPOSITORY / "docs" / "site" / "build.py"
    folder = tmp_path / "site"
    done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    html = folder / "html"
    staged = {page.stem for page in (folder / "docs").glob("*.md")}
    assert {page.stem for page in html.glob("*.html")} == {*staged, "404"}
    asked = re.compile(
        r"<(?:script|img|iframe)[^>]+src=\"?(?:https?:)?//|<link[^>]+href=\"?https?://"
    )
    for page in html.glob("*.html"):
        text = page.read_text("utf-8")
        assert not [link for link in asked.findall(text) if "canonical" not in link], page.name
    named = (folder / "zensical.toml").read_text("utf-8")
    assert {f"{name}.md" for name in staged} == set(re.findall(r"[\w-]+\.md", named))
    cli = (html / "cli.html").read_text("utf-8")
    for command in ("datasets check", "push space", "train", "completion"):
        assert f'id="tner-hf-{command.replace(" ", "-")}"' in cli
    assert "--label_all_subtokens" in cli
