"""Tables within a terminal, and colours only where they are seen."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest

import tner_hf
from tner_hf.cli.output import Output, has_colour, warning_lines

HEADER = ["type", "what it is", "entities"]
ROWS = [["geographical_entity", "[bold] " + "mountains and seas " * 4, 1_234_567]]


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of so many columns."""

    def make(columns: int) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    return make


@pytest.mark.parametrize("columns", [80, 50, 24])
def test_nothing_is_cut_off(terminal, capsys, columns) -> None:
    terminal(columns)
    Output().table(HEADER, ROWS)
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert "1,234,567" in shown
    squeezed = "".join(shown.split())
    assert all(part in squeezed for part in ("[bold]", "mountains"))
    assert max(map(len, shown.splitlines())) <= columns


def test_columns_that_do_not_fit_go_on_below(terminal, capsys) -> None:
    terminal(30)
    Output().table(["a", *"bcd"], [["x", 1_000_000_000, 2_000_000_000, None]])
    assert capsys.readouterr().out.splitlines() == [
        "a              b",
        "x  1,000,000,000",
        "",
        "a              c  d",
        "x  2,000,000,000",
    ]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_brackets_where_colours_are_not_wanted(terminal, monkeypatch, name, value) -> None:
    terminal(80)
    assert has_colour()
    monkeypatch.setenv(name, value)
    assert not has_colour()


def test_warnings_of_the_package_are_lines_and_others_keep_their_place() -> None:
    ours = str(Path(tner_hf.__file__).parent / "models" / "heads.py")
    before = warnings.formatwarning
    with warning_lines():
        assert warnings.formatwarning("said", UserWarning, ours, 3) == "said\n"
        for kind, place in ((UserWarning, "/other.py"), (FutureWarning, ours)):
            told = warnings.formatwarning("said", kind, place, 3, "code()")
            assert told == before("said", kind, place, 3, "code()")
    assert warnings.formatwarning is before
