"""Comparisons: pairs, datasets and variants as one family, told in words."""

from __future__ import annotations

import json

import pytest

from tner_hf.errors import DataError, SettingError
from tner_hf.lab.analysis import ComparisonReport, compare_systems_on
from tner_hf.lab.analysis.comparison import Headline
from tner_hf.lab.analysis.systems import System, read_systems

GOLD = ("Ada saw Rome", "B-person O B-place")
RIGHT, WRONG = "B-person O B-place", "O O B-person"


@pytest.fixture
def systems(write_predictions) -> tuple[System, ...]:
    """`bad` finds nothing in 30 sentences, `good` all, `best` as well but for one."""
    bad = write_predictions([(*GOLD, WRONG)] * 30, "bad.jsonl")
    good = write_predictions([(*GOLD, RIGHT)] * 29 + [(*GOLD, WRONG)], "good.jsonl")
    best = write_predictions([(*GOLD, RIGHT)] * 30, "best.jsonl")
    return read_systems([f"bad={bad}", f"good={good}", f"best={best}"])


def test_all_pairs_in_both_variants_are_one_family(systems) -> None:
    report = compare_systems_on(systems, {}, n_resamples=999)
    tests = report.tests()
    assert [(t.first, t.second, t.variant) for t in tests] == [
        (first, second, variant)
        for first, second in (("bad", "good"), ("bad", "best"), ("good", "best"))
        for variant in ("type_aware", "type_ignored")
    ]
    assert [t.difference.p for t in tests[:4]] == [0.001] * 4
    assert [t.p_holm for t in tests[:4]] == [0.006] * 4
    assert tests[4].p_holm == 1.0


def test_what_follows_is_said_in_words(systems) -> None:
    said = compare_systems_on(systems, {}, n_resamples=999).verdicts()
    assert said[2].endswith(
        "bad.jsonl, type-aware: best is better than bad by 100.0 points [100.0, 100.0], "
        "p = 0.006 after Holm (about these two checkpoints, not about their recipes)"
    )
    assert "no difference shown between good and best: +" in said[4]
    smallest = compare_systems_on(systems, {}, n_resamples=999).tests()[4].smallest
    assert said[4].endswith(f"; the smallest that could be shown, four times in five: "
                            f"{100 * smallest:.1f}")  # fmt: skip
    turned = compare_systems_on(systems[::-1][1:], {}, n_resamples=999).verdicts()
    assert "good is better than bad by 97.5 points [" in turned[0]


def test_the_difference_is_second_minus_first_and_the_mean_of_runs(systems) -> None:
    bad, _, best = systems
    mixed = System("mixed", (*bad.runs, *best.runs))
    report = compare_systems_on([mixed, best], {}, n_resamples=99)
    found = report.tests()[0].difference
    assert (found.first, found.second, found.difference) == (0.5, 1.0, 0.5)
    one = report.datasets[0].systems[0]
    assert one.summary.scores["type_aware"]["default"]["micro"]["f1"]["std"] == pytest.approx(
        0.5**0.5
    )
    assert one.bounds is None
    assert report.show_score(one, "type_aware") == ("50.00", "± 70.71")
    assert report.show_score(report.datasets[0].systems[1], "type_aware") == (
        "100.00", "[96.79, 100.00]",
    )  # fmt: skip
    assert report.datasets[0].count_runs(report.datasets[0].pairs[0]) == (2, 1)
    assert "(over 2 and 1 runs, taken to vary alike)" in report.verdicts()[0]


def test_two_runs_far_apart_show_nothing_of_their_recipe(write_predictions) -> None:
    """Mean F1 40 points apart, and runs of one recipe as far: a test of sentences would call it."""
    names = {}
    for name, right in (("a1", 20), ("a2", 38), ("b1", 38), ("b2", 40)):
        rows = [(*GOLD, RIGHT if i < right else WRONG) for i in range(40)]
        names[name] = write_predictions(rows, f"{name}.jsonl")
    alone = compare_systems_on(read_systems([f"a={names['a1']}", f"b={names['b2']}"]), {},
                               n_resamples=999)  # fmt: skip
    assert alone.tests()[0].p_holm < 0.05
    groups = read_systems([f"{s}={names[s + '1']},{names[s + '2']}" for s in "ab"])
    report = compare_systems_on(groups, {}, n_resamples=999)
    found = report.tests()[0]
    assert (found.test, found.runs, found.difference.p_bootstrap) == ("runs", (2, 2), None)
    assert found.p_holm > 0.05
    assert "no difference shown between a and b" in report.verdicts()[0]
    assert "(over 2 and 2 runs); the smallest that could be shown" in report.verdicts()[0]


