"""Facts come from files, and what no file says stays unsaid."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from publishing.cards.conftest import TRAINED

from tner_hf.errors import CheckpointError, DataError, SettingError, UnknownNameError
from tner_hf.inference.pipelines import ParityReport
from tner_hf.lab.search.result import SearchResult, Trial
from tner_hf.metrics.calibration import Calibration, Reliability
from tner_hf.models.contents import hash_labelling
from tner_hf.publishing.cards import collect_facts, render_card, render_model_card
from tner_hf.publishing.cards.facts import Parity

Make = Callable[..., Path]
Evaluate = Callable[..., dict[str, Any]]


def test_facts_come_from_the_files_of_the_run(make_folder: Make, scored: dict[str, Any]) -> None:
    facts = collect_facts(make_folder(scores=scored))
    assert facts.name == "wnut-tagger"
    assert facts.architecture == "BertForTokenClassification"
    assert facts.base_model == "org/encoder"
    assert facts.languages == ("en",)
    assert facts.types[:2] == ("corporation", "work_of_art")
    assert facts.corpora[0].types["creative-work"] == "work_of_art"
    assert facts.hyper_parameters["learning_rate"] == 3e-5
    assert facts.training["alignment"]["truncated_tokens"] == 31
    assert facts.environment["torch"] == "2.13.0"
    assert facts.test_sets[0].protocols == scored["protocols"]


def test_what_no_file_says_is_absent(make_folder: Make) -> None:
    folder = make_folder(
        config={"id2label": {"0": "O", "1": "B-x", "2": "I-x"}}, run=None, train_results=None
    )
    facts = collect_facts(folder)
    assert facts.to_dict() == {"format": 1, "name": "wnut-tagger", "types": ["x"]}
    card = render_model_card(folder)
    for absent in ("license", "language", "base_model", "datasets", "model-index", "widget",
                   "## Scores", "## Training", "## Limits", "## Environment", "None"):  # fmt: skip
        assert absent not in card, absent


def test_what_was_unset_is_no_hyper_parameter(make_folder: Make) -> None:
    chosen = collect_facts(make_folder()).hyper_parameters
    assert "tf32" not in chosen
    assert "max_steps" not in chosen
    assert "hub_token" not in chosen


def test_folders_of_this_machine_stay_private(make_folder: Make, evaluated: Evaluate) -> None:
    scores = evaluated(dataset="/home/ada/secret-project/notes.txt")
    folder = make_folder(scores=scores)
    facts = collect_facts(folder)
    assert facts.test_sets[0].title == "notes"
    assert "secret-project" not in facts.to_json() + render_model_card(folder)
    assert "HUB_TOKEN" not in facts.to_json()


def test_a_base_model_in_a_folder_has_no_public_name(
    make_folder: Make, run: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    run["model"]["model_name_or_path"] = str(tmp_path)
    facts = collect_facts(make_folder(run=run))
    assert (facts.base_model, facts.license) == (None, "mit")


def test_a_relative_folder_is_no_hub_id(make_folder: Make, run: dict[str, Any]) -> None:
    run["model"]["model_name_or_path"] = "encoders/mine"
    run["model_is_folder"] = True
    assert collect_facts(make_folder(run=run)).base_model is None


def test_what_is_told_wins(make_folder: Make) -> None:
    facts = collect_facts(
        make_folder(), repo_id="ada/tagger", license="mit", languages=["en-GB"], widget=["Hi, Ada"]
    )
    assert facts.name == "tagger"
    assert (facts.license, facts.languages, facts.widget) == ("mit", ("en-GB",), ("Hi, Ada",))


def test_scores_that_leave_tokens_out_are_refused(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    cut = {**scored, "coverage": {**scored["coverage"], "tokens_unscored": 17}}
    folder = make_folder(scores=cut)
    with pytest.raises(DataError, match=r"17 tokens without a prediction.*--allow_unscored"):
        collect_facts(folder)
    assert "17 tokens have no prediction" in render_model_card(folder, allow_unscored=True)


def test_scores_of_another_model_are_refused(make_folder: Make, scored: dict[str, Any]) -> None:
    other = {**scored, "settings": {**scored["settings"], "corpora": ["conll2003"]}}
    with pytest.raises(DataError, match="another model: its corpora differ"):
        collect_facts(make_folder(scores=other))


def _retrain(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"others")


def test_scores_of_other_weights_are_refused(make_folder: Make, scored: dict[str, Any]) -> None:
    folder = make_folder()
    files = hash_labelling(folder)
    (folder / "scores.json").write_text(json.dumps({**scored, "model_files": files}))
    assert len(collect_facts(folder).test_sets) == 1
    config = json.loads((folder / "config.json").read_text())
    config["tner_hf"]["temperature"] = 2.0  # calibrated since
    (folder / "config.json").write_text(json.dumps(config))
    assert len(collect_facts(folder).test_sets) == 1
    _retrain(folder)
    with pytest.raises(DataError, match=r"scores\.json holds the scores of another model: the fi"):
        collect_facts(folder)


def test_results_of_a_run_whose_model_was_replaced_are_refused(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    folder = make_folder(test_results={"scores": scored["protocols"]["full"]})
    trained = {**TRAINED, "model_files": hash_labelling(folder)}
    (folder / "train_results.json").write_text(json.dumps(trained))
    assert collect_facts(folder).training["global_step"] == 84
    _retrain(folder)
    with pytest.raises(DataError, match="another model than its run left there"):
        collect_facts(folder)


def test_the_card_of_an_adapter_has_the_scores_of_its_run(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    home = make_folder(test_results={"scores": scored["protocols"]["full"]})
    adapter = home / "adapter"
    adapter.mkdir()
    (adapter / "config.json").write_bytes((home / "config.json").read_bytes())
    (adapter / "adapter_config.json").write_text('{"base_model_name_or_path": "org/encoder"}')
    facts = collect_facts(adapter)
    assert facts.training["global_step"] == 84
    assert facts.test_sets[0].protocols["full"] == scored["protocols"]["full"]
    # Scored as the adapter or as the whole model: it is the same one.
    for place in (home, adapter):
        stored = {**scored, "model_files": hash_labelling(place)}
        (home / "scores.json").write_text(json.dumps(stored))
        assert collect_facts(adapter).test_sets[0].fingerprint == scored["fingerprint"]
    (home / "scores.json").write_text(json.dumps({**scored, "model_files": "f" * 16}))
    with pytest.raises(DataError, match="scores of another model"):
        collect_facts(adapter)
    # Published alone it has another adapter_config.json, and the results of the whole model.
    trained = {**TRAINED, "model_files": "f" * 16}
    for name, stored in (("train_results", trained), ("scores", {**scored, "model_files": "f"})):
        (adapter / f"{name}.json").write_text(json.dumps(stored))
    alone = adapter.rename(home.parent / "alone")
    assert collect_facts(alone).training["global_step"] == 84


def test_a_trial_of_a_search_says_that_it_is_one_of_many(make_folder: Make) -> None:
    folder = make_folder("search/trial-1/model")
    trials = tuple(Trial(n, "complete", score, {}) for n, score in enumerate([0.5, 0.75, 0.25]))
    SearchResult("f1", ("seed=1,2,3",), trials).write(folder.parent.parent)
    own, told = collect_facts(folder, notes=["Told."]).notes
    assert own == (
        "It is one of 3 trials of a search for settings by f1 on the validation split, the best of "
        "them: what it scored there is flattered by the choice."
    )
    assert told == "Told."
    assert "the best" not in collect_facts(make_folder("search/trial-2/model")).notes[0]
    assert collect_facts(make_folder("search/trial-9/model")).notes == ()


def test_how_a_test_set_was_read_stands_in_its_title(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    short = {**scored, "max_length": 16, "sentences": 1000, "sentences_of_split": 1287}
    (found,) = collect_facts(make_folder(scores=short)).test_sets
    assert found.title == "WNUT 2017, first 1,000 sentences, read 16 sub-tokens at a time"
    assert not found.published


def test_the_reliability_is_that_of_the_checkpoint_as_it_is_now(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    sides = Reliability.of(np.array([0.9, 0.9]), np.array([True, False]))
    measured = {**scored, "calibration": Calibration(None, sides, sides).to_dict()}
    card = render_model_card(make_folder("before", scores=measured))
    assert "Score (not calibrated): expected calibration error 40.0 % over 2" in card
    assert "\n0.87–0.93   90.0    50.0        2  ████" in card
    # Calibrated since: F1 is what it was, but nothing is known of the scores.
    config = json.loads((make_folder("after", scores=measured) / "config.json").read_text())
    config["tner_hf"]["temperature"] = 2.0
    card = render_model_card(make_folder("now", scores=measured, config=config))
    assert "F1 on" in card
    assert "calibration error" not in card


def test_a_file_that_is_no_evaluation_is_refused(make_folder: Make) -> None:
    folder = make_folder()
    with pytest.raises(DataError, match=r"run\.json is no output of `tner-hf evaluate"):
        collect_facts(folder, results=[folder / "run.json"])
    with pytest.raises(DataError, match="there is no file"):
        collect_facts(folder, results=[folder / "nothing.json"])


def test_two_results_for_a_test_set_are_refused(make_folder: Make, scored: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="two results for WNUT 2017, split test"):
        collect_facts(make_folder(scores=scored, again=scored))


def test_a_lower_cased_test_set_is_another_one(make_folder: Make, scored: dict[str, Any]) -> None:
    facts = collect_facts(make_folder(scores=scored, lower={**scored, "lowercase": True}))
    assert [each.lowercase for each in facts.test_sets] == [True, False]


def test_the_scores_of_a_run_stand_in_where_nothing_was_evaluated(
    make_folder: Make, scored: dict[str, Any]
) -> None:
    results = {"test_f1": 0.5, "scores": scored["protocols"]["full"]}
    (own,) = collect_facts(make_folder(test_results=results)).test_sets
    assert (own.dataset, own.split, own.intervals) == ("wnut2017", "test", None)


def test_an_evaluation_says_more_than_the_run(make_folder: Make, scored: dict[str, Any]) -> None:
    results = {"scores": scored["protocols"]["full"]}
    (only,) = collect_facts(make_folder(test_results=results, scores=scored)).test_sets
    assert only.fingerprint == "0123456789abcdef"


def test_a_merged_run_has_a_test_set_for_each_corpus(
    make_folder: Make, run: dict[str, Any], scored: dict[str, Any]
) -> None:
    names = ["wnut2017", "conll2003"]
    run["data"] |= {"dataset_name": names, "source": names}
    scores = scored["protocols"]["full"]
    results = {"scores": scores, "per_corpus": {"wnut2017": scores, "conll2003": scores}}
    test_sets = collect_facts(make_folder(run=run, test_results=results)).test_sets
    assert {each.dataset: each.published for each in test_sets} == {
        "wnut2017 + conll2003": False,
        "wnut2017": True,
        "conll2003": True,
    }


def test_a_part_of_a_split_does_not_pass_for_the_split(
    make_folder: Make, run: dict[str, Any], scored: dict[str, Any]
) -> None:
    run["data"]["max_test_samples"] = 100
    results = {"scores": scored["protocols"]["full"]}
    (part,) = collect_facts(make_folder(run=run, test_results=results)).test_sets
    assert (part.title, part.published) == ("WNUT 2017, first 100 sentences", False)


def test_carbon_is_what_codecarbon_measured(make_folder: Make) -> None:
    folder = make_folder()
    rows = "timestamp,emissions,country_name,gpu_model\n1,0.0005,Portugal,\n2,0.001,Portugal,\n"
    (folder / "emissions.csv").write_text(rows, encoding="utf-8")
    carbon = collect_facts(folder).carbon
    assert carbon == {
        "emissions": pytest.approx(1.5),
        "source": "CodeCarbon",
        "training_type": "fine-tuning",
        "geographical_location": "Portugal",
    }


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no config\.json of a token classifier"):
        collect_facts(tmp_path)


def test_parity_is_counted_and_its_sentences_are_left_out(make_folder: Make) -> None:
    difference = {"sentence": 3, "way": "plain", "text": "licensed words", "missing": (),
                  "extra": ()}  # fmt: skip
    report = {"sentences": 10, "strategy": "max", "differences": (difference,),
              "tried": {"first": 2, "max": 1}, "f1": {"scored": 0.5, "plain": 0.4}}  # fmt: skip
    facts = replace(collect_facts(make_folder()), parity=Parity.of(ParityReport.from_dict(report)))
    assert facts.parity is not None
    assert (facts.parity.plain, facts.parity.pipeline) == (1, 0)
    assert facts.strategy == "max"
    assert "licensed words" not in json.dumps(facts.to_dict())
    card = render_card(facts)
    assert 'aggregation_strategy="max"' in card
    assert "departs from the scored entities in the fewest: `max` in 1, `first` in 2." in card
    assert "F1 on these: 40.00 that way, 50.00 as scored." in card


def test_a_misspelt_fact_is_refused(make_folder: Make) -> None:
    with pytest.raises(UnknownNameError, match=r"'licence'. Did you mean 'license'"):
        collect_facts(make_folder(), licence="mit")
