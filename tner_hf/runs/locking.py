"""One process at a time works on an output folder; the others are told who does."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import IO, Any, Self

from tner_hf.errors import SettingError
from tner_hf.files import is_there, system_errors, try_lock

#: Held while work is going on in the folder; says by whom.
LOCK_FILE = ".lock"


class FolderLock:
    """The right to write into an output folder, from `acquire` to `release`.

    The system gives the lock back when its holder ends, however that comes about; the file that a
    crashed holder leaves behind locks nothing.

    Args:
        folder: is made where it is missing.
        work: what is done to it, as an error says it.
    """

    def __init__(self, folder: Path, work: str = "trained into") -> None:
        self.path = folder / LOCK_FILE
        self._work = work
        self._file: IO[bytes] | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            SettingError: another process has it.
            FileError: the folder cannot be written to.
        """
        with system_errors(self.path.parent, "written to"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while self._file is None:
                file = self.path.open("ab+")
                if not try_lock(file):
                    holder = _describe(file)
                    file.close()
                    raise SettingError(
                        f"--output_dir {self.path.parent} is being {self._work} by {holder}; "
                        "wait for it to end, or choose another folder"
                    )
                if is_there(self.path, file):
                    self._file = file
                else:  # its last holder took the file away after we opened it
                    file.close()
            self._file.truncate(0)
            self._file.write(json.dumps(_ourselves()).encode() + b"\n")
            self._file.flush()

    def release(self) -> None:
        """Give the lock back, and leave no file behind."""
        if self._file is not None:
            if is_there(self.path, self._file):
                self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *raised: object) -> None:
        self.release()


def check_unlocked(folder: Path) -> None:
    """Make sure that no process trains into a folder now.

    Raises:
        SettingError: one does.
    """
    if (folder / LOCK_FILE).is_file():
        lock = FolderLock(folder)
        lock.acquire()
        lock.release()


def _ourselves() -> dict[str, Any]:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return {"pid": os.getpid(), "host": platform.node(), "since": since}


def _describe(file: IO[bytes]) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):  # it has only just got the lock
        return "another process"
