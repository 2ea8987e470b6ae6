"""What integer tags mean, where a file beside the data says it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.errors import DataError
from tner_hf.files import parse_json
from tner_hf.formats.json_rows import HALF, decode_json

#: Files beside the data that say which tag each integer is.
LABEL_FILES = ("label.json", "label2id.json", "labels.json")


def read_label2id(given: Any) -> dict[str, int]:
    """Tag to id, from `{tag: id}`, `{id: tag}`, a list of tags, or a JSON file of any of these.

    >>> read_label2id({"0": "O", "1": "B-LOC"})
    {'O': 0, 'B-LOC': 1}
    """
    where = "label2id"
    if isinstance(given, str | Path):
        where = str(given)
        try:
            given = parse_json(decode_json(Path(given), "utf-8"))
        except json.JSONDecodeError as error:
            raise DataError(f"{where}:{error.lineno}: not JSON: {error.msg}") from None
    if isinstance(given, Mapping):
        pairs = [(k, v) if isinstance(v, int) else (v, k) for k, v in given.items()]
    elif isinstance(given, list | tuple):
        pairs = [(name, index) for index, name in enumerate(given)]
    else:
        pairs = [(None, None)]
    try:
        out = {str(name): int(index) for name, index in pairs}
    except (TypeError, ValueError, OverflowError):
        raise DataError(
            f"{where}: no label ids in {given!r:.60}; accepted are {{tag: id}}, {{id: tag}} "
            f"or a list of tags"
        ) from None
    if broken := [name for name in out if HALF.search(name)]:
        raise DataError(f"{where}: tag {broken[0]!r:.60} holds half a character of UTF-16")
    if not out:
        raise DataError(f"{where}: it names no label; at least 'O' is needed")
    if len(set(out.values())) != len(pairs):
        raise DataError(f"{where}: an id or a tag occurs twice; every tag needs an id of its own")
    if negative := [name for name, index in out.items() if index < 0]:
        raise DataError(f"{where}: ids count from 0, but {negative[0]!r} has {out[negative[0]]}")
    if large := [name for name, index in out.items() if index >= 2**63]:
        raise DataError(f"{where}: the id of {large[0]!r} is too large; accepted are 64 bits")
    return out


def label_file_near(paths: Sequence[Path]) -> Path | None:
    """The first `label.json`, `label2id.json` or `labels.json` beside any of the paths."""
    folders = dict.fromkeys(p if p.is_dir() else p.parent for p in paths)
    return next(
        (folder / name for folder in folders for name in LABEL_FILES if (folder / name).is_file()),
        None,
    )
