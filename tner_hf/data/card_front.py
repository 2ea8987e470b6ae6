"""The front matter of a dataset card, judged before the datasets library acts upon it.

A card names files to read and describes their columns. Of a folder or a Hub dataset that comes from
outside, it may name none beyond what it came with, and no column that takes the memory away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from tner_hf.data.record import CARD_KEY, DatasetRecord
from tner_hf.errors import DataError, Problem
from tner_hf.formats.parquet_rows import find_bad_feature

#: As the Hub's client finds it.
_FRONT = re.compile(r"\A(\s*---[\r\n]+)([\S\s]*?)[\r\n]+---(?:\r\n|\n|\Z)")
#: How deep it may be nested, and how many values it may hold when its aliases are written out.
_DEEPEST = 50
_MOST_VALUES = 5_000_000
#: The file of the datasets library that is nothing but front matter.
BARE_FRONT = ".huggingface.yaml"
#: Where files of a Hub dataset may be; those of a folder are in the folder.
_HUB_ADDRESSES = ("hf://", "https://")


def read_front(card: Path, *, on_hub: bool = False) -> dict[str, Any]:
    """The front matter of a card, or of `.huggingface.yaml`; empty where there is none.

    Args:
        card: the file; it need not be there.
        on_hub: whether the card lies on the Hub, and may name files at addresses.

    Raises:
        DataError: it is not YAML, or says what the datasets library must not act upon.
    """
    if not card.is_file():
        return {}
    text, before = _find_text(card)
    try:
        _check_size(card, text, before)
        front = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "damaged"
        raise _fault(card, f"not YAML: {what}", before + mark.line + 1 if mark else 0) from error
    except (ValueError, TypeError) as error:  # a date or a number that there is not, an odd key
        raise _fault(card, f"not YAML: {str(error).splitlines()[0]}") from error
    if front is None:
        return {}
    if not isinstance(front, dict):
        raise _fault(card, f"the front matter is {front!r:.60}, not keys with values")
    for fault in _find_faults(front, _HUB_ADDRESSES if on_hub else ()):
        raise _fault(card, fault)
    return front


def find_record(card: Path, config: str | None, front: Mapping[str, Any]) -> DatasetRecord | None:
    """The record that `export_dataset` wrote into a card, if any.

    Raises:
        DataError: it is damaged.
    """
    ours = front.get(CARD_KEY)
    records = ours.get("records") if isinstance(ours, dict) else None
    if not isinstance(records, dict) or not records:
        return None
    try:
        return DatasetRecord.from_dict(records.get(config) or next(iter(records.values())))
    except ValueError as error:
        raise _fault(card, f"the record under {CARD_KEY!r} is damaged: {error}") from error


def _fault(card: Path, what: str, line: int = 0) -> DataError:
    problem = Problem(str(card), line, f"{what}. Correct it, or take the file away")
    return DataError(str(problem))


def _find_text(card: Path) -> tuple[str, int]:
    """The YAML of a file, and how many lines are before it."""
    try:
        whole = card.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fault(card, f"byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise _fault(card, f"cannot be opened: {error.strerror or error}") from error
    if card.name == BARE_FRONT:
        return whole, 0
    found = _FRONT.match(whole)
    return (found[2], found[1].count("\n")) if found else ("", 0)


def _check_size(card: Path, text: str, before: int) -> None:
    """Stop at what is nested deeply, or far larger than its text: aliases repeat what they name."""
    inside = [0]  # values in each list or mapping that is open
    anchors: list[str | None] = []
    sizes: dict[str, int] = {}
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            inside.append(1)
            anchors.append(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            size, anchor = inside.pop(), anchors.pop()
            inside[-1] += size
            if anchor is not None:
                sizes[anchor] = size
        elif isinstance(event, yaml.AliasEvent):
            inside[-1] += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            inside[-1] += 1
        if len(inside) > _DEEPEST or sum(inside) > _MOST_VALUES:
            what = "nested too deeply" if len(inside) > _DEEPEST else "far larger than it looks"
            line = event.start_mark.line if event.start_mark else 0
            raise _fault(card, f"YAML that is {what}", before + line + 1)


def _find_faults(front: Mapping[str, Any], addresses: tuple[str, ...]) -> Iterator[str]:
    configs = front.get("configs") or []
    if not isinstance(configs, list):
        yield f"'configs' is {configs!r:.60}, not a list"
        return
    for config in configs:
        name = config.get("config_name") if isinstance(config, dict) else None
        if not isinstance(name, str) or not isinstance(config, dict):
            yield f"a configuration is {config!r:.60}, not keys with values and a 'config_name'"
            continue
        if "data_files" in config and not isinstance(config["data_files"], str | list | dict):
            yield f"the files of configuration {name!r} are {config['data_files']!r:.60}"
        for path in _list_texts([config.get("data_files"), config.get("data_dir")]):
            is_address = path.startswith(addresses) if addresses else False
            pure = PurePosixPath(path)
            if not is_address and ("://" in path or pure.is_absolute() or ".." in pure.parts):
                yield f"configuration {name!r} names files outside of its folder: {path!r:.200}"
        yield from _find_bad_columns(config.get("features"))
    infos = front.get("dataset_info") or []
    for info in infos if isinstance(infos, list) else [infos]:
        if not isinstance(info, dict):
            yield f"'dataset_info' is {info!r:.60}, not keys with values"
            continue
        yield from _find_bad_columns(info.get("features"))


def _list_texts(value: Any) -> Iterator[str]:
    """All texts in lists and mappings; the names of splits among them do no harm."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(part)


def _find_bad_columns(features: Any) -> Iterator[str]:
    """What is wrong with columns as a card describes them: class labels have ids as keys."""
    parts = [features]
    while parts:
        part = parts.pop()
        parts += part if isinstance(part, list) else []
        parts += part.values() if isinstance(part, dict) else []
        labels = part.get("class_label") if isinstance(part, dict) else None
        if labels is None:
            continue
        names = labels.get("names") if isinstance(labels, dict) else None
        if isinstance(names, dict):
            if {str(key) for key in names} != {str(i) for i in range(len(names))}:
                yield "class labels that are not numbered 0, 1, 2 and so on"
                continue
            names = [names[key] for key in sorted(names, key=int)]
        if fault := find_bad_feature({"_type": "ClassLabel", "names": names}):
            yield f"its columns {fault}"
