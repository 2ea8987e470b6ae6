"""Files that are either whole or not there, and JSON in them: the one writer of this package."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import re
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from tner_hf.errors import DataError, FileError, SettingError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: A file or folder on its way: the target's name, then the machine, process and thread at work.
_PARTIAL = ".{name}.{host}-{writer}.partial"
#: In place of `.partial`: a folder that is being replaced, for the moment between two renamings.
_REPLACED = ".replaced"


def write_file(
    path: str | Path,
    content: str | bytes | Iterable[str | bytes],
    *,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Write a file whole or not at all; folders are made.

    The content goes under a temporary name into the same folder, to the disk, and then into place.
    After a failure nothing is left, and what lay there before still does; what a killed process
    left is removed by the next one that writes the same file. A link is followed; a pipe or a
    device is written to directly.

    Args:
        path: where to.
        content: text is written as UTF-8, with its line ends as they are.
        check: is shown the file before it comes into place, and raises where it may not.

    Raises:
        FileError: the system refuses, or the disk is full.
    """
    pieces: Iterable[str | bytes] = [content] if isinstance(content, str | bytes) else content
    with system_errors(path, "written"):
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            _write_to(target, pieces)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        partial = _partial(target)
        try:
            _write_to(partial, pieces)
            if check is not None:
                check(partial)
            if target.exists():
                shutil.copymode(target, partial)
            partial.replace(target)
            _flush_folder(target.parent)
        finally:
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def write_folder(path: str | Path) -> Iterator[Path]:
    """A new folder that takes the place of one of that name when all went well.

    What a killed process left is removed, or put back in place, by the next one that writes the
    same folder.

    Raises:
        FileError: the system refuses, or the disk is full.
    """
    with system_errors(path, "written"):
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        draft = _partial(target)
        draft.mkdir()
    old = draft.with_suffix(_REPLACED)
    try:
        yield draft
        with system_errors(path, "written"):
            if target.exists():
                target.rename(old)
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        _settle(old, target)


def write_json(path: str | Path, value: Any, *, indent: int | None = 2) -> None:
    """Write a value as a file of JSON, as `write_file` does."""
    write_file(path, json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def read_json(path: str | Path, kind: type = dict) -> Any:
    """The object (or list) in a file of JSON; None where there is no such file.

    Raises:
        DataError: it holds something else.
        FileError: the system does not let it be read.
    """
    path = Path(path)
    if not path.is_file():
        return None
    with system_errors(path, "read"):
        raw = path.read_bytes()
    try:
        found = parse_json(raw.decode("utf-8"))
    except ValueError as error:
        raise DataError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(found, kind):
        wanted = "object" if kind is dict else kind.__name__
        raise DataError(f"{path} holds no JSON {wanted}, but a {type(found).__name__}")
    return found


def check_writable(path: str | Path, *, is_file: bool = False) -> None:
    """Make sure, before there is something to write, that a file or folder can be made.

    Raises:
        FileError: it cannot.
    """
    target = Path(os.path.realpath(path))
    if is_file and target.is_dir():
        raise FileError(f"{path} is a folder; give the name of a file in it")
    with system_errors(path, "written"):
        if target.exists() and not target.is_dir():
            if target.is_file():  # to open a pipe would wait for its reader
                target.open("ab").close()
            return
        while not target.exists():
            target = target.parent
        with tempfile.TemporaryFile(dir=target):  # without a name: a kill leaves nothing
            pass


def parse_json(text: str) -> Any:
    """The value of a text of JSON.

    Raises:
        json.JSONDecodeError: also for deep nesting and numbers of thousands of digits.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", text, 0) from None
    except ValueError:
        raise json.JSONDecodeError("a number of thousands of digits", text, 0) from None


@contextlib.contextmanager
def system_errors(path: str | Path, what: str) -> Iterator[None]:
    """Errors of the operating system as one line: the file cannot be `written`, or `read`.

    Raises:
        FileError: in place of any OSError.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path} cannot be {what}: {error.strerror or error}") from error


class Journal:
    """A file of lines that only grows: each is on the disk before `append` returns.

    One process at a time has it. A last line without an end is what a killed process left: nobody
    was told that it is there, and it goes.

    Args:
        path: is made where it is missing.

    Raises:
        SettingError: another process has it.
        FileError: it cannot be written to.
        DataError: it is not UTF-8.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with system_errors(path, "written"):
            self._file = self.path.open("ab+", buffering=0)
            if not try_lock(self._file):
                self._file.close()
                raise SettingError(f"{path} is being written by another process; end it first")
            self._file.seek(0)
            whole, end, _ = self._file.read().rpartition(b"\n")
            self._size = len(whole) + len(end)
            _flush_folder(self.path.parent)
        try:
            #: Those that were there when it was opened.
            self.lines = whole.decode().split("\n") if end else []
        except UnicodeDecodeError as error:
            self.close()
            raise DataError(f"{path}: byte {error.start} is not UTF-8") from error

    def append(self, line: str) -> None:
        """Write one line.

        Raises:
            FileError: the system refuses, the disk is full, or the file was taken away.
        """
        data = line.encode() + b"\n"
        with system_errors(self.path, "written"):
            if not is_there(self.path, self._file):
                raise FileError(f"{self.path} was taken away while it was written; put it back")
            self._file.truncate(self._size)  # what an append that failed has left
            if self._file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        self._size += len(data)

    def close(self) -> None:
        """Let others have it."""
        self._file.close()


def try_lock(file: IO[bytes]) -> bool:
    """Take the lock of an open file, which the system gives back however its holder ends."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_there(path: Path, file: IO[bytes]) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def is_running(pid: int) -> bool:
    """Whether a process of this machine is alive."""
    if os.name != "posix":  # where signal 0 would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's is alive, too
        return True
    return True


def _write_to(path: Path, pieces: Iterable[str | bytes]) -> None:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece.encode("utf-8") if isinstance(piece, str) else piece)
        file.flush()
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fsync(file.fileno())


def _partial(target: Path) -> Path:
    writer = f"{os.getpid()}-{threading.get_ident()}"
    return target.with_name(_PARTIAL.format(name=target.name[:100], host=_host(), writer=writer))


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", platform.node()) or "localhost"


def _remove_abandoned(target: Path) -> None:
    """Remove what processes of this machine that are no more were writing for the same target."""
    begin, end = _PARTIAL.format(name=target.name[:100], host=_host(), writer="|").split("|")
    for path in target.parent.iterdir():
        if path.name.startswith(begin) and path.suffix in {end, _REPLACED}:
            pid, _, thread = path.stem[len(begin) :].partition("-")
            if not pid.isdecimal() or _is_writing(int(pid), thread):
                continue
            if path.suffix == _REPLACED:
                _settle(path, target)
            elif path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _is_writing(pid: int, thread: str) -> bool:
    """Whether a process and a thread of it are at work on something else than this thread is.

    In a container the process that was killed had the same number as the one that comes next.
    """
    if pid != os.getpid():
        return is_running(pid)
    others = {str(each.ident) for each in threading.enumerate()} - {str(threading.get_ident())}
    return thread in others


def _settle(old: Path, target: Path) -> None:
    """Remove what was replaced; where nothing has taken its place, put it back."""
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists():
        old.rename(target)


def _flush_folder(folder: Path) -> None:
    """Make a renaming last through a power cut, where the system knows how to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
