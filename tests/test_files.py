"""Files are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tner_hf import files
from tner_hf.errors import DataError, FileError, SettingError
from tner_hf.files import Journal, is_running, read_json, write_file, write_folder, write_json


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_file(tmp_path / "new" / "x.txt", "é\r\n")
    assert (tmp_path / "new" / "x.txt").read_bytes() == "é\r\n".encode()
    write_file(tmp_path / "new" / "x.txt", b"\x00")
    assert (tmp_path / "new" / "x.txt").read_bytes() == b"\x00"
    assert names(tmp_path / "new") == ["x.txt"]


def test_a_file_that_may_not_be_does_not_come_into_place(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before", "utf-8")

    def refuse(shown: Path) -> None:
        assert (shown.read_text("utf-8"), path.read_text("utf-8")) == ("after", "before")
        raise DataError("no")

    with pytest.raises(DataError, match="no"):
        write_file(path, "after", check=refuse)
    assert [each.read_text("utf-8") for each in tmp_path.iterdir()] == ["before"]
    write_file(path, "after", check=lambda shown: None)
    assert path.read_text("utf-8") == "after"


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    def broken():
        yield "half"
        raise RuntimeError("no more")

    target = tmp_path / "s.json"
    target.write_text("before")
    with pytest.raises(RuntimeError):
        write_file(target, broken())
    assert target.read_text() == "before"
    assert names(tmp_path) == ["s.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(FileError, match=r"^/dev/full cannot be written: No space left on device$"):
        write_file("/dev/full", "x")
    assert not Path("/dev/full").is_file()  # a device stays one


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=r"file/x\.txt cannot be written: (File exists|Not a dir)"):
        write_file(tmp_path / "file" / "x.txt", "x")
    with pytest.raises(FileError, match="cannot be written: Is a directory"):
        write_file(tmp_path, "x")


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


KILLED = """
import os, signal, sys
from tner_hf.files import write_file
def pieces():
    yield "half"
    os.kill(os.getpid(), signal.SIGKILL)
write_file(sys.argv[1], pieces())
"""


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    target.write_text("before")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(target)])
    assert process.wait() == -9
    assert target.read_text() == "before"
    assert len(names(tmp_path)) == 2
    assert not is_running(process.pid)
    write_file(target, "after")
    assert names(tmp_path) == ["x.txt"]
    assert is_running(os.getpid())


def test_json_and_back(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"é": 1})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "é": 1\n}\n'
    assert read_json(tmp_path / "a.json") == {"é": 1}
    assert read_json(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[1]", "holds no JSON object, but a list"),
        (b"{", "cannot be read as JSON: Expecting"),
        (b"\xff", "cannot be read as JSON: 'utf-8' codec"),
        (b"[" * 200_000, "cannot be read as JSON: "),
    ],
)
def test_damaged_json_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.json {said}"):
        read_json(tmp_path / "a.json")


def failing_folder(target: Path, text: str) -> None:
    with write_folder(target) as draft:
        (draft / "file").write_text(text)
        raise KeyError(text)


def test_a_folder_takes_the_place_of_another_or_nothing_changes(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    for text in ("one", "two"):
        with write_folder(target) as draft:
            (draft / "file").write_text(text)
        assert (target / "file").read_text() == text
    with pytest.raises(KeyError):
        failing_folder(target, "three")
    assert (target / "file").read_text() == "two"
    assert list(target.parent.iterdir()) == [target]
    (tmp_path / "file").touch()
    with (
        pytest.raises(FileError, match="out cannot be written"),
        write_folder(tmp_path / "file/out"),
    ):
        pass


KILLED_FOLDER = """
import os, signal, sys
from pathlib import Path
from tner_hf.files import write_folder
if sys.argv[2] == "replacing":
    Path.rename = lambda self, to, rename=Path.rename: (
        rename(self, to) if self.name == "out" else os.kill(os.getpid(), signal.SIGKILL)
    )
with write_folder(sys.argv[1]) as draft:
    (draft / "file").write_text("new")
    if sys.argv[2] == "writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["writing", "replacing"])
def test_what_a_killed_process_left_of_a_folder_is_removed_or_put_back(
    tmp_path: Path, moment: str
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "file").write_text("old")
    run = subprocess.run([sys.executable, "-c", KILLED_FOLDER, target, moment], check=False)
    assert run.returncode == -signal.SIGKILL
    assert target.exists() == (moment == "writing")
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(KeyError):
        failing_folder(target, "new")
    assert (target / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def leave_behind(target: Path, suffix: str, writer: str = "99999999-1") -> Path:
    """A folder as a process that was killed leaves it; no process has its number."""
    left = target.with_name(f".{target.name}.{files._host()}-{writer}{suffix}")
    (left / "inside").mkdir(parents=True)
    return left


def test_what_any_dead_process_left_of_a_folder_is_settled(tmp_path: Path) -> None:
    target = tmp_path / "out"
    leave_behind(target, ".partial")
    old = leave_behind(target, ".replaced")
    (old / "a.txt").write_text("the only copy")
    with pytest.raises(FileNotFoundError), write_folder(target) as draft:
        (draft / "no" / "a.txt").write_text("new")
    assert (target / "a.txt").read_text() == "the only copy"
    leave_behind(target, ".replaced")
    with write_folder(target) as draft:
        (draft / "b.txt").write_text("new")
    assert list(tmp_path.iterdir()) == [target]


def leave_folder(target: Path) -> None:
    with write_folder(target):
        pass


@pytest.mark.parametrize("thread", [1, threading.get_ident()], ids=["other", "same"])
def test_what_one_with_our_own_number_left_goes_too(tmp_path: Path, thread: int) -> None:
    leave_behind(tmp_path / "out", ".partial", f"{os.getpid()}-{thread}")
    leave_folder(tmp_path / "out")
    assert names(tmp_path) == ["out"]


def test_what_another_thread_is_writing_stays(tmp_path: Path) -> None:
    with write_folder(tmp_path / "out") as draft:
        (draft / "a.txt").write_text("of this thread")
        other = threading.Thread(target=leave_folder, args=(tmp_path / "out",))
        other.start()
        other.join()
        assert (draft / "a.txt").is_file()
    assert names(tmp_path / "out") == ["a.txt"]


def test_a_line_of_a_journal_that_could_not_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "a.journal")
    journal.append("one")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(FileError, match=r"a\.journal cannot be written: No space left"):
            journal.append("two")
    journal.append("three")
    assert journal.path.read_bytes() == b"one\nthree\n"
    with pytest.raises(SettingError, match="is being written by another process"):
        Journal(journal.path)
    journal.close()
    again = Journal(journal.path)
    assert again.lines == ["one", "three"]
    again.close()
