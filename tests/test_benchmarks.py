"""Every benchmark runs, at a tiny size, and its page is what its results say."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import REPOSITORY

FOLDER = REPOSITORY / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    """A module of `benchmarks/` by its name, without the raw corpora."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.delenv("TNER_HF_SOURCES", raising=False)

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


@pytest.fixture
def tiny(load, embedded_encoder: Path, tmp_path: Path) -> Path:
    return load("material").make_tiny_encoder(tmp_path / "tiny", like=embedded_encoder)


def check(report: Any, jobs: int) -> None:
    """So many comparisons, each with one positive measurement on either side, and JSON and back."""
    stored = json.loads(json.dumps(report.to_dict()))
    assert len(report.races) == jobs
    for race, written in zip(report.races, stored["races"], strict=True):
        assert len(race.ours) == len(race.theirs) == 1
        assert min(*race.ours, *race.theirs) > 0
        assert type(race).from_dict(written) == race
        assert race.job in report.to_markdown()


def test_scoring(load) -> None:
    check(load("scoring").run(sizes=[1000], pairs=1), 2)


def test_building(load) -> None:
    check(load("building").run(sizes=[1000], pairs=1), 2)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_reading(load, tmp_path: Path) -> None:
    from tner_hf.formats.table import FORMATS

    reading = load("reading")
    assert list(reading.WRITERS) == [entry.name for entry in FORMATS]
    report = reading.run(sizes=[1000], pairs=1)
    jobs = [race.job for race in report.races if race.quantity == "seconds"]
    assert len(jobs) == len(FORMATS) + 2
    assert all(race.ours[0] > 0 for race in report.races if race.quantity == "seconds")
    path = reading.write_columns(tmp_path / "a", [(["Ada", "sang"], ["B-PER", "O"])])
    with pytest.raises(SystemExit, match=r"columns: \(2, 1\) words and entities, written were"):
        reading.read(path, "columns", (2, 2))


def test_aligning(load) -> None:
    report = load("aligning").run(sizes=[1000], pairs=1)
    check(report, 2)
    (profile,) = report.profiles.values()
    assert sum(share for _, share in profile) <= 1


def test_crf(load, tiny: Path) -> None:
    check(load("crf").run(sizes=[9], pairs=1, steps=1, encoder=tiny), 2)


