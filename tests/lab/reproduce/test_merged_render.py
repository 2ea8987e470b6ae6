"""What the documentation shows of the study of merging is what its results render."""

from __future__ import annotations

from conftest import REPOSITORY

from tner_hf.files import read_json
from tner_hf.lab.reproduce import MergingResult
from tner_hf.lab.reproduce.merged_render import render_markdown


def test_the_page_shows_the_stored_results() -> None:
    page = (REPOSITORY / "docs" / "merging.md").read_text(encoding="utf-8")
    begin, end = "<!-- merged: from benchmarks/results/merged -->", "<!-- end of merged -->"
    shown = page.partition(begin)[2].partition(end)[0]
    stored = sorted((REPOSITORY / "benchmarks" / "results" / "merged").glob("*.json"))
    rendered = [render_markdown(MergingResult.from_dict(read_json(path))) for path in stored]
    assert shown.strip() == "\n".join(rendered).strip()
