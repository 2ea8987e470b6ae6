"""The arithmetic of the verdict; and the documentation shows what the stored results render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import REPOSITORY
from scipy import stats

from tner_hf.errors import DataError
from tner_hf.files import read_json
from tner_hf.lab.reproduce import MergingResult, Study
from tner_hf.lab.reproduce.merged_figure import render_figure
from tner_hf.lab.reproduce.merged_result import (
    Contrast,
    Verdict,
    render_ablation,
    render_markdown,
)
from tner_hf.metrics.differences import Difference


@pytest.mark.parametrize(
    ("name", "render"), [("screening/merged", render_ablation), ("merged", render_markdown)]
)
def test_the_page_shows_the_stored_results(
    name: str, render: Callable[[MergingResult], str]
) -> None:
    page = (REPOSITORY / "docs" / "merging.md").read_text(encoding="utf-8")
    begin, end = f"<!-- from benchmarks/results/{name} -->", f"<!-- end of {name} -->"
    shown = page.partition(begin)[2].partition(end)[0]
    stored = sorted((REPOSITORY / "benchmarks" / "results" / name).glob("*.json"))
    rendered = [render(MergingResult.from_dict(read_json(path))) for path in stored]
    assert begin in page
    assert shown.strip() == "\n".join(rendered).strip()


def difference(value: float, error: float = 0.001) -> Difference:
    return Difference(0.6, 0.6 + value, value, 0.0, 0.0, 0.5, None, error, 1e9)


def hold_against(mean: Difference, *values: float) -> MergingResult:
    about = "plain", "general", "full", "type_aware"
    found = {f"corpus{number}": difference(value) for number, value in enumerate(values)}
    contrasts = tuple(
        Contrast(*about, name, "in-domain", (1,), each)
        for name, each in {**found, "": mean}.items()
    )
    return MergingResult(Study(), "test", {}, contrasts)


def judge(mean: Difference, *values: float) -> Verdict:
    (verdict,) = hold_against(mean, *values).verdicts
    return verdict


def test_the_ablation_says_where_most_is_lost() -> None:
    rendered = render_ablation(hold_against(difference(0.01), 0.03, -0.006, -0.02), "full")
    assert rendered.splitlines()[2:] == [
        "| plain | general | aware | +1.0 [+0.0, +0.0] | corpus2 -2.0, corpus1 -0.6 |"
    ]


def test_the_picture_is_of_one_recipe() -> None:
    result = hold_against(difference(0.01), 0.03, -0.006)
    with pytest.raises(DataError, match="no run of condition and of in-domain has the same seed"):
        render_figure(result, "condition", "full")
    result = replace(
        result,
        contrasts=tuple(
            replace(each, kind=kind, asked=way)
            for each in result.contrasts
            for kind in ("type_aware", "type_ignored")
            for way in ("general", "conditioned")
        ),
    )
    svg = render_figure(result, "plain", "full")
    assert svg == render_figure(result, "plain", "full")  # no date, no random names
    assert svg.lstrip().startswith(b"<?xml")
    assert render_figure(result, "plain", "full", "png").startswith(b"\x89PNG")


def test_the_verdict_asks_for_all_three() -> None:
    mean = difference(0.0025)
    good = judge(mean, 0.01, -0.005)
    assert (good.missed, good.better, good.corpora, good.holds) == ({}, 1, 2, True)
    assert good.p == pytest.approx(stats.norm.sf(7.5), abs=1e-6)
    # Half a point at most below: a hundredth more is a miss, by a hundredth.
    missed = judge(mean, 0.01, -0.0051)
    assert (missed.missed, missed.holds) == ({"corpus1": 0.01}, False)
    assert not judge(mean, 0.01, -0.001, -0.001).holds  # better on a third
    unsure = judge(difference(0.0025, error=0.005), 0.01, -0.005)
    assert unsure.p == pytest.approx(stats.norm.sf(1.5), abs=1e-6)
    assert not unsure.holds
