"""Every input that ever failed, and the beginnings of the fuzzer, once more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import iob_files, json_rows

from fuzz.targets import READINGS, SEEDS, TARGETS

FAILED = sorted(path for path in Path(__file__).with_name("failed").glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FAILED, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_input_that_failed_does_so_no_more(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_understood(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


_READING = st.integers(0, len(READINGS) - 1).map(lambda number: bytes([number]))


@settings(max_examples=60)
@given(_READING, iob_files())
def test_files_of_columns(reading: bytes, case) -> None:
    TARGETS["columns"](reading + case[0].encode())


@settings(max_examples=60)
@given(_READING, json_rows())
def test_rows_of_json(reading: bytes, rows: str) -> None:
    TARGETS["rows"](reading + rows.encode())
    TARGETS["visitor"](rows.encode())


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=20)
@given(st.binary(max_size=200))
def test_bytes(name: str, data: bytes) -> None:
    TARGETS[name](data)
