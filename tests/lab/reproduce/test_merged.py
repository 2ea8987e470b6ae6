"""A study of merging from its first run to its verdict, and the arithmetic of the verdict."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tner_hf.errors import SettingError, UnknownNameError
from tner_hf.lab.reproduce import MergingResult, Study, study_merging
from tner_hf.lab.reproduce.merged import compare_answers, count_answers
from tner_hf.lab.reproduce.merged_result import render_markdown, render_text
from tner_hf.predictions.predicted import PredictedSplit

CORPORA = ("wnut2017", "conll2003", "sample")


@pytest.fixture(scope="session")
def study(sources: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three corpora: in-domain and `condition` with two seeds, `leave-one-out` with one."""
    folder = tmp_path_factory.mktemp("study")
    options = {
        "study": Study(CORPORA, str(tiny_encoder), max_train_samples=12, max_steps=2),
        "output_dir": folder / "out",
        "variants": ("in-domain", "condition"),
        "seeds": (1, 2),
        "cache_dir": tmp_path_factory.mktemp("cache"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TNER_HF_SOURCES", str(sources))
        study_merging(**options)
        result = study_merging(**{**options, "variants": ("leave-one-out",), "seeds": (1,)})
    return folder / "out" / "merged", options, result


def refuse(*_: object, **__: object) -> None:
    raise AssertionError


def test_each_model_is_a_run_with_its_file(study: Any, tiny_encoder: Path) -> None:
    folder, _, result = study
    names = {path.stem for path in (folder / "runs" / "validation").iterdir()}
    own = {f"in-domain-{name}-{seed}" for name in CORPORA for seed in (1, 2)}
    left_out = {f"leave-one-out-condition-{name}-1" for name in CORPORA}
    assert names == {*own, *left_out, "condition-1", "condition-2"}
    assert result.runs == {"condition": 2, "in-domain": 6, "leave-one-out-condition": 3}
    stored = json.loads((folder / "runs" / "validation" / "condition-1.json").read_text())
    assert stored["study"]["model_name_or_path"] == tiny_encoder.name
    assert set(stored["scores"]) == set(CORPORA)
    assert set(stored["scores"]["sample"]) == {"general", "conditioned"}
    assert set(stored["scores"]["sample"]["general"]["full"]) == {"type_aware", "type_ignored"}
    assert stored["steps"] == 2
    assert not list((folder / "models").iterdir())


def test_in_domain_models_are_scored_everywhere_and_those_that_left_one_out_there(
    study: Any,
) -> None:
    folder = study[0] / "runs" / "validation"
    own = json.loads((folder / "in-domain-sample-1.json").read_text())
    assert list(own["scores"]) == list(CORPORA)
    assert list(own["scores"]["wnut2017"]) == ["general"]
    left_out = json.loads((folder / "leave-one-out-condition-sample-1.json").read_text())
    assert list(left_out["scores"]) == ["sample"]
    assert list(left_out["scores"]["sample"]) == ["general"]


def test_what_is_compared_is_what_was_scored(study: Any) -> None:
    folder, _, result = study
    for each in result.contrasts:
        if not each.corpus:
            continue
        left_out = "" if each.against == "in-domain" else f"-{each.corpus}"
        names = (f"{each.variant}{left_out}-{seed}.json" for seed in each.seeds)
        runs = [json.loads((folder / "runs" / "validation" / name).read_text()) for name in names]
        scores = [run["scores"][each.corpus][each.asked][each.protocol][each.kind] for run in runs]
        assert 100 * each.found.second == pytest.approx(np.mean(scores), abs=0.01)
    seen = [each for each in result.contrasts if each.against == "in-domain"]
    # ways, protocols, kinds, corpora and their mean
    assert len(seen) == 2 * 2 * 2 * 4
    assert len(result.verdicts) == 2 * 2 * 2
    assert len(result.contrasts) - len(seen) == 3 * 2 * 2


def test_a_second_call_trains_and_tags_nothing(
    study: Any, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, options, result = study
    monkeypatch.setattr("tner_hf.training.run._train", refuse)
    monkeypatch.setattr("tner_hf.predictions.tagger.tag_sentences", refuse)
    assert study_merging(**options) == result
    stored = MergingResult.from_dict(json.loads((folder / "validation.json").read_text()))
    assert stored.contrasts == result.contrasts
    assert render_markdown(stored) == render_markdown(result)
    assert (folder / "validation.md").read_text() == render_markdown(result)


def test_a_killed_study_goes_on(
    study: Any, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, options, result = study
    shutil.copytree(folder, tmp_path / "merged")
    lost = tmp_path / "merged" / "runs" / "validation" / "condition-2.json"
    before = json.loads(lost.read_text())
    lost.unlink()
    options = {**options, "output_dir": tmp_path}
    with monkeypatch.context() as patch:
        patch.setattr("tner_hf.predictions.tagger.tag_sentences", refuse)
        with pytest.raises(AssertionError):
            study_merging(**options)
    assert [path.name for path in (tmp_path / "merged" / "models").iterdir()] == ["condition-2"]
    with monkeypatch.context() as patch:
        patch.setattr("tner_hf.training.run._train", refuse)  # the model was finished
        assert study_merging(**options).contrasts == result.contrasts
    assert json.loads(lost.read_text())["scores"] == before["scores"]


def test_no_run_begins_after_the_minutes_are_over(
    study: Any, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 90))
    monkeypatch.setattr("tner_hf.lab.reproduce.merged_runs.time.monotonic", lambda: next(clock))
    options = {**study[1], "output_dir": tmp_path, "variants": ("in-domain",), "seeds": (3,)}
    result = study_merging(**options, minutes=2, keep_models=True)
    assert (result.runs, result.missing, result.contrasts) == ({"in-domain": 1}, 2, ())
    assert "Runs: in-domain 1; 2 still to be done, by the same command." in render_text(result)
    assert (tmp_path / "merged" / "models" / "in-domain-wnut2017-3" / "config.json").is_file()


def test_models_of_others_are_made_before_and_go_when_nobody_needs_them(
    study: Any, mirror: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, options, _ = study
    shutil.copytree(folder, tmp_path / "merged")
    options = {**options, "output_dir": tmp_path, "variants": ("taught", "averaged", "partial")}
    result = study_merging(**{**options, "seeds": (1,)})
    assert {name: result.runs[name] for name in options["variants"]} == {
        "taught": 1, "averaged": 1, "partial": 1,
    }  # fmt: skip
    runs = tmp_path / "merged" / "runs" / "validation"
    steps = {
        name: json.loads((runs / f"{name}-1.json").read_text())["steps"]
        for name in result.runs
        if "-" not in name
    }
    assert steps == {"taught": 2, "averaged": 3 * 2, "partial": 2, "condition": 2}
    assert not list((tmp_path / "merged" / "models").iterdir())


def test_runs_of_other_settings_are_refused_with_the_difference(study: Any) -> None:
    _, options, _ = study
    other = Study(CORPORA, options["study"].model_name_or_path, max_train_samples=12, max_steps=3)
    with pytest.raises(SettingError, match="max_steps was 2 and is now 3"):
        study_merging(**{**options, "study": other})


def test_an_unknown_variant_is_refused_at_once(study: Any) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'condition'"):
        study_merging(**{**study[1], "variants": ("conditions",)})


def test_the_page_says_all_that_was_found(study: Any) -> None:
    page = render_markdown(study[2])
    assert page.startswith("Merging, split validation. Every model: ")
    heads = [line for line in page.splitlines() if line.startswith("| model | asked |")]
    assert heads[0] == "| model | asked | types | seeds | wnut2017 | conll2003 | sample | mean |"
    assert len(heads) == 3  # two protocols and the verdict
    assert "| in-domain | general | aware | 1 2 |" in page
    assert "condition, full, ignored: above the best single model on" in page
    assert max(map(len, render_text(study[2]).splitlines())) <= 80


def answer(predicted: list[int], own: tuple[str, ...] = ("O", "B-a", "B-b")) -> PredictedSplit:
    """Four sentences of one token; gold is a, a, b, O."""
    return PredictedSplit(
        gold=np.array([1, 1, 2, 0]),
        predicted=np.array(predicted),
        offsets=np.arange(5),
        corpus_names=("O", "B-a", "B-b"),
        own_names=own,
    )


def test_figures_by_hand() -> None:
    # In-domain: 2 of 3 found, 2 said. Merged: all found, one of them by a wrong type.
    said = {"x": [answer([1, 1, 0, 0]), answer([1, 1, 1, 0])], "y": [answer([1, 1, 2, 0])] * 2}
    found = list(compare_answers(said, (1,), ("plain", "general", "full")))
    by = {(each.kind, each.corpus): each.found for each in found}
    aware, ignored = by["type_aware", "x"], by["type_ignored", "x"]
    assert (aware.first, aware.second) == pytest.approx((2 * 2 / 5, 2 * 2 / 6))
    assert (ignored.first, ignored.second) == pytest.approx((4 / 5, 1))
    assert by["type_aware", ""].difference == pytest.approx((2 / 3 - 4 / 5) / 2)


def test_types_that_a_model_does_not_know_are_shared_with_nobody() -> None:
    said = [answer([1, 1, 0, 1], ("O", "B-a")), answer([1, 1, 2, 3], ("O", "B-a", "B-b", "B-c"))]
    at = count_answers(said, "full")[0].keys.index(("type_aware", "default", "micro", "", "f1"))
    assert [each.score()[at] for each in count_answers(said, "full")] == pytest.approx(
        [4 / 6, 6 / 7]
    )
    shared = count_answers(said, "shared")
    at = shared[0].keys.index(("type_aware", "default", "micro", "", "f1"))
    # The first is not asked for b; what the second says beyond the corpus is not counted.
    assert [each.score()[at] for each in shared] == pytest.approx([4 / 5, 1])
