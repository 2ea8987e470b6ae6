"""Every page that is written as a file, by day and by night, before axe-core."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from accessibility import find_violations
from lab.matrix.test_against import make_matrix

from tner_hf.data.check import check_contents, scan_files
from tner_hf.data.check_page import render_check
from tner_hf.data.lens import join_files, look_at
from tner_hf.formats.options import ReadOptions
from tner_hf.lab.analysis import (
    compare_systems_on,
    render_comparison,
    render_errors,
    render_side_by_side,
    report_errors,
)
from tner_hf.lab.analysis.systems import read_systems
from tner_hf.lab.matrix import View
from tner_hf.lab.matrix.heatmap import render_heatmap
from tner_hf.lab.matrix.page import render_page
from tner_hf.lab.search.result import SearchResult, Trial, render_search
from tner_hf.predictions import read_predictions

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TRAIN = "Ada B-PER\nwrote O\n. O\n\nParis B-LOC\nis O\nold O\n"
TEST = f"{TRAIN}\nParis B-PER\nwins O\n\nAcme B-ORG\nlost O\n"
#: Words, gold tags, what each of two models says.
ROWS = [
    ("Ada met Bob", "B-person O B-person", "B-person O O", "B-person O B-place"),
    ("Acme in Rome", "B-group O B-place", "B-group O O", "O O B-place"),
    ("nobody here", "O O", "B-person O", "O O"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in (("train.txt", TRAIN), ("test.txt", TEST), ("bad.txt", "Ada X-PER\n")):
        (folder / name).write_text(text, encoding="utf-8")
    contents = scan_files([folder / "train.txt", folder / "test.txt"], ReadOptions())
    parts = join_files("files", contents)
    bad = check_contents(scan_files([folder / "bad.txt"], ReadOptions()))
    for i, name in ((2, "first"), (3, "second")):
        keys = "tokens", "gold", "predicted"
        rows = [dict(zip(keys, (row[0].split(), row[1].split(), row[i].split()), strict=True))
                for row in ROWS]  # fmt: skip
        text = "\n".join(map(json.dumps, rows))
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    files = {name: str(folder / f"{name}.jsonl") for name in ("first", "second")}
    reports = {name: report_errors(read_predictions(path)) for name, path in files.items()}
    systems = read_systems([f"{name}={path}" for name, path in files.items()])
    matrix = make_matrix()
    picture = {"matrix.svg": render_heatmap(matrix, View("full")), "matrix.tex": "% a table"}
    return {
        "check": render_check(check_contents(contents), look_at(parts), parts),
        "check with errors": render_check(bad, None, []),
        "compare": render_comparison(compare_systems_on(systems, {}, n_resamples=99)),
        "errors": render_errors(reports["first"]),
        "errors side by side": render_side_by_side(reports),
        "matrix": render_page(
            matrix, View("full"), picture, {("other", "c"): "errors/other/c.html"}
        ),
        "search": render_search(
            SearchResult(
                "f1",
                ("seed: 1, 2",),
                (
                    Trial(0, "complete", 0.5, {"seed": 1}, (0.4, 0.5)),
                    Trial(1, "failed", None, {"seed": 2}, reason="too large"),
                ),
            )
        ),
    }


NAMES = ("check", "check with errors", "compare", "errors", "errors side by side", "matrix",
         "search")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_axe_objects_to_nothing(
    browser: Browser, pages: dict[str, str], tmp_path: Path, name: str
) -> None:
    path = tmp_path / "page.html"
    path.write_text(pages[name], encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert find_violations(page) == []
    page.close()
