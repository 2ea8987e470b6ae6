"""Every input that ever failed, and the beginnings of the fuzzer, once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.targets import SEEDS, TARGETS

FAILED = sorted(path for path in Path(__file__).with_name("failed").glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FAILED, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_input_that_failed_does_so_no_more(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_understood(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)