def test_documents_of_the_files_are_what_is_swapped(tmp_path) -> None:
    paths = []
    for name, tags in (("never", "O O"), ("always", "B-person O")):
        rows = [{"tokens": ["Ada", "runs"], "gold": ["B-person", "O"], "predicted": tags.split()}
                for _ in range(40)]  # fmt: skip
        if name == "always":  # one of them that knows is enough
            rows = [{**row, "document": i // 10} for i, row in enumerate(rows)]
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        paths.append(f"{name}={path}")
    report = compare_systems_on(read_systems(paths), {}, n_resamples=999)
    assert report.datasets[0].units == "over 4 documents (few: intervals are wide)"
    # 100 points apart, and four documents swap in sixteen ways.
    assert report.tests()[0].least_p == 0.25
    assert report.verdicts()[0].endswith(
        "; none could be shown over 4 documents (few: intervals are wide): p is 0.25 at least "
        "after Holm"
    )


def test_shared_keeps_the_types_that_all_know(write_predictions) -> None:
    gold = ("Ada saw Rome", "B-person O B-place")
    types = {"gold": ["person", "place"], "predicted": ["person"]}
    one = write_predictions([(*gold, "B-person O B-place")], "one.jsonl")
    other = write_predictions([(*gold, "B-person O O")], "other.jsonl", types)
    full, shared = (
        compare_systems_on(
            read_systems([one, other]), {}, n_resamples=9, headline=Headline(protocol)
        )
        for protocol in ("full", "shared")
    )
    assert shared.datasets[0].shared_types == ("person",)
    assert (full.datasets[0].entities, shared.datasets[0].entities) == (2, 1)
    assert full.tests()[0].difference.difference < 0
    assert shared.tests()[0].difference.difference == 0


def test_lattice_reads_types_as_what_all_meet_at(write_predictions) -> None:
    gold = ("Ada saw Eve", "B-politician O B-person")
    types = {"gold": ["person", "politician"], "predicted": ["person"]}
    coarse = write_predictions([(*gold, "B-person O B-person")], "coarse.jsonl", types)
    types = {"gold": ["person", "politician"], "predicted": ["person", "scientist"]}
    other = write_predictions([(*gold, "B-scientist O O")], "other.jsonl", types)
    report = compare_systems_on(
        read_systems([coarse, other]), {}, n_resamples=9, headline=Headline("lattice")
    )
    found = report.tests()[0].difference
    # all that is left is `person`: both right, and one of both found
    assert report.datasets[0].shared_types == ("person",)
    assert report.datasets[0].entities == 2
    assert (found.first, found.second) == (1.0, pytest.approx(2 / 3))


def test_models_are_run_and_compared_with_stored_predictions(tagger, toy_iob, tmp_path) -> None:
    from tner_hf.lab.evaluation import evaluate

    path = tmp_path / "p.jsonl"
    evaluate(tagger, toy_iob, predictions_file=path, confidence=None)
    systems = [System("model", (tagger,)), System("file", (str(path),))]
    report = compare_systems_on(systems, {"toy": {"test": toy_iob}}, n_resamples=99)
    assert report.datasets[0].dataset == "toy"
    assert {t.difference.difference for t in report.tests()} == {0.0}
    assert {t.p_holm for t in report.tests()} == {1.0}


def test_the_report_survives_json(systems, tmp_path) -> None:
    report = compare_systems_on(systems, {}, n_resamples=20)
    path = tmp_path / "c.json"
    report.save(path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert ComparisonReport.from_dict(stored) == report
    assert stored["verdicts"] == report.verdicts()


def test_other_sentences_or_gold_tags_are_refused(write_predictions) -> None:
    first = write_predictions([(*GOLD, RIGHT)], "first.jsonl")
    others = {
        "was run on 2 sentences, the first system on 1": [(*GOLD, RIGHT)] * 2,
        "sentence 1 of .* begins with 'Bea saw Rome'": [("Bea saw Rome", RIGHT, RIGHT)],
        "token 3 of .* is O in gold, for the first system B-place": [
            ("Ada saw Rome", "B-person O O", RIGHT)
        ],
    }
    for message, rows in others.items():
        other = write_predictions(rows, "other.jsonl")
        with pytest.raises(DataError, match=message):
            compare_systems_on(read_systems([first, other]), {})


def test_what_cannot_be_compared_is_refused(systems, toy_iob) -> None:
    sets = {name: {"test": toy_iob} for name in "ab"}
    with pytest.raises(SettingError, match="holds predictions for one dataset"):
        compare_systems_on(systems, sets)
    with pytest.raises(
        DataError, match="does not fit a, split test: word 2 of sentence 1 is 'saw'"
    ):
        compare_systems_on(systems, {"a": sets["a"]})
    with pytest.raises(SettingError, match="models need a dataset"):
        compare_systems_on([System("a", ("x",)), System("b", ("y",))], {})
    with pytest.raises(SettingError, match="1 system given"):
        read_systems(["a"])
    with pytest.raises(SettingError, match="give it a name: my-recipe=a,b"):
        read_systems(["a,b", "c"])
    with pytest.raises(SettingError, match="'x' is given 2 times"):
        read_systems(["x=a", "x=b"])
