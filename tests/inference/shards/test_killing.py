"""A run that is killed at a file operation goes on, and leaves what an unkilled one leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY


@pytest.mark.skipif(not hasattr(sys, "addaudithook") or sys.platform == "win32", reason="forks")
def test_every_row_is_there_once_after_kills_at_seeded_moments(tmp_path: Path) -> None:
    report = tmp_path / "killing.json"
    command = [sys.executable, "killing.py", "--moments", "5", "--output", str(report)]
    run = subprocess.run(
        command, cwd=REPOSITORY / "benchmarks", capture_output=True, text=True, timeout=500
    )
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(report.read_text())
    assert [m["way"] for m in found["moments"][:3]] == [
        "this process", "a worker", "the driver of two workers",
    ]  # fmt: skip
    assert sum(m["kills"] for m in found["moments"]) >= 3
    assert all(m["same"] and m["rows"] == found["rows"] and not m["twice"]
               for m in found["moments"])  # fmt: skip
