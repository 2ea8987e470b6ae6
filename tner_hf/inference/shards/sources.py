"""What is given, spelt out: files, patterns, folders, addresses and datasets, one source each."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tner_hf.data.label_files import LABEL_FILES
from tner_hf.data.own_files import DATA_SUFFIXES
from tner_hf.data.saved import is_saved
from tner_hf.errors import DataError, SettingError
from tner_hf.files import parse_json
from tner_hf.formats.containers import PACKED_SUFFIXES, is_readable, list_members, unpacked_name
from tner_hf.formats.csv_texts import cut_header, find_text_column, is_table_name, read_first_line
from tner_hf.formats.options import ReadOptions
from tner_hf.formats.table import JSON_SUFFIXES, PARQUET_SUFFIXES, PROSE, is_prose_name
from tner_hf.inference.shards.addresses import expand_remote, is_remote, open_address
from tner_hf.inference.shards.columns import missing_column
from tner_hf.inference.shards.lines import LinesSource
from tner_hf.inference.shards.rows import choose_column
from tner_hf.inference.shards.shard import Source
from tner_hf.inference.shards.tables import DatasetSource, ParquetSource, load_splits
from tner_hf.inference.shards.whole_files import WholeSource
from tner_hf.inference.shards.words_files import read_words

#: Bytes of a file that tell what it is.
_HEAD = 1 << 20
_SUFFIXES = DATA_SUFFIXES | PACKED_SUFFIXES | {".text", ".md"}


def find_sources(
    given: Sequence[str], reading: ReadOptions, *, column: str | None = None,
    revision: str | None = None, output: Path | None = None,
) -> list[Source]:  # fmt: skip
    """The inputs in the order in which they are given, those of a folder or pattern by name.

    Given are files, patterns, folders, addresses of fsspec, corpora and Hub ids. The column is that
    of texts, or of lists of words; None for the usual names. Files of the output folder are no
    input, though it lies in one.

    Raises:
        DataError: there is nothing, or what there is holds no text.
    """
    sources: list[Source] = []
    names: dict[str, int] = {}
    own = None if output is None else output.expanduser().resolve()
    for each in given:
        for address, name in _spell_out(each):
            if own is not None and address is not None and _is_inside(address, own):
                continue
            names[name] = names.get(name, 0) + 1
            called = name if names[name] == 1 else f"{name}#{names[name]}"
            if address is not None:
                whole = address if is_remote(address) else str(Path(address).absolute())
                sources.append(_open(whole, called, reading, column))
                continue
            splits = load_splits(each, revision)
            sources += [
                DatasetSource(each, f"{called}:{split}", str(split), revision, column)
                for split in splits
            ]
    if not sources:
        raise SettingError("no input: give files, folders, patterns, a corpus or a Hub dataset")
    return sources


def open_file(path: Path, reading: ReadOptions) -> Source:
    """One file of this machine, as texts or words.

    Raises:
        DataError: it holds neither.
    """
    return _open(str(path.absolute()), path.name, reading, None)


def _is_inside(address: str, folder: Path) -> bool:
    return not is_remote(address) and folder in Path(address).resolve().parents


def _spell_out(given: str) -> Iterator[tuple[str | None, str]]:
    """Address and name of each file; no address for what the datasets library loads."""
    if is_remote(given):
        found = expand_remote(given)
        folder = given.rstrip("/").rpartition("/")[0] if len(found) == 1 else given.rstrip("/")
        for address in found:
            inside = address.startswith(f"{folder}/")
            yield address, address[len(folder) + 1 :] if inside else address.rpartition("/")[2]
        return
    path = Path(given).expanduser()
    if path.suffix == ".zip" and path.is_file():
        for member in list_members(path):
            yield str(member), str(member.relative_to(path.parent))
    elif is_readable(path):
        yield str(path), path.name
    elif path.is_dir():
        yield from _list_folder(path)
    elif any(sign in given for sign in "*?["):
        found = sorted(f for f in glob.glob(str(path), recursive=True) if Path(f).is_file())  # noqa: PTH207
        if not found:
            raise DataError(f"{given}: no file fits this pattern")
        root = next(p for p in path.parents if not any(sign in str(p) for sign in "*?["))
        for file in found:
            yield file, Path(file).relative_to(root).as_posix()
    else:
        from tner_hf.data.sources import identify

        identify(given)  # says what is wrong with a name
        yield None, given


def _list_folder(folder: Path) -> Iterator[tuple[str | None, str]]:
    if is_saved(folder):
        yield None, folder.name
        return
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    inner = [(path, path.relative_to(folder)) for path in files]
    found = [
        (path, name) for path, name in inner
        if path.suffix.lower() in _SUFFIXES and path.name not in {*LABEL_FILES, "README.md"}
        and not any(part.startswith(".") for part in name.parts)
    ]  # fmt: skip
    if not found:
        raise DataError(
            f"{folder}: no file of texts or data in it; understood are "
            f"{', '.join(sorted(_SUFFIXES))}, and what save_to_disk wrote"
        )
    for path, name in found:
        yield str(path), name.as_posix()


def _open(address: str, name: str, reading: ReadOptions, column: str | None) -> Source:
    suffix = unpacked_name(Path(address)).suffix.lower()
    if reading.format == PROSE:
        return LinesSource(address, name, "text", encoding=reading.encoding)
    if suffix in PARQUET_SUFFIXES and reading.format in (None, "parquet"):
        return ParquetSource(address, name, column)
    if suffix in JSON_SUFFIXES and reading.format in (None, "rows"):
        return _open_json(address, name, reading, column)
    if is_table_name(Path(address)) and reading.format in (None, "csv") and not is_remote(address):
        first = read_first_line(Path(address), reading)
        if (found := find_text_column(first, column)) is not None:
            return WholeSource(address, name, "table", found, reading)
        if column is not None:
            raise missing_column(name, column, cut_header(first, column))
    if reading.format is None and _is_prose(address, reading):
        return LinesSource(address, name, "text", encoding=reading.encoding)
    if is_remote(address):
        raise DataError(
            f"{address}: of what is not on this machine, texts, JSON lines and Parquet are read; "
            "fetch the file, or say --format text"
        )
    return WholeSource(address, name, reading=reading)


def _open_json(address: str, name: str, reading: ReadOptions, column: str | None) -> Source:
    head = _read_head(address)
    text = head.decode(reading.encoding, "replace").removeprefix("\ufeff")
    first: Any = None
    if text.lstrip().startswith("["):
        if is_remote(address):
            raise DataError(f"{address}: one list of JSON; write an object a line, or fetch it")
        values = WholeSource(address, name, "objects", reading=reading)._read()
        first = next((value for value in values if isinstance(value, dict)), None)
        chosen = None if first is None else choose_column(list(first), column)
        if chosen is not None:
            return WholeSource(address, name, "objects", chosen, reading)
    else:
        first = next((row for line in text.splitlines() if (row := _parse(line))), None)
        chosen = None if first is None else choose_column(list(first), column)
        if chosen is not None:
            return LinesSource(address, name, "json", chosen, reading.encoding)
    if column is None and not is_remote(address) and len(head) < _HEAD:
        try:
            if read_words(Path(address), reading) is not None:
                return WholeSource(address, name, reading=reading)
        except DataError:
            pass
    raise missing_column(name, column or "text", list(first or ()))


def _parse(line: str) -> dict[str, Any] | None:
    try:
        value = parse_json(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_prose(address: str, reading: ReadOptions) -> bool:
    """Whether a file is a text a line; of a large one, whether its beginning is."""
    path = Path(address)
    if not is_prose_name(path):
        return False
    if not is_remote(address) and path.is_file() and path.stat().st_size <= _HEAD:
        return read_words(path, reading) is None
    head = _read_head(address)
    lines = head[: head.rfind(b"\n") + 1] or head
    with tempfile.TemporaryDirectory() as folder:
        beginning = Path(folder) / "head.txt"
        beginning.write_bytes(lines)
        try:
            return read_words(beginning, reading) is None
        except DataError:
            return False


def _read_head(address: str) -> bytes:
    with open_address(address) as file:
        return file.read(_HEAD)
