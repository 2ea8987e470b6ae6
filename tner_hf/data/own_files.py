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
from tner_hf.formats.brat import is_brat
from tner_hf.formats.containers import (
    PACKED_SUFFIXES,
    is_readable,
    list_members,
    unpacked_name,
)
from tner_hf.formats.iob import unreadable
from tner_hf.formats.iob_columns import read_plain
from tner_hf.formats.json_rows import read_json
from tner_hf.formats.options import TAG_COLUMNS, PathLike, ReadOptions
from tner_hf.formats.parquet_rows import read_parquet, refuse_large_ids
from tner_hf.formats.table import (
    BRAT_SUFFIXES,
    CSV_SUFFIXES,
    IOB_SUFFIXES,
    JSON_SUFFIXES,
    PARQUET_SUFFIXES,
    ROW_FORMATS,
    find_format,
    scan_file,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset

logger = logging.getLogger(__name__)

Files = Mapping[str, PathLike | Sequence[PathLike]]

DATA_SUFFIXES = JSON_SUFFIXES | PARQUET_SUFFIXES | IOB_SUFFIXES | CSV_SUFFIXES | BRAT_SUFFIXES
#: What may follow the name of a split: `train.char.bmes`, `eng.testa.txt.gz`.
_ENDINGS = DATA_SUFFIXES | PACKED_SUFFIXES | {".char", ".word"}

_PATTERN = frozenset("*?[")

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
    return {
        str(split): _read_split(str(split), list_paths(given), options)
        for split, given in files.items()
    }


def list_paths(given: PathLike | Sequence[PathLike]) -> list[Path]:
    """One path or several as a list of paths; patterns, archives and folders of brat spelt out."""
    paths = [given] if isinstance(given, str | os.PathLike) else given
    if not isinstance(paths, Sequence) or not all(isinstance(p, str | os.PathLike) for p in paths):
        raise SettingError(
            f"{given!r} is no file; accepted are a path or a list of paths for each split"
        )
    return [found for path in paths for found in _spell_out(Path(path).expanduser())]


def _spell_out(path: Path) -> list[Path]:
    if path.suffix == ".zip" and path.is_file():
        members = _data_members(path)
        if len(members) != 1:
            held = ", ".join(member.name for member in members) or "no data"
            example = members[0] if members else path / "train.txt"
            raise DataError(f"{path}: which member? It holds {held}; name one: {example}")
        return members
    if path.is_dir():
        return sorted(path.glob("*.ann")) or [path]
    if not path.exists() and (_PATTERN & set(path.name)):
        return sorted(p for p in path.parent.glob(path.name) if p.is_file()) or [path]
    return [path]


def _data_members(archive: Path) -> list[Path]:
    members = list_members(archive)
    known = [path for path in members if unpacked_name(path).suffix.lower() in DATA_SUFFIXES]
    return known or [path for path in members if split_of(path)]


def find_split_files(folder: Path) -> dict[str, list[Path]]:
    """The files of a folder or zip archive by split; empty where the datasets library reads them.

    Raises:
        DataError: there are files, but their names do not tell which split each one is.
    """
    if folder.suffix == ".zip" and folder.is_file():
        found = _name_splits(folder, _data_members(folder))
        if not found:
            raise DataError(f"{folder}: holds no file of words with tags")
        return found
    if annotated := _find_brat(folder):
        return annotated
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    kinds = {p: unpacked_name(p).suffix.lower() for p in files if p.name not in LABEL_FILES}
    iob = [p for p, suffix in kinds.items() if suffix in IOB_SUFFIXES]
    named = {".csv", ".arrow", *JSON_SUFFIXES, *PARQUET_SUFFIXES}
    others = [p for p, suffix in kinds.items() if suffix in named]
    if any(folder.rglob("*.parquet")) or any(suffix == ".arrow" for suffix in kinds.values()):
        return {}
    if others:
        spans = [p for p in others if find_format(p, ReadOptions()) not in ROW_FORMATS]
        return _name_splits(folder, others) if len(spans) == len(others) else {}
    if not iob:
        iob = [p for p in files if split_of(p) and not _is_binary(p)]
    return _name_splits(folder, iob) if iob else {}


def find_row_files(folder: Path) -> dict[str, list[Path]]:
    """The JSON files of a folder by split, where their names tell it; else nothing."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in JSON_SUFFIXES)
    files = [path for path in files if path.name not in LABEL_FILES]
    try:
        return _name_splits(folder, files) if files else {}
    except DataError:
        return {}


def _name_splits(folder: Path, files: Sequence[Path]) -> dict[str, list[Path]]:
    if not files:
        return {}
    named = [(split, p) for p in files if (split := split_of(p))]
    if not named or len({split for split, _ in named}) < len(named):
        example = ", ".join(f"{s!r}: '{p}'" for s, p in zip(("train", "test"), files, strict=False))
        raise DataError(
            f"{folder}: which file is which split? It holds {[p.name for p in files]}; understood "
            f"are one train, one dev or valid, one test. Name them: load_dataset({{{example}}})"
        )
    ordered = sorted(named, key=lambda pair: list(_SPLIT_STEMS).index(pair[0]))
    return {split: [path] for split, path in ordered}


def _find_brat(folder: Path) -> dict[str, list[Path]]:
    """The pairs of brat in a folder, as `train`; or in its folders, by the splits they name."""
    here = [path for path in sorted(folder.glob("*.ann")) if is_brat(path)]
    if here:
        return {"train": here}
    found = {}
    for inside in sorted(p for p in folder.iterdir() if p.is_dir()):
        pairs = [path for path in sorted(inside.glob("*.ann")) if is_brat(path)]
        if pairs and (split := split_of(inside)):
            found[split] = pairs
    return dict(sorted(found.items(), key=lambda pair: list(_SPLIT_STEMS).index(pair[0])))


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" in file.read(1 << 12)


def split_of(path: Path) -> str | None:
    """The split that a file's name tells, if it does.

    >>> split_of(Path("eng.testa.txt")), split_of(Path("letters.txt"))
    ('validation', None)
    >>> split_of(Path("eng.train")), split_of(Path("dev.char.bmes")), split_of(Path("test.iob2.gz"))
    ('train', 'validation', 'test')
    """
    name = path.name.lower()
    while True:
        for split, names in _SPLIT_STEMS.items():
            if names.fullmatch(name):
                return split
        if Path(name).suffix not in _ENDINGS:
            return None
        name = Path(name).stem


def _read_split(split: str, paths: Sequence[Path], options: ReadOptions) -> Dataset:
    from datasets import concatenate_datasets

    for path in paths:
        if not is_readable(path):
            raise _missing(path, split)
    kinds = {_kind(path, options) for path in paths}
    if len(kinds) != 1:
        raise SettingError(
            f"split {split!r} mixes {' and '.join(sorted(kinds)) or 'no'} files; "
            f"give files of one kind"
        )
    kind = kinds.pop()
    if kind == "Parquet":
        parts = [read_parquet(path) for path in paths]
        for path, part in zip(paths, parts, strict=True):
            refuse_large_ids(path, part, (options.tag_column, *TAG_COLUMNS))
        return name_columns(concatenate_datasets(parts), split, options)
    if kind == "JSON":
        return read_json(paths, options)
    return _read_tagged(paths, options)


def _kind(path: Path, options: ReadOptions) -> str:
    formats = {"rows": "JSON", "parquet": "Parquet"}
    return formats.get(find_format(path, options), "IOB")


def _missing(path: Path, split: str) -> DataError:
    if path.is_dir():
        return DataError(f"{path}: is a folder; the split {split!r} needs a file")
    near = sorted(p.name for p in path.parent.glob("*") if p.is_file())[:8]
    beside = f"; {path.parent}/ holds {', '.join(near)}" if near else ""
    return DataError(f"{path}: no such file (split {split!r}){beside}")


def _read_tagged(paths: Sequence[Path], options: ReadOptions) -> Dataset:
    """Files of tokens and tags in any format, further columns (`doc_id`, `text`) included."""
    import pyarrow as pa
    from datasets import Dataset

    tables = []
    for path in paths:
        plain = options.format in {None, "columns"} and find_format(path, options) == "columns"
        table = read_plain(path, options) if plain else None
        tables.append(_scan_table(path, options) if table is None else table)
    whole = pa.concat_tables(tables, promote_options="default")
    return Dataset(whole, fingerprint=fingerprint_table(whole))


def _scan_table(path: Path, options: ReadOptions) -> pa.Table:
    import pyarrow as pa

    read = scan_file(path, options)
    if read.errors:
        raise unreadable(read.path, read.problems)
    log_warnings(read.problems)
    text = pa.list_(pa.string())
    sides = zip(*read.sentences, strict=True) if read.sentences else ((), ())
    columns = dict(zip(("tokens", "ner_tags"), sides, strict=True))
    types = {"offsets": pa.list_(pa.list_(pa.int32()))}
    return pa.table({
        **{name: pa.array(list(side), text) for name, side in columns.items()},
        **{n: pa.array(v, types.get(n, pa.string())) for n, v in read.extras.items()},
    })  # fmt: skip


def log_warnings(problems: Sequence[Problem]) -> None:
    """Put the first problems of a file that was read all the same on the log."""
    for problem in problems[:_MOST_LOGGED]:
        logger.warning("%s", problem)
    if len(problems) > _MOST_LOGGED:
        logger.warning(
            "%s: %d more such lines; `tner-hf datasets check` lists all",
            problems[0].path,
            len(problems) - _MOST_LOGGED,
        )
