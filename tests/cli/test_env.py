"""`tner-hf env`: what a report of a bug needs, and nothing of the home folder."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from tner_hf import __version__
from tner_hf.cli import env, main


def test_versions_extras_devices_and_folders(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert main(["env", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["versions"]["tner-hf"] == __version__
    assert found["versions"]["torch"] == torch.__version__
    assert found["extras"]["quickstart"] == []
    assert found["devices"][-1].startswith("cpu: ")
    assert found["folders"]["model of the quick start"] == "~/.cache/tner_hf/quickstart"


def test_an_extra_that_is_missing_says_how_to_get_it(capsys, monkeypatch) -> None:
    present = env._version
    monkeypatch.setattr(env, "_version", lambda name: None if name == "gradio" else present(name))
    assert main(["env"]) == 0
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert 'demo no: pip install "tner-hf[demo]"' in shown


def test_the_home_folder_is_a_tilde(monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert env.show_path("/home/ada/x/y") == "~/x/y"
    assert env.show_path("/home/adam/x") == "/home/adam/x"
    assert env.show_path(None) == "not set"
    assert env.show_path(Path("/home/ada")) == "~/."
