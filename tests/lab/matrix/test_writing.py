"""All outputs of a matrix: they parse, they agree, they need nothing from elsewhere."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tner_hf.errors import MissingExtraError
from tner_hf.lab.matrix import Matrix, View, write_outputs
from tner_hf.lab.matrix.grid import make_grid
from tner_hf.lab.matrix.heatmap import draw_heatmap, render_heatmap
from tner_hf.lab.matrix.page import render_page
from tner_hf.metrics.calibration import Calibration, Reliability
from tner_hf.report.pictures import THEME

NAMES = [
    "matrix.json", "matrix.csv", "matrix.md", "matrix.tex", "matrix.svg", "matrix.png",
    "report.html",
]  # fmt: skip


class Reader(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="module")
def outputs(small_matrix: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outputs")
    files = write_outputs(small_matrix, folder)
    assert [path.name for path in files] == NAMES
    return folder


def test_nothing_but_the_outputs_is_left(outputs: Path) -> None:
    assert sorted(path.name for path in outputs.iterdir()) == sorted(NAMES)


def test_the_json_is_the_matrix(outputs: Path, small_matrix: Matrix) -> None:
    assert Matrix.load(outputs / "matrix.json") == small_matrix


def test_the_svg_is_a_drawing_without_bitmaps(outputs: Path) -> None:
    root = ET.parse(outputs / "matrix.svg").getroot()
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert root.tag.endswith("svg")
    assert not names & {"image", "script", "foreignObject"}


def test_the_png_is_large_enough_to_print(outputs: Path) -> None:
    raw = (outputs / "matrix.png").read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(raw[16:20], "big") > 1000


def test_the_heat_map_names_its_view_and_shows_every_number(small_matrix: Matrix) -> None:
    view = View("full", "type_ignored")
    figure = draw_heatmap(make_grid(small_matrix, view))
    texts = [t.get_text() for t in figure.texts]
    texts += [t.get_text() for axes in figure.axes for t in axes.texts]
    assert view.title in texts
    for row in small_matrix.rows:
        for column in small_matrix.columns:
            if (value := small_matrix.value(row.name, column.name, view)) == value:
                assert f"{100 * value:.1f}" in texts


def test_every_score_has_a_bar_of_its_length(small_matrix: Matrix) -> None:
    view = View("full")
    reader = Reader(render_page(small_matrix, view))
    grid = make_grid(small_matrix, view)
    expected = [e.value for line in grid.lines for e in line.entries if e.state == "scored"]
    figure = draw_heatmap(grid)
    bars = {(p.get_x(), round(p.get_y(), 2)): p.get_width() for p in figure.axes[0].patches}
    drawn = [
        bars[x + 0.08, round(y + 0.84, 2)] / 0.84
        for y, line in enumerate(grid.lines)
        for x, entry in enumerate(line.entries)
        if entry.state == "scored"
    ]
    assert drawn == pytest.approx(expected)
    scored = [a for a in reader.named("td") if "score" in str(a.get("class")).split()]
    lengths = {str(a["style"]).rpartition("--score:")[2] for a in scored}
    assert {f"{value:.4f}" for value in expected if value} <= lengths


def test_the_picture_of_the_page_follows_the_theme_with_what_lies_around_the_cells(
    small_matrix: Matrix,
) -> None:
    picture = render_heatmap(small_matrix, View()).decode()
    shown = render_page(small_matrix, View(), {"matrix.svg": picture})
    figure = shown.partition("<figure>")[2].partition("</figure>")[0]
    for colour, name in THEME.items():
        assert colour in picture
        assert colour not in figure
        assert f"var({name})" in figure
    assert "fill: #ffffff" in figure  # letters on a dark cell


def test_the_same_matrix_is_the_same_picture(small_matrix: Matrix) -> None:
    assert render_heatmap(small_matrix, View(), "svg") == render_heatmap(
        small_matrix, View(), "svg"
    )


def test_without_matplotlib_everything_else_is_written(
    small_matrix: Matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r'pip install "tner-hf\[plot\]"'):
        render_heatmap(small_matrix, View())
    (tmp_path / "matrix.png").write_bytes(b"of another run")
    files = write_outputs(small_matrix, tmp_path)
    assert [p.name for p in files] == [n for n in NAMES if not n.endswith(("svg", "png"))]
    assert not (tmp_path / "matrix.png").exists()


def test_the_page_needs_nothing_from_elsewhere(outputs: Path) -> None:
    text = (outputs / "report.html").read_text()
    reader = Reader(text)
    policy = next(a for a in reader.named("meta") if a.get("http-equiv"))
    assert "default-src 'none'" in str(policy["content"])
    for tag, attributes in reader.elements:
        assert tag not in {"link", "iframe", "img", "object"}
        assert "src" not in attributes
        for name in ("href", "xlink:href"):
            assert str(attributes.get(name) or "#").startswith(("#", "data:"))


def test_every_link_of_the_page_leads_to_a_pair(outputs: Path, small_matrix: Matrix) -> None:
    reader = Reader((outputs / "report.html").read_text())
    ids = [a["id"] for _, a in reader.elements if a.get("id")]
    assert len(ids) == len(set(ids))
    links = {str(a["href"])[1:] for a in reader.named("a") if str(a["href"]).startswith("#")}
    assert links <= set(ids)
    assert len([i for i in links if str(i).startswith("pair-")]) == len(small_matrix.pairs)


def test_the_page_holds_every_view_and_chooses_the_asked_one(small_matrix: Matrix) -> None:
    chosen = View("full", "type_ignored", "strict", measure="recall")
    reader = Reader(render_page(small_matrix, chosen))
    panels = [a for a in reader.named("section") if a.get("class") == "panel"]
    assert len(panels) == 24
    assert panels[0]["data-protocol"] == "full"
    assert panels[-1]["data-protocol"] == "shared"
    checked = {a["data-axis"]: a["value"] for a in reader.named("input") if "checked" in a}
    assert checked == {
        "protocol": "full",
        "variant": "type_ignored",
        "mode": "strict",
        "measure": "recall",
    }


def test_the_caption_of_the_picture_holds_whatever_view_is_chosen(small_matrix: Matrix) -> None:
    view = View("full")
    text = render_page(small_matrix, view, {"matrix.svg": render_heatmap(small_matrix, view)})
    caption = text.partition("<figcaption>")[2].partition("</figcaption>")[0]
    assert caption == f"Always {view.title}, whichever view of the table above is chosen."


def test_the_page_says_how_far_scores_can_be_believed(small_matrix: Matrix) -> None:
    assert "<pre>      score" not in render_page(small_matrix, View())
    sides = Reliability.of(np.array([0.9, 0.9]), np.array([True, False]))
    measured = replace(
        small_matrix.pairs["news", "dates"], calibration=Calibration(2, sides, sides)
    )
    pairs = {**small_matrix.pairs, ("news", "dates"): measured}
    text = render_page(replace(small_matrix, pairs=pairs), View())
    said = "news on dates: confidence (temperature 2): expected calibration error 40.0 % over 2"
    assert f"<summary>{said} predicted entities" in text
    assert sides.draw()[1] in text


def test_the_page_carries_the_files(outputs: Path) -> None:
    reader = Reader((outputs / "report.html").read_text())
    saved = {a["download"]: str(a["href"]) for a in reader.named("a") if a.get("download")}
    assert sorted(map(str, saved)) == sorted(set(NAMES) - {"report.html"})
    for name, address in saved.items():
        content = base64.b64decode(address.partition("base64,")[2])
        assert content == (outputs / str(name)).read_bytes()


def test_names_are_escaped_everywhere(small_matrix: Matrix) -> None:
    stored = small_matrix.to_dict()
    hostile = "<img src=x onerror=alert(1)>"
    stored["rows"][0]["name"] = hostile
    stored["columns"][0]["types"] = [hostile]
    for pair in stored["pairs"]:
        if pair["row"] == "news":
            pair["row"] = hostile
    text = render_page(Matrix.from_dict(stored), View())
    assert hostile not in text
    assert Reader(text).named("img") == []


def test_absolute_folders_stay_private(small_matrix: Matrix) -> None:
    stored = small_matrix.to_dict()
    stored["rows"][0]["checkpoint"] = "/home/somebody/secret/model"
    text = render_page(Matrix.from_dict(stored), View())
    assert not re.search("somebody|secret", text)


def test_a_stored_matrix_is_shown_without_torch(outputs: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from tner_hf.lab.matrix import Matrix, View, write_outputs; "
        f"write_outputs(Matrix.load({str(outputs / 'matrix.json')!r}), {str(tmp_path)!r}); "
        "print([m for m in ('torch', 'transformers', 'datasets') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr
