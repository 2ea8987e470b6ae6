"""Two real processes, on one host and on two: each sentence is trained on and scored once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

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

# accelerate shares out weights among GPUs and their like only, for no reason that torch has: told
# that these processes are such, it does so on CPUs as well.
SHARE = """
import sys
import accelerate.state as state
from accelerate.utils import DistributedType
from torch.distributed.tensor import DTensor
from tner_hf.training import judging, run
from tner_hf.training.trainer import NERTrainer

begin, check, save = state.AcceleratorState.__init__, run.check_settings, NERTrainer.save_model

def init(self, *args, fsdp_plugin=None, **kwargs):
    begin(self, *args, fsdp_plugin=fsdp_plugin, **kwargs)
    if fsdp_plugin is not None and self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type, self.fsdp_plugin = DistributedType.FSDP, fsdp_plugin
        state.PartialState._shared_state["distributed_type"] = DistributedType.FSDP

def check_settings(args):
    asked, args.fsdp = args.fsdp, None
    check(args)
    args.fsdp = asked

def save_model(self, *args, **kwargs):
    groups = self.optimizer.param_groups  # the model's own may be whole for the moment
    weights = [weight for group in groups for weight in group["params"]]
    assert all(isinstance(weight, DTensor) for weight in weights)
    here = sum(weight.to_local().numel() for weight in weights)
    assert here < 0.51 * sum(weight.numel() for weight in weights)
    save(self, *args, **kwargs)

state.AcceleratorState.__init__, run.check_settings = init, check_settings
NERTrainer.save_model = save_model
"""


@pytest.fixture
def launch(toy_files, tiny_encoder, tmp_path):
    """Runs `tner-hf train`, watched, under one launcher or several together."""

    def run(*launchers: list[str], first: str = "", more: Sequence[str] = ()) -> None:
        watch = tmp_path / "watch.py"
        watch.write_text(first + WATCH)
        words = [
            str(watch), "train",
            "--model_name_or_path", str(tiny_encoder), "--train_file", toy_files["train"],
            "--validation_file", toy_files["validation"], "--test_file", toy_files["test"],
            "--num_train_epochs", "2", "--learning_rate", "0.02", "--disable_tqdm", "true",
            "--per_device_train_batch_size", "2", "--per_device_eval_batch_size", "1",
            "--output_dir", str(tmp_path / "out"), *more,
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
        assert [process.returncode for process in started] == [0] * len(started), "".join(
            err for _, err in said
        )[-9000:]
        assert "".join(out for out, _ in said).count("saved in") == 1, "".join(
            err for _, err in said
        )[-9000:]

    return run


def accelerate() -> list[str]:
    """One host: two processes as `accelerate launch` starts them."""
    return [
        sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
        "--main_process_port", "0",  # one that is free when it is taken
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


def test_weights_that_are_shared_out_train_to_the_same_model(launch, toy_files, tmp_path):
    out, whole = tmp_path / "out", tmp_path / "whole"
    launch(accelerate())
    out.rename(whole)
    fsdp = {"first": SHARE, "more": ["--fsdp"]}
    launch(accelerate(), **fsdp)
    check_sentences(toy_files, tmp_path)
    expected = load_file(whole / "model.safetensors")

    def check_weights() -> None:
        found = load_file(out / "model.safetensors")
        assert found.keys() == expected.keys()
        for name, weight in expected.items():
            if not name.endswith("key.bias"):  # no score depends on it: its gradient is rounding
                torch.testing.assert_close(found[name], weight, atol=2e-5, rtol=1e-4)

    check_weights()
    for path in out.iterdir():  # as if it had been killed in the second epoch
        if path.name not in {"checkpoint-5", "run.json"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    launch(accelerate(), **fsdp)
    assert json.loads((out / "train_results.json").read_text())["resumed_from"] == "checkpoint-5"
    check_weights()


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
