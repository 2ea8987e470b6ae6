"""Check data files before training: every problem as `path:line: what`, and what the files hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tner_hf.data.own_files import split_of
from tner_hf.data.suspicions import FILE_CHECKS, JOINT_CHECKS, Content
from tner_hf.errors import Problem, SettingError
from tner_hf.formats.options import PathLike, ReadOptions
from tner_hf.formats.table import scan_file
from tner_hf.plain import Stored

#: Places that are named for a cause.
PLACES_SHOWN = 3
#: What to do about a cause.
ADVICE = {
    "a tag that cannot be read": "see `tner-hf datasets formats`; --tag_column, --scheme",
    "missing column": "--delimiter or --token_column and --tag_column, if it is so in every line",
    "too many columns": "--delimiter, if it is so in every line",
    "empty token": "--empty_tokens keep or drop",
    "tags against their scheme": "--scheme says which is meant; --fix COPY writes IOB2",
    "a stray I- start": "read by the conlleval rule; --fix COPY writes B-, --strict refuses",
    "a B- that parts nothing": "read by the conlleval rule; --fix COPY writes IOB2",
    "a span that cuts a word": "--on_misaligned expand, drop or error; --word_splitter",
    "a span that is discontinuous": "--on_misaligned expand, drop or error",
    "a span that overlaps": "--on_misaligned drop or error",
    "nested spans": "--nested outer or inner",
}

Files = Mapping[str, PathLike | Sequence[PathLike]] | Sequence[PathLike] | PathLike


@dataclass(frozen=True)
class FileFacts:
    """What one readable file holds.

    `split` is what it was given as, or what its name tells; `entities` are counted by type, the
    most frequent first.
    """

    path: str
    split: str | None
    scheme: str
    sentences: int
    tokens: int
    entities: dict[str, int]

    @classmethod
    def of(cls, content: Content) -> FileFacts:
        file = content.file
        tokens = sum(len(tags) for _, tags in file.sentences)
        sizes = len(file.sentences), tokens, content.entities
        return cls(file.path, content.split, str(file.scheme), *sizes)


@dataclass(frozen=True)
class Cause:
    """Problems that have one thing in common: how many, those that nobody listed included.

    `places` are the first of them, as `path:line`; `advice` is empty where the problem says it.
    """

    severity: str
    what: str
    count: int
    places: tuple[str, ...]
    advice: str = ""


@dataclass(frozen=True)
class CheckReport(Stored):
    """Everything found in some files: problems file by file and line by line, and by their causes.

    `files` tells what each file without errors holds.
    """

    derived: ClassVar = ("ok",)

    problems: tuple[Problem, ...]
    files: tuple[FileFacts, ...]
    causes: tuple[Cause, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every file can be loaded; warnings do not count."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "warning")

    def count(self, severity: str) -> int:
        """How many problems there are, those that nobody listed included."""
        named = sum(cause.count for cause in self.causes if cause.severity == severity)
        others = (p for p in self.problems if p.severity == severity and not p.cause)
        return named + sum(1 for _ in others)


def check_files(files: Files, **options: Any) -> CheckReport:
    """Errors that keep files from loading, and warnings about what is likely a mistake.

    Args:
        files: split to file or files (`{"train": "a.txt", "test": ["b.txt", "c.txt"]}`), or files
            alone, whose names may tell the split (`train.txt`, `eng.testa.txt`).
        **options: see `ReadOptions`.

    Raises:
        SettingError: no files, or an option that cannot be used.
    """
    return check_contents(scan_files(files, ReadOptions(**options)))


def scan_files(files: Files, options: ReadOptions) -> list[Content]:
    """What each file holds, with the split that it belongs to."""
    contents = [
        Content.of(scan_file(Path(path).expanduser(), options), split)
        for split, path in _list_files(files)
    ]
    if not contents:
        raise SettingError("no files to check; give at least one path")
    return contents


def check_contents(contents: Sequence[Content]) -> CheckReport:
    """Errors and warnings of scanned files, as `check_files` gives them."""
    suspicions = [
        problem for content in contents for ask in FILE_CHECKS for problem in ask(content)
    ]
    suspicions += [problem for ask in JOINT_CHECKS for problem in ask(contents)]
    problems: list[Problem] = []
    for path, listed in {content.file.path: content.file.problems for content in contents}.items():
        mine = dict.fromkeys(suspicion for suspicion in suspicions if suspicion.path == path)
        problems += [*listed, *sorted(mine, key=lambda problem: problem.line)]
    facts = tuple(FileFacts.of(content) for content in contents if not content.file.errors)
    return CheckReport(tuple(problems), facts, tuple(_group(contents)))


def _group(contents: Sequence[Content]) -> Iterator[Cause]:
    totals: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], list[str]] = {}
    for content in {content.file.path: content for content in contents}.values():
        totals.update({key: n for key, n in content.file.causes.items() if key[1]})
        for problem in content.file.problems:
            listed = places.setdefault((problem.severity, problem.cause), [])
            if len(listed) < PLACES_SHOWN:
                listed.append(f"{problem.path}:{problem.line}")
    for (severity, what), count in totals.most_common():
        yield Cause(
            severity, what, count, tuple(places.get((severity, what), ())), ADVICE.get(what, "")
        )


def _list_files(files: Files) -> Iterator[tuple[str | None, PathLike]]:
    if isinstance(files, str | os.PathLike):
        files = [files]
    if not isinstance(files, Mapping):
        for path in files:
            yield split_of(Path(path)), path
        return
    for split, given in files.items():
        for path in [given] if isinstance(given, str | os.PathLike) else given:
            yield split, path
