"""Text, Markdown, LaTeX and CSV of a matrix: read back, and compared with its numbers."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

from lab.matrix.conftest import PEOPLE, predictions

from tner_hf.lab.matrix import Matrix, View
from tner_hf.lab.matrix.documents import render_latex, render_markdown
from tner_hf.lab.matrix.page import render_page
from tner_hf.lab.matrix.result import Pair
from tner_hf.lab.matrix.tables import render_csv, render_details
from tner_hf.lab.matrix.tables import render_text as show
from tner_hf.metrics import confidence_intervals

VIEW = View()


def test_the_terminal_table_is_aligned_and_names_its_view(small_matrix: Matrix) -> None:
    assert show(small_matrix, VIEW).splitlines() == [
        "micro F1 (%), shared protocol, type-aware, default mode",
        "",
        "trained on \\ tested on     news   genes    dates  in-domain  out-of-domain mean",
        "news                     66.67*      –   100.00       66.67     100.00 (1 of 2)",
        "genes                        –   66.67*       ·       66.67          – (0 of 2)",
        "all & both              100.00*  66.67*    0.00       83.33                0.00",
        "best transfer                –       –   100.00",
        "  by                                       news",
        "",
        "* the model was trained on this corpus",
        "– no gold entity of a type that the model knows: nothing to score, left out of",
        "  the means",
        "· not computed",
        "out-of-domain mean: over dates",
    ]


def test_test_sets_of_characters_are_named_below_the_table(small_matrix: Matrix) -> None:
    assert "characters" not in show(small_matrix, View("full"))
    columns = [
        replace(column, characters=column.name == "dates") for column in small_matrix.columns
    ]
    shown = show(replace(small_matrix, columns=tuple(columns)), View("full"))
    assert (
        "\ndates: tokens are characters, so entities are longer and scores do not compare" in shown
    )


def test_means_over_different_columns_are_said_not_to_compare(small_matrix: Matrix) -> None:
    assert show(small_matrix, View("full")).splitlines()[-2:] == [
        "out-of-domain means are over different columns and do not compare: news over",
        "  genes, dates; genes over news; all & both over dates",
    ]
    assert "Out-of-domain mean: over dates." in render_latex(small_matrix, VIEW)
    rows = list(csv.DictReader(io.StringIO(render_csv(small_matrix))))
    (line,) = (
        row
        for row in rows
        if row["trained_on"] == "news" and row["tested_on"] == "(out-of-domain mean)"
        and (row["protocol"], row["variant"]) == ("full", "type_aware")
        and (row["mode"], row["average"]) == ("default", "micro")
    )  # fmt: skip
    mean = small_matrix.mean_out_of_domain("news", View("full"))
    assert (float(line["f1"]), line["mean_over"]) == (mean.value, "genes dates")
    stored = small_matrix.to_dict()["means"][0]
    assert (stored["row"], stored["protocol"]) == ("news", "shared")
    assert stored["out_of_domain"] == {"value": 1.0, "over": ["dates"], "left_out": ["genes"]}


def test_cells_carry_intervals_where_they_were_asked_for(small_matrix: Matrix) -> None:
    said = predictions([1, 2, 0, 3, 3], [1, 2, 0, 1, 3], PEOPLE, PEOPLE)
    bounded = replace(small_matrix, pairs={("news", "news"): Pair.of(said, confidence=0.9)})
    f1 = confidence_intervals(said.gold, said.predicted, names=PEOPLE, offsets=said.offsets,
                              level=0.9).bounds["type_aware"]["default"]["micro"]["f1"]  # fmt: skip
    assert bounded.bounds("news", "news", VIEW) == tuple(f1)
    assert bounded.bounds("genes", "news", VIEW) is None
    shown = f"[{100 * f1[0]:.1f}, {100 * f1[1]:.1f}]"
    text = show(bounded, VIEW)
    assert re.search(rf"66\.67\* .*\n +{re.escape(shown)}", text)  # below its score: 80 columns
    told = " ".join(text.split())
    assert "in brackets: 90 % confidence intervals, exact" in told
    assert "macro: MOVER): news over 1 sentences taken as independent" in told
    assert rf"66.67\* {shown} |" in render_markdown(bounded, VIEW)
    assert rf"\textit{{66.67}} {{\scriptsize {shown}}}" in render_latex(bounded, VIEW)
    support = bounded.pairs["news", "news"].score(VIEW)["support"]
    assert f"66.67<small>{shown} n {support}</small>" in render_page(bounded, VIEW)
    (row, *_) = csv.DictReader(io.StringIO(render_csv(bounded)))
    assert [float(row["f1_low"]), float(row["f1_high"])] == f1
    assert Matrix.from_dict(json.loads(json.dumps(bounded.to_dict()))) == bounded


def test_zeros_by_construction_are_said_in_the_full_protocol(small_matrix: Matrix) -> None:
    shown = show(small_matrix, View("full"))
    assert "full protocol" in shown
    # Without types a zero is a real one.
    assert "by construction" not in show(small_matrix, View("full", "type_ignored"))
    assert "some pairs share no type: 0 by construction (see their coverage)" in shown


def test_details_list_what_each_pair_covers(small_matrix: Matrix) -> None:
    lines = render_details(small_matrix).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith(("news", "genes", "all")) for line in lines) == len(
        small_matrix.pairs
    )
    assert re.split(r"\s{2,}", next(line for line in lines if " dates " in line)) == [
        "news", "dates", "3", "1", "33.3", "1", "0", "1", "1: person",
    ]  # fmt: skip


def test_csv_holds_every_view_of_every_pair(small_matrix: Matrix) -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(small_matrix))))
    rows = [row for row in rows if not row["mean_over"]]
    assert len(rows) == 16 * len(small_matrix.pairs)
    for row in rows:
        view = View(row["protocol"], row["variant"], row["mode"], row["average"])  # type: ignore[arg-type]
        place = row["trained_on"], row["tested_on"]
        state = small_matrix.state(*place, view)
        if state == "nothing shared":
            assert row["f1"] == ""
        else:
            assert float(row["f1"]) == small_matrix.value(*place, view)
        assert row["in_domain"] == str(small_matrix.is_in_domain(*place)).lower()
        assert row["tokens_unscored"] == "0"


def test_markdown_tables_are_rectangular_and_name_their_view(small_matrix: Matrix) -> None:
    text = render_markdown(small_matrix, VIEW)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        *(view.title for view in small_matrix.vary(VIEW, "protocol", "variant")),
        "What each pair covers",
    ]
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(tables) == 5
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "| **news** | 66.67\\* | – | **100.00** | 66.67 | 100.00 (1 of 2) |" in text


def test_markdown_names_cannot_break_a_table(small_matrix: Matrix) -> None:
    renamed = Matrix.from_dict(
        {
            **small_matrix.to_dict(),
            "rows": [{**small_matrix.to_dict()["rows"][0], "name": "a|b_c"}],
            "pairs": [],
        }
    )
    assert "**a\\|b\\_c**" in render_markdown(renamed, VIEW)


def test_latex_is_well_formed(small_matrix: Matrix) -> None:
    text = render_latex(small_matrix, VIEW)
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if kind == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert stack == []
    assert text.count(r"\begin{table}") == 4
    assert text.count("{") == text.count("}")
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {4}
    assert r"    news & \textit{66.67} & -- & \textbf{100.00} & 100.00 \\" in body
    assert r"    all \& both & \textit{100.00} & \textit{66.67} & 0.00 & 0.00 \\" in body
    assert "Micro F1 (\\%), shared protocol, type-aware, default mode" in text
    assert re.findall(r"\\label\{(.*?)\}", text)[:1] == [
        "tab:matrix-shared-type-aware-default-micro-f1"
    ]
