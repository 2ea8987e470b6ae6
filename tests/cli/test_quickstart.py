"""A model where none is named: found, offered, refused; and what Ctrl-C says."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from tner_hf.cli import main, quickstart
from tner_hf.errors import SettingError
from tner_hf.training.result import FINISHED


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tner_hf" / "quickstart"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_predict_without_a_model_says_what_to_do_in_one_line(cache, capsys) -> None:
    assert main(["predict", "Ada"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "tner-hf: which model? Give --model_name_or_path MODEL, or run `tner-hf"
    )
    assert error.count("\n") == 1


def test_predict_uses_the_model_that_is_there(cache, taught, capsys) -> None:
    shutil.copytree(taught, cache)
    assert main(["predict", "Ada Lovelace lived in London."]) == 0
    assert capsys.readouterr().out == "[Ada Lovelace]PER lived in [London]LOC.\n"


def test_an_unfinished_model_is_none(cache, taught) -> None:
    shutil.copytree(taught, cache)
    (cache / FINISHED).unlink()
    assert quickstart.find_model() is None


@pytest.mark.parametrize(
    ("answer", "trains"), [("\n", True), ("y\n", True), ("n\n", False), ("", False)]
)
def test_a_person_is_asked_once(cache, monkeypatch, answer, trains) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    monkeypatch.setattr(sys, "stderr", told := _Terminal())
    monkeypatch.setattr(quickstart, "train_model", lambda: "trained")
    if trains:
        assert quickstart.offer_model() == "trained"
    else:
        with pytest.raises(SettingError, match="which model"):
            quickstart.offer_model()
    assert told.getvalue().endswith("Train it? [Y/n] ")


def test_nobody_is_asked_where_nobody_is(cache, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(SettingError, match="run `tner-hf demo` once"):
        quickstart.offer_model()


def test_the_model_is_the_one_of_make_quickstart() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert all(f"--{name} {value:g}" in makefile.replace("3e-4", "0.0003")
               for name, value in quickstart.SETTINGS.items())  # fmt: skip


@pytest.mark.parametrize(
    ("command", "more"),
    [
        (["matrix"], "; the same command goes on with what is saved"),
        (["train", "--start_over"], ""),
        (["evaluate"], ""),
    ],
)
def test_ctrl_c_says_whether_it_goes_on(monkeypatch, capsys, command, more) -> None:
    def interrupt(argv: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"tner_hf.cli.{command[0]}.main", interrupt)
    assert main(command) == 130
    assert capsys.readouterr().err == f"\ntner-hf: interrupted{more}\n"
