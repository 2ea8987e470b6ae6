"""The documentation as a site: built strictly, every page of it, with no request to anybody."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from conftest import REPOSITORY


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
    named = (folder / "zensical.toml").read_text("utf-8")
    assert {f"{name}.md" for name in staged} == set(re.findall(r"[\w-]+\.md", named))
    cli = (html / "cli.html").read_text("utf-8")
    for command in ("datasets check", "push space", "train", "completion"):
        assert f'id="tner-hf-{command.replace(" ", "-")}"' in cli
    assert "--label_all_subtokens" in cli
