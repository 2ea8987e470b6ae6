"""`tner-hf datasets check`: every problem of data files, and repaired copies of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.errors import DataError, Problem, SettingError

if TYPE_CHECKING:
    from tner_hf.data.check import CheckReport
    from tner_hf.data.fix import FixLog


def check(
    files: Mapping[str, Sequence[str]] | Sequence[str],
    reading: Mapping[str, Any],
    fix: str | None,
    output: Output,
) -> int:
    """Show what is wrong with some files; 1 where they cannot be loaded, or repaired.

    Args:
        files: split to files, or files alone.
        reading: how they are read, as `ReadOptions` takes it.
        fix: folder for repaired copies of IOB files, or None.
        output: where to say it.
    """
    iob, others = _part_files(files)
    report = _report(iob, others, reading)
    for problem in report.problems:
        output.text(f"{problem}" if problem.severity == "error" else f"{problem} (warning)")
    named = [*_list_paths(iob), *others]
    _summarise(report, len(named), output)
    if fix is None:
        output.data(report.to_dict())
        return 0 if report.ok else 1
    logs = _fix(_list_paths(iob), Path(fix), reading, output)
    output.data({**report.to_dict(), "fixes": [log.to_dict() for log in logs]})
    left = {log.path for log in logs}
    return 1 if any(problem.path not in left for problem in report.errors) else 0


def _part_files(files: Any) -> tuple[Any, list[str]]:
    """IOB files, by split where splits are named, and JSON and Parquet files."""
    from tner_hf.data.own_files import DATA_SUFFIXES, IOB_SUFFIXES

    others = [p for p in _list_paths(files) if Path(p).suffix in DATA_SUFFIXES - IOB_SUFFIXES]
    if not isinstance(files, Mapping):
        return [path for path in files if path not in others], others
    iob = {split: [p for p in paths if p not in others] for split, paths in files.items()}
    return {split: paths for split, paths in iob.items() if paths}, others


def _list_paths(files: Any) -> list[str]:
    groups = files.values() if isinstance(files, Mapping) else [files]
    return [path for group in groups for path in group]


def _report(iob: Any, others: Sequence[str], reading: Mapping[str, Any]) -> CheckReport:
    from tner_hf.data.check import CheckReport, check_files
    from tner_hf.data.own_files import ReadOptions

    report = CheckReport((), ())
    if iob:
        report = check_files(iob, **ReadOptions(**reading).for_iob())
    problems = (*report.problems, *(p for path in others for p in _problems_of(path, reading)))
    return CheckReport(problems, report.files)


def _problems_of(path: str, reading: Mapping[str, Any]) -> Sequence[Problem]:
    """What keeps a JSON or Parquet file from loading."""
    from tner_hf.data.loading import load_dataset

    quiet_libraries()
    try:
        load_dataset({"train": path}, **reading)
    except DataError as error:
        return error.problems or (Problem(path, 0, str(error)),)
    return ()


def _fix(
    paths: Sequence[str], folder: Path, reading: Mapping[str, Any], output: Output
) -> list[FixLog]:
    """Write repaired copies; the logs of those that could be repaired."""
    from tner_hf.data.fix import fix_file

    if len({Path(path).name for path in paths}) < len(paths):
        raise SettingError("--fix FOLDER: two of the files have the same name; fix them one by one")
    folder.mkdir(parents=True, exist_ok=True)
    accepted = ("token_column", "tag_column", "delimiter", "encoding")
    options = {name: value for name, value in reading.items() if name in accepted}
    logs = []
    for path in paths:
        try:
            log = fix_file(path, folder / Path(path).name, **options)
        except DataError as error:
            output.text(f"{path}: not repaired: {_count(len(error.problems), 'error')} to mend")
            continue
        logs.append(log)
        output.text(f"{path}: {_count(len(log.changes), 'change')}, written to {log.output}")
        for change in log.changes:
            output.text(f"  {change}")
    return logs


def _summarise(report: CheckReport, files: int, output: Output) -> None:
    for facts in report.files:
        types = ", ".join(f"{count:,} {name}" for name, count in facts.entities.items())
        output.text(
            f"{facts.path}: {facts.scheme}, {_count(facts.sentences, 'sentence')}, "
            f"{_count(facts.tokens, 'token')}, entities: {types or 'none'}"
        )
    errors, warnings = len(report.errors), len(report.warnings)
    output.text(
        f"{_count(files, 'file')}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"
    )


def _count(number: int, noun: str) -> str:
    """A number and its noun, in the plural where that is due.

    >>> _count(1, "file"), _count(1200, "error")
    ('1 file', '1,200 errors')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