def test_the_study_of_heads_goes_on_where_it_was(
    load, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads = load("heads")
    results = tmp_path / "results"
    words = ["--corpora", "sample", "--encoder", str(tiny), "--results", str(results)]
    words += ["--max_sentences", "20", "--seeds", "1"]
    heads.RATES, heads.EPOCHS = (1e-3,), 1
    assert heads.main(words) == 0
    assert len(list(results.iterdir())) == len(heads.EVERYWHERE)
    first = capsys.readouterr().out.splitlines()
    assert heads.main(words) == 0
    assert (
        capsys.readouterr().out.splitlines() == first[-len(heads.EVERYWHERE) - 1 :]
    )  # nothing trained


def test_the_study_of_copies_scores_changed_text(
    load, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--corpora", "sample", "--encoder", str(tiny), "--results", str(tmp_path)]
    words += ["--max_sentences", "20", "--seeds", "1", "2", "--rates", "1e-3", "--max_steps", "1"]
    words += ["--systems", "linear", "augment", "--changes", "typos"]
    assert load("heads").main(words) == 0
    stored = [json.loads(path.read_text()) for path in tmp_path.glob("sample-*.json")]
    assert {(run["system"], run["sentences"], run["steps"]) for run in stored} == {
        ("linear", 20, 1),
        ("augment", 20, 1),
    }
    assert all(0 <= run[text] <= 100 for run in stored for text in ("test", "typos"))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.count("[") == 4  # default, strict, test and typos, over both seeds


def test_the_page_has_the_students_that_were_made(load) -> None:
    distilling = load("distilling")
    page = distilling.PAGE.read_text(encoding="utf-8")
    shown = page.split(distilling.MARK)[1].split(distilling.END)[0]
    assert shown.strip() == distilling.render(distilling.RESULTS)


def test_the_page_has_the_matrix_of_languages_that_was_run(load) -> None:
    languages = load("languages")
    matrix = languages.read_rows(languages.RESULTS)
    assert [row.name for row in matrix.rows] == [*languages.CORPORA, languages.ALL]
    assert languages.render(matrix) in languages.PAGE.read_text(encoding="utf-8")


def test_tagging(load, tiny: Path) -> None:
    tagging = load("tagging")
    report = tagging.run(sizes=[60], pairs=1, encoder=tiny)
    check(report, 4 + (tagging.find_spacy() is not None))
    assert set(report.profiles) == {tagging.WORDS, tagging.INT8}


def test_startup(load, tiny: Path) -> None:
    check(load("startup").run(sizes=[1], pairs=1, encoder=tiny), 1)


def test_training(load, tiny: Path) -> None:
    check(load("training").run(sizes=[4], pairs=1, sentences=8, encoder=tiny), 4)


def test_vocabulary(load, tiny: Path) -> None:
    vocabulary = load("vocabulary")
    for side in vocabulary.SIDES:
        found = vocabulary.measure(side, str(tiny), size=4, steps=2, seed=0)
        assert found["seconds"] > 0 < found["peak"]
    runs = {side: [{"seconds": 2.0, "peak": 3e9}] for side in vocabulary.SIDES}
    runs[vocabulary.CEILING] = [{"seconds": seconds, "peak": 1e9} for seconds in (1, 1.5, 9)]
    assert vocabulary.summarise(runs)[0] == {
        "side": "tner-hf train",
        "seconds for 1,000 sub-tokens": 2.0,
        "share of the ceiling": 0.75,
        "peak memory, GB": 3.0,
    }


def test_evaluation(load, tiny: Path) -> None:
    check(load("evaluation").run(sizes=[3], pairs=1, commands=False, encoder=tiny), 1)


def test_scaling(load, tiny: Path) -> None:
    report = load("scaling").run(sizes=[200], pairs=1, encoder=tiny)
    check(report, 4)
    assert len({race.job for race in report.races}) == 4


def test_ours_alone_where_the_stock_tools_would_take_too_long(load) -> None:
    harness = load("harness")
    alone = harness.Race("job", "theirs", 9, "words", (2.0,), (), (1.0,), ())
    assert harness.Race.from_dict(json.loads(json.dumps(alone.to_dict()))) == alone
    assert (
        harness.render_races([alone]).splitlines()[-1]
        == "| job | theirs | 9 words | 2 s |  |  |  |"
    )
    assert load("scaling").sample_stock("job", lambda: 1 / 0, 1_000_000, 1) == []


def test_gpu(load, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = load("gpu")
    monkeypatch.setattr(gpu, "ENCODERS", dict.fromkeys(gpu.ENCODERS, (32, 2, 2, 64)))
    monkeypatch.setattr(gpu, "VOCABULARY", 31_000)
    monkeypatch.setattr(gpu, "STEPS", 3)
    monkeypatch.setattr(gpu, "UNTIMED", 1)
    report = gpu.run(sizes=[2], pairs=1, device="cpu")
    check(report, 8)
    assert len(report.settings["share_of_it"]) == 8


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc")
def test_memory(tmp_path: Path) -> None:
    output = tmp_path / "memory.json"
    script = [sys.executable, str(FOLDER / "memory.py"), "--sizes", "1000", "--pairs", "1"]
    done = subprocess.run([*script, "--output", output], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    races = json.loads(output.read_text())["races"]
    assert [race["against"] for race in races].count("ours with 4 types") == 1
    assert {race["quantity"] for race in races} == {"bytes"}


def test_demo(tmp_path: Path, embedded_encoder: Path) -> None:
    # A process of its own: `demo` is the name of a folder of tests as well.
    output = tmp_path / "demo.json"
    script = [
        sys.executable,
        str(FOLDER / "demo_delay.py"),
        "--requests",
        "1",
        "--output",
        str(output),
    ]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(output.read_text())
    assert found["first answer"]["total"] > found["first answer"]["model"] > 0
    assert found["over HTTP"]["requests"] == 1


def test_the_table_of_formats_is_what_the_results_say(load) -> None:
    harness = load("harness")
    stored = json.loads((FOLDER / "results" / "reading.json").read_text(encoding="utf-8"))
    told: dict[str, list[str]] = {}
    for race in stored["races"]:
        shown = harness.format_quantity(race["ours_median"], race["quantity"])
        told.setdefault(race["job"].removeprefix("load_dataset, "), []).append(shown)
    page = (REPOSITORY / "docs" / "corpora.md").read_text(encoding="utf-8")
    for name in load("reading").WRITERS:
        (row,) = re.findall(rf"^\| `{name}` \|.*\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
        assert list(row) == told[name]
    for job in ("datasets check, clean", "datasets check, a fault in each line"):
        assert f"takes {told[job][0]} for" in page or f"and {told[job][0]} where" in page


def test_the_page_is_what_the_results_say(load) -> None:
    report = load("report")
    text = report.render_readme(report.load_results(report.RESULTS))
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == text
    for place in re.findall(r"\]\((plots/[^)]+)\)", text):
        assert (FOLDER / place).is_file()


def test_a_row_is_judged_by_medians_at_the_largest_size(load) -> None:
    report, harness = load("report"), load("harness")

    def race(against: str, size: int, ratio: float) -> dict[str, Any]:
        found = harness.Race("a job", against, size, "tokens", (1.0, 2.0, 4.0), (ratio,) * 3)
        return found.to_dict()

    row = report.Row(
        "any",
        "a job",
        report.Measure("a job", "stock", 2, "2×"),
        report.Measure("a job", "ceiling", 0.9, "90 %"),
    )
    for stock, ceiling, mark in [(6, 1.9, "●"), (6, 1.7, "◐"), (3.8, 1.9, "○")]:
        races = [race("stock", 10, 99), race("stock", 20, stock), race("ceiling", 20, ceiling)]
        assert report.judge(row, {"any": {"races": races}}) == mark


def test_plots_are_drawn_where_there_are_three_sizes(load, tmp_path: Path) -> None:
    plots, harness = load("plots"), load("harness")
    races = [
        harness.Race("a job", "stock", size, "tokens", (1.0, 2.0), (3.0, 4.0)).to_dict()
        for size in (10, 100, 1000)
    ]
    stored = {"three": {"races": races}, "two": {"races": races[:2]}}
    assert plots.draw_plots(stored, tmp_path) == [tmp_path / "three.png"]
    assert (tmp_path / "three.png").read_bytes().startswith(b"\x89PNG")


def test_sides_take_turns_and_the_first_turn_only_warms_up(load) -> None:
    harness = load("harness")
    calls: list[str] = []
    sides = {name: (lambda name=name: calls.append(name)) for name in "abc"}
    ours = sides.pop("a")
    races = harness.race_all("job", ours, sides, size=1, unit="token", pairs=2)
    assert calls == [*"cba", *"abc", *"cba"]
    assert [(race.against, len(race.ours)) for race in races] == [("b", 2), ("c", 2)]


def test_a_stopped_study_of_coverage_goes_on_to_the_same_numbers(
    load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coverage = load("coverage")
    small = {"BATCH": 5, "RESAMPLES": 20, "TRUE_F1": (0.9,), "SENTENCES": (30,), "RUNS": (1, 2)}
    for name, value in small.items():
        monkeypatch.setattr(coverage, name, value)
    coverage.fill(tmp_path / "whole.json", 10)
    coverage.fill(tmp_path / "parts.json", 5)
    coverage.fill(tmp_path / "parts.json", 10)
    found = json.loads((tmp_path / "whole.json").read_text())
    assert found == json.loads((tmp_path / "parts.json").read_text())
    assert {cell: one["sets"] for cell, one in found.items()} == dict.fromkeys(
        ["cover 0.9 30 sentences", "cover 0.9 30 documents", "bootstrap 0.9 30 sentences",
         "bootstrap 0.9 30 documents", "reject 1 sentences", "reject 2 sentences",
         "reject 1 documents", "reject 2 documents"], 10,
    )  # fmt: skip


def test_the_page_has_the_coverage_that_was_drawn(load) -> None:
    coverage = load("coverage")
    tables = coverage.render(json.loads(coverage.RESULTS.read_text(encoding="utf-8")))
    assert tables in coverage.PAGE.read_text(encoding="utf-8")


def test_a_killed_matrix_goes_on_to_the_same_results(load, embedded_encoder, tmp_path) -> None:
    kills = load("kills")
    words = {"matrix": kills.prepare(tmp_path)["matrix"]}
    runner = kills.Runner(["matplotlib.pyplot", "transformers.trainer", "tner_hf.lab.matrix"])
    results = tmp_path / "results.json"
    found = kills.study(words, tmp_path, results, 2, runner)
    assert [(each.status, each.differences) for each in found] == [(0, ()), (0, ())]
    assert kills.study(words, tmp_path, results, 2, runner) == found  # nothing is left to do
    rows = kills.render(found).splitlines()
    assert rows[0].startswith("| command | times killed |")
    assert len(rows) == 3


def test_what_a_kill_left_is_told(load, tmp_path) -> None:
    kills = load("kills")
    (tmp_path / "a.json").write_text('{"b": 1, "seconds": 2}')
    expected = kills.list_files(tmp_path)
    (tmp_path / "a.json").write_text('{"seconds": 3, "b": 1}')
    assert kills.compare(kills.list_files(tmp_path), expected) == ()
    (tmp_path / "a.json").write_text('{"b": 2}')
    (tmp_path / ".x.partial").mkdir()
    found = kills.list_files(tmp_path)
    assert kills.compare(found, expected) == (".x.partial is left over", "a.json is another")
    assert kills.compare({}, expected) == ("a.json is missing",)
    moments = kills.draw_moments("train", 20)
    assert moments == kills.draw_moments("train", 20)
    assert sorted(int(20 * each) for each in moments) == list(range(20))


@pytest.mark.parametrize(
    ("shown", "wanted", "keys"),
    [
        ([], [], "Enter"),
        ([(0, 2, "a")], [(0, 2, "a")], "Enter"),
        ([], [(3, 5, "b")], "End ArrowLeft Shift+ArrowRight 2 Enter"),
        ([(1, 3, "a")], [(2, 4, "b")], "Shift+ArrowRight Alt+Shift+ArrowRight 2 Enter"),
        ([(0, 1, "a"), (2, 3, "a")], [(2, 3, "a")], "Delete Enter"),
        ([(1, 4, "a")], [(0, 2, "a")], "Alt+Shift+ArrowLeft Shift+ArrowLeft Shift+ArrowLeft Enter"),
    ],
)
def test_annotating_presses_the_fewest_keys(load, shown, wanted, keys: str) -> None:
    assert load("annotating").plan_keys(shown, wanted, 5, ["a", "b"]) == keys.split()


def test_annotating_ends_with_the_gold_entities(load, browser, taught: Path) -> None:
    from conftest import TOY_SENTENCES
    from demo.conftest import Served

    annotating = load("annotating")
    gold = [(words, tags.split()) for words, tags in TOY_SENTENCES]
    types = ["PER", "LOC", "ORG"]
    for model in (str(taught), None):
        effort = annotating.annotate(gold, browser, Served, model=model, types=types)
        assert effort.is_gold
        assert (effort.sentences, effort.untouched == 5) == (5, model is not None)


def test_the_page_has_the_kills_that_were_tried(load) -> None:
    kills = load("kills")
    table = kills.render(kills.read_results(kills.RESULTS))
    assert table in kills.PAGE.read_text(encoding="utf-8")
