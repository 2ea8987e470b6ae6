"""Where there is no network, the Hub's client is not left to try for a minute."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from huggingface_hub import constants

import tner_hf
from tner_hf.downloads import may_ask_hub, unknown_host
from tner_hf.errors import CheckpointError, SourceError
from tner_hf.models import load_config


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def find_nothing(host: str, port: int | None) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "ENDPOINT", "https://hub.invalid")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", ["nope", "owner/nope"])
def test_a_checkpoint_is_looked_for_in_the_cache_alone(name: str) -> None:
    told = f"{name}: not in the cache, and there is no network here: hub.invalid is not found"
    with pytest.raises(CheckpointError, match=told):
        load_config(name)


@pytest.mark.usefixtures("no_network")
def test_a_dataset_is_looked_for_in_the_cache_alone(tmp_path: Path) -> None:
    told = "owner/nope: not in the cache, and there is no network here: hub.invalid is not found"
    with pytest.raises(SourceError, match=told):
        tner_hf.load_dataset("owner/nope", cache_dir=tmp_path / "rows")


@pytest.mark.usefixtures("no_network")
def test_a_proxy_finds_hosts_that_this_machine_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (unknown_host(), may_ask_hub()) == ("hub.invalid", False)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert (unknown_host(), may_ask_hub()) == (None, True)


@pytest.mark.parametrize("name", ["./nope", "/no/such/folder", "~/nope", "a/b/c"])
def test_a_path_is_no_name_on_the_hub(name: str) -> None:
    with pytest.raises(CheckpointError, match=f"checkpoint '{name}' is not there: no such folder"):
        load_config(name)


@pytest.mark.usefixtures("no_network")
def test_the_name_server_is_not_asked_for_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def find_nothing(host: str, port: int | None) -> None:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(constants, "ENDPOINT", "https://slow.invalid")
    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    monkeypatch.setattr(time, "monotonic", lambda: 60.0)
    assert [unknown_host() for _ in range(3)] == ["slow.invalid"] * 3
    assert asked == ["slow.invalid"]
    monkeypatch.setattr(time, "monotonic", lambda: 120.0)
    unknown_host()
    assert len(asked) == 2
