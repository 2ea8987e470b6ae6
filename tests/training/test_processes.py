"""Two real processes, on one host and on two: each sentence is trained on and scored once."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
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
def launch(toy_files, tiny_encoder, tmp_path):
    """Runs `tner-hf train`, watched, under one launcher or several together."""

    def run(*launchers: list[str]) -> None:
        watch = tmp_path / "watch.py"
        watch.write_text(WATCH)
        words = [
            str(watch), "train",
            "--model_name_or_path", str(tiny_encoder), "--train_file", toy_files["train"],
            "--validation_file", toy_files["validation"], "--test_file", toy_files["test"],
            "--num_train_epochs", "2", "--learning_rate", "0.02", "--disable_tqdm", "true",
            "--per_device_train_batch_size", "2", "--per_device_eval_batch_size", "1",
            "--output_dir", str(tmp_path / "out"),
        ]  # fmt: skip
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        started = [
            subprocess.Popen(
                [*launcher, *words], cwd=tmp_path, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for launcher in launchers
        ]  # fmt: skip
        said = [process.communicate() for process in started]
        assert [process.returncode for process in started] == [0] * len(started), said
        assert "".join(out for out, _ in said).count("saved in") == 1, said

    return run


def accelerate() -> list[str]:
    """One host: two processes as `accelerate launch` starts them."""
    port = str(free_port())
    return [
        sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
        "--main_process_port", port,
    ]  # fmt: skip


def torchrun(*options: str) -> list[str]:
    return [sys.executable, "-m", "torch.distributed.run", *options]


@pytest.fixture
def hosts() -> Iterator[list[list[str]]]:
    """Two hosts with a cable between them: words that run a command on each.

    They are network namespaces, 10.77.0.1 and 10.77.0.2, that see each other and nothing else.
    """
    ip = shutil.which("ip")
    names = [f"tner-hf-{os.getpid()}-{i}" for i in (1, 2)]
    made = []
    try:
        for name in names:
            command = [ip or "ip", "netns", "add", name]
            if ip is None or subprocess.run(command, capture_output=True).returncode:
                pytest.skip("network namespaces need iproute2 and root")
            made.append(name)
        cable = f"link add eth1 netns {names[0]} type veth peer name eth1 netns {names[1]}"
        if subprocess.run([ip, *cable.split()], capture_output=True).returncode:
            pytest.skip("this kernel makes no pair of virtual network devices")
        for i, name in enumerate(names, 1):
            for line in (f"addr add 10.77.0.{i}/24 dev eth1", "link set eth1 up", "link set lo up"):
                subprocess.run([ip, "-n", name, *line.split()], check=True)
        yield [[ip, "netns", "exec", name, "env", "GLOO_SOCKET_IFNAME=eth1"] for name in names]
    finally:
        for name in made:
            subprocess.run([ip, "netns", "del", name], check=True)


def test_two_processes_train_on_and_score_each_sentence_once(launch, toy_files, tmp_path):
    launch(accelerate())
    check_sentences(toy_files, tmp_path)


def test_so_do_two_hosts(launch, hosts, toy_files, tmp_path):
    meet = ("--nnodes", "2", "--nproc_per_node", "1", "--master_addr", "10.77.0.1")
    rendezvous = (*meet, "--master_port", "29500")
    launchers = [
        [*host, *torchrun(*rendezvous, "--node_rank", str(i))] for i, host in enumerate(hosts)
    ]
    launch(*launchers)
    check_sentences(toy_files, tmp_path)


def check_sentences(toy_files, tmp_path):
    """What two processes saw, and that the scores are those of the model that was saved."""
    two_processes = [json.loads((tmp_path / f"seen-{rank}.json").read_text()) for rank in (0, 1)]
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
