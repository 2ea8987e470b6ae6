"""The arithmetic of the verdict; and the documentation shows what the stored results render."""

from __future__ import annotations

import pytest
from conftest import REPOSITORY
from scipy import stats

from tner_hf.files import read_json
from tner_hf.lab.reproduce import MergingResult, Study
from tner_hf.lab.reproduce.merged_result import Contrast, Verdict, render_markdown
from tner_hf.metrics.differences import Difference


def test_the_page_shows_the_stored_results() -> None:
    page = (REPOSITORY / "docs" / "merging.md").read_text(encoding="utf-8")
    begin, end = "<!-- merged: from benchmarks/results/merged -->", "<!-- end of merged -->"
    shown = page.partition(begin)[2].partition(end)[0]
    stored = sorted((REPOSITORY / "benchmarks" / "results" / "merged").glob("*.json"))
    rendered = [render_markdown(MergingResult.from_dict(read_json(path))) for path in stored]
    assert shown.strip() == "\n".join(rendered).strip()


def difference(value: float, error: float = 0.001) -> Difference:
    return Difference(0.6, 0.6 + value, value, 0.0, 0.0, 0.5, None, error, 1e9)


def judge(mean: Difference, *values: float) -> Verdict:
    about = "plain", "general", "full", "type_aware"
    found = {f"corpus{number}": difference(value) for number, value in enumerate(values)}
    contrasts = tuple(
        Contrast(*about, name, "in-domain", (1,), each)
        for name, each in {**found, "": mean}.items()
    )
    (verdict,) = MergingResult(Study(), "test", {}, contrasts).verdicts
    return verdict


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
