"""Every error this package raises on purpose.

TnerError
├── DataError(ValueError)            a file or dataset that cannot be read as NER data
├── FileError(OSError)               a file that the system does not let be written or read
├── SourceError(OSError)             a corpus whose raw files are absent, changed or unreachable
├── UnknownNameError(LookupError)    a corpus, type, split or command nobody knows
├── SettingError(ValueError)         an argument whose value cannot be used
├── TrainingError(RuntimeError)      a training that cannot go on
├── TaggingError(RuntimeError)       a tagging of many texts that cannot go on
├── BusyError(RuntimeError)          a text that would have to wait too long
├── CheckpointError(ValueError)      a model folder or Hub id that is no token classifier
├── ExportError(ValueError)          a model that cannot be exported, or is worse when it is
├── HubError(OSError)                a push that was stopped or refused, or that did not arrive
└── MissingExtraError(ImportError)   an optional dependency that is not installed

Messages say what is wrong, the value, where, what is accepted, and what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal


class TnerError(Exception):
    """Base of all errors of this package; the command line prints it without a traceback."""

    def __str__(self) -> str:
        # LookupError and OSError would show a repr or an errno instead of the message. Half a
        # character of UTF-16, which JSON can hold, could be neither printed nor sent.
        said = str(self.args[0]) if self.args else ""
        return said.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True)
class Problem:
    """One finding in one place of a data file.

    `line` counts from 1; 0 means that the problem belongs to the whole file. `cause` is what it has
    in common with others.
    """

    path: str
    line: int
    message: str
    severity: Literal["error", "warning"] = "error"
    cause: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class DataError(TnerError, ValueError):
    """A file or dataset that cannot be read as NER data; `problems` lists every place."""

    SHOWN = 20

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        lines = [message, *(f"  {problem}" for problem in self.problems[: self.SHOWN])]
        if (left := len(self.problems) - self.SHOWN) > 0:
            lines.append(f"  … and {left} more: `tner-hf datasets check` lists all")
        super().__init__("\n".join(lines))


class FileError(TnerError, OSError):
    """A file or folder that the system does not let be written or read."""


class SourceError(TnerError, OSError):
    """A corpus whose raw files are absent, changed or unreachable."""


#: Names beyond which a message lists no more.
_MANY = 40


class UnknownNameError(TnerError, LookupError):
    """A name that nobody knows, with the nearest known ones.

    Args:
        kind: what the name should have been, e.g. `"corpus"`.
        name: the name that was given.
        known: the names that are accepted.
        hint: the next step, appended as a sentence of its own.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        known = list(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        guess = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        shown = [] if near and len(known) > _MANY else known[:_MANY]
        more = f" and {len(known) - _MANY} more" if len(known) > _MANY else ""
        accepted = f" Known: {', '.join(shown)}{more}." if shown else ""
        super().__init__(f"unknown {kind} {name!r}.{guess}{accepted}{' ' + hint if hint else ''}")


class SettingError(TnerError, ValueError):
    """An argument whose value cannot be used."""


class TrainingError(TnerError, RuntimeError):
    """A training that cannot go on."""


class TaggingError(TnerError, RuntimeError):
    """A tagging of many texts that cannot go on."""


class BusyError(TnerError, RuntimeError):
    """A text that would have to wait too long; `retry_after` says for how many seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"{message}; try again in {retry_after} s")


class CheckpointError(TnerError, ValueError):
    """A model folder or Hub id that is no token classifier."""


class ExportError(TnerError, ValueError):
    """A model that cannot be exported, or says something else when it is."""


class HubError(TnerError, OSError):
    """A push that was stopped or refused, or that did not arrive."""


class MissingExtraError(TnerError, ImportError):
    """An optional dependency that is not installed.

    Args:
        purpose: what needs it, e.g. `"the web demo"`.
        extra: the extra of this package that brings it.
    """

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f'{purpose} needs an optional dependency: pip install "tner-hf[{extra}]"')


def first_line(error: BaseException, most: int = 500) -> str:
    """The first line of what a library says is wrong; a value of any length can be in it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = lines[0]
    if line.endswith(":") and lines[1:]:  # a field's name; its value comes with the next
        line = f"{line} {lines[1].strip()}"
    return line if len(line) <= most else f"{line[: most - 1]}…"
