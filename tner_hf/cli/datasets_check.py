"""`tner-hf datasets check`: every problem of data, repaired copies, and splits side by side."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.cli.data_options import LOADING, READING, files_by_split, given
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.config import DEFAULT_MAX_LENGTH
from tner_hf.errors import DataError, Problem, SettingError
from tner_hf.files import write_file
from tner_hf.formats.iob_lines import UNLISTED, list_all

if TYPE_CHECKING:
    from tner_hf.data.check import CheckReport
    from tner_hf.data.fix import FixLog
    from tner_hf.data.lens import LensReport, Part
    from tner_hf.data.lens.sizes import Cut
    from tner_hf.data.suspicions import Content
    from tner_hf.labels import LabelMap

#: What files given one by one are called beside corpora.
_FILES = "files"
#: Recurring sentences of each pair, and strings of several types: of a terminal and of a page.
_SHOWN, _ON_PAGE = {"examples": 3, "top": 10}, {"examples": 25, "top": 300}


@dataclass(frozen=True)
class Sources:
    """What is checked.

    Attributes:
        iob: split to IOB/CoNLL files, or files alone.
        others: split to JSON and Parquet files; the split of a file alone is its name.
        datasets: corpora, folders and Hub ids.
    """

    iob: Mapping[str, Sequence[str]] | Sequence[str]
    others: Mapping[str, Sequence[str]]
    datasets: Sequence[str]

    @property
    def iob_paths(self) -> list[str]:
        return _list_paths(self.iob)

    @property
    def files(self) -> int:
        """How many files there are."""
        return len(self.iob_paths) + len(_list_paths(self.others))


def check(options: argparse.Namespace, output: Output) -> int:
    """Show what is wrong with data, and what its splits have in common.

    Returns:
        1 where files cannot be loaded, nor repaired; what the splits have in common is no error.
    """
    sources = find_sources(options.names, files_by_split(options), given(options, READING))
    loading = given(options, LOADING + READING)
    page = options.html
    if options.fix is not None and not sources.iob_paths:
        raise SettingError(f"--fix {options.fix}: it repairs IOB files, and none is given")
    cut, limit = _choose_cut(options.model_name_or_path, options.max_length)
    with list_all() if options.all else nullcontext():
        report, parts = _read_files(sources, loading)
    _show_problems(report, output, every=options.all)
    _show_facts(report, output)
    lens = None
    if report.ok:
        from tner_hf.data.lens import look_at

        several = bool(sources.files) or len(sources.datasets) > 1
        for name in sources.datasets:
            parts += _read_parts(name, name, loading, among_several=several)
        lens = look_at(parts, limit=limit, cut=cut, **(_ON_PAGE if page else _SHOWN))
        if not page:
            _show_lens(lens, output)
    _summarise(report, lens, sources, output)
    if page:
        from tner_hf.data.check_page import render_check

        write_file(page, render_check(report, lens, parts))
        output.text(f"to read through: {page}")
    found = {**report.to_dict(), "lens": lens and lens.to_dict()}
    if options.fix is None:
        output.data(found)
        return 0 if report.ok else 1
    logs = _fix(sources.iob_paths, Path(options.fix), loading, output)
    output.data({**found, "fixes": [log.to_dict() for log in logs]})
    left = {log.path for log in logs}
    return 1 if any(problem.path not in left for problem in report.errors) else 0


def find_sources(
    names: Sequence[str], together: Mapping[str, Sequence[str]], reading: Mapping[str, Any]
) -> Sources:
    """What the user's words mean: files by split, or files, folders, corpora and Hub ids.

    Raises:
        SettingError: both ways of naming were used, or none.
    """
    from tner_hf.data.own_files import find_split_files, list_paths, split_of
    from tner_hf.formats.containers import holds_several
    from tner_hf.formats.options import ReadOptions
    from tner_hf.formats.table import ROW_FORMATS, find_format

    options = ReadOptions.of(reading)

    def has_rows(path: str) -> bool:
        return find_format(Path(path), options) in ROW_FORMATS

    if bool(together) == bool(names):
        raise SettingError(
            f"{'both' if together else 'neither'} of NAME… and --train_file … given; name the "
            "data one way, e.g. tner-hf datasets check train.txt test.txt"
        )
    if together:
        given = {split: list(map(str, list_paths(paths))) for split, paths in together.items()}
        tagged = {split: [p for p in paths if not has_rows(p)] for split, paths in given.items()}
        others = {split: [p for p in paths if has_rows(p)] for split, paths in given.items()}
        return Sources(_drop_empty(tagged), _drop_empty(others), ())
    files = [str(p) for name in names if _is_file(name) for p in list_paths(name)]
    datasets = [name for name in names if not _is_file(name)]
    only = Path(names[0]).expanduser()
    if len(names) == 1 and (only.is_dir() or holds_several(only)):
        split = find_split_files(only)
        if split and not any(has_rows(str(p)) for paths in split.values() for p in paths):
            return Sources({name: list(map(str, paths)) for name, paths in split.items()}, {}, ())
    named: dict[str, list[str]] = {}
    rows = [path for path in files if has_rows(path)]
    alike = Counter(Path(path).name for path in rows)
    for path in rows:
        own = Path(path).name if alike[Path(path).name] == 1 else path
        named.setdefault(split_of(Path(path)) or own, []).append(path)
    return Sources([path for path in files if not has_rows(path)], named, datasets)


def _is_file(name: str) -> bool:
    from tner_hf.data.own_files import DATA_SUFFIXES, list_paths
    from tner_hf.formats.containers import holds_several, is_readable

    path = Path(name).expanduser()
    if path.is_dir() or holds_several(path):
        return False
    is_pattern = list_paths(path) != [path]
    return is_readable(path) or is_pattern or path.suffix.lower() in DATA_SUFFIXES


def _drop_empty(files: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {split: paths for split, paths in files.items() if paths}


def _list_paths(files: Any) -> list[str]:
    groups = files.values() if isinstance(files, Mapping) else [files]
    return [path for group in groups for path in group]


def _read_files(sources: Sources, options: Mapping[str, Any]) -> tuple[CheckReport, list[Part]]:
    """The problems of all files, and the parts that those without errors make."""
    from tner_hf.data.check import CheckReport, check_contents, scan_files
    from tner_hf.formats.options import ReadOptions

    reading = {name: value for name, value in options.items() if name in READING}
    contents: list[Content] = []
    if sources.iob_paths:
        contents = scan_files(sources.iob, ReadOptions.of(reading))
    checked = check_contents(contents) if contents else CheckReport((), ())
    problems = list(checked.problems)
    parts = []
    if checked.ok and contents:
        from tner_hf.data.lens import join_files

        parts = join_files(_FILES, contents, _label_map(options))
    for split, paths in sources.others.items():
        try:
            parts += _read_parts(_FILES, {split: list(paths)}, options)
        except DataError as error:
            problems += error.problems or [Problem(paths[0], 0, str(error))]
    return CheckReport(tuple(problems), checked.files, checked.causes), parts


def _read_parts(
    name: str, source: Any, options: Mapping[str, Any], *, among_several: bool = False
) -> list[Part]:
    from tner_hf.data.lens import read_part
    from tner_hf.data.loading import load_dataset

    quiet_libraries()
    splits: Any = load_dataset(source, **options)
    return [
        read_part(name, split, rows, among_several=among_several) for split, rows in splits.items()
    ]


def _label_map(options: Mapping[str, Any]) -> LabelMap | None:
    """What maps the types of IOB files, as `load_dataset` would choose it."""
    from tner_hf.labels.maps import as_label_map

    given = options.get("label_map")
    return as_label_map(given) if given is not None or options.get("unify") else None


def _choose_cut(model: str | None, max_length: int | None) -> tuple[Cut | None, int]:
    """What counts sub-tokens, and how many fit."""
    if max_length is not None and max_length < 1:
        raise SettingError(f"--max_length {max_length} is no length; give 1 or more")
    if model is None:
        return None, max_length or DEFAULT_MAX_LENGTH
    from tner_hf.features.pieces import count_pieces
    from tner_hf.models import is_tagger, load_config, load_tokenizer, longest_input, read_settings

    config = load_config(model)
    settings = read_settings(config)
    # A fine-tuned checkpoint says what it was trained with, an encoder only what it can read.
    most = settings.max_length if is_tagger(config) else DEFAULT_MAX_LENGTH
    fits = min(most, longest_input(config) or most)
    tokenizer = load_tokenizer(model)
    cut = partial(count_pieces, tokenizer=tokenizer, lowercase=settings.lowercase)
    return cut, max_length or fits


def _show_lens(lens: LensReport, output: Output) -> None:
    from tner_hf.data.lens.tables import list_tables

    for table in list_tables(lens):
        output.text()
        output.heading(table.title)
        if not table.rows:
            output.text(table.note)
            continue
        # Of many places two are enough to begin with.
        output.table(
            table.header,
            [
                [", ".join(cell[:2]) if isinstance(cell, tuple) else cell for cell in row]
                for row in table.rows
            ],
        )


def _fix(
    paths: Sequence[str], target: Path, options: Mapping[str, Any], output: Output
) -> list[FixLog]:
    """Write repaired copies; the logs of those that could be repaired."""
    from tner_hf.data.fix import fix_file

    if len({Path(path).name for path in paths}) < len(paths):
        raise SettingError(
            f"--fix {target}: two of the files have the same name; fix them one by one"
        )
    one = len(paths) == 1 and not target.is_dir() and bool(target.suffix)
    accepted = ("token_column", "tag_column", "delimiter", "encoding")
    layout = {name: value for name, value in options.items() if name in accepted}
    logs = []
    for path in paths:
        try:
            log = fix_file(path, target if one else target / Path(path).name, **layout)
        except DataError as error:
            output.text(f"{path}: not repaired: {_count(len(error.problems), 'error')} to mend")
            continue
        logs.append(log)
        output.text(f"{path}: {_count(len(log.changes), 'change')}, written to {log.output}")
        for change in log.changes:
            output.text(f"  {change}")
    return logs


def _show_problems(report: CheckReport, output: Output, *, every: bool) -> None:
    """Each problem with its place; where many have one cause, the first of them and how many."""
    from tner_hf.data.check import PLACES_SHOWN

    shown: Counter[tuple[str, str]] = Counter()
    for problem in report.problems:
        if problem.cause == UNLISTED:
            continue
        key = (problem.severity, problem.cause)
        shown[key] += 1
        warning = " (warning)" if problem.severity == "warning" else ""
        if every or not problem.cause or shown[key] <= PLACES_SHOWN:
            output.text(f"{problem}{warning}")
    for cause in report.causes:
        if (more := cause.count - PLACES_SHOWN) > 0 and not every:
            advice = f": {cause.advice}" if cause.advice else ""
            output.text(
                f"{more:,} more: {cause.what}, {cause.count:,} in all{advice} (--all lists each)"
            )


def _show_facts(report: CheckReport, output: Output) -> None:
    for facts in report.files:
        types = ", ".join(f"{count:,} {name}" for name, count in facts.entities.items())
        output.text(
            f"{facts.path}: {facts.scheme}, {_count(facts.sentences, 'sentence')}, "
            f"{_count(facts.tokens, 'token')}, entities: {types or 'none'}"
        )


def _summarise(
    report: CheckReport, lens: LensReport | None, sources: Sources, output: Output
) -> None:
    warnings = lens.warnings() if lens else []
    if warnings:
        output.text()
    for warning in warnings:
        output.text(f"{warning} (warning)")
    counted = [_count(sources.files, "file")] if sources.files else []
    if sources.datasets:
        counted.append(_count(len(sources.datasets), "dataset"))
    errors, several = report.count("error"), report.count("warning") + len(warnings)
    output.text(f"{', '.join(counted)}: {_count(errors, 'error')}, {_count(several, 'warning')}")


def _count(number: int, noun: str) -> str:
    """A number and its noun, in the plural where that is due.

    >>> _count(1, "file"), _count(1200, "error")
    ('1 file', '1,200 errors')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
