"""Searches over the toy corpus: what they find, how they end early, how they go on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import optuna
import pytest

from tner_hf import evaluate
from tner_hf.cli import main
from tner_hf.errors import DataError, SettingError, UnknownNameError
from tner_hf.lab.search import SearchResult, SearchSettings, parse_parameter, search
from tner_hf.lab.search.pruning import TwoStages, Watch
from tner_hf.runs.locking import FolderLock
from tner_hf.training import DataArguments, ModelArguments, NERTrainingArguments

RATES = "learning_rate=1e-4,1e-2,3e-2"


@pytest.fixture
def arguments_for(toy_files: dict[str, str], tiny_encoder: Path) -> Callable[..., Any]:
    def make(values: Mapping[str, Any], folder: str, **more: Any) -> Any:
        return (
            ModelArguments(str(tiny_encoder)),
            DataArguments(
                train_file=toy_files["train"],
                validation_file=toy_files["validation"],
                max_test_samples=0,
            ),
            NERTrainingArguments(
                folder,
                per_device_train_batch_size=4,
                num_train_epochs=2,
                save_total_limit=1,
                disable_tqdm=True,
                **{**values, **more},
            ),
        )

    return make


def settings(**more: Any) -> SearchSettings:
    return SearchSettings([parse_parameter(RATES)], **{"sampler": "grid", **more})


def test_the_best_is_found_and_everything_is_kept(
    arguments_for: Callable[..., Any], toy_files: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "search"
    result = search(settings(), folder, arguments_for)
    assert [trial.values["learning_rate"] for trial in result.trials] == [1e-4, 1e-2, 3e-2]
    assert [trial.state for trial in result.trials] == ["complete"] * 3
    scores = [trial.score for trial in result.trials]
    assert result.best is not None
    assert result.best.score == max(scores)
    for trial in result.trials:  # each is a run like any other
        own = json.loads((folder / trial.folder / "eval_results.json").read_text())
        assert trial.score == own["scores"]["type_aware"]["default"]["micro"]["f1"]
        assert len(trial.evaluations) == 2
        assert not (folder / trial.folder / "test_results.json").exists()
    best = evaluate(folder / result.best.folder, {"test": toy_files["validation"]}, native=True)
    f1 = best["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
    assert f1 == result.best.score
    assert SearchResult.read(folder) == result
    rows = (folder / "search.csv").read_text().splitlines()
    assert rows[0] == "trial,state,f1,learning_rate"
    assert len(rows) == 4
    page = (folder / "search.html").read_text()
    assert "Trials, best first" in page
    assert str(tmp_path) not in page
    assert search(settings(), folder, arguments_for) == result  # there is nothing to do


def test_a_killed_search_goes_on_as_if_nobody_had_disturbed_it(
    arguments_for: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = [parse_parameter("learning_rate=1e-4..3e-2/log"), parse_parameter("seed=1,2,3")]
    asked = SearchSettings(space, trials=3, sampler="random", seed=7)
    whole = search(asked, tmp_path / "whole", arguments_for)

    usual, seen = Watch.on_evaluate, []

    def interrupt(self: Any, *args: Any, **kwargs: Any) -> None:
        usual(self, *args, **kwargs)
        seen.append(1)
        if len(seen) == 4:  # the last evaluation of the second trial, before it is saved
            raise KeyboardInterrupt

    folder = tmp_path / "killed"
    with monkeypatch.context() as patched:
        patched.setattr(Watch, "on_evaluate", interrupt)
        with pytest.raises(KeyboardInterrupt):
            search(asked, folder, arguments_for)
    assert [trial.state for trial in SearchResult.read(folder).trials] == ["complete", "running"]
    again = search(asked, folder, arguments_for)
    assert again == whole
    run = json.loads((folder / "trial-1" / "model" / "train_results.json").read_text())
    assert run["resumed_from"] == "checkpoint-5"


def test_a_trial_of_a_living_process_is_left_to_it(
    arguments_for: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "search"
    first = search(settings(trials=1), folder, arguments_for)
    study = optuna.load_study(
        study_name="search",
        storage=optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(folder / "journal.log"))
        ),
    )
    study.enqueue_trial({"learning_rate": 1e-2})
    study.ask({"learning_rate": optuna.distributions.CategoricalDistribution((1e-4, 1e-2, 3e-2))})
    with FolderLock(folder / "trial-1"):
        result = search(settings(), folder, arguments_for)
    assert [trial.state for trial in result.trials] == ["complete", "running", "complete"]
    assert result.trials[0] == first.trials[0]
    # Its process ended: whoever comes next takes it up.
    result = search(settings(), folder, arguments_for)
    assert [trial.state for trial in result.trials] == ["complete"] * 3


def test_processes_share_a_search_and_do_what_one_that_is_killed_had_begun(
    toy_files: dict[str, str], tiny_encoder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "search"
    words = ["--space", "seed=1,2,3,4,5", "--sampler", "grid", "-o", str(folder)]
    words += ["-m", str(tiny_encoder), "--train_file", toy_files["train"], "--learning_rate"]
    words += ["1e-2", "--validation_file", toy_files["validation"], "--num_train_epochs", "12"]
    command = [sys.executable, "-m", "tner_hf", "search", *words]

    def begun() -> dict[str, int]:
        """Trials that each process began, by the order in which they came."""
        journal = folder / "journal.log"
        lines = journal.read_text().splitlines() if journal.exists() else []
        operations = [json.loads(line) for line in lines if line.endswith("}")]
        began = int(optuna.storages.journal._storage.JournalOperation.CREATE_TRIAL)
        return Counter(each["worker_id"] for each in operations if each["op_code"] == began)

    with ExitStack() as processes:
        both = []
        for _ in range(2):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            both.append(processes.enter_context(process))
            processes.callback(process.kill)
        patience = time.monotonic() + 240
        while len(begun()) < 2:
            assert time.monotonic() < patience
            assert any(process.poll() is None for process in both)
            time.sleep(0.1)
        both[0].send_signal(signal.SIGKILL)
        said, _ = both[1].communicate(timeout=240)
    assert both[1].returncode == 0, said.decode()
    assert sum(begun().values()) == 5  # none twice
    result = SearchResult.read(folder)
    assert [trial.state for trial in result.trials] == ["complete"] * 5
    assert sorted(trial.values["seed"] for trial in result.trials) == [1, 2, 3, 4, 5]


def test_all_but_the_best_end_with_the_first_stage_and_leave_no_model(
    arguments_for: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "search"
    (folder / "trial-1").mkdir(parents=True)  # nobody's business
    with pytest.raises(SettingError, match=r"is not empty \(trial-1\) and holds no search"):
        search(settings(), folder, arguments_for)
    assert [path.name for path in folder.iterdir()] == ["trial-1"]
    (folder / "trial-1").rmdir()
    space = [parse_parameter("logging_steps=5,6,7")]  # equals, of which the first goes on
    asked = SearchSettings(space, sampler="grid", pruner="stages", go_on=1, keep=1)
    result = search(asked, folder, arguments_for)
    assert [trial.state for trial in result.trials] == ["complete", "pruned", "pruned"]
    assert [len(trial.evaluations) for trial in result.trials] == [2, 1, 1]
    assert [(folder / trial.folder).exists() for trial in result.trials] == [True, False, False]


def test_the_stages_count_who_was_better_at_the_same_place() -> None:
    study = optuna.create_study(direction="maximize", pruner=TwoStages(first_stage=2, go_on=2))
    ended = []
    for score in (0.5, 0.4, 0.3, 0.6, 0.5):
        trial = study.ask()
        trial.report(score, 1)
        assert not trial.should_prune()
        trial.report(score, 2)
        ended.append(trial.should_prune())
        trial.report(0.0, 3)
        assert not trial.should_prune()  # once past the first stage it goes to its end
    assert ended == [False, False, True, False, True]  # of equals the first goes on


def test_a_trial_that_cannot_be_trained_is_said_to_have_failed(
    arguments_for: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "search"
    space = [parse_parameter("learning_rate=1e-3,1e38")]
    result = search(SearchSettings(space, sampler="grid"), folder, arguments_for)
    assert [trial.state for trial in result.trials] == ["complete", "failed"]
    reason = result.trials[1].reason or ""
    assert "the training loss is nan at step" in reason
    assert str(tmp_path) not in reason


def test_another_search_is_refused(arguments_for: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "search"
    search(settings(trials=1), folder, arguments_for)
    other = SearchSettings([parse_parameter("learning_rate=1e-4,1e-2")], sampler="grid")
    with pytest.raises(SettingError, match=r"holds a search of learning_rate=0\.0001,0\.01"):
        search(other, folder, arguments_for)

    def longer(values: Mapping[str, Any], folder: str) -> Any:
        return arguments_for(values, folder, warmup_steps=0)

    with pytest.raises(SettingError, match=r"holds another search: warmup_steps was 0\.1"):
        search(settings(trials=2), folder, longer)
    assert len(SearchResult.read(folder).trials) == 1


def test_what_no_trial_could_have_is_told_before_the_first(
    toy_files: dict[str, str],
    tiny_encoder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "search"
    base = ["search", "-m", str(tiny_encoder), "--train_file", toy_files["train"], "-o", str(out)]
    validated = ["--validation_file", toy_files["validation"]]
    for words, told in (
        ([*validated, "--space", "learning_rat=1,2"], "Did you mean --learning_rate"),
        ([*validated, "--space", "head=linear,hmm"], "hmm"),
        ([*validated, "--space", "learning_rate=0,1"], "--learning_rate 0 cannot be used"),
        ([*validated, "--space", "seed=1,2", "--eval_strategy", "no"], "goes by the scores"),
        ([*validated, "--space", "seed=1,2", "--metric_for_best_model", "loss"], "give a score"),
        (["--space", "seed=1,2"], "goes by the scores of a validation split"),
    ):
        assert main([*base, *words]) == 2
        assert told in capsys.readouterr().err
    assert not list(tmp_path.glob("search/trial-*"))
    with pytest.raises(DataError, match="holds no search"):
        SearchResult.read(tmp_path)


def test_the_command_prints_a_table_and_where_the_best_lies(
    toy_files: dict[str, str],
    tiny_encoder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["search", "--space", "lora_r=none,2", "--sampler", "grid", "-o", str(tmp_path / "s")]
    words += ["-m", str(tiny_encoder), "--train_file", toy_files["train"], "--num_train_epochs"]
    words += ["1", "--validation_file", toy_files["validation"], "--learning_rate", "1e-3"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["trial", "state", "f1", "lora_r"]
    best = lines[1].split()[0]
    assert lines[-2] == f"best: trial {best}, in {tmp_path}/s/trial-{best}/model"
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["best"]["state"] == "complete"


def test_an_unknown_pruner_is_no_damaged_journal() -> None:
    with pytest.raises(UnknownNameError, match="pruner 'hyperband'"):
        SearchSettings([parse_parameter("seed=1,2")], pruner="hyperband")  # type: ignore[arg-type]


def test_a_damaged_journal_is_refused_by_name(arguments_for, tmp_path) -> None:
    settings = SearchSettings((parse_parameter(RATES),), trials=1)
    folder = tmp_path / "search"
    search(settings, folder, arguments_for)
    whole = (folder / "journal.log").read_text()
    for damaged in (f"{whole}no JSON\n", f'{whole}{{"op_code": 5}}\n', f"{whole}[1]\n"):
        (folder / "journal.log").write_text(damaged)
        with pytest.raises(DataError, match=r"journal\.log is no journal of Optuna"):
            search(settings, folder, arguments_for)
    (folder / "journal.log").unlink()
    assert [each.state for each in search(settings, folder, arguments_for).trials] == ["complete"]
