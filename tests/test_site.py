"""The documentation as a site: built strictly, every page of it, with no request to anybody."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from conftest import REPOSITORY

from tner_hf.data.corpora import CORPORA


@cache
def quoted(page: Path) -> str:
    """A page with quotes around each id."""
    return re.sub(r"\bid=([^\"\s>]+)", r'id="\1"', page.read_text("utf-8"))


def test_the_site_builds_without_a_warning_and_asks_nobody(tmp_path: Path) -> None:
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
        for link in re.findall(r"(?:href|src)=\"?([^\"\s>]+)", text):
            path, _, anchor = unquote(link).partition("#")
            if not re.match(r"\w+:", path) and page.name != "404.html":
                target = html / (path or page.name)
                assert target.exists(), f"{page.name}: {link}"
                found = not anchor or anchor.startswith("__") or f'id="{anchor}"' in quoted(target)
                assert found, f"{page.name}: {link}"
    named = (folder / "zensical.toml").read_text("utf-8")
    assert {f"{name}.md" for name in staged} == set(re.findall(r"[\w-]+\.md", named))
    cli = (html / "cli.html").read_text("utf-8")
    for command in ("datasets check", "push space", "train", "completion"):
        assert f'id="tner-hf-{command.replace(" ", "-")}"' in cli
    assert "--label_all_subtokens" in cli
    declared = (html / "declared.html").read_text("utf-8")
    assert all(f'id="{name}"' in declared for name in CORPORA)
