"""A killed run goes on from its last checkpoint, to the numbers of one that was never killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

# Slow enough to be killed between two checkpoints, and not at an end of an epoch.
SLOW = """
import sys, time
from transformers import TrainerCallback
from tner_hf.training import run
from tner_hf.cli import main

class Slow(TrainerCallback):
    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step >= 8:
            time.sleep(60)

usual = run.build_trainer
def build(*args, **more):
    trainer = usual(*args, **more)
    trainer.add_callback(Slow)
    return trainer
run.build_trainer = build
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def one_thread():
    """Sums over other numbers of threads differ in their last bits."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def command(toy_files, tiny_encoder):
    return [
        "train", "--model_name_or_path", str(tiny_encoder),
        "--train_file", toy_files["train"], "--validation_file", toy_files["validation"],
        "--test_file", toy_files["test"], "--num_train_epochs", "3", "--learning_rate", "0.01",
        "--per_device_train_batch_size", "4", "--save_strategy", "steps", "--save_steps", "3",
        "--eval_strategy", "steps", "--eval_steps", "3", "--disable_tqdm", "true",
        "--logging_steps", "1",
    ]  # fmt: skip


def finish(command, folder):
    from tner_hf.cli import main

    assert main([*command, "--output_dir", str(folder)]) == 0


def history(folder):
    """Losses and scores of a run, without times; train_loss is that of the resumed part only."""
    entries = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    left_out = ("runtime", "per_second", "train_loss", "total_flos")
    return [
        {name: value for name, value in entry.items() if not name.endswith(left_out)}
        for entry in entries
    ]


def test_a_run_killed_within_an_epoch_ends_as_an_unbroken_one(command, one_thread, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    finish(command, whole)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *command, "--output_dir", str(broken)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while not (broken / "checkpoint-6" / "trainer_state.json").exists():
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stderr is not None
    process.stderr.close()
    # Killed in the middle of saving another one, too.
    shutil.copytree(broken / "checkpoint-6", broken / "checkpoint-9")
    (broken / "checkpoint-9" / "trainer_state.json").write_text('{"epoch": 1')

    finish(command, broken)
    assert json.loads((broken / "train_results.json").read_text())["resumed_from"] == "checkpoint-6"
    weights = [(folder / "model.safetensors").read_bytes() for folder in (whole, broken)]
    assert weights[0] == weights[1]
    results = [json.loads((f / "test_results.json").read_text())["scores"] for f in (whole, broken)]
    assert results[0] == results[1]
    states = [history(folder) for folder in (whole, broken)]
    assert states[0] == states[1]


def contents(folder):
    return {
        path.relative_to(folder): (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in folder.rglob("*")
    }


def test_a_finished_run_says_so_and_changes_nothing(command, tmp_path, capfd):
    folder = tmp_path / "out"
    finish(command, folder)
    before, first = contents(folder), capfd.readouterr()
    finish([*command, "--logging_steps", "7"], folder)
    again = capfd.readouterr()
    assert contents(folder) == before
    assert again.out == first.out
    assert "finished: nothing is trained, and nothing changed" in again.err
    assert ".lock" not in {path.name for path in folder.iterdir()}


def test_a_copy_of_the_files_in_another_place_is_the_same_run(run_training, toy_files, tmp_path):
    run_training()
    (tmp_path / "copy").mkdir()
    copied = {}
    for split, path in toy_files.items():
        copied[split] = str(shutil.copy(path, tmp_path / "copy" / f"{split}.conll"))
    (tmp_path / "out").rename(tmp_path / "moved")
    before = contents(tmp_path / "moved")
    assert run_training(dataset=copied, output_dir="moved").test is not None
    assert contents(tmp_path / "moved") == before


def test_to_start_over_keeps_the_old_run(run_training, tmp_path):
    run_training()
    before = contents(tmp_path / "out")
    assert run_training(num_train_epochs=1, start_over=True).train["global_step"] == 5
    assert contents(tmp_path / "out.old-1") == before


def test_a_killed_run_is_resumed_without_false_warnings(run_training, tmp_path, caplog):
    run_training(logging_steps=0.1)
    (tmp_path / "out" / "train_results.json").unlink()  # as if it had been killed before its end
    with caplog.at_level("WARNING"):
        again = run_training(logging_steps=0.2, save_steps=3)
    assert again.train["resumed_from"] == "checkpoint-10"
    assert "do not match" not in caplog.text


def test_a_resumed_run_keeps_its_patience(run_training):
    settings = {"num_train_epochs": 9, "early_stopping_patience": 2, "learning_rate": 1e-12}
    run_training(**settings)
    again = run_training(**settings)
    assert len(again.epochs) == 3


def test_other_data_cannot_be_resumed(run_training):
    from tner_hf.errors import SettingError

    run_training()
    with pytest.raises(SettingError, match="max_train_samples was None and is now 3"):
        run_training(max_train_samples=3)
    with pytest.raises(SettingError, match="num_train_epochs was 2 and is now 3"):
        run_training(num_train_epochs=3)
