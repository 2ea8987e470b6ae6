"""Two processes never train into one folder, and a crashed one locks nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tner_hf.errors import SettingError
from tner_hf.runs.locking import LOCK_FILE, FolderLock, check_unlocked

HOLD = """
import sys
from pathlib import Path
from tner_hf.runs.locking import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_is_taken_and_given_back(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "new" / "out"):
        assert (tmp_path / "new" / "out" / LOCK_FILE).is_file()
    assert not list((tmp_path / "new" / "out").iterdir())
    check_unlocked(tmp_path)
    assert not list((tmp_path / "new" / "out").iterdir())


def test_the_second_process_is_told_who_holds_it_and_a_killed_one_does_not(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"held\n"
    said = rf"is being trained into by process {process.pid} on {os.uname().nodename} since 20"
    with pytest.raises(SettingError, match=said):
        check_unlocked(tmp_path)
    with pytest.raises(SettingError, match=said):
        FolderLock(tmp_path).acquire()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stdin.close()
    assert (tmp_path / LOCK_FILE).is_file()
    with FolderLock(tmp_path):
        pass
    assert not list(tmp_path.iterdir())
