"""A user's own files and folders as splits of rows: IOB, JSON lines, Parquet, saved datasets."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.data.columns import name_columns
from tner_hf.data.fingerprints import fingerprint_table
from tner_hf.data.label_files import LABEL_FILES
from tner_hf.errors import DataError, Problem, SettingError
from tner_hf.formats.iob import scan_iob, unreadable
from tner_hf.formats.iob_columns import read_plain
from tner_hf.formats.json_rows import read_json
from tner_hf.formats.options import PathLike, ReadOptions

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

Files = Mapping[str, PathLike | Sequence[PathLike]]

JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
PARQUET_SUFFIXES = frozenset({".parquet"})
IOB_SUFFIXES = frozenset({".txt", ".conll", ".iob", ".iob2", ".bio", ".tsv"})

DATA_SUFFIXES = JSON_SUFFIXES | PARQUET_SUFFIXES | IOB_SUFFIXES

#: Warnings of one file that go to the log.
_MOST_LOGGED = 5


#: File stems to the split they hold, for folders of IOB files.
_SPLIT_STEMS = {
    "train": re.compile(r"(.*[._-])?train(ing)?"),
    "validation": re.compile(r"(.*[._-])?(dev|devel|development|val|valid|validation|testa)"),
    "test": re.compile(r"(.*[._-])?(test|testb|eval)"),
}


def read_files(files: Files, options: ReadOptions) -> dict[str, Dataset]:
    """Split name to a dataset of words and tags, as the files have them."""
    if not files:
        raise SettingError("no files: give at least one, as in {'train': 'train.txt'}")
    splits = {}
    for split, given in files.items():
        splits[str(split)] = _read_split(str(split), list_paths(given), options)
    return splits


def list_paths(given: PathLike | Sequence[PathLike]) -> list[Path]:
    """One path or several as a list of paths."""
    paths = [given] if isinstance(given, str | os.PathLike) else given
    if not isinstance(paths, Sequence) or not all(isinstance(p, str | os.PathLike) for p in paths):
        raise SettingError(
            f"{given!r} is no file; accepted are a path or a list of paths for each split"
        )
    return [Path(path).expanduser() for path in paths]


def find_split_files(folder: Path) -> dict[str, Path]:
    """The IOB files of a folder by split; empty where the folder holds other data.

    Raises:
        DataError: there are IOB files, but their names do not tell which split each one is.
    """
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    data = {".csv", ".arrow", *JSON_SUFFIXES, *PARQUET_SUFFIXES}
    others = [p for p in files if p.suffix in data and p.name not in LABEL_FILES]
    iob = [p for p in files if p.suffix in IOB_SUFFIXES]
    if not iob or others or any(folder.rglob("*.parquet")):
        return {}
    named = [(split, p) for p in iob if (split := split_of(p))]
    if not named or len({split for split, _ in named}) < len(named):
        example = ", ".join(f"{s!r}: '{p}'" for s, p in zip(("train", "test"), iob, strict=False))
        raise DataError(
            f"{folder}: which file is which split? It holds {[p.name for p in iob]}; understood "
            f"are one train, one dev or valid, one test. Name them: load_dataset({{{example}}})"
        )
    return dict(sorted(named, key=lambda pair: list(_SPLIT_STEMS).index(pair[0])))


def split_of(path: Path) -> str | None:
    """The split that a file's name tells, if it does.

    >>> split_of(Path("eng.testa.txt")), split_of(Path("letters.txt"))
    ('validation', None)
    """
    stem = path.stem.lower()
    return next((split for split, names in _SPLIT_STEMS.items() if names.fullmatch(stem)), None)


def _read_split(split: str, paths: Sequence[Path], options: ReadOptions) -> Dataset:
    from datasets import concatenate_datasets

    for path in paths:
        if not path.is_file():
            raise _missing(path, split)
    kinds = {_kind(path) for path in paths}
    if len(kinds) != 1:
        raise SettingError(
            f"split {split!r} mixes {' and '.join(sorted(kinds)) or 'no'} files; "
            f"give files of one kind"
        )
    kind = kinds.pop()
    if kind == "Parquet":
        return name_columns(concatenate_datasets([_read_parquet(p) for p in paths]), split, options)
    if kind == "JSON":
        return read_json(paths, options)
    return _read_iob(paths, options)


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    return "JSON" if suffix in JSON_SUFFIXES else "Parquet" if suffix in PARQUET_SUFFIXES else "IOB"


def _missing(path: Path, split: str) -> DataError:
    if path.is_dir():
        return DataError(f"{path}: is a folder; the split {split!r} needs a file")
    near = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8]
    beside = f"; {path.parent}/ holds {', '.join(near)}" if near else ""
    return DataError(f"{path}: no such file (split {split!r}){beside}")


def _read_iob(paths: Sequence[Path], options: ReadOptions) -> Dataset:
    import pyarrow as pa
    from datasets import Dataset

    tables = []
    for path in paths:
        table = read_plain(path, options)
        if table is None:
            read = scan_iob(path, options)
            if read.errors:
                raise unreadable(read.path, read.problems)
            _log_warnings(read.problems)
            text = pa.list_(pa.string())
            sides = zip(*read.sentences, strict=True) if read.sentences else ((), ())
            table = pa.table({
                name: pa.array(list(side), text)
                for name, side in zip(("tokens", "ner_tags"), sides, strict=True)
            })  # fmt: skip
        tables.append(table)
    whole = pa.concat_tables(tables)
    return Dataset(whole, fingerprint=fingerprint_table(whole))


def _log_warnings(problems: Sequence[Problem]) -> None:
    for problem in problems[:_MOST_LOGGED]:
        logger.warning("%s", problem)
    if len(problems) > _MOST_LOGGED:
        logger.warning(
            "%s: %d more such lines; `tner-hf datasets check` lists all",
            problems[0].path,
            len(problems) - _MOST_LOGGED,
        )


def _read_parquet(path: Path) -> Dataset:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset

    try:
        return Dataset(pq.read_table(path))
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: not a Parquet file: {error}") from error
