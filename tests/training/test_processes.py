"""Two real processes on a CPU: each sentence is trained on and scored once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tner_hf.lab.evaluation import evaluate

# What each process saw, in files: rows of each training epoch, and of each evaluation.
WATCH = """
import json, os, sys
from tner_hf.training.trainer import NERTrainer
from tner_hf.cli import main

seen = {"train": [], "eval": []}
training, predicting = NERTrainer.training_step, NERTrainer.prediction_step

def training_step(self, model, inputs, *args):
    ids, bounds = inputs["input_ids"][0].tolist(), inputs["cu_seq_lens_q"].tolist()
    seen["train"] += [ids[begin:end] for begin, end in zip(bounds, bounds[1:])]
    return training(self, model, inputs, *args)

def prediction_step(self, model, inputs, *args, **kwargs):
    seen["eval"].append(len(inputs["input_ids"]))
    return predicting(self, model, inputs, *args, **kwargs)

NERTrainer.training_step, NERTrainer.prediction_step = training_step, prediction_step
status = main(sys.argv[1:])
with open(f"seen-{os.environ['RANK']}.json", "w") as file:
    json.dump(seen, file)
sys.exit(status)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def two_processes(toy_files, tiny_encoder, tmp_path):
    """Runs `tner-hf train` in two processes, and returns what each of them saw."""
    script = tmp_path / "watch.py"
    script.write_text(WATCH)
    words = [
        "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
        "--main_process_port", str(free_port()), str(script), "train",
        "--model_name_or_path", str(tiny_encoder), "--train_file", toy_files["train"],
        "--validation_file", toy_files["validation"], "--test_file", toy_files["test"],
        "--num_train_epochs", "2", "--learning_rate", "0.02", "--disable_tqdm", "true",
        "--per_device_train_batch_size", "2", "--per_device_eval_batch_size", "1",
        "--output_dir", str(tmp_path / "out"),
    ]  # fmt: skip
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("saved in") == 1, done.stdout
    return [json.loads((tmp_path / f"seen-{rank}.json").read_text()) for rank in range(2)]


def test_two_processes_train_on_and_score_each_sentence_once(two_processes, toy_files, tmp_path):
    out = tmp_path / "out"
    assert json.loads((out / "train_results.json").read_text())["processes"] == 2
    # 20 sentences, 4 of each kind: in an epoch each comes 4 times, whichever process has it.
    for epoch in (0, 1):
        rows = [tuple(r) for seen in two_processes for r in seen["train"][10 * epoch :][:10]]
        assert len(rows) == 20
        assert sorted(rows.count(row) for row in set(rows)) == [4] * 5
    # 5 sentences do not divide among 2 processes: one is computed twice, and scored once.
    scores = json.loads((out / "test_results.json").read_text())["scores"]
    assert sum(two_processes[0]["eval"][-3:]) + sum(two_processes[1]["eval"][-3:]) == 6
    assert scores["type_aware"]["default"]["micro"]["support"] == 10
    again = evaluate(str(out), toy_files, native=True)
    assert again["protocols"]["full"] == scores
    assert (Path(out) / "checkpoint-10" / "rng_state_1.pth").is_file()
